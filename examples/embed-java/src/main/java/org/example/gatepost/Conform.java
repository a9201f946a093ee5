package org.example.gatepost;

import com.google.gson.Gson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;

/** Answers every case by one warm instance: CASES OUT [BENCH]. The module is the one that the project was built with. */
public final class Conform {
    private Conform() {}

    public static void main(String[] arguments) throws Exception {
        answerAll(Path.of(arguments[0]), Path.of(arguments[1]));
        if (arguments.length > 2) {
            measure(Files.readAllBytes(Path.of(arguments[2])));
        }
    }

    private static void answerAll(Path cases, Path out) throws Exception {
        Gatepost gatepost = new Gatepost();
        Files.createDirectories(out);
        List<Path> requests;
        try (var found = Files.list(cases)) {
            requests = found.filter(path -> path.toString().endsWith(".request")).sorted().toList();
        }
        for (Path request : requests) {
            String[] parts = request.getFileName().toString().split("\\.(?=\\d+\\.request$)");
            int operation = Integer.parseUnsignedInt(parts[1].replace(".request", ""));
            try {
                Files.write(out.resolve(parts[0] + ".answer"), gatepost.call(operation, Files.readAllBytes(request)));
            } catch (Throwable error) {
                System.err.println("error: " + parts[0] + ": " + error);
                System.exit(1);
            }
        }
    }

    private static void measure(byte[] request) {
        var begun = System.nanoTime();
        Gatepost gatepost = new Gatepost();
        var loaded = milliseconds(begun);
        var first = timed(gatepost, request);
        var steady = Double.MAX_VALUE;
        for (int run = 0; run < 10; run++) {
            steady = Math.min(steady, timed(gatepost, request));
        }
        var line = new LinkedHashMap<String, Object>();
        line.put("host", "Java, Chicory");
        line.put("version", com.dylibso.chicory.wasm.Version.version());
        line.put("loadMs", loaded);
        line.put("firstMs", first);
        line.put("steadyMs", steady);
        System.out.println(new Gson().toJson(line));
    }

    private static double timed(Gatepost gatepost, byte[] request) {
        var begun = System.nanoTime();
        gatepost.call(Gatepost.EVALUATE, request);
        return milliseconds(begun);
    }

    private static double milliseconds(long since) {
        return (System.nanoTime() - since) / 1000 / 1000.0;
    }
}
