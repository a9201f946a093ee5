"""What every judge here shares: the request for a folder, and what to do with the answer."""

import hashlib
import json
import os
import re
import secrets
import sys

WANTED = re.compile(r"\.github/workflows/[^/]+\.ya?ml|(.*/)?action\.ya?ml", re.DOTALL)


def request(repository):
    """A frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other."""
    found = (os.path.join(folder, name) for folder, _, names in os.walk(repository) for name in names)
    paths = sorted(os.path.relpath(path, repository).replace(os.sep, "/") for path in found)
    files, tail = [], bytearray()
    for path in filter(WANTED.fullmatch, paths):
        with open(os.path.join(repository, path), "rb") as file:
            content = file.read()
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        files.append({"path": path, "offset": len(tail), "length": len(content), "digest": digest})
        tail += content
    # `complete`: what is not among the files is not there, so the module asks for nothing more.
    head = {"files": files, "roots": [""], "complete": os.path.isdir(os.path.join(repository, ".github"))}
    header = {"api": 1, "head": head, "options": {"printKey": secrets.token_hex(32)}}
    header = json.dumps(header).encode()
    return b"GPF1" + len(header).to_bytes(4, "little") + header + tail


def finish(answer):
    """Prints the report as the module wrote it; gives 0 for allow and warn, 1 for deny and hold, 2 for an error."""
    answer = json.loads(answer)
    report = answer.get("ok")
    if report is None:
        print(f"error: {answer.get('error', {}).get('message') or answer.get('need')}", file=sys.stderr)
        return 2
    # Of bytes: on some systems text is printed in another encoding, and with other ends of lines.
    sys.stdout.buffer.write(json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    return {"allow": 0, "warn": 0, "error": 2}.get(report["decision"]["outcome"], 1)


def main(judge):
    """Runs a judge, which gets the paths of the module and of the repository and gives the answer."""
    try:
        sys.exit(finish(judge(*sys.argv[1:])))
    except Exception as error:  # A file that is not there, a module that is none, a trap: nothing was judged, so 2.
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
