"""The exact gradient at a case's inputs, and how far other values are from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from benchmarks.strangers.tape import DIGITS, Number, Tape, exactly
from benchmarks.strangers.trials import Trial

Array = np.ndarray[Any, Any]
# Up to this many numbers a truth of every element is worth its time.
MOST = 6_000
_SAMPLE = 1_500


@dataclass(frozen=True)
class Truth:
    """The exact gradient of each input (mpf), and the sum of |terms| that meet in each element."""

    slope: tuple[Array, ...]
    size: tuple[Array, ...]
    tied: bool
    high: tuple[Array, ...] = ()  # at a kink, the other end of what is admissible


def exact_outputs(case: Trial, inputs: tuple[Array, ...]) -> tuple[Tape, list[Array], Array]:
    """Run the exact form: the tape, the recorded inputs, all outputs as one flat array."""
    tape = Tape()
    recorded = [tape.array(x) for x in inputs]
    exact = case.kind.exact or case.kind.forward
    y = exact(*recorded, **case.extra)
    parts = y if isinstance(y, (tuple, list)) else (y,)
    return tape, recorded, np.concatenate([np.asarray(p, dtype=object).ravel() for p in parts])


def truth(case: Trial, dy: Array, inputs: tuple[Array, ...] | None = None) -> Truth | None:
    """The gradient of <dy, y>; None where there is no exact form, or it cannot be evaluated."""
    if case.kind.unknown:
        return None
    given = inputs or case.inputs
    if sum(x.size for x in given) + dy.size > MOST:
        return None
    with mpmath.workdps(DIGITS):
        try:
            tape, recorded, outputs = exact_outputs(case, given)
            if outputs.size != dy.size:
                return None
            tape.pull(outputs, dy)
        except (ValueError, ArithmeticError, TypeError, AttributeError, mpmath.libmp.NoConvergence):
            return None
        slopes = tuple(_field(each, "slope") for each in recorded)
        sizes = tuple(_field(each, "size").astype(float) for each in recorded)
        if not all(isinstance(s, mpmath.mpf) for each in slopes for s in each.ravel()):
            return None  # left the real numbers
    return Truth(slopes, sizes, tape.tied)


def beside(case: Trial, dy: Array, inputs: tuple[Array, ...]) -> Truth | None:
    """At a kink: the hull of the gradients at points closer by than any float, on either side."""
    rng = np.random.default_rng(0)
    found = []
    for sign in (1, -1, 1, -1):
        with mpmath.workdps(DIGITS):
            near = tuple(_nudged(x, sign * rng.uniform(0.5, 1.5, np.shape(x))) for x in inputs)
        each = truth(case, dy, near)
        if each is None or each.tied:
            return None
        found.append(each)
    ends = [np.stack([each.slope[at] for each in found]) for at in range(len(inputs))]
    sizes = tuple(np.max([each.size[at] for each in found], axis=0) for at in range(len(inputs)))
    return Truth(
        tuple(e.min(axis=0) for e in ends), sizes, True, tuple(e.max(axis=0) for e in ends)
    )


def _nudged(x: Array, by: Array) -> Array:
    found = np.empty(np.shape(x), dtype=object)
    for index in np.ndindex(found.shape):
        found[index] = exactly(np.asarray(x)[index]) + mpmath.mpf(10) ** -40 * float(by[index])
    return found


def sampled(case: Trial, dy: Array, where: str) -> tuple[Array, tuple[Array, ...]] | None:
    """Some elements of a large elementwise case, that of the counterexample among them."""
    shapes = {x.shape for x in case.inputs}
    if len(shapes) != 1 or dy.shape not in shapes:
        return None
    rng = np.random.default_rng(0)
    at = rng.choice(dy.size, size=min(dy.size, _SAMPLE), replace=False)
    found = re.search(r"\[([\d, ]+)\]", where)
    if found:
        index = tuple(int(i) for i in found[1].split(","))
        if len(index) == dy.ndim:
            at[0] = np.ravel_multi_index(index, dy.shape)
    return at, tuple(x.ravel()[at] for x in case.inputs)


def rows(case: Trial, at: int) -> tuple[Array, Array, bool] | None:
    """The exact Jacobian by input ``at``, (outputs, elements) of mpf; its sizes; whether tied."""
    if case.kind.unknown:
        return None
    with mpmath.workdps(DIGITS):
        try:
            tape, recorded, outputs = exact_outputs(case, case.inputs)
            found, size = [], []
            for i in range(outputs.size):
                tape.pull(outputs, np.eye(1, outputs.size, i)[0])
                found.append(_field(recorded[at], "slope").ravel())
                size.append(_field(recorded[at], "size").astype(float).ravel())
        except (ValueError, ArithmeticError, TypeError, AttributeError, mpmath.libmp.NoConvergence):
            return None
        if not all(isinstance(s, mpmath.mpf) for each in found for s in each):
            return None
    return np.array(found, dtype=object), np.array(size), tape.tied


def _field(recorded: Array, name: str) -> Array:
    found = np.empty(recorded.shape, dtype=object)
    for index in np.ndindex(recorded.shape):
        node: Number = recorded[index]
        found[index] = getattr(node, name)
    return found


def apart(got: Any, low: Array, high: Array | None = None) -> Array:
    """Distance of got from low ... high to 50 digits, as floats; inf where got is not finite."""
    high = low if high is None else high
    with mpmath.workdps(DIGITS):
        triples = zip(np.asarray(got).ravel(), np.ravel(low), np.ravel(high))
        return np.array([
            float(max(a - exactly(x), exactly(x) - b, 0)) if np.isfinite(x) else np.inf
            for x, a, b in triples
        ])  # fmt: skip
