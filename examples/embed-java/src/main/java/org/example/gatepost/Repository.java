package org.example.gatepost;

import com.google.gson.Gson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The request for a folder. */
final class Repository {
    /** What the module reads of a repository of GitHub, and as what. Pipelines of GitLab and manifests are not looked for. */
    private static final List<Map.Entry<String, Pattern>> ROLES = List.of(
            Map.entry("github-workflow", Pattern.compile("\\.github/workflows/[^/]*\\.ya?ml")),
            Map.entry("github-action", Pattern.compile("(.*/)?action\\.ya?ml", Pattern.DOTALL)),
            Map.entry("github-dependabot", Pattern.compile("\\.github/dependabot\\.ya?ml")),
            Map.entry("github-codeowners", Pattern.compile("(\\.github/|docs/)?CODEOWNERS")));

    private static final Pattern NOT_OURS = Pattern.compile("(^|/)(\\.git|node_modules)/");

    private Repository() {}

    /** A frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other. */
    static byte[] request(Path repository) throws Exception {
        Path root = repository.toRealPath();
        List<Object> files = new ArrayList<>();
        List<Object> unread = new ArrayList<>();
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        for (String path : paths(root)) {
            var role = ROLES.stream().filter(known -> known.getValue().matcher(path).matches()).map(Map.Entry::getKey).findFirst();
            if (role.isEmpty()) {
                continue;
            }
            Path file = real(root.resolve(path));
            // What a link leads to outside of the repository is not part of it, nor ours to show. A pipe would be waited for.
            String why = file == null || !file.startsWith(root) ? "it is a link to something outside of its repository"
                    : Files.isRegularFile(file) ? null : "it is not a file";
            if (why != null) {
                var reason = Map.of("code", "unreadable", "message", "the file cannot be read: " + why);
                unread.add(Map.of("path", path, "origin", "unknown", "roles", List.of(role.get()), "state", "refused", "why", List.of(reason)));
                continue;
            }
            byte[] content = Files.readAllBytes(file);
            String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
            files.add(Map.of("path", path, "offset", tail.size(), "length", content.length, "digest", "sha256:" + digest));
            tail.write(content);
        }
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        // `complete`: what is not among the files is not there, so the module asks for nothing more.
        boolean complete = Files.exists(root.resolve(".github"));
        var head = Map.of("files", files, "unread", unread, "roots", List.of(""), "complete", complete);
        var options = Map.of("printKey", HexFormat.of().formatHex(key));
        byte[] header = new Gson().toJson(Map.of("api", 1, "head", head, "options", options)).getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(8 + header.length + tail.size()).order(ByteOrder.LITTLE_ENDIAN);
        frame.put("GPF1".getBytes(StandardCharsets.US_ASCII)).putInt(header.length);
        return frame.put(header).put(tail.toByteArray()).array();
    }

    /** Links are not entered: what they lead to is found where it lies. */
    private static List<String> paths(Path root) throws IOException {
        try (var found = Files.walk(root)) {
            return found.filter(path -> !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .map(path -> root.relativize(path).toString().replace('\\', '/'))
                    .filter(path -> !NOT_OURS.matcher(path).find())
                    .sorted()
                    .toList();
        }
    }

    /** Where a link leads to; nowhere if there is nothing. */
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException nothing) {
            return null;
        }
    }
}
