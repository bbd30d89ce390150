"""Other things that a gradient may be meant as: by the logits, the negative, that of a sum.

A gradient that is wrong as it stands is tried as each of these. Where it is right as one of them,
it is judged as that, and the verdict says so. Factors are tried only where a call site shows them:
alone, a factor is a slip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import (
    SELECT,
    Match,
    differences,
    distance,
    fits,
    times,
    with_names,
)
from gradproof.checking.reading.callsites import CallSites, climbs
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.trials.target_values import one_hot_along


def as_meant(match: Match, sites: CallSites, forward: str) -> Match:
    """The match under the convention under which it is right; itself where there is none."""
    for other in (*_by_logits(match), *_scaled(match, sites, forward)):
        try:
            if fits(other) and distance(other) < SELECT:
                return other
        except Exception:  # of the author's code, at inputs it is not for
            continue
    return match


def entry_by_entry(match: Match, line: int) -> Match:
    """The match for an upstream gradient with one entry that is not zero, as a loss of one class
    gives: by the output at which it is wrong, or else by one of them.

    line: where backward passes over zeros on its way to the first entry that is none.
    """
    note = (
        f"for an upstream gradient with a single nonzero entry, as line {line} passes over zeros "
        "and what follows returns"
    )
    try:
        size = np.size(match.forward(*(np.array(v) for v in match.inputs.values()))[0])
        ways = [_of_entry(match, at).noted(note) for at in range(min(size, _MOST_ENTRIES))]
        wrong = (way for way in ways if not (fits(way) and distance(way) < SELECT))
        return next(wrong, ways[len(ways) // 2])
    except Exception:  # of the author's code, which is then judged as it is
        return match


_MOST_ENTRIES = 12


def _of_entry(match: Match, at: int) -> Match:
    going, coming = match.forward, match.backward

    def forward(*given: Any) -> Any:
        y, cache = going(*given)
        return np.ravel(y)[at], (np.shape(y), cache)

    def backward(dy: Any, cache: Any) -> Any:
        shape, own = cache
        upstream = np.zeros(shape)
        upstream.flat[at] = dy
        return coming(upstream, own)

    return replace(match, forward=with_names(forward, tuple(match.inputs), going),
                   backward=with_names(backward, ("dy", "cache"), coming))  # fmt: skip


def _softmax(axis: int) -> Callable[[Any], Any]:
    def softmax(z: Any) -> Any:
        e = np.exp(z)
        return e / np.sum(e, axis=axis, keepdims=True)

    return softmax


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def _by_logits(match: Match) -> Iterator[Match]:
    """A loss of probabilities whose gradient is that by the logits: p - y for cross-entropy, with
    targets that are probabilities themselves, of one class or of zeros and ones."""
    if len(match.wrt) != 1 or any(role_of(n) != "labels" for n in match.inputs.keys() - match.wrt):
        return
    (name,) = match.wrt
    value = match.inputs[name]
    axes = range(value.ndim - 1, -1, -1) if value.ndim else ()
    ways = [(f"softmax(z) along axis {a}", _softmax(a), a) for a in axes if value.shape[a] > 1]
    for words, act, axis in (*ways, ("sigmoid(z)", _sigmoid, None)):
        coded = _with_codes(match, name, axis)
        try:
            if np.ndim(coded.forward(np.full(value.shape, 0.4))[0]):
                return
        except Exception:  # it is no loss of probabilities
            return
        z = np.where(np.arange(value.size) % 2, -1.0, 1.0).reshape(value.shape) * value
        note = f"the gradient by the logits z, where {name} = {words}: judged as that"
        yield replace(_after(coded, act), inputs={name: z}).noted(note)


def _with_codes(match: Match, name: str, axis: int | None) -> Match:
    """The match for one input alone: the targets beside it are one-hot along an axis, or zeros and
    ones."""
    return match.fixing({n: _codes(v.shape, axis) for n, v in match.inputs.items() if n != name})


def _codes(shape: tuple[int, ...], axis: int | None) -> Any:
    if axis is None or axis >= len(shape):
        return np.arange(int(np.prod(shape)), dtype=float).reshape(shape) % 2
    return one_hot_along(shape, axis)


def _after(match: Match, act: Callable[[Any], Any]) -> Match:
    author = match.forward

    def forward(z: Any) -> Any:
        return author(act(z))

    return replace(match, forward=with_names(forward, tuple(match.inputs), author))


def _scaled(match: Match, sites: CallSites, forward: str) -> Iterator[Match]:
    """Times -1 or divided by a number of examples, where the steps in the file show that."""
    for line, sign, divided in sites.steps:
        turn = -1 if climbs(forward, sign) else 1
        counts = _counts(match, turn) if divided else [1]
        for count in counts:
            words = []
            if turn < 0:
                words.append("the negative gradient")
            if count != 1:
                words.append(f"the gradient of the sum, {count} times that of the mean")
            if words:
                note = f"{' and '.join(words)}: judged as that, for the step in line {line}"
                yield times(match, turn / count).noted(note)


def _counts(match: Match, turn: int) -> list[int]:
    """The lengths of what is given by which the gradient is too large, all of it."""
    lengths = {n for v in (*match.inputs.values(), *match.fixed.values()) for n in np.shape(v)}
    try:
        found = differences(match)
    except Exception:  # of the author's code
        return []
    return [
        n for n in sorted(lengths) if n > 1
        and all(np.shape(got) == np.shape(wanted) and np.allclose(turn * got, n * wanted, 1e-4)
                for got, wanted in found.values())
    ]  # fmt: skip


__all__ = ["as_meant", "entry_by_entry"]
