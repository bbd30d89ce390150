"""Explanations read off the graph of forward: which true gradient, changed how, was returned.

The true gradient is a sum over the paths of forward's graph. Leaving out the paths through one
step, or through all the statistics of a batch, or differentiating another forward, gives a gradient
that can be compared with the one that was returned. Nothing of backward but its values is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from gradproof.diagnosis.quantities.local_derivatives import derivative
from gradproof.diagnosis.quantities.terms import Term, combined, level_of
from gradproof.diagnosis.search.repair import (
    Repair,
    Slot,
    applied,
    dependents,
    forward_steps,
    of_function,
)
from gradproof.diagnosis.slips.slip_family import entry_repairs
from gradproof.diagnosis.source.rewrites import only
from gradproof.diagnosis.tape.adjoints import NoRuleError, adjoints
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.on_symbols import equals_exactly, is_cut_exactly, is_diagonal_exactly
from gradproof.diagnosis.tape.points import Point, Scene, close
from gradproof.diagnosis.tape.tape import Array, Op, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_LINEAR = ("add", "subtract", "multiply", "divide", "sum", "mean", "matmul", "reshape", "where",
           "getitem", "transpose", "negative")  # fmt: skip
MOST_ELEMENTS = 100
OTHER, FACTOR = (
    weight("forward readings: other"),
    weight("forward readings: factor"),
)  # another factor or term is rather a slip of backward than a function
_REDUCTIONS = ("sum", "mean", "var", "std")


@dataclass(frozen=True)
class Reading:
    """What the returned gradient is: of the true graph with some operands cut, or of another."""

    kind: Kind
    cost: float
    steps: tuple[int, ...]
    cut: frozenset[Slot] = frozenset()
    forward: Repair | None = None
    diagonal: bool = False
    lost: Term | None = None

    def gradient(self, point: Point, name: str) -> Array | None:
        """Return the gradient that this reading predicts."""
        if self.diagonal:
            return diagonal(point, name)
        tape = (
            point.tape
            if self.forward is None
            else applied(point.tape, self.forward, point.tape.start)
        )
        try:
            with np.errstate(all="ignore"):
                found = adjoints(tape, {tape.y: tape.value(tape.dy)}, cut=self.cut)
        except NoRuleError:
            return None
        at = tape.inputs[name]
        return found.get(at, np.zeros(np.shape(tape.value(at))))

    def holds(self, scene: Scene, name: str) -> bool:
        """Whether the returned gradient is as predicted, at every point."""
        for point in scene.points:
            try:
                if not self.holds_at(point, name):
                    return False
            except Exception:  # the changed forward does not run at these shapes
                return False
        return True

    def holds_at(self, point: Point, name: str) -> bool:
        """Whether the returned gradient is as predicted at one point."""
        predicted = self.gradient(point, name)
        return predicted is not None and close(point.given(name), predicted)

    def holds_exactly(self, scene: Scene, name: str) -> bool | None:
        """Whether that is proved; None where it cannot be decided."""
        if self.diagonal:
            return is_diagonal_exactly(scene, name)
        if self.forward is not None:
            return equals_exactly(scene, name, self.forward.changes)
        return is_cut_exactly(scene, name, self.cut)


def readings(scene: Scene, name: str, late: Callable[[], bool]) -> list[Reading]:
    """Return the readings of the gradient that hold, the simplest first; none of a zero one, which
    every way of cutting all paths explains."""
    if not any(point.given(name).any() for point in scene.points):
        return []
    found = [r for r in takewhile(lambda _: not late(), _cuts(scene, name)) if r.holds(scene, name)]
    if not found:
        others = takewhile(lambda _: not late(), _other_forwards(scene))
        found = [r for r in others if r.holds(scene, name) and _differs(scene.naming, r)]
    return sorted(found, key=lambda r: r.cost)


def _cuts(scene: Scene, name: str) -> Iterator[Reading]:
    tape = scene.first.tape
    used = forward_steps(tape)
    x, y = tape.value(tape.inputs[name]), tape.value(tape.y)
    if x.shape == y.shape and 1 < y.size <= MOST_ELEMENTS:
        yield Reading(
            Kind.ELEMENTWISE, weight("forward readings: the diagonal alone"), (), diagonal=True
        )
    statistics = [k for k in used if is_statistic(tape, k, used)]
    if len(statistics) > 1:  # one alone is a path like any other
        cut = frozenset((k, 0) for k in statistics)
        yield Reading(Kind.STALE_STATISTICS, weight("forward readings: statistics as constants"),
                      tuple(statistics), cut)  # fmt: skip
    for k in used:
        slots = [(k, j) for j, a in enumerate(tape.ops[k].args) if isinstance(a, Ref)]
        cost = (
            weight("forward readings: a named step as constant")
            if scene.naming.tape.ops[k].names
            else weight("forward readings: a step as constant")
        )
        if slots:
            yield Reading(Kind.MISSING_PATH, cost, (k,), frozenset(slots))
        if len(slots) > 1:
            for slot in slots:
                yield Reading(Kind.MISSING_PATH,
                              cost + weight("forward readings: more, for one use of it"),
                              (slot[0],), frozenset([slot]))  # fmt: skip


def diagonal(point: Point, name: str) -> Array:
    """Return dy times what each output element does to the input element in its own place."""
    tape = point.tape
    shape = np.shape(tape.value(tape.y))
    out = np.zeros(shape)
    for index in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[index] = 1.0
        out[index] = adjoints(tape, {tape.y: unit}).get(tape.inputs[name], out)[index]
    return np.asarray(out * tape.value(tape.dy))


def is_statistic(tape: Tape, index: int, used: list[int]) -> bool:
    """Whether a step is a sum or mean that is spread again over what it was taken of."""
    op = tape.ops[index]
    if op.name not in _REDUCTIONS or not isinstance(op.args[0], Ref):
        return False
    size = np.size(tape.value(op.args[0].index))
    later = dependents(tape, [index]) & set(used)
    return np.size(op.value) < size and any(np.size(tape.value(k)) >= size for k in later)


def _other_forwards(scene: Scene) -> Iterator[Reading]:
    """Yield the gradients of forwards that differ in one function, number or sign.

    What forward computes twice nobody means to be one thing here and another there.
    """
    tape = scene.first.tape
    steps = forward_steps(tape)
    times = Counter(_made(tape.ops[k]) for k in steps)
    for index in (k for k in steps if times[_made(tape.ops[k])] == 1 or not tape.ops[k].args):
        for repair in entry_repairs(scene, index):
            if repair.cost < 1.5:
                cost = OTHER + repair.cost + FACTOR * (tape.ops[index].name in _LINEAR)
                yield Reading(Kind.OTHER_FUNCTION, cost, (index,), forward=repair)
        op = tape.ops[index]
        yield from _lost(tape, index, op)
        if op.name not in _LINEAR and len(op.args) == 1 and isinstance(op.args[0], Ref):
            for by in (0.5, 2, -1):
                yield Reading(Kind.OTHER_FUNCTION, weight("forward readings: a step scaled"),
                              (index,), forward=_scaled(index, op, by))  # fmt: skip


def _differs(naming: Naming, reading: Reading) -> bool:
    """Whether the other forward reads differently: a copy of x in the place of x says nothing."""
    words = None if reading.forward is None else reading.forward.words(naming)
    return words is None or words.old != words.new


def _made(op: Op) -> str:
    return f"{op.name} {op.args} {op.kwargs}"


def _lost(tape: Tape, index: int, op: Op) -> Iterator[Reading]:
    """Yield the gradient without the local derivative of one step, as if it gave its operand."""
    for k, operand in enumerate(op.args if op.name not in (*_LINEAR, *_REDUCTIONS) else ()):
        if isinstance(operand, Ref) and np.shape(tape.value(operand.index)) == np.shape(op.value):
            lost = derivative(tape, index, operand.index, 0)
            alone = only(
                index, op, k, Kind.MISSING_FACTOR, weight("forward readings: an operand alone")
            )
            if lost is not None:
                yield Reading(Kind.MISSING_FACTOR, weight("forward readings: a factor lost"),
                              (index,), forward=alone, lost=lost)  # fmt: skip


def _scaled(index: int, op: Op, by: float) -> Repair:
    """Return the change of a function of x to that of x/2, 2 * x or -x."""

    def new(naming: Naming) -> str:
        text = naming.operand(op, 0)
        inner = f"({text})" if level_of(text) < 3 else text
        shown = f"-{inner}" if by == -1 else (
            f"{by:g} * {inner}" if by > 1 else f"{inner} / {1 / by:.0f}")  # fmt: skip
        return combined(op.name, [(9, shown)], {})[1]

    def about(naming: Naming) -> str:
        return naming.source(op) or naming.composed(op)

    return of_function(index, "scaled", lambda o: o.args, {"of": op.name, "by": by},
                       Kind.OTHER_FUNCTION, weight("forward readings: scaled"), about,
                       new)  # fmt: skip


def _name_near(naming: Naming, step: int) -> bool:
    ops = naming.tape.ops
    near = [k for k in range(step, naming.tape.start) if k == step or step in naming.tape.uses[k]]
    return any(ops[k].names for k in near)


def names_of(naming: Naming, steps: tuple[int, ...]) -> str:
    """Return the author's names of steps: their own, or of what is made of them at once."""
    out: list[str] = []
    steps = tuple(s for s in steps if _name_near(naming, s)) or steps
    for step in steps:
        named = [step, *(k for k in range(step + 1, naming.tape.start)
                         if step in naming.tape.uses[k] and naming.tape.ops[k].names)]  # fmt: skip
        text = next((naming.tape.ops[k].names[-1] for k in named if naming.tape.ops[k].names),
                    naming.text(step))  # fmt: skip
        if text not in out:
            out.append(text)
    return ", ".join(out)
