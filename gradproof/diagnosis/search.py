"""Look for the repairs after which a gradient is true, and put the likeliest first."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from gradproof.diagnosis.functions import function_repairs
from gradproof.diagnosis.operands import Operands
from gradproof.diagnosis.points import Scene, close
from gradproof.diagnosis.pool import pool_of
from gradproof.diagnosis.repair import Repair, ancestors, region
from gradproof.diagnosis.tape import Array, Tape, rerun

MOST_CONFIRMED = 60


class Search:
    """The search for one gradient."""

    def __init__(self, scene: Scene, name: str, deadline: float) -> None:
        self.scene, self.name, self.deadline = scene, name, deadline
        self.tape = scene.first.tape
        self.live = region(self.tape, name)
        self.pool = pool_of(scene)
        self.operands = Operands(scene, name, self.live, self.pool)

    def late(self) -> bool:
        """Whether time is up."""
        return time.monotonic() > self.deadline

    def candidates(self) -> Iterator[Repair]:
        """Yield every single repair that may hold, unconfirmed."""
        for index in self.live:
            yield from function_repairs(self.scene, index)
        for slots in self.operands.slots:
            yield from self.operands.repairs(slots)
        yield from self._returned()

    def _returned(self) -> Iterator[Repair]:
        from gradproof.diagnosis.results import result_repairs

        yield from result_repairs(self.scene, self.name, self.pool)

    def singles(self) -> list[Repair]:
        """Return the single repairs that hold at every point, the likeliest first."""
        screened = []
        for repair in self.candidates():
            if self.late():
                break
            if repair.holds(self.scene, self.name, 1):
                screened.append(repair)
        screened.sort(key=lambda r: r.cost)
        held = [r for r in screened[:MOST_CONFIRMED] if r.holds(self.scene, self.name)]
        agreement = Agreement(self.scene, self.name)
        return sorted((r.costing(-0.06 * agreement.of(r)) for r in held), key=lambda r: r.cost)


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


__all__ = ["Agreement", "Search", "Tape", "close"]
