"""The quantities at hand in a backward: what may have been left out, or meant instead."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.local_derivatives import local_derivatives
from gradproof.diagnosis.quantities.one_hot_terms import marks
from gradproof.diagnosis.quantities.terms import Term, apply, entry, number
from gradproof.diagnosis.search.repair import ancestors
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.iterations import Turns
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Array, Ref, Tape

_MOST = 60
_NAMED = 0.3  # what costs less has a name of its own


@dataclass(frozen=True)
class Quantity:
    """A term, its value at the first point, and how unlikely it is to be meant.

    last is the last entry it needs; variable says whether the author has a name for it somewhere.
    """

    term: Term
    value: Array
    cost: float
    last: int
    variable: bool = False


def quantities(tape: Tape, naming: Naming) -> list[Quantity]:
    """Return the entries of forward and backward and their simplest sums, each value once."""
    named = [k for k, op in enumerate(tape.ops) if op.own]
    used = sorted(ancestors(tape, [tape.y, *named, *range(tape.dy, len(tape.ops))]))
    found: dict[Any, Quantity] = {}
    turns = Turns(tape)
    stale = {old for old in tape.replaced.values() if old < tape.start}  # its name is another's
    for index in filter(turns.is_last, sorted(set(used) - stale)):
        value = tape.value(index)
        if isinstance(value, list) or value.dtype.kind not in "fbi" or not value.size:
            continue
        if value.dtype.kind == "i" and not (value.ndim and naming.named(index)):
            continue
        cost = _cost(tape, naming, index)
        variable = naming.named(index) or index == tape.y
        _add(found, Quantity(entry(index), value.astype(float), cost, index, variable))
    for index, term in local_derivatives(tape, ancestors(tape, [tape.y])):
        with contextlib.suppress(ValueError, TypeError):
            value = np.asarray(term.at(tape), dtype=float)
            if value.ndim:
                _add(found, Quantity(term, value, 0.6, index))
    for q in _picked(tape, list(found.values())):
        _add(found, q)
    for index, term in marks(tape, naming, used):
        _add(found, Quantity(term, np.asarray(term.at(tape)), 0.3, index, True))
    whole = [k for k in used if not isinstance(tape.value(k), list) and tape.ops[k].own
             and tape.value(k).dtype.kind == "i" and tape.value(k).ndim][:5]  # fmt: skip
    for a, b in itertools.combinations(whole, 2):
        with contextlib.suppress(ValueError):
            value = (tape.value(a) == tape.value(b)).astype(float)
            _add(found, Quantity(apply("equal", entry(a), entry(b)), value, 0.3, max(a, b)))
    plain = sorted(found.values(), key=lambda q: q.cost)[:_MOST]
    for q in plain:
        if q.value.ndim and tape.ops[q.last].name != "constant":
            for axis in (None, *range(q.value.ndim)):
                for name in ("sum", "mean"):
                    term = apply(name, q.term, axis=axis, keepdims=True)
                    _add(found, Quantity(term, term.at(tape), q.cost + 0.9, q.last))
        if q.variable and q.cost < _NAMED and q.value.ndim and q.term.name == "entry":
            for term, more in _complements(q.term, tape.value(q.term.index).dtype.kind == "b"):
                _add(found, Quantity(term, np.asarray(term.at(tape), dtype=float), q.cost + more,
                                     q.last))  # fmt: skip
        if q.value.ndim == 1 and q.value.size > 1:
            column = apply("expand_dims", q.term, axis=1)
            _add(found, Quantity(column, q.value[:, None], q.cost + 0.25, q.last))
    return sorted(found.values(), key=lambda q: q.cost)


def _picked(tape: Tape, known: list[Quantity]) -> Iterator[Quantity]:
    """Yield dy[mask] for the masks that backward picks elements with."""
    later = (op for op in tape.ops[tape.start :] if op.name in ("getitem", "setitem"))
    keys = {op.args[1].index for op in later if isinstance(op.args[1], Ref)}
    for mask in sorted(k for k in keys if tape.value(k).dtype.kind == "b"):
        for q in known:
            if (
                q.cost < _NAMED
                and q.term.name == "entry"
                and q.value.shape == tape.value(mask).shape
            ):
                term = apply("getitem", q.term, entry(mask))
                value = np.asarray(term.at(tape), dtype=float)
                yield Quantity(term, value, q.cost + 0.1, max(q.last, mask))


def _complements(own: Term, truth: bool) -> Iterator[tuple[Term, float]]:
    """Yield 1 - s and 1 - t**2, of which slopes are made, with how much less likely they are; of a
    mask its reverse."""
    if truth:
        yield apply("logical_not", own), 0.15
        return
    yield apply("subtract", number(1), own), 0.15
    yield apply("subtract", number(1), apply("power", own, number(2))), 0.45


def _cost(tape: Tape, naming: Naming, index: int) -> float:
    op = tape.ops[index]
    if op.name == "constant" and not op.names:
        return 0.6
    here = 0.0 if index >= tape.start else 0.05
    return here if naming.named(index) else here + 0.3 + min(0.01 * len(naming.text(index)), 0.4)


def _add(found: dict[Any, Quantity], q: Quantity) -> None:
    if not np.isfinite(q.value).all():
        return
    key = (q.value.shape, np.round(q.value, 12).tobytes())
    if key not in found or q.cost < found[key].cost or q.last < found[key].last:
        old = found.get(key)
        if old is None or q.cost <= old.cost:
            found[key] = q


def pool_of(scene: Scene) -> list[Quantity]:
    """Return the quantities of a scene, found once."""
    if scene.pool is None:
        scene.pool = quantities(scene.first.tape, scene.naming)
    return scene.pool


def growing(pool: list[Quantity], shape: tuple[int, ...], before: int) -> list[Quantity]:
    """Return the likelier quantities known before an entry that do not broadcast to its shape."""
    near = {id(q) for q in fitting(pool, shape, before)}
    return [q for q in pool if q.last < before and id(q) not in near and q.cost < 0.75]


def fitting(pool: list[Quantity], shape: tuple[int, ...], before: int) -> list[Quantity]:
    """Return the quantities known before an entry that broadcast to a shape."""
    return [q for q in pool if q.last < before and spreads(q.value.shape, shape)]


@cache
def spreads(small: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Whether an array of a shape broadcasts to another shape."""
    try:
        return np.broadcast_shapes(small, shape) == shape
    except ValueError:
        return False
