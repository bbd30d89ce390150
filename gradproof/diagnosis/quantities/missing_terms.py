"""The terms of a gradient, one for each path of forward's graph, written in backward's quantities.

A path that was left out is a term that is missing. What it is made of are the local derivatives of
the steps on it, and the adjoint with which it starts: backward may have that under a name.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.products import Products, factors_of, size_of, without
from gradproof.diagnosis.quantities.quantities import Quantity
from gradproof.diagnosis.quantities.terms import Term, apply, entry, number, slope_term
from gradproof.diagnosis.search.repair import Repair, forward_steps, in_slots
from gradproof.diagnosis.source.rewrites import about_term
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape
from gradproof.slip_kinds import Kind

MOST_STEPS, LONGEST = 60, 8  # of forward's graph, and of a path
MOST_PATHS, MOST_PAIRED, MOST_SUMMED = 24, 4, 3
_COST = 0.55
_REDUCTIONS = ("sum", "mean", "var", "linalg.norm")


def path_quantities(scene: Scene, name: str) -> list[Quantity]:
    """Return what each path contributes to the gradient of an input."""
    tape, found = scene.first.tape, list[Quantity]()
    single = _terms(scene, name, 4 * MOST_PATHS)
    both = [apply("add", a, b) for a, b in itertools.combinations(single[:MOST_PAIRED], 2)]
    for term, more in (*((t, 0.0) for t in (*single, *both)), *_without_factors(tape, single)):
        with contextlib.suppress(ValueError, TypeError, IndexError):
            value = np.asarray(term.at(tape), dtype=float)
            if np.isfinite(value).all():
                last = max(term.entries())
                cost = _COST + 0.01 * size_of(term) + more
                found.append(Quantity(term, value, cost, last, True))
    return sorted(found, key=lambda q: q.cost)[:MOST_PATHS]


def written_anew(scene: Scene, name: str, kind: Kind) -> Iterator[Repair]:
    """Yield the return of the true gradient of an input, as the sum of its terms."""
    terms = _terms(scene, name, MOST_SUMMED + 1)
    if 0 < len(terms) <= MOST_SUMMED:
        whole = _sum(terms)
        slots = ((scene.first.tape.gradients[name], 0),)
        repair = in_slots(slots, whole, kind, 1.0, about_term(whole))
        if repair.holds(scene, name):
            yield repair


def _terms(scene: Scene, name: str, most: int) -> list[Term]:
    """Return the terms of the first paths to an input, each in normal form, the shortest first."""
    tape = scene.first.tape
    used = forward_steps(tape)
    if len(used) > MOST_STEPS:
        return []
    every = itertools.islice(Paths(scene, used).contributions(tape.inputs[name]), most)
    return sorted(map(Products(tape).simplified, every), key=size_of)


def _sum(terms: Sequence[Term]) -> Term:
    return functools.reduce(partial(apply, "add"), terms)


def _without_factors(tape: Tape, single: Sequence[Term]) -> Iterator[tuple[Term, float]]:
    """Yield the terms without a factor that all of them have, which may be all that was written:
    without the upstream gradient it is the derivative of forward that is missing as a whole."""
    sums = [single] if 1 < len(single) <= MOST_SUMMED else []
    for terms in [*sums, *([t] for t in single[:MOST_PAIRED])]:
        for factor in factors_of(terms[0]):
            parts = [part for part in (without(t, factor) for t in terms) if part is not None]
            term = _sum(parts) if parts else factor
            if len(parts) == len(terms) and term.name not in ("entry", "number"):
                yield term, 0.0 if factor == entry(tape.dy) else 0.05


class Paths:
    """The paths of forward's graph, from y back."""

    def __init__(self, scene: Scene, used: list[int]) -> None:
        self.tape, self.adjoints = scene.first.tape, scene.first.adjoints
        self.uses: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for k in used:
            for j, operand in enumerate(self.tape.ops[k].args):
                if isinstance(operand, Ref):
                    self.uses[operand.index].append((k, j))
        self.numbers = scene.numbers
        later = range(len(self.tape.ops) - 1, self.tape.dy - 1, -1)
        named = sorted(later, key=lambda k: self.tape.ops[k].own > 0)  # those with names win
        self.known = {_key(self.tape.value(k)): k for k in named
                      if not isinstance(self.tape.value(k), list)
                      and np.asarray(self.tape.value(k)).dtype.kind != "b"}  # fmt: skip

    def contributions(self, index: int) -> Iterator[Term]:
        """Yield what each of the paths to an entry contributes to its adjoint."""
        yield from self._through(index, 0)

    def _through(self, index: int, depth: int) -> Iterator[Term]:
        for k, j in self.uses[index] if depth < LONGEST else ():
            for adjoint in self._adjoint(k, depth + 1):
                passed = self._passed(k, j, adjoint)
                if passed is not None:
                    yield passed

    def _adjoint(self, index: int, depth: int) -> Iterator[Term]:
        """Yield the adjoint of an entry by its name in backward, else its paths."""
        if index == self.tape.y:
            yield entry(self.tape.dy)
            return
        value = self.adjoints.get(index)
        held = None if value is None else self.known.get(_key(value))
        if held is not None:
            yield entry(held)
        else:
            yield from self._through(index, depth)

    def _passed(self, index: int, j: int, a: Term) -> Term | None:
        """Return what one operand of an entry gets of its adjoint; None if that is not known."""
        tape, op = self.tape, self.tape.ops[index]
        values = [entry(x.index) if isinstance(x, Ref) else self._number(op, x)
                  for x in op.args]  # fmt: skip
        y, x = entry(index), values[j]
        if x is None:
            return None
        made = _elementwise(tape, op, values, j, y, a) or self._reduced(op, x, y, a)
        if made is not None:
            try:
                return _fitted(tape, made, op, op.args[j])
            except (ValueError, IndexError):  # two adjoints of different shapes have one value
                return None
        if op.name == "matmul" and all(isinstance(operand, Ref) for operand in op.args):
            return _of_matrices(tape, op, j, a)
        if op.name == "transpose" and len(op.args) == 1 and not op.kwargs:
            return apply("transpose", a)
        return None

    def _number(self, op: Op, value: Any) -> Term | None:
        """Return a number under its name, where it has one: the length of an axis, a parameter."""
        if type(value) not in (int, float):
            return None
        named = op.name != "power" and (type(value) is float or value > 2)  # 7 is rather m
        read = self.numbers.read(float(value)) if named else None
        return number(value) if read is None else number(value, read[1])

    def _reduced(self, op: Op, x: Term, y: Term, a: Term) -> Term | None:
        if op.name not in _REDUCTIONS or len(op.args) > 1:
            return None
        wide = _opened(op, a) if np.ndim(a.at(self.tape)) else a
        if wide is None or op.name == "sum":
            return wide
        if op.name == "linalg.norm":
            below = _opened(op, y)
            return None if below is None else apply("divide", _times(wide, x), below)
        if op.name == "var":
            axis = op.kwargs.get("axis")
            centred = apply("subtract", x, apply("mean", x, axis=axis, keepdims=True))
            wide = _times(_times(number(2), wide), centred)
        count = np.size(self.tape.value(x.index)) // max(np.size(op.value), 1)
        read = self.numbers.read(float(count))
        return apply("divide", wide, number(count, read[1] if read else ""))


def _opened(op: Op, term: Term) -> Term | None:
    """Return the result of a reduction with its axis, to broadcast against the operand."""
    axis = op.kwargs.get("axis")
    if op.kwargs.get("keepdims") or not axis:  # along axis 0 it broadcasts as it is
        return term
    return apply("expand_dims", term, axis=int(axis)) if isinstance(axis, int) else None


def _key(value: Any) -> tuple[Any, ...]:
    """Return what tells a value; an array that is the same everywhere is told as a number."""
    array = np.asarray(value, dtype=float)
    if array.size and (array == array.flat[0]).all():
        array = array.reshape(-1)[0]
    return (*array.shape, *np.round(array.ravel(), 9).tolist())


def _of_matrices(tape: Tape, op: Op, j: int, a: Term) -> Term | None:
    """Return what an operand of a matrix product gets: of matrices, and of vectors."""
    ranks = tuple(np.ndim(tape.value(operand.index)) for operand in op.args)
    other = entry(op.args[1 - j].index)
    turned = other if ranks[1 - j] == 1 else apply("transpose", other)
    if ranks == (2, 2):
        return apply("matmul", a, turned) if j == 0 else apply("matmul", turned, a)
    if ranks == (1, 1):
        return apply("multiply", a, other)
    if ranks in ((2, 1), (1, 2)):
        if ranks[j] == 1:  # the vector's own gradient
            return apply("matmul", turned, a) if j == 1 else apply("matmul", a, turned)
        return apply("outer", a, other) if j == 0 else apply("outer", other, a)
    return None


def _times(a: Term, b: Term) -> Term:
    return apply("multiply", a, b)


def _cancelled(tape: Tape, a: Term, b: Term) -> Term:
    """Return a product a * b; of c / (b * d) and b it is c / d."""
    if a.name == "negative":
        return apply("negative", _cancelled(tape, a.parts[0], b))
    below = (
        tape.ops[a.parts[1].index] if a.name == "divide" and a.parts[1].name == "entry" else None
    )
    if (
        below is not None
        and below.name == "multiply"
        and all(isinstance(x, Ref) for x in below.args)
    ):
        rest = [entry(x.index) for x in below.args]
        if b in rest:
            rest.remove(b)
            return apply("divide", a.parts[0], rest[0])
    return _times(a, b)


def _elementwise(
    tape: Tape, op: Op, values: list[Term | None], j: int, y: Term, a: Term
) -> Term | None:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    if op.name == "multiply":
        return _cancelled(tape, a, known[1 - j])
    slope = slope_term(op.name, j, known, y)
    return None if slope is None else _by_slope(a, slope)


def _by_slope(a: Term, slope: Term) -> Term:
    """Return an adjoint times a slope: of 1 / x it is a / x."""
    if slope == number(1):
        return a
    if slope == number(-1):
        return apply("negative", a)
    if slope.name == "negative":
        return apply("negative", _by_slope(a, slope.parts[0]))
    if slope.name == "divide":
        return apply("divide", _by_slope(a, slope.parts[0]), slope.parts[1])
    return _times(a, slope)


def _fitted(tape: Tape, term: Term, op: Op, operand: Any) -> Term | None:
    """Sum a term over the axes along which the operand was broadcast."""
    shape, full = np.shape(tape.value(operand.index)), np.shape(op.value)
    made = np.shape(term.at(tape))
    spread = len(made) <= len(shape) and all(m in (1, n) for m, n in zip(made[::-1], shape[::-1]))
    if made == shape or (spread and (full == shape or op.name in _REDUCTIONS)):
        return term
    if made != full:
        return None
    if len(made) == len(shape) + 1 and made[1:] == shape:
        return apply("sum", term, axis=0)
    if len(made) == len(shape):
        axes = [k for k, (n, m) in enumerate(zip(shape, made)) if n == 1 != m]
        if len(axes) == 1:
            return apply("sum", term, axis=axes[0], keepdims=True)
    return apply("sum", term) if shape == () else None
