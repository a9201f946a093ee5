package org.example.gatepost;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Judges a repository's workflows: 0 for allow and warn, 1 for deny and hold, 2 for an error. */
public final class Judge {
    private Judge() {}

    public static void main(String[] arguments) {
        try {
            System.exit(finish(new Gatepost().call(Gatepost.EVALUATE, Repository.request(Path.of(arguments[0])))));
        } catch (Throwable error) {
            // A folder that is not there, a trap, a stack that is too small: nothing was judged, so 2.
            System.err.println("error: " + error);
            System.exit(2);
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
