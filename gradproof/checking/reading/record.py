"""A reading as a record: as what a pair was taken, before anything in it was judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gradproof.checking.match import Match
from gradproof.checking.records import Candidate
from gradproof.text import Text

_SYMBOLS = "NDMKLPQRST"  # for lengths, in the order in which they come


@dataclass(frozen=True)
class Input:
    """One argument or parameter.

    shape:  its axes as symbols, the same for the same length; sizes: the lengths that were taken;
    domain: "real", "between 0 and 1", "0 or 1", "whole numbers 0 to 3", or a value that stays.
    varies: whether new values are drawn for it, rather than kept.
    """

    name: str
    shape: tuple[str, ...]
    sizes: tuple[int, ...]
    dtype: str
    domain: str
    varies: bool


@dataclass(frozen=True)
class Reading:
    """As what one pair was read.

    inputs:     what it takes; settings: at which values of what has a default it is judged;
    output:     what is differentiated, by the author's name;
    gradients:  of what each of the judged values is the gradient, in order;
    convention: how backward is called and what its values are taken for;
    evidence:   what in the file said so; unjudged: what is not judged, with the reason.
    """

    file: str
    line: int
    backward: str
    forward: str
    inputs: tuple[Input, ...]
    settings: tuple[str, ...]
    output: str
    gradients: tuple[str, ...]
    convention: str
    evidence: tuple[str, ...]
    unjudged: tuple[str, ...]

    def as_plain(self) -> dict[str, Any]:
        """As data for JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Reading:
        """The reading that :meth:`as_plain` was made of."""
        inputs = tuple(
            Input(**{**each, "shape": tuple(each["shape"]), "sizes": tuple(each["sizes"])})
            for each in plain["inputs"]
        )
        lists = {k: tuple(v) for k, v in plain.items() if isinstance(v, list)}
        return cls(**{**plain, **lists, "inputs": inputs})

    def lines(self, language: str = "en") -> Iterator[str]:
        """What ``--explain-reading`` prints."""
        yield f"{self.file}:{self.line}: {self.backward}"
        for each in self.inputs:
            shape = f"({', '.join(each.shape)}{',' * (len(each.shape) == 1)})"
            sizes = ", ".join(f"{s} = {n}" for s, n in dict(zip(each.shape, each.sizes)).items())
            where = f" [{sizes}]" if sizes else ""
            yield f"  {_word('input', language)} {each.name} {shape}{where}: {each.domain}"
        for name in ("settings", "output", "gradients", "convention", "evidence", "unjudged"):
            value = getattr(self, name)
            for part in (value,) if isinstance(value, str) else value:
                yield f"  {_word(name, language)} {part}"


_WORDS = {
    "input": Text("takes", "입력"), "settings": Text("judged for", "설정"),
    "output": Text("returns", "출력"), "gradients": Text("gradient of", "기울기의 대상"),
    "convention": Text("read as", "관례"), "evidence": Text("because", "근거"),
    "unjudged": Text("not judged:", "판정하지 않음:"),
}  # fmt: skip


def _word(name: str, language: str) -> str:
    return _WORDS[name].within(language)


_CONVENTIONS = {
    "cache": "backward(upstream gradient, what forward kept)", "layer": "methods of a layer",
    "derivative": "a function and its derivative", "flag": "one function with a flag",
    "loss": "a function that returns the loss and its gradient",
    "object": "an object with a function and its derivative",
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


__all__ = ["Input", "Reading", "reading_of"]
