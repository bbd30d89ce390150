"""A round carried out again: slopes of scalars, and changes, along random directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from gradproof.claims.fits import Fit, Reading
from gradproof.claims.losses import Loss
from gradproof.claims.rules import MOVES, rates_of, rule_of
from gradproof.claims.updates import Update
from gradproof.program.carry import replay
from gradproof.program.steps import UNKNOWN, Program, is_real

Array = np.ndarray[Any, Any]

STEP = 1e-20  # in the imaginary part: nothing is subtracted, so it may be as small as one likes
_DIRECTIONS = 3  # at each point, where all parameters are moved together
_INNER = 40  # steps inside a change that are tried, where a rule like Adam's is applied to it
_MANY = 8  # single numbers that one statement updates; more are looked at as one
_ALIKE = 1e-6  # relative: steps of one size, as by the sign of the gradient
_TINY = 1e-9  # of the largest element: an element that is as good as zero


@dataclass
class _Seen:
    """What was measured of one update, over points and directions."""

    slopes: list[list[float]] = field(default_factory=list)  # of each loss
    changes: dict[int, list[float]] = field(default_factory=dict)  # of the change and steps inside
    itself: list[float] = field(default_factory=list)  # of the parameter

    @property
    def own(self) -> int:
        """The step of the change itself; of several that are looked at as one, of the first."""
        return next(iter(self.changes))


@dataclass
class Run:
    """A round that is carried out again: its steps in order, and what its updates may be of."""

    program: Program
    updates: list[Update]
    order: list[int]
    cut: frozenset[int]
    tolerance: float

    def __post_init__(self) -> None:
        self.cone = set(self.order)
        self.sources = {update.source for update in self.updates}
        unknown = any(step.name == UNKNOWN for step in self.program.steps)
        self.unseen = {
            id(u): _unseen(self.program, u, self.cut) if unknown else None for u in self.updates
        }
        self.rates = {id(u): rates_of(self.program, u) for u in self.updates}

    def together(
        self, losses: list[Loss], points: list[dict[int, Array]], seed: int
    ) -> Reading | None:
        """Return the reading by which all updates are one multiple of the gradient of one loss;
        None where there is none, and each has to be looked at by itself."""
        slopes: list[list[float]] = []
        changes: list[float] = []
        rng = np.random.default_rng(seed)
        for base in points:
            for _ in range(_DIRECTIONS):
                moved, ways = dict(base), []
                for update in self.updates:
                    whole, part = _direction(update, base[update.source], rng)
                    moved[update.source] = moved[update.source] + 1j * STEP * whole
                    ways.append(part)
                values = replay(self.program, self.order, moved)
                slopes.append([slope_of(loss, values) for loss in losses])
                changes.append(sum(map(self._along, self.updates, ways, repeat(values))))
        table, given = np.array(slopes).reshape(len(changes), len(losses)), np.array(changes)
        fitting = []
        for at, loss in enumerate(losses):
            factor = None
            if np.isfinite(table[:, at]).all() and np.isfinite(given).all():
                factor, _ = _multiple(given, table[:, at], self.tolerance)
            if factor is not None:
                fits = [
                    Fit(u, factor, unseen=self.unseen[id(u)], rates=self.rates[id(u)])
                    for u in self.updates
                ]
                fitting.append(Reading(loss, fits, factor=factor))
        return max(fitting, key=lambda each: each.rank, default=None)

    def _along(self, update: Update, part: Array, values: dict[int, Any]) -> float:
        change = update.change
        value = values.get(change, None if change in self.cone else self.program.value(change))
        return np.nan if value is None else update.sign * float(np.sum(np.real(value) * part))

    def only(self, losses: list[Loss]) -> None:
        """Keep the steps that some losses, and the changes, are made of."""
        targets = {step for loss in losses for step, _ in loss.terms}
        targets |= {step for u in self.updates for step in self._tried(u)}
        low = min(u.source for u in self.updates)
        kept = self.program.made_of_any(targets, low)
        self.order = [index for index in self.order if index in kept]

    def measured(
        self, losses: list[Loss], points: list[dict[int, Array]], seed: int
    ) -> dict[int, _Seen]:
        """Return slopes and changes of each update: at the first point along two directions, and
        along one at each of the others."""
        seen = {id(u): _Seen(changes={t: [] for t in self._tried(u)}) for u in self.updates}
        rng = np.random.default_rng(seed)
        for at, base in enumerate(points):
            here = replay(self.program, self.order, base)
            for group in self.groups:
                after = self._depending_on({each.source for each in group})
                for _ in range(min(1 + (not at), sum(each.size for each in group))):
                    ways = [_direction(each, base[each.source], rng) for each in group]
                    moved = {each.source: base[each.source] + 1j * STEP * whole
                             for each, (whole, _) in zip(group, ways)}  # fmt: skip
                    values = replay(self.program, after, {**here, **moved})
                    of = seen[id(group[0])]
                    self._note(of, losses, here, values, group, [part for _, part in ways])
                    of.itself.append(sum(float(np.sum(base[each.source] * whole))
                                         for each, (whole, _) in zip(group, ways)))  # fmt: skip
            for group in self.groups:
                seen.update((id(each), seen[id(group[0])]) for each in group)
        return seen

    @cached_property
    def groups(self) -> list[list[Update]]:
        """The updates that are moved together: many single numbers that one statement updates."""
        places: dict[Any, list[Update]] = {}
        for update in self.updates:
            places.setdefault(update.place if update.size == 1 else id(update), []).append(update)
        out: list[list[Update]] = []
        for group in places.values():
            out += [group] if len(group) > _MANY else [[each] for each in group]
        return out

    def _note(
        self, of: _Seen, losses: list[Loss], here: dict[int, Any], values: dict[int, Any],
        group: list[Update], parts: list[Array],
    ) -> None:  # fmt: skip
        of.slopes.append([slope_of(loss, values) for loss in losses])
        if len(group) > 1:
            of.changes = {group[0].change: of.changes[group[0].change]}
        for step, changes in of.changes.items():
            steps = [step] if len(group) == 1 else [each.change for each in group]
            given = [here.get(k, None if k in self.cone else self.program.value(k)) for k in steps]
            changes.append(
                np.nan if any(value is None for value in given)
                else sum(float(np.sum(np.real(np.asarray(v)) * p)) for v, p in zip(given, parts))
            )  # fmt: skip

    def readings(self, losses: list[Loss], seen: dict[int, _Seen]) -> Iterator[Reading]:
        """Yield what the round is by each of the losses that some parameter fits."""
        for at, loss in enumerate(losses):
            multiples = {
                id(group[0]): _multiples(seen[id(group[0])], at, self.tolerance)
                for group in self.groups
            }
            gradients = {step for each in multiples.values() for step in each} - self._views
            fits = [
                replace(fit, update=each)
                for group in self.groups
                for fit in [self._fit(group[0], seen, at, multiples[id(group[0])], gradients)]
                for each in group
            ]
            reading = Reading(loss, fits).share()
            if reading.factor is not None:
                yield reading

    def _fit(
        self, update: Update, seen: dict[int, _Seen], at: int, multiples: dict[int, float],
        gradients: set[int],
    ) -> Fit:  # fmt: skip
        of, sign = seen[id(update)], update.sign
        found = replace(_nearest(update, of, at, self.tolerance), unseen=self.unseen[id(update)],
                        rates=self.rates[id(update)])  # fmt: skip
        if found.zero or found.apart:
            return found
        if of.own in multiples:
            return replace(found, factor=sign * multiples[of.own])
        decayed = _with_decay(of, at, self.tolerance)
        if decayed is not None:
            return replace(found, factor=sign * decayed[0], decay=sign * decayed[1])
        if not multiples:
            return found
        rule = rule_of(
            self.program, update, self.sources, self.cone, self.cut, gradients, multiples
        )
        if rule is None:
            return found
        inner = max(rule.inner)
        return replace(found, factor=sign * multiples[inner], inner=inner, decay=sign * rule.decay)

    def way_of(self, fit: Fit, points: list[dict[int, Array]]) -> int:
        """Which way a rule moves the elements, a decay aside: 1 up the gradient, -1 down; 0 where
        it does not move all of them the same way, or those of a larger gradient by less."""
        signs = set[float]()
        update, inner = fit.update, fit.inner
        for point in points:
            values = replay(self.program, self.order, point)
            if inner not in values or update.change not in values:
                return 0
            itself = point[update.source]
            itself = itself if update.part is None else np.ravel(itself)[update.part]
            change = update.sign * np.real(values[update.change]) - fit.decay * itself
            gradient = np.real(values[inner]) * np.sign(fit.factor or 0.0) * update.sign
            if np.shape(change) != np.shape(gradient):
                return 0
            size, moved = np.abs(np.ravel(gradient)), np.abs(np.ravel(change))
            seen = (size > _TINY * size.max(initial=0.0)) & (moved > _TINY * moved.max(initial=0.0))
            signs |= set((np.sign(change) * np.sign(gradient)).ravel()[seen].tolist())
            inorder = moved[seen][np.argsort(size[seen])]
            if (np.diff(inorder) < -_ALIKE * moved.max(initial=0.0)).any():
                return 0
        return int(signs.pop()) if len(signs) == 1 else 0

    def unfitted(self, update: Update, seen: dict[int, _Seen]) -> Fit:
        """Return what is known of an update where no loss fits."""
        of = seen[id(update)]
        return Fit(update, unseen=self.unseen[id(update)], off=np.inf,
                   zero=_is_zero(of))  # fmt: skip

    def _tried(self, update: Update) -> list[int]:
        """The steps that may be the gradient: the change, and those of its shape inside it."""
        program = self.program
        if id(update) in self._of_many:
            return [update.change]
        shape = np.shape(program.value(update.change))
        inner = [
            t
            for t in program.made_of(update.change, update.source, self.cut)
            if t in self.cone and t not in (update.change, update.source)
            and np.shape(program.value(t)) == shape and is_real(program.value(t))
        ]  # fmt: skip
        return [update.change, *sorted(inner, reverse=True)[:_INNER]]

    @cached_property
    def _views(self) -> set[int]:
        """The steps that only move the elements of a parameter: where a loss is a product of two
        parameters, each is the gradient by the other, and no step is a rule made of that."""
        found = set(self.sources)
        for index in self.order:
            step = self.program.steps[index]
            if step.name in MOVES and found.issuperset(step.refs):
                found.add(index)
        return found

    @cached_property
    def _of_many(self) -> set[int]:
        return {id(each) for group in self.groups if len(group) > 1 for each in group}

    def _depending_on(self, sources: set[int]) -> list[int]:
        found = set(sources)
        for index in self.order:
            if not found.isdisjoint(self.program.steps[index].refs):
                found.add(index)
        return [index for index in self.order if index in found]


def _direction(update: Update, start: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a random direction of a parameter, and the same in the shape of its change."""
    direction = np.zeros(start.size)
    where = np.arange(start.size) if update.part is None else update.part.ravel()
    direction[where] = rng.standard_normal(where.size)
    whole = direction.reshape(start.shape)
    return whole, whole if update.part is None else direction[update.part]


def is_single(program: Program, order: list[int]) -> bool:
    return any(getattr(program.value(k), "dtype", None) in (np.float32, np.float16) for k in order)


def slope_of(loss: Loss, values: dict[int, Any]) -> float:
    value = loss.of(values)
    return np.nan if value is None else value.imag / STEP


def _nearest(update: Update, of: _Seen, at: int, tolerance: float) -> Fit:
    """Return what is known of an update without a factor: how far off it is, or that the loss does
    not depend on its parameter."""
    found = Fit(update, off=np.inf, zero=_is_zero(of))
    slopes, changes = _slopes(of, at), np.array(of.changes[of.own])
    if found.zero or not np.isfinite(slopes).all():
        return found
    if np.abs(slopes).max(initial=0.0) < 1e-150:
        return replace(found, apart=True)
    return replace(found, off=_multiple(changes, slopes, tolerance)[1])


def _slopes(of: _Seen, at: int) -> Array:
    return np.array([row[at] for row in of.slopes])


def _multiples(of: _Seen, at: int, tolerance: float) -> dict[int, float]:
    """Return the steps that are a multiple of the gradient, with the number."""
    slopes = _slopes(of, at)
    if not np.isfinite(slopes).all() or np.abs(slopes).max(initial=0.0) < 1e-150:
        return {}
    out = {}
    for step, values in of.changes.items():
        changes = np.array(values)
        if np.isfinite(changes).all():
            factor, _ = _multiple(changes, slopes, tolerance)
            if factor is not None:
                out[step] = factor
    return out


def _is_zero(of: _Seen) -> bool:
    values = np.array(of.changes[of.own])
    return bool(values.size) and not values.any()


def _multiple(changes: Array, slopes: Array, tolerance: float) -> tuple[float | None, float]:
    """Return the one number that makes changes of slopes, if there is one, and how far off."""
    size = np.abs(changes).max(initial=0.0)
    square = float(slopes @ slopes)
    if not size or not square:
        return None, np.inf
    factor = float(changes @ slopes) / square
    off = float(np.abs(changes - factor * slopes).max() / size)
    return (factor if off < tolerance and factor else None), off


def _with_decay(of: _Seen, at: int, tolerance: float) -> tuple[float, float] | None:
    """Return the numbers of a multiple of the gradient plus one of the parameter itself."""
    changes, slopes, itself = np.array(of.changes[of.own]), _slopes(of, at), np.array(of.itself)
    if changes.size < 4 or not np.isfinite([*changes, *slopes]).all():
        return None  # two numbers fit anything
    table = np.stack([slopes, itself], axis=1)
    if np.linalg.matrix_rank(table / np.abs(table).max(axis=0)) < 2:
        return None
    (factor, decay), *_ = np.linalg.lstsq(table, changes, rcond=None)
    off = np.abs(changes - table @ [factor, decay]).max() / np.abs(changes).max()
    return (float(factor), float(decay)) if off < tolerance and factor else None


def _unseen(program: Program, update: Update, cut: frozenset[int]) -> int | None:
    """Return a step of unknown making that a change depends on."""
    inside = program.made_of(update.change, update.source, cut)
    unknown = [k for k in inside if program.steps[k].name == UNKNOWN and is_real(program.value(k))]
    return min(unknown) if unknown else None


__all__ = ["STEP", "Run", "is_single", "slope_of"]
