"""How unlikely each change is: one table, in a file of data.

A slip that many make weighs less. ``python -m tests.diagnosis.weights`` says how many of the
labelled slips the table puts first, and fits it to them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

FILE = Path(__file__).with_name("weights.toml")


def read_weights(file: Path = FILE) -> dict[str, float]:
    """Return the table of a file."""
    return dict(tomllib.loads(file.read_text(encoding="utf-8"))["weights"])


_WEIGHTS: dict[str, float] = read_weights()


def weight(name: str) -> float:
    """Return one weight; a float that knows its name while the table is being fitted.

    >>> weight("two factors: left out") > weight("changed in place: the array as it was")
    True
    """
    return _WEIGHTS[name]


def replace_weights(weights: Mapping[str, float]) -> None:
    """Take other weights from now on, in this process."""
    _WEIGHTS.clear()
    _WEIGHTS.update(weights)


def write_weights(weights: Mapping[str, float], file: Path = FILE) -> None:
    """Write a table into its file, under the words at its head."""
    head = file.read_text(encoding="utf-8").partition("[weights]\n")[0]
    rows = "".join(f'"{name}" = {weights[name]}\n' for name in sorted(weights))
    file.write_text(f"{head}[weights]\n{rows}", encoding="utf-8")


__all__ = ["FILE", "read_weights", "replace_weights", "weight", "write_weights"]
