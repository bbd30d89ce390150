"""Why an update is no multiple of the gradient: how far its making is right, what it leaves out.

A quantity on the way is right where it is a multiple of the derivative of the loss by something
that was computed before: then the slip comes after it. Where a parameter is used in several places,
a step that is the gradient through all of them but one has left that one out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.claims.fits import Fit, Reading
from gradproof.claims.measured import STEP, slope_of
from gradproof.claims.points import points_beside, steps_after
from gradproof.claims.script_reading import ScriptReading
from gradproof.program.carry import CarryError, carried, replay
from gradproof.program.steps import Place, Program, is_real
from gradproof.text import Text

Array = np.ndarray[Any, Any]

_TOLERANCE = 1e-7
_DIRECTIONS = 3
_MOST_VALUES = 40  # that were computed before, by which the derivative of the loss is taken
_MOST_STEPS = 3000  # in a round that is looked at


def reason_of(reading: ScriptReading, best: Reading, fit: Fit) -> Text:
    """Return what is known of the slip in words, beginning with a semicolon; no words where nothing
    is."""
    program, update = reading.program, fit.update
    if best.loss is None or best.factor is None:
        return Text("", "")
    last = max([step for step, _ in best.loss.terms] + [update.step]) + 1
    updates = [each.update for each in best.fits]
    order, cone = steps_after(program, updates, last)
    if len(order) > _MOST_STEPS:
        return Text("", "")
    rng = np.random.default_rng(1)
    points, _ = points_beside(program, updates, order, rng)
    here = replay(program, order, points[0])
    look = _Look(program, best, fit, order, here)
    missing = look.left_out(best.factor * update.sign)
    if missing is not None:
        return Text(f"; the part of it that goes through line {missing.line} is left out",
                    f". {missing.line}행을 거치는 몫이 빠졌어요")  # fmt: skip
    cut = frozenset(each.step for each in reading.updates)
    made = program.made_of(update.change, min(each.source for each in updates), cut)
    right = look.last_right(sorted(made & cone))
    if right is None:
        return Text("", "")
    of, by = (_called(reading, place) for place in right)
    return Text(
        f"; it is right as far as {of.en}, which is the gradient of what {by.en} computes: the "
        "slip comes after that",
        f". {of.ko}까지는 맞아요. 그 값은 {by.ko}이 계산하는 값의 기울기예요. 틀린 곳은 그 뒤예요",
    )


def _called(reading: ScriptReading, place: Place) -> Text:
    name = reading.statements.target(place)
    named = f" ({name})" if name else ""
    return Text(f"line {place.line}{named}", f"{place.line}행{named}")


class _Look:
    """A round carried out at one point, from which single values are moved."""

    def __init__(
        self, program: Program, best: Reading, fit: Fit, order: list[int], here: dict[int, Any]
    ) -> None:
        self.program, self.loss, self.update = program, best.loss, fit.update
        self.order, self.here = order, here
        self._rng = np.random.default_rng(2)

    def value(self, step: int) -> Any:
        return self.here.get(step, self.program.value(step))

    def slopes(self, start: dict[int, Any]) -> float:
        """The slope of the loss where some values are moved."""
        assert self.loss is not None
        after = set(start)
        order = []
        for index in self.order:
            if index not in after and not after.isdisjoint(self.program.steps[index].refs):
                after.add(index)
                order.append(index)
        return slope_of(
            self.loss, {**self.here, **replay(self.program, order, {**self.here, **start})}
        )

    def directions(self, shape: tuple[int, ...]) -> Iterator[Array]:
        for _ in range(_DIRECTIONS if np.prod(shape) > 1 else 1):
            yield self._rng.standard_normal(shape)

    def left_out(self, factor: float) -> Place | None:
        """The place of the one use of the parameter through which a step has no part."""
        source = self.update.source
        if self.update.part is not None:
            return None
        program = self.program
        uses = [k for k in self.order if source in program.steps[k].refs and k < self.update.step]
        rows, changes = [], []
        change = np.real(np.asarray(self.value(self.update.change)))
        start = np.asarray(self.value(source), float)
        for way in self.directions(start.shape):
            moved = start + 1j * STEP * way

            def operand(step: int, moved: Array = moved) -> Any:
                return moved if step == source else self.value(step)

            try:
                rows.append(
                    [self.slopes({k: carried(program.steps[k], operand)}) for k in uses]
                )  # fmt: skip
            except CarryError:
                return None
            changes.append(float(np.sum(change * way)))
        table, given = np.array(rows), np.array(changes)
        if not np.isfinite(table).all():
            return None
        used = np.abs(table).max(axis=0, initial=0.0) > 0
        if used.sum() < 2:
            return None
        for k in np.flatnonzero(used):
            rest = factor * (table.sum(axis=1) - table[:, k])
            if np.abs(given - rest).max() <= _TOLERANCE * np.abs(given).max():
                return program.steps[uses[k]].place
        return None

    def last_right(self, made: list[int]) -> tuple[Place, Place] | None:
        """The places of the last value on the way to a step that is a multiple of the derivative of
        the loss by an earlier value, and of that value."""
        assert self.loss is not None
        steps, found = self.program.steps, None
        ends = [step for step, _ in self.loss.terms]
        before = [
            k for k in self.order
            if k < max(ends) and is_real(steps[k].value) and np.size(steps[k].value) > 1
        ][:_MOST_VALUES]  # fmt: skip
        for value in before:
            shape = np.shape(steps[value].value)
            after = [k for k in made if k > value and np.shape(steps[k].value) == shape
                     and k != self.update.change and is_real(steps[k].value)]  # fmt: skip
            if not after:
                continue
            ways = list(self.directions(shape))
            base = np.asarray(self.value(value))
            slopes = np.array([self.slopes({value: base + 1j * STEP * way}) for way in ways])
            if not np.isfinite(slopes).all() or not slopes.any():
                continue
            for k in after:
                given = np.array([float(np.sum(np.real(self.value(k)) * way)) for way in ways])
                factor = float(given @ slopes / (slopes @ slopes))
                off = np.abs(given - factor * slopes).max()
                right = bool(factor) and off <= _TOLERANCE * np.abs(given).max()
                if right and steps[k].place.line and (found is None or k > found[0]):
                    found = (k, value)
        if found is None:
            return None
        at = found[0]
        return steps[at].place, steps[found[1]].place


__all__ = ["reason_of"]
