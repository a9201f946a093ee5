"""Judges a repository's workflows with the core module: python judge.py gatepost_core.wasm REPOSITORY"""

from wasmtime import Instance, Module, Store

from repository import main, request

EVALUATE = 3


def load(path):
    """The module, ready to answer: a function of an operation's number and a request, bytes in, bytes out."""
    store = Store()
    exports = Instance(store, Module.from_file(store.engine, path), []).exports(store)
    memory, gp_alloc, gp_call, gp_free = (exports[name] for name in ("memory", "gp_alloc", "gp_call", "gp_free"))

    def call(operation, question):
        # Integers of WebAssembly have no sign and those of wasmtime do: masked, an address is an address.
        at = gp_alloc(store, len(question))
        if at == 0:
            raise MemoryError(f"the module has no memory for a request of {len(question)} bytes")
        memory.write(store, question, at & 0xFFFFFFFF)
        packed = gp_call(store, operation, at, len(question))
        gp_free(store, at, len(question))
        start, length = packed >> 32 & 0xFFFFFFFF, packed & 0xFFFFFFFF
        answer = memory.read(store, start, start + length)
        gp_free(store, start, length)
        return bytes(answer)

    return call


if __name__ == "__main__":
    main(lambda module, repository: load(module)(EVALUATE, request(repository)))
