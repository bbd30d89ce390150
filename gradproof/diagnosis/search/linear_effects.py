"""What changes do to a gradient, as a few random weights see it: numbers to add up in pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.tape.tape import Array
from gradproof.work import ELEMENTS, WEIGHED, spend

WEIGHTS = 3
Maker = Callable[[int], Repair]


class Effects:
    """What the weights see of many changes, each with its cost: rows in blocks of one origin."""

    def __init__(self) -> None:
        self.blocks: list[tuple[Array, Array, Maker]] = []

    def add(self, seen: Array, costs: Array, make: Maker) -> None:
        """Add changes, without those that have no effect or none that is finite.

        make: returns the change of a row.
        """
        with np.errstate(all="ignore"):
            size = np.abs(seen).max(axis=1)
        kept = np.flatnonzero(np.isfinite(size) & (size > 1e-12) & np.isfinite(costs))
        if kept.size:
            self.blocks.append((seen[kept], costs[kept], lambda k: make(int(kept[k]))))

    def below(self, cost: float) -> tuple[Array, Array, Array]:
        """Return the rows up to a cost, their costs, and the block and row that each comes from."""
        rows, costs, origins = [np.empty((0, WEIGHTS))], [np.empty(0)], [np.empty((0, 2), int)]
        for at, (seen, each, _) in enumerate(self.blocks):
            kept = np.flatnonzero(each <= cost)
            spend(WEIGHED * kept.size // ELEMENTS)
            rows.append(seen[kept])
            costs.append(each[kept])
            origins.append(np.stack([np.full(kept.size, at), kept], axis=1))
        return np.concatenate(rows), np.concatenate(costs), np.concatenate(origins)

    def make(self, origin: tuple[int, ...]) -> Repair:
        """Return the change of a row."""
        at, k = origin
        return self.blocks[at][2](k)
