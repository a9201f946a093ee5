"""Judges a repository's workflows with the module for Extism: python judge_extism.py gatepost_extism.wasm REPOSITORY"""

from extism import Plugin

from repository import main, request


def load(path):
    """The module, ready to answer: a function of an operation's name and a request, bytes in, bytes out."""
    with open(path, "rb") as file:
        plugin = Plugin(file.read())
    return lambda operation, question: bytes(plugin.call(operation, question))


if __name__ == "__main__":
    main(lambda module, repository: load(module)("evaluate", request(repository)))
