"""Answers every case by the core module: python conform.py MODULE CASES OUT [BENCH]"""

from importlib.metadata import version

from judge import load
from measure import run

run("Python, wasmtime", version("wasmtime"), load)
