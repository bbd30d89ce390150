"""Run ``gradproof check`` as a person does: a process of its own, in a folder of one's choice."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What the console script does. With -P, as a script's folder comes first, not the current one.
COMMAND = (sys.executable, "-P", "-c", "from gradproof.cli import run; run()", "check")
SQUARE = """import numpy as np


def square_forward(x):
    return x**2, x


def square_backward(dout, x):
    return dout * {factor} * x
"""
RIGHT, WRONG = SQUARE.format(factor=2), SQUARE.format(factor=7)


def environment(**more):
    """The environment of the tests, in English, with gradproof where these tests stand."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C", **more}


def check(folder, *arguments, seconds=120, **more):
    """The finished process of a check in a folder."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=folder, env=environment(**more), check=False,
        capture_output=True, text=True, timeout=seconds, errors="replace",
    )  # fmt: skip
