"""Data in place of files that are not there, so that a script can be read without its data.

What a step is of which scalar does not hang on the numbers in a file. A table has rows of features
and a last column of labels; its values serve as sizes, as labels and as indices alike: features lie
between 0 and 2, labels are 0 and 1. What was made up is noted, and every verdict says so.
"""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.trace.recorder import Recorder
from gradproof.trace.values import leaf

Array = np.ndarray[Any, Any]

ROWS = 12
WIDTHS = (3, 2, 5)  # of a table: what the script asks of it decides which of these fits
READERS = {"loadtxt", "genfromtxt", "load", "fromfile", "recfromcsv", "loadmat"}
_PROSE = "the quick brown fox jumps over the lazy dog and runs away from it\n" * 6


class MadeUp:
    """What is given in place of data that are not there.

    width: the columns of a table.
    notes: the files and functions that it stands for, as the author writes them.
    """

    def __init__(self, recorder: Recorder, text: str, width: int) -> None:
        self.recorder, self.text, self.width = recorder, text, width
        self.notes: list[str] = recorder.program.made_up
        self._rng = np.random.default_rng(len(text))

    def note(self, what: object) -> None:
        """Note for what something was made up."""
        name = os.path.basename(str(what)) if isinstance(what, (str, os.PathLike)) else str(what)
        if name and name not in self.notes:
            self.notes.append(name)

    def array(self, value: Any) -> Any:
        """Return an array as data of the script."""
        return leaf(self.recorder, np.array(value))

    def features(self, rows: int, columns: int) -> Array:
        """Return numbers between 0 and 2, shape (rows, columns)."""
        return self._rng.uniform(0.0, 2.0, (rows, columns))

    def labels(self, rows: int, classes: int = 2) -> Array:
        """Return labels from 0 on, each of them there."""
        return self._rng.permutation(np.arange(rows) % classes)

    def table(self, rows: int = ROWS, columns: int = 0) -> Array:
        """Return features with a last column of labels."""
        columns = columns or self.width
        return np.column_stack([self.features(rows, columns - 1), self.labels(rows)])

    def read(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return what a reader of NumPy or SciPy gives, in place of a file that is not there."""
        self.note(args[0] if args else kwargs.get("fname", "a file"))
        if name == "loadmat":
            return {"X": self.array(self.features(ROWS, self.width - 1)),
                    "y": self.array(self.labels(ROWS).reshape(-1, 1).astype(float))}  # fmt: skip
        columns = kwargs.get("usecols")
        width = len(columns) if isinstance(columns, (list, tuple, range)) else self.width
        whole = self.table(columns=width)
        if kwargs.get("unpack"):
            return tuple(self.array(column) for column in whole.T)
        return self.array(whole)

    def open(self, file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        """``open``; a text that is not there is made up, lines of numbers or a few sentences."""
        try:
            return builtins.open(file, mode, *args, **kwargs)
        except FileNotFoundError:
            if "r" not in mode or "b" in mode:
                raise
        self.note(file)
        columns = "split(','" in self.text or 'split(","' in self.text or "csv" in str(file)
        rows = [",".join(f"{value:.3f}" for value in row) for row in self.table()]
        return io.StringIO("\n".join(rows) + "\n" if columns else _PROSE)


def reading(
    missing: Callable[[str, tuple[Any, ...], dict[str, Any]], Any],
    name: str,
    function: Callable[..., Any],
) -> Callable[..., Any]:
    """A reader of files that gives made-up data where the file is not there."""

    def read(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except FileNotFoundError:
            return missing(name, args, kwargs)

    return read


__all__ = ["READERS", "ROWS", "WIDTHS", "MadeUp", "reading"]
