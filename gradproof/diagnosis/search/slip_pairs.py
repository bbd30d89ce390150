"""Two slips at once: changes whose effects add up to what is missing, or one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from gradproof.diagnosis.quantities.terms import entry
from gradproof.diagnosis.search.linear_effects import WEIGHTS, Effects
from gradproof.diagnosis.search.operand_changes import Change, slot_entry
from gradproof.diagnosis.search.repair import Repair, Slot, applied, with_operands
from gradproof.diagnosis.search.second_slips import Likely
from gradproof.diagnosis.slips.composites import composed, stacked
from gradproof.diagnosis.slips.operands import Operands
from gradproof.diagnosis.tape.points import Scene, close
from gradproof.diagnosis.tape.tape import Array, Tape, rerun
from gradproof.slip_kinds import Kind
from gradproof.work import WEIGHED, spend

_NEAR = 1e-6
MOST_PAIRS = 400
PLAIN_AND_ALL = (1.6, 9.0)  # costs: pairs of plain changes are looked for first
CHEAPEST = 0.8  # hardly any change costs less
SECOND = 1.05  # nor a change of an operand less than this
MOST, MORE = 1.9, 0.4  # what one change of an operand may cost, and a term of a sum more than that
Pair = tuple[Repair, Repair]
Late = Callable[[], bool]


def cost_of(pair: Pair) -> float:
    """Return how unlikely two slips are together."""
    return pair[0].cost + pair[1].cost


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
    return not breaks(scene, together(scene.first.tape, one, other) or {})


def breaks(scene: Scene, changes: dict[int, object]) -> bool:
    """Whether a change makes a gradient wrong that was right."""
    point, wrong = scene.first, scene.wrong()
    right = [n for n in point.tape.gradients if n not in wrong]
    with np.errstate(all="ignore"):
        after = (
            rerun(point.tape, changes, [point.tape.gradients[n] for n in right]) if right else []
        )
    return not all(close(value, point.true[n]) for n, value in zip(right, after))


def added(effects: Effects, missing: Array, most: float) -> Iterator[Pair]:
    """Yield pairs of changes whose effects add up to what is missing, the likeliest first.

    most: what they may cost together.
    """
    known: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
    for each in PLAIN_AND_ALL:
        rows, costs, origins = effects.below(min(each, most - CHEAPEST))
        for a, b in _summing(rows, costs, missing):
            pair = tuple(map(int, origins[a])), tuple(map(int, origins[b]))
            if pair not in known and costs[a] + costs[b] < most:
                known.add(pair)
                yield effects.make(pair[0]), effects.make(pair[1])


def _summing(rows: Array, costs: Array, missing: Array) -> list[tuple[int, int]]:
    """Return the pairs of rows that add up to what is missing, those of least cost first."""
    order = np.argsort(rows[:, 0])
    seen, cost = rows[order], costs[order]
    near = _NEAR * float(np.abs(missing).max()) + 1e-15
    wanted = missing - seen
    low = np.searchsorted(seen[:, 0], wanted[:, 0] - near)
    high = np.searchsorted(seen[:, 0], wanted[:, 0] + near)
    found: list[tuple[float, int, int]] = []
    for a in map(int, np.flatnonzero(high > np.maximum(low, np.arange(len(seen)) + 1))):
        inside = np.arange(max(int(low[a]), a + 1), int(high[a]))
        hits = inside[np.abs(seen[inside] - wanted[a]).max(axis=1) <= near]
        found += [(float(cost[a] + cost[b]), int(order[a]), int(order[b])) for b in hits]
    return [(a, b) for _, a, b in sorted(found)[:MOST_PAIRS]]


def crossed(
    scene: Scene, name: str, repairs: Sequence[Repair], late: Late, most: float, known: int = 0
) -> Iterator[Pair]:
    """Yield pairs of likely changes, one inside the other or not, that make a gradient true.

    most: what they may cost together; known: of so many first ones, all pairs have been tried.
    """
    tape, true = scene.first.tape, scene.first.true[name]
    target = [tape.gradients[name]]
    changes = [repair.changes(tape) for repair in repairs]
    order = sorted(
        (cost, a, b) for b in range(max(known, 1), len(repairs)) for a in range(b)
        if (cost := repairs[a].cost + repairs[b].cost) < most
    )  # fmt: skip
    for _, a, b in order:
        if late():
            return
        if not set(changes[a]).isdisjoint(changes[b]):
            continue
        try:
            value = rerun(tape, {**changes[a], **changes[b]}, target)[0]
        except Exception:  # the changed formula does not fit these shapes
            continue
        if close(value, true):
            yield repairs[a], repairs[b]


def nested(
    scene: Scene, name: str, firsts: Sequence[Repair], likely: Likely, late: Late, most: float
) -> Iterator[Pair]:
    """Yield pairs of a likely change and a change of any operand, after the first is made.

    most: what they may cost together.
    """
    for first in firsts:
        if late():
            return
        if first.cost + SECOND >= most:
            continue
        try:
            seconds = list(likely.after(first, most))
            after = changed_scene(scene, first) if seconds else scene
        except Exception:  # the changed formula does not fit these shapes
            continue
        for second in seconds:
            if second.holds(after, name):
                yield first, second


def changed_scene(scene: Scene, repair: Repair) -> Scene:
    """Return the scene after a change of backward at every point."""
    changed = [replace(p, tape=applied(p.tape, repair)) for p in scene.points]
    return replace(scene, points=changed, pool=None)


def add_operands(effects: Effects, operands: Operands, late: Late, products: bool) -> None:
    """Add the changes of operands that backward is linear in, with usual coefficients; or, where
    asked for, products and quotients of two quantities."""
    candidates = operands.scene.numbers.candidates()
    usual = [(value, text, unlikely) for value, text, unlikely in candidates
             if unlikely <= 0.3 and value]  # fmt: skip
    factors, unlikely = (np.array([u[k] for u in usual], dtype=float) for k in (0, 2))
    for slots in operands.slots:
        seen = None if late() else operands.seen(slots)
        if seen is None:
            continue
        made, value = operands.made, operands.made.value(slots)
        every: Iterable[Change]
        if products:
            own_term = entry(slot_entry(made.tape, slots[0]))
            every = composed(made.near(slots, value.shape), own_term, value, MOST + MORE)
        else:
            every = operands.changes(slots, True)
        changes = [c for c in every if c.cost <= MOST + MORE * c.added]
        if not changes:
            continue
        spend(WEIGHED * len(changes))
        images = stacked([c.value for c in changes], value.shape) @ seen.T
        own = seen @ value.ravel()
        base = np.array([0 * own if c.added else own for c in changes])
        rows = factors[None, :, None] * images[:, None, :] - base[:, None, :]
        costs = np.array([c.cost for c in changes])[:, None] + unlikely
        plain = np.array([not c.added and c.value is not value for c in changes])
        costs[plain, 1:] = np.inf  # a variable in the place of another, and a number with it
        effects.add(rows.reshape(-1, WEIGHTS), costs.ravel(),
                    partial(_made, operands, slots, changes, usual))  # fmt: skip


def _made(
    operands: Operands, slots: tuple[Slot, ...], changes: list[Change],
    usual: list[tuple[float, str, float]], k: int,
) -> Repair:  # fmt: skip
    change, number = divmod(k, len(usual))
    return operands.repair_of(slots, changes[change], *usual[number])
