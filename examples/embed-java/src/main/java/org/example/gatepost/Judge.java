package org.example.gatepost;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Judges a repository's workflows: 0 for allow and warn, 1 for deny and hold, 2 for an error. */
public final class Judge {
    private static final Pattern WANTED = Pattern.compile("\\.github/workflows/[^/]+\\.ya?ml|(.*/)?action\\.ya?ml", Pattern.DOTALL);

    record Entry(String path, int offset, int length, String digest) {}

    public static void main(String[] arguments) {
        try {
            System.exit(finish(new Gatepost().call(Gatepost.EVALUATE, request(Path.of(arguments[0])))));
        } catch (Throwable error) {
            // A folder that is not there, a trap, a stack that is too small: nothing was judged, so 2.
            System.err.println("error: " + error);
            System.exit(2);
        }
    }

    /** A frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other. */
    static byte[] request(Path repository) throws Exception {
        List<Entry> files = new ArrayList<>();
        ByteArrayOutputStream tail = new ByteArrayOutputStream();
        for (String path : paths(repository)) {
            byte[] content = Files.readAllBytes(repository.resolve(path));
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            files.add(new Entry(path, tail.size(), content.length, "sha256:" + HexFormat.of().formatHex(digest)));
            tail.write(content);
        }
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        // `complete`: what is not among the files is not there, so the module asks for nothing more.
        boolean complete = Files.exists(repository.resolve(".github"));
        var head = Map.of("files", files, "roots", List.of(""), "complete", complete);
        var options = Map.of("printKey", HexFormat.of().formatHex(key));
        byte[] header = new Gson().toJson(Map.of("api", 1, "head", head, "options", options)).getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(8 + header.length + tail.size()).order(ByteOrder.LITTLE_ENDIAN);
        frame.put("GPF1".getBytes(StandardCharsets.US_ASCII)).putInt(header.length);
        return frame.put(header).put(tail.toByteArray()).array();
    }

    private static List<String> paths(Path repository) throws IOException {
        try (var found = Files.walk(repository)) {
            return found.filter(Files::isRegularFile)
                    .map(path -> repository.relativize(path).toString().replace('\\', '/'))
                    .filter(path -> WANTED.matcher(path).matches())
                    .sorted()
                    .toList();
        }
    }

    private static int finish(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        JsonObject answer = JsonParser.parseString(text).getAsJsonObject();
        if (!answer.has("ok")) {
            System.err.println("error: " + (answer.has("error") ? answer.getAsJsonObject("error").get("message").getAsString() : answer));
            return 2;
        }
        // As the module wrote it: what stands between `{"ok":` and `}`, which is all of such an answer.
        System.out.write(bytes, 6, bytes.length - 7);
        System.out.write('\n');
        System.out.flush();
        String outcome = answer.getAsJsonObject("ok").getAsJsonObject("decision").get("outcome").getAsString();
        return Map.of("allow", 0, "warn", 0, "error", 2).getOrDefault(outcome, 1);
    }
}
