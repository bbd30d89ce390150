"""The convention dW = 1/m dZ A^T, db = 1/m sum dZ: upstream per example, parameters of the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import SELECT, Match, differences, distance
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.trials.input_trials import Array

_WEIGHTS = ("weight", "recurrent")


def scaled_by_batch(match: Match) -> Match:
    """Judge a layer by the mean over the batch where all its parameter gradients are means.

    Only where weight and bias both are short of the same factor, the number of examples, and every
    other gradient is right: one factor alone is a slip, the same in both is a convention.
    """
    roles = {name: role_of(name) for name in match.wrt}
    parameters = [n for n, role in roles.items() if role in (*_WEIGHTS, "bias")]
    data = [n for n in match.wrt if n not in parameters]
    both = any(roles[n] == "bias" for n in parameters) and any(
        roles[n] in _WEIGHTS for n in parameters
    )
    if not both or not data:
        return match
    try:
        if distance(match) < SELECT:
            return match
        found = differences(match)
    except Exception:  # whatever the author's code raises: it is then judged as it is
        return match
    if any(got.shape != wanted.shape for got, wanted in found.values()):
        return match
    factors = {_factor(*found[n]) for n in parameters}
    sizes = {n for name in data for n in match.inputs[name].shape}
    factor = factors.pop() if len(factors) == 1 else None
    if factor is None or factor == 1 or factor not in sizes:
        return match
    if any(_factor(*found[n]) != 1 for n in data):
        return match
    return _times(match, parameters, factor)


def _factor(got: Array, wanted: Array) -> int | None:
    """The whole number n with n * got = wanted, if there is one."""
    norm = float(np.sum(got * got))
    ratio = float(np.sum(got * wanted)) / norm if norm else 0.0
    n = round(ratio)
    close = np.allclose(n * got, wanted, rtol=SELECT, atol=SELECT * float(np.abs(wanted).max()))
    return n if close else None


def _times(match: Match, parameters: Sequence[str], factor: int) -> Match:
    author = match.backward

    def backward(dy: Any, cache: Any) -> Any:
        gradients = author(dy, cache)
        return tuple(g * factor if n in parameters else g for n, g in zip(match.wrt, gradients))

    backward.__wrapped__ = author  # type: ignore[attr-defined]
    note = (
        f"d{' and d'.join(parameters)} taken as means over the batch: judged times m = {factor}, "
        "as for a loss per example whose mean is taken here"
    )
    return replace(match, backward=backward).noted(note)
