"""Two slips at once: changes whose effects add up to what is missing, or one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gradproof.diagnosis.operands import Operands
from gradproof.diagnosis.points import Scene, close
from gradproof.diagnosis.repair import Repair
from gradproof.diagnosis.tape import Array, Tape, rerun

_NEAR = 1e-6
MOST_PAIRS = 400


@dataclass(frozen=True)
class Effect:
    """A change, and what the weights see of it."""

    repair: Repair
    seen: Array


def together(tape: Tape, one: Repair, other: Repair) -> dict[int, object] | None:
    """Return the overrides of two repairs at once; None where they change the same entry."""
    first, second = one.changes(tape), other.changes(tape)
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


def pairs(
    scene: Scene, name: str, effects: Sequence[Effect], missing: Array
) -> Iterator[tuple[Repair, Repair]]:
    """Yield pairs of changes whose effects add up, the likeliest first."""
    if len(effects) < 2:
        return
    order = sorted(range(len(effects)), key=lambda k: effects[k].seen[0])
    seen = np.stack([effects[k].seen for k in order])
    cost = np.array([effects[k].repair.cost for k in order])
    scale = float(np.abs(missing).max()) + 1e-12
    wanted = missing - seen
    low = np.searchsorted(seen[:, 0], wanted[:, 0] - _NEAR * scale)
    high = np.searchsorted(seen[:, 0], wanted[:, 0] + _NEAR * scale)
    found: list[tuple[float, int, int]] = []
    for a in map(int, np.flatnonzero(high > low)):
        for b in range(low[a], high[a]):
            if b > a and np.abs(seen[b] - wanted[a]).max() <= _NEAR * scale:
                found.append((float(cost[a] + cost[b]), a, b))
    for _, a, b in sorted(found)[:MOST_PAIRS]:
        yield effects[order[a]].repair, effects[order[b]].repair


def effects_of_operands(operands: Operands) -> Iterator[Effect]:
    """Yield the changes of single operands that backward is linear in, with usual coefficients."""
    numbers = operands.scene.numbers
    usual = [(v, t, u) for v, t, u in numbers.candidates() if u <= 0.3 and v]
    for slots in operands.slots:
        seen = operands.seen(slots)
        if seen is None:
            continue
        value = operands.value(slots)
        base = seen @ value.ravel()
        for change in operands.changes(slots, True):
            if change.cost > 1.9 + 0.4 * change.added:
                continue
            image = seen @ np.broadcast_to(change.value, value.shape).ravel()
            several = change.added or change.value is value
            for c, text, unlikely in usual if several else usual[:1]:
                effect = c * image - (0 if change.added else base)
                if np.isfinite(effect).all() and np.abs(effect).max() > 1e-12:
                    repair = operands.repair_of(slots, change, c, text, unlikely)
                    yield Effect(repair, effect)
