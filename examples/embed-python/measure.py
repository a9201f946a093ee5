"""Every case through one warm instance, and times: what `conform.py` and `conform_extism.py` share."""

import json
import os
import sys
import time


def read(path):
    with open(path, "rb") as file:
        return file.read()


def timed(work):
    """What the work gives, and the milliseconds that it took."""
    begun = time.perf_counter()
    result = work()
    return result, round((time.perf_counter() - begun) * 1000, 3)


def answer_all(call, cases, out):
    os.makedirs(out, exist_ok=True)
    for file in sorted(os.listdir(cases)):
        if not file.endswith(".request"):
            continue
        name, operation, _ = file.rsplit(".", 2)
        try:
            answer = call(int(operation), read(os.path.join(cases, file)))
        except Exception as error:
            sys.exit(f"error: {name}: {error}")
        # An answer is never empty: by name, an operation that has none cannot be asked for.
        if answer:
            with open(os.path.join(out, f"{name}.answer"), "wb") as written:
                written.write(answer)


def run(host, version, load):
    """`load` gives a function of an operation's number and a request, for the path of a module."""
    module, cases, out, *bench = sys.argv[1:]
    answer_all(load(module), cases, out)
    for question in map(read, bench):
        call, load_ms = timed(lambda: load(module))
        _, first = timed(lambda: call(3, question))
        steady = min(timed(lambda: call(3, question))[1] for _ in range(10))
        print(json.dumps({"host": host, "version": version, "loadMs": load_ms, "firstMs": first, "steadyMs": steady}))
