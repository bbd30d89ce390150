"""Answers about a pair at many points, or many times at one: what would else be many messages."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.judgement.crashes import told
from gradproof.checking.sandbox.array_forms import in_form
from gradproof.checking.sandbox.channel import Array

_ANEW = 3  # calls after which the same numbers come in other arrays
Answer = tuple[dict[str, Any], list[Any]]


class ManyAnswers:
    """What is asked of the pairs of a file; matches: the pairs, by their numbers."""

    matches: list[Match]

    def again(self, *given: Any, match: int, times: int, until: float) -> Answer:
        """The gradients at the same numbers, asked for many times: those of the last time. In turn
        of new arrays, and of arrays that it was given before."""
        stop = time.monotonic() + until
        copies = [np.array(each) for each in given]
        first = [np.array(each) for each in self._both(match, copies[:-1], copies[-1])[1]]
        held: list[Any] = []
        for number in range(times):
            if number % _ANEW == 0 or any(map(is_changed, given, held)):
                held = [np.array(each) for each in given]
            _, gradients = self._both(match, held[:-1], held[-1])
            if time.monotonic() > stop or not all(map(_is_close, first, gradients)):
                break
        return {"gradients": len(gradients)}, gradients

    def batch(self, *given: Array, match: int, form: str = "", together: int = 3) -> Answer:
        """The outputs at many points, so many of which belong together, and the gradients at the
        first of those: every array holds what belongs to one point in each row.

        form: of the arrays that are handed over, as in_form makes them.
        """
        *inputs, dys = given
        ys: list[Any] = []
        rows: list[list[Any]] = []
        for at in range(len(inputs[0])):
            here = [in_form(form, each[at], at) for each in inputs]
            if at % together:
                ys.append(np.array(self.matches[match].forward(*here)[0]))
                continue
            y, cache = self.matches[match].forward(*here)
            ys.append(np.array(y))
            gradients = self.matches[match].backward(in_form(form, dys[at // together], at), cache)
            rows.append([np.array(real(each)) for each in gradients])  # before the next call
        stacked = [np.stack([np.asarray(each) for each in column]) for column in zip(*rows)]
        return {"gradients": len(stacked)}, [real(np.stack(ys)), *map(real, stacked)]

    def batches(self, *given: Array, match: int, parts: list[list[Any]]) -> Answer:
        """Several batches, each with its number of arrays and their form; one that raises says so,
        and the others are there."""
        said, out, start = [], [], 0
        for count, form in parts:
            try:
                answer, found = self.batch(*given[start : start + count], match=match, form=form)
            except Exception as error:
                answer, found = raised(error), []
            start += count
            said.append(answer)
            out += found
        return {"parts": said}, out

    def shapes(self, *given: Array, match: int, counts: list[int]) -> Answer:
        """The shape of what forward returns for each of several groups of arrays; None where it
        raises."""
        found: list[Any] = []
        start = 0
        for count in counts:
            here = [np.array(each) for each in given[start : start + count]]
            start += count
            try:
                found.append(list(np.shape(self.matches[match].forward(*here)[0])))
            except Exception:
                found.append(None)
        return {"shapes": found}, []

    def _both(self, match: int, inputs: Sequence[Any], dy: Any) -> tuple[Any, list[Any]]:
        """One call of forward and of backward."""
        pair = self.matches[match]
        y, cache = pair.forward(*inputs)
        kept = np.array(y)
        return kept, [real(each) for each in pair.backward(dy, cache)]


def is_changed(before: Any, after: Any) -> bool:
    return before.shape != np.shape(after) or before.tobytes() != np.asarray(after).tobytes()


def _is_close(one: Any, two: Any) -> bool:
    if type(one) is type(two) is np.ndarray and not is_changed(one, two):
        return True  # as almost always, and quick to see
    return np.shape(one) == np.shape(two) and np.allclose(one, two, 1e-9, 0.0, equal_nan=True)


def real(value: Any) -> Any:
    """What the code returned, as something that can be sent. Raises TypeError for None."""
    if value is None:
        raise TypeError("None in place of an array")
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        value = np.asarray(value)
    array = np.asarray(value)
    if array.dtype.kind in "biufc" and array.dtype.itemsize <= (
        16 if array.dtype.kind == "c" else 8
    ):
        return value if isinstance(value, (np.ndarray, np.generic)) else _number(value, array)
    return np.asarray(value, dtype=float)


def _number(value: Any, array: Array) -> Any:
    return value if type(value) in (bool, int, float, complex) else array


def raised(error: BaseException) -> dict[str, Any]:
    """What the code raised, as plain data."""
    kinds = [cls.__name__ for cls in type(error).__mro__]
    return {"raised": [kinds, told(error).removeprefix(f"{kinds[0]}: ")]}


__all__ = ["Answer", "ManyAnswers", "is_changed", "raised", "real"]
