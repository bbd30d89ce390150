"""A result in its author's words: the upstream gradient is called as their backward calls it."""

from __future__ import annotations

import re
from dataclasses import replace

from gradproof.checking.records import Candidate, GradientResult
from gradproof.checking.source.gradient_names import looks_upstream
from gradproof.checking.source.syntax import Source

OURS = "dy"
_WITH_UPSTREAM = ("cache", "layer")


def in_their_words(result: GradientResult, candidate: Candidate, text: str) -> GradientResult:
    """The result about a pair of this text, with the author's name for the upstream gradient."""
    theirs = _upstream(candidate, text)
    example = result.counterexample
    inputs = dict(example["inputs"]) if example is not None else {}
    if theirs is None or theirs == OURS or theirs in inputs:
        return result
    if example is not None:
        renamed = {theirs if name == OURS else name: value for name, value in inputs.items()}
        example = {**example, "inputs": renamed}
    return replace(
        result, counterexample=example,
        scope=_renamed(result.scope, theirs), reason=_renamed(result.reason, theirs),
    )  # fmt: skip


def _upstream(candidate: Candidate, text: str) -> str | None:
    if candidate.kind not in _WITH_UPSTREAM:
        return None
    names = Source(text).parameters(candidate.owner, candidate.backward)
    return next(filter(looks_upstream, names), None)


def _renamed(text: str, theirs: str) -> str:
    if re.search(rf"\b{re.escape(theirs)}\b", text):
        return text
    return re.sub(rf"\b{OURS}\b", theirs, text)
