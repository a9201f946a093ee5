"""What every judge here shares: the request for a folder, and what to do with the answer."""

import hashlib
import json
import os
import re
import secrets
import sys

# What the module reads of a repository of GitHub, and as what. Pipelines of GitLab and manifests are not looked for.
ROLES = {
    "github-workflow": re.compile(r"\.github/workflows/[^/]*\.ya?ml"),
    "github-action": re.compile(r"(.*/)?action\.ya?ml", re.DOTALL),
    "github-dependabot": re.compile(r"\.github/dependabot\.ya?ml"),
    "github-codeowners": re.compile(r"(\.github/|docs/)?CODEOWNERS"),
}


def request(repository):
    """A frame: `GPF1`, the length of the header, the header, and the bytes of all files behind each other."""
    root = os.path.realpath(repository)
    files, unread, tail = [], [], bytearray()
    for path in sorted(paths(root, "")):
        role = next((role for role, pattern in ROLES.items() if pattern.fullmatch(path)), None)
        if role is None:
            continue
        content, why = read(root, path)
        if why:
            why = [{"code": "unreadable", "message": f"the file cannot be read: {why}"}]
            unread.append({"path": path, "origin": "unknown", "roles": [role], "state": "refused", "why": why})
            continue
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        files.append({"path": path, "offset": len(tail), "length": len(content), "digest": digest})
        tail += content
    # `complete`: what is not among the files is not there, so the module asks for nothing more.
    complete = os.path.isdir(os.path.join(root, ".github"))
    head = {"files": files, "unread": unread, "roots": [""], "complete": complete}
    header = {"api": 1, "head": head, "options": {"printKey": secrets.token_hex(32)}}
    header = json.dumps(header).encode()
    return b"GPF1" + len(header).to_bytes(4, "little") + header + tail


def paths(root, folder):
    """Links are not entered: what they lead to is found where it lies."""
    for entry in os.scandir(os.path.join(root, folder)):
        path = folder + entry.name
        if not entry.is_dir(follow_symlinks=False):
            yield path
        elif entry.name not in (".git", "node_modules"):
            yield from paths(root, path + "/")


def read(root, path):
    """The bytes of a file, or why there are none. What a link leads to outside of the repository is not part of it, nor ours to show."""
    file = os.path.realpath(os.path.join(root, path))
    if not file.startswith(os.path.join(root, "")) or not os.path.exists(file):
        return None, "it is a link to something outside of its repository"
    if not os.path.isfile(file):  # A pipe would be waited for.
        return None, "it is not a file"
    with open(file, "rb") as opened:
        return opened.read(), None


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
