package org.example.gatepost;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.Instance;

/** The module, ready to answer: one call at a time. */
final class Gatepost {
    static final int EVALUATE = 3;

    private final Instance instance;
    private final ExportFunction alloc;
    private final ExportFunction call;
    private final ExportFunction free;

    Gatepost() {
        // `Core` is made from the module when the project is built.
        // An array is the faster memory on OpenJDK.
        instance = Instance.builder(Core.load())
                .withMachineFactory(Core::create)
                .withMemoryFactory(ByteArrayMemory::new)
                .build();
        alloc = instance.export("gp_alloc");
        call = instance.export("gp_call");
        free = instance.export("gp_free");
    }

    /** Bytes in, bytes out. */
    byte[] call(int operation, byte[] request) {
        int at = (int) alloc.apply(request.length)[0];
        if (at == 0) {
            throw new IllegalStateException("the module has no memory for a request of " + request.length + " bytes");
        }
        instance.memory().write(at, request);
        long packed = call.apply(operation, at, request.length)[0];
        free.apply(at, request.length);
        int start = (int) (packed >>> 32);
        int length = (int) packed;
        byte[] answer = instance.memory().readBytes(start, length);
        free.apply(start, length);
        return answer;
    }
}
