"""Two slips at once: changes whose effects add up to what is missing, or one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.operands import Operands
from gradproof.diagnosis.points import Scene, close
from gradproof.diagnosis.pool import pool_of
from gradproof.diagnosis.repair import Repair, applied, region, with_operands
from gradproof.diagnosis.tape import Array, Tape, rerun

_NEAR = 1e-6
MOST_PAIRS = 400


@dataclass
class Effects:
    """What the weights see of many changes: rows of ``seen``, each with its cost and its change."""

    seen: list[Array] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    makers: list[Callable[[], Repair]] = field(default_factory=list)

    def add(self, seen: Array, costs: Sequence[float], makers: Sequence[Callable[[], Repair]]
            ) -> None:  # fmt: skip
        """Add changes, without those that have no effect or none that is finite."""
        with np.errstate(all="ignore"):
            size = np.abs(seen).max(axis=1)
        for k in map(int, np.flatnonzero(np.isfinite(size) & (size > 1e-12))):
            self.seen.append(seen[k])
            self.costs.append(costs[k])
            self.makers.append(makers[k])


def together(tape: Tape, one: Repair, other: Repair) -> dict[int, object] | None:
    """Return the overrides of two repairs at once; None where they change the same entry."""
    first, second = one.changes(tape), other.changes(tape)
    if one.kind is other.kind is Kind.MISSING_PATH and one.slots == other.slots and one.slots:
        index, k = one.slots[0]
        own = tape.value(tape.ops[index].args[k].index)
        return with_operands(tape, one.slots, first[index].args[k] + second[index].args[k] - own)
    return None if set(first) & set(second) else {**first, **second}


def pair_holds(scene: Scene, name: str, one: Repair, other: Repair) -> bool:
    """Whether the gradient is true after both changes, at every point."""
    for point in scene.points:
        try:
            changes = together(point.tape, one, other)
            if changes is None:
                return False
            with np.errstate(all="ignore"):
                value = rerun(point.tape, changes, [point.tape.gradients[name]])[0]
            if not close(value, point.true[name]):
                return False
        except Exception:
            return False
    return True


def pairs(effects: Effects, missing: Array) -> Iterator[tuple[Repair, Repair]]:
    """Yield pairs of changes whose effects add up to what is missing, the likeliest first."""
    if len(effects.seen) < 2:
        return
    rows = np.stack(effects.seen)
    order = np.argsort(rows[:, 0])
    seen, cost = rows[order], np.array(effects.costs)[order]
    near = _NEAR * float(np.abs(missing).max()) + 1e-15
    wanted = missing - seen
    low = np.searchsorted(seen[:, 0], wanted[:, 0] - near)
    high = np.searchsorted(seen[:, 0], wanted[:, 0] + near)
    found: list[tuple[float, int, int]] = []
    for a in map(int, np.flatnonzero(high > low)):
        for b in range(max(int(low[a]), a + 1), int(high[a])):
            if np.abs(seen[b] - wanted[a]).max() <= near:
                found.append((float(cost[a] + cost[b]), a, b))
    for _, a, b in sorted(found)[:MOST_PAIRS]:
        yield effects.makers[order[a]](), effects.makers[order[b]]()


def crossed(
    scene: Scene, name: str, repairs: Sequence[Repair], late: Callable[[], bool]
) -> Iterator[tuple[Repair, Repair]]:
    """Yield pairs of changed functions, one inside the other or not, that make a gradient true."""
    tape, true = scene.first.tape, scene.first.true[name]
    target = [tape.gradients[name]]
    changes = [repair.changes(tape) for repair in repairs]
    order = sorted(
        ((repairs[a].cost + repairs[b].cost, a, b) for b in range(len(repairs)) for a in range(b)),
    )
    for _, a, b in order:
        if late():
            return
        if set(changes[a]) & set(changes[b]):
            continue
        try:
            value = rerun(tape, {**changes[a], **changes[b]}, target)[0]
        except Exception:  # the changed formula does not fit these shapes
            continue
        if close(value, true):
            yield repairs[a], repairs[b]


def nested(
    scene: Scene, name: str, firsts: Sequence[Repair], late: Callable[[], bool]
) -> Iterator[tuple[Repair, Repair]]:
    """Yield pairs of which the first is a changed function and the second any changed operand."""
    for first in firsts:
        if late():
            return
        try:
            after = changed_scene(scene, first)
            operands = Operands(
                after, name, region(after.first.tape, name), pool_of(after), quick=True
            )
            for slots in operands.slots:
                seen = operands.seen(slots)
                if seen is not None:
                    for second in operands.repairs(slots):
                        if second.holds(after, name):
                            yield first, second
        except Exception:  # the changed formula does not fit these shapes
            continue


def changed_scene(scene: Scene, repair: Repair) -> Scene:
    """Return the scene after a change of backward at every point."""
    points = [replace(p, tape=applied(p.tape, repair)) for p in scene.points]
    return replace(scene, points=points, pool=None)


def add_operands(effects: Effects, operands: Operands, late: Callable[[], bool]) -> None:
    """Add the changes of operands that backward is linear in, with usual coefficients."""
    candidates = operands.scene.numbers.candidates()
    usual = [(value, text, unlikely) for value, text, unlikely in candidates
             if unlikely <= 0.3 and value]  # fmt: skip
    for slots in operands.slots:
        seen = None if late() else operands.seen(slots)
        if seen is None:
            continue
        value = operands.made.value(slots)
        base = seen @ value.ravel()
        for change in operands.made.of(slots, True):
            if change.cost > 1.9 + 0.4 * change.added:
                continue
            image = seen @ np.broadcast_to(change.value, value.shape).ravel()
            some = usual if change.added or change.value is value else usual[:1]
            rows = np.array([c * image - (0 if change.added else base) for c, _, _ in some])
            makers = [partial(operands.repair_of, slots, change, *each) for each in some]
            effects.add(rows, [change.cost + u for _, _, u in some], makers)
