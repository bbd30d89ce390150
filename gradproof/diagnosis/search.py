"""Look for the repairs after which a gradient is true, and put the likeliest first."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from gradproof.diagnosis.functions import function_repairs
from gradproof.diagnosis.operands import Operands
from gradproof.diagnosis.pairs import Effect, effects_of_operands, pair_holds, pairs
from gradproof.diagnosis.points import Scene, close
from gradproof.diagnosis.pool import pool_of
from gradproof.diagnosis.repair import Repair, ancestors, region
from gradproof.diagnosis.results import result_repairs
from gradproof.diagnosis.shared import shared_repairs
from gradproof.diagnosis.tape import Array, rerun

MOST_CONFIRMED = 60
MOST_DOUBLES = 4


class Search:
    """The search for one gradient."""

    def __init__(self, scene: Scene, name: str, deadline: float) -> None:
        self.scene, self.name, self.deadline = scene, name, deadline
        self.tape, self.wrong = scene.first.tape, set(scene.wrong())
        self.live = region(self.tape, name)
        self.pool = pool_of(scene)
        self.effects: list[Effect] = []
        self.operands = Operands(scene, name, self.live, self.pool)

    def late(self) -> bool:
        """Whether time is up."""
        return time.process_time() > self.deadline

    def candidates(self) -> Iterator[Repair]:
        """Yield every single repair that may hold, unconfirmed."""
        yield from shared_repairs(self.scene, self.live)
        for index in self.live:
            yield from function_repairs(self.scene, index)
        for slots in self.operands.slots:
            yield from self.operands.repairs(slots)
        yield from result_repairs(self.scene, self.name, self.pool)

    def singles(self) -> list[Repair]:
        """Return the single repairs that hold at every point, the likeliest first."""
        target, true = self.tape.gradients[self.name], self.scene.first.true[self.name]
        screened: list[Repair] = []
        for repair in self.candidates():
            if self.late():
                break
            try:
                with np.errstate(all="ignore"):
                    value = rerun(self.tape, repair.changes(self.tape), [target])[0]
            except Exception:  # the changed formula does not fit these shapes
                continue
            if close(value, true):
                screened.append(repair)
            elif self.operands.fits:
                self._note(repair, value)
        screened.sort(key=lambda r: r.cost)
        held = [r for r in screened[:MOST_CONFIRMED] if r.holds(self.scene, self.name)]
        return self.weighed(held)

    def _note(self, repair: Repair, value: Array) -> None:
        """Keep what a repair that is not enough does, for pairs of them."""
        given = self.scene.first.given(self.name)
        if np.shape(value) != given.shape:
            return
        change = np.asarray(value, dtype=float) - given
        if np.isfinite(change).all():
            axes = tuple(range(1, self.operands.weights.ndim))
            seen = (self.operands.weights * change).sum(axis=axes)
            if np.abs(seen).max() > 1e-12:
                self.effects.append(Effect(repair, seen))

    def weighed(self, held: list[Repair]) -> list[Repair]:
        """Return repairs in the order of how likely they are, with all that they do considered."""
        agreement = Agreement(self.scene, self.name)
        costed = [r.costing(self._elsewhere(r) - 0.06 * agreement.of(r)) for r in held]
        return sorted(costed, key=lambda r: r.cost)

    def doubles(self) -> list[tuple[Repair, Repair]]:
        """Return pairs of repairs that hold together, the likeliest first."""
        effects = list(self.effects)
        for effect in effects_of_operands(self.operands):
            if self.late():
                break
            effects.append(effect)
        found: list[tuple[Repair, Repair]] = []
        for one, other in pairs(self.scene, self.name, effects, self.operands.missing):
            if len(found) >= MOST_DOUBLES or self.late():
                break
            if pair_holds(self.scene, self.name, one, other):
                found.append((one, other))
        return found

    def _elsewhere(self, repair: Repair) -> float:
        """Weigh what a repair does to the other gradients: it may mend them, or break them."""
        point = self.scene.first
        names = [n for n in point.tape.gradients if n != self.name]
        if not names:
            return 0.0
        try:
            with np.errstate(all="ignore"):
                values = rerun(self.tape, repair.changes(self.tape),
                               [point.tape.gradients[n] for n in names])  # fmt: skip
        except Exception:
            return 0.5
        weight = 0.0
        for name, value in zip(names, values):
            right, wrong = close(value, point.true[name]), name in self.wrong
            weight += (-0.2 if right else 0.2) if wrong else (0.0 if right else 0.4)
        return weight


class Agreement:
    """How many intermediate quantities are true after a repair: dvar, dmu, dx_hat ..."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene, self.tape = scene, scene.first.tape
        self.target = self.tape.gradients[name]
        known = scene.first.adjoints
        self.true = {_key(v) for k, v in known.items() if k in ancestors(self.tape, [self.tape.y])}
        self.steps = [k for k in region(self.tape, name) if k != self.target]

    def of(self, repair: Repair) -> int:
        """Return the number of steps whose value is the adjoint of some step of forward."""
        try:
            with np.errstate(all="ignore"):
                values = rerun(self.tape, repair.changes(self.tape), [*self.steps, self.target])
        except Exception:
            return 0
        return len({_key(v) for v in values[:-1]} & self.true)


def _key(value: Array) -> tuple[float, ...]:
    if isinstance(value, list):
        return ()
    flat = np.squeeze(np.asarray(value, dtype=float))
    return (*flat.shape, *np.round(flat.ravel(), 9).tolist())
