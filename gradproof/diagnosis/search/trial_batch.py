"""Try changes of one run: which make the gradient true there, and what the others do to it.

Changes that come one after another and give the same entry another value are carried out together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.search.linear_effects import Effects, Maker
from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.tape.batched import Stack, rerun_many
from gradproof.diagnosis.tape.points import TOLERANCE, Scene
from gradproof.diagnosis.tape.tape import Array, Op, evaluate, rerun, resolved
from gradproof.work import TRIED, spend

MOST_LIKELY = 1.45  # what costs less may be one of two slips


@dataclass(frozen=True)
class Bundle:
    """Changes of the same entries: overrides hold their values stacked; make returns one."""

    overrides: Mapping[int, Any]
    costs: Array
    make: Maker


class Screen:
    """The changes that are tried for one gradient.

    effects: what those do after which the gradient is not true. weights: which see that; None where
    effects do not add up.
    """

    def __init__(self, scene: Scene, name: str, weights: Array | None) -> None:
        self.tape = scene.first.tape
        self.target = self.tape.gradients[name]
        self.given, self.true = scene.first.given(name), scene.first.true[name]
        self.weights = weights
        self.effects = Effects()
        self._held: list[tuple[float, int, Repair]] = []
        self._likely: list[tuple[float, int, Callable[[], Repair]]] = []
        self._number = 0
        self._waiting: dict[Any, list[tuple[int, Repair, Array]]] = {}
        self._index = -1

    def take(self, change: Repair | Bundle) -> None:
        """Try a change, or many; some wait until those like them have come."""
        spend(TRIED)
        if isinstance(change, Bundle):
            self._bundle(change)
            return
        self._number += 1
        try:
            overrides = change.changes(self.tape)
            index, value = self._single(overrides)
        except Exception:  # the changed formula does not fit these shapes
            return
        if value is None:
            self._alone(self._number, change, overrides)
            return
        if index != self._index:
            self.finish()
        self._index = index
        alike = self._waiting.setdefault((value.shape, value.dtype), [])
        alike.append((self._number, change, value))

    def _single(self, overrides: dict[int, Any]) -> tuple[int, Array | None]:
        """Return the one entry that changes and its value; no value where there are several, or
        where it is another sort of value now."""
        if len(overrides) > 1:
            return -1, None
        ((index, given),) = overrides.items()
        before = self.tape.value(index)
        if isinstance(given, Op):
            given = evaluate(given.name, resolved(given.args, self.tape.value), given.kwargs)
            overrides[index] = given
        known = isinstance(given, np.ndarray | np.generic) and not isinstance(before, list)
        return index, np.asarray(given) if known and given.dtype == before.dtype else None

    def finish(self) -> None:
        """Try what is waiting."""
        waiting, self._waiting = self._waiting, {}
        for some in waiting.values():
            numbers, repairs, values = zip(*some)
            try:
                after = self._after({self._index: Stack(np.stack(values))}, len(values))
            except Exception:  # one of them cannot be carried out, or none with others
                for number, repair, value in some:
                    self._alone(number, repair, {self._index: value})
                continue
            costs = np.array([r.cost for r in repairs])
            self._judge(numbers, after, costs, repairs.__getitem__)

    def _after(self, overrides: Mapping[int, Any], count: int) -> Array:
        """Return the gradient after each of so many changes; ValueError where a step on all of them
        at once is not that on each: an array reshaped to lengths that were read off it."""
        own = overrides.get(self.target)
        if len(overrides) == 1 and isinstance(own, Stack):
            return own.values
        after = rerun_many(self.tape, overrides, self.target)
        if after.shape[:1] != (count,):
            raise ValueError("not one gradient for each change")
        return after

    def _bundle(self, bundle: Bundle) -> None:
        self.finish()
        numbers = range(self._number + 1, self._number + 1 + len(bundle.costs))
        self._number += len(bundle.costs)
        try:
            after = self._after(bundle.overrides, len(bundle.costs))
        except Exception:
            for k, number in enumerate(numbers):
                repair = bundle.make(k)
                try:
                    self._alone(number, repair, repair.changes(self.tape))
                except Exception:
                    continue
            return
        self._judge(numbers, after, bundle.costs, bundle.make)

    def _alone(self, number: int, repair: Repair, overrides: Mapping[int, Any]) -> None:
        try:
            value = rerun(self.tape, dict(overrides), [self.target])[0]
        except Exception:  # the changed formula does not fit these shapes
            return
        if isinstance(value, list):
            return
        after = np.asarray(value, dtype=float)[np.newaxis]
        self._judge([number], after, np.array([repair.cost]), lambda _: repair)

    def _judge(self, numbers: Sequence[int], after: Array, costs: Array, make: Maker) -> None:
        """Sort changes by what the gradient is after each of them."""
        flat, given = after.reshape(len(costs), -1).astype(float), self.given.ravel()
        held, does = np.zeros(len(costs), dtype=bool), np.ones(len(costs), dtype=bool)
        if after.shape[1:] == self.true.shape:
            scale = max(float(np.abs(self.true).max(initial=0.0)), 1e-3)
            far = np.abs(flat - self.true.ravel()).max(axis=1, initial=0.0)
            held = np.isfinite(flat).all(axis=1) & (far <= TOLERANCE * scale)
        if after.shape[1:] == self.given.shape and given.any():
            does = (flat != given).any(axis=1)
        for k in map(int, np.flatnonzero(held)):
            self._held.append((float(costs[k]), numbers[k], make(k)))
        for k in map(int, np.flatnonzero(does & ~held & (costs < MOST_LIKELY))):
            self._likely.append((float(costs[k]), numbers[k], partial(make, k)))
        if self.weights is not None and after.shape[1:] == self.given.shape:
            rest = np.flatnonzero(~held)
            seen = (flat[rest] - given) @ self.weights.reshape(len(self.weights), -1).T
            self.effects.add(seen, costs[rest], lambda k: make(int(rest[k])))

    def held(self, most: int) -> list[Repair]:
        """Return the changes after which the gradient is true, the likeliest first."""
        return [repair for *_, repair in sorted(self._held, key=_order)[:most]]

    def likely(self, most: int) -> list[Repair]:
        """Return other changes that cost little and do something, the likeliest first."""
        return [make() for *_, make in sorted(self._likely, key=_order)[:most]]


def _order(found: tuple[float, int, object]) -> tuple[float, int]:
    return found[:2]
