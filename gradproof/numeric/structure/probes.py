"""Elements displaced one by one in copies side by side, and what stood alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.numeric.problem import Array


@dataclass(frozen=True)
class Probe:
    """Slice ``i`` along an axis of input ``at``, that may belong to output axis ``out``."""

    at: int
    axis: int
    out: int
    i: int

    @property
    def where(self) -> tuple[Any, ...]:
        """The index of the slice."""
        return (*(slice(None),) * self.axis, self.i)


def standing_alone(probes: Sequence[Probe], changed: Array) -> dict[int, list[tuple[int, int]]]:
    """The pairs of axes, by input, of which every slice tried changed no other slice."""
    alone: dict[tuple[int, int, int], bool] = {}
    for probe, each in zip(probes, changed):
        others = tuple(axis for axis in range(each.ndim) if axis != probe.out)
        reached = each.any(axis=others)
        reached[probe.i] = False
        key = probe.at, probe.axis, probe.out
        alone[key] = alone.get(key, True) and not reached.any()
    found: dict[int, list[tuple[int, int]]] = {}
    for at, axis, out in (key for key, only in alone.items() if only):
        found.setdefault(at, []).append((axis, out))
    return found


def along_axis(chosen: Array, axis: int, size: Array) -> Array:
    """The chosen slices along an axis, (count, ...), to broadcast against displacements."""
    shape = [1] * size.ndim
    shape[axis] = size.shape[axis]
    return chosen.reshape(len(chosen), *shape)


def agree(found: Array, expected: Array, tolerance: Array) -> Array:
    with np.errstate(invalid="ignore"):
        same = np.abs(found - expected) <= tolerance
    if same.all():
        return same
    return np.asarray(same | (found == expected) | (np.isnan(found) & np.isnan(expected)))


__all__ = ["Probe", "agree", "along_axis", "standing_alone"]
