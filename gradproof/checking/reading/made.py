"""From a match to the record of how it was read."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.checking.reading.record import Input, Reading
from gradproof.checking.records import Candidate

_SYMBOLS = "NDMKLPQRST"  # for lengths, in the order in which they come
_CONVENTIONS = {
    "cache": "backward(upstream gradient, what forward kept)", "layer": "methods of a layer",
    "derivative": "a function and its derivative", "flag": "one function with a flag",
    "loss": "a function that returns the loss and its gradient",
    "object": "an object with a function and its derivative",
    "engine": "an operation of values that keep their own gradient: out.backward(), then a.grad",
}  # fmt: skip


def reading_of(file: str, candidate: Candidate, match: Match, others: tuple[str, ...]) -> Reading:
    """The record of how a match reads a candidate. others: settings at which it is judged too."""
    symbols: dict[int, str] = {}
    varied = [_input(n, v, True, symbols) for n, v in match.inputs.items()]
    kept = [_input(n, v, False, symbols) for n, v in match.fixed.items()]
    convention = _CONVENTIONS[candidate.kind]
    if match.contract == "output":
        convention += ", which is given the output"
    return Reading(
        file, candidate.line, candidate.title, candidate.forward, (*varied, *kept), others,
        match.output, match.wrt, convention, match.notes,
        tuple(f"{what}: {why}" for what, why in match.unjudged),
    )  # fmt: skip


def _input(name: str, value: Any, varies: bool, symbols: dict[int, str]) -> Input:
    array = np.asarray(value) if isinstance(value, (np.ndarray, int, float, bool)) else None
    if array is None:
        return Input(name, (), (), type(value).__name__, f"{value!r:.60}", False)
    return Input(name, tuple(_symbol(n, symbols) for n in array.shape), array.shape,
                 str(array.dtype), _domain(array, varies), varies)  # fmt: skip


def _symbol(length: int, symbols: dict[int, str]) -> str:
    if length == 1:
        return "1"
    if length not in symbols:
        at = len(symbols)
        symbols[length] = _SYMBOLS[at] if at < len(_SYMBOLS) else f"N{at}"
    return symbols[length]


def _domain(array: np.ndarray[Any, Any], varies: bool) -> str:
    if not varies and not array.ndim:
        return f"= {array.item()!r}"
    if array.dtype.kind in "iub":
        return f"whole numbers {array.min(initial=9**9)} to {array.max(initial=-(9**9))}"
    if array.size and set(np.unique(array)) <= {0.0, 1.0}:
        return "0 or 1"
    positive = array.size and bool((array > 0).all())
    return ("between 0 and 1" if bool((array < 1).all()) else "positive") if positive else "real"


__all__ = ["reading_of"]
