"""Hold the updates of a round against the gradients of the scalars that the script computes.

The round is carried out again from other parameters, with a step in the imaginary part along random
directions: that gives the slope of every scalar. An update is a multiple of the gradient of one of
them if what was added or subtracted has that slope times one number, the same at all points and in
all directions. Which scalar is meant is decided by what fits most parameters with one number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np

from gradproof.claims.losses import Loss, losses_of
from gradproof.claims.updates import Update
from gradproof.program.carry import replay
from gradproof.program.steps import LEAF, UNKNOWN, Program, Ref, is_real

Array = np.ndarray[Any, Any]

DIRECTIONS = 3  # at each point, where all parameters are moved together
TOLERANCE = {False: 1e-9, True: 1e-4}  # relative; True where single precision is used
_GUARD = 1e-4  # how large a number may be that only keeps a logarithm finite
COARSE = 3e-4  # beside it, what an author has rounded (2.7183 for e)
STEP = 1e-20  # in the imaginary part: nothing is subtracted, so it may be as small as one likes
# How far the points are from the author's, relative to the size of the parameters; the small ones
# are for functions that saturate further out.
_RADII = ((0.3, 0.1, 0.02, 0.002), (1e-3, 1e-5))
_TRIES = 4
_INNER = 40  # steps inside a change that are tried, where a rule like Adam's is applied to it
_MANY = 8  # single numbers that one statement updates; more are looked at as one
_MADE = 0.4  # what an update counts that is made of a multiple of the gradient by a rule
_LIKELY = 6  # losses that are looked at closely, after a first look
_AFTER = 4000  # steps after the last update of a round in which its loss may be computed


@dataclass
class Fit:
    """What was found of one update.

    factor: by which the gradient of the loss was multiplied and added; None if it is no multiple.
    inner:  the step that is a multiple of the gradient, where a rule makes the change from it.
    decay:  the multiple of the parameter itself that is added beside; 0.0 for none.
    zero:   what is added is zero at all points.
    unseen: a step of unknown making on the way; None if there is none.
    off:    how far it is from a multiple, relative to its size.
    rate:   the size of the number that the author multiplies a gradient by; None if there is none.
    apart:  whether the loss does not depend on this parameter, which then serves another one.
    """

    update: Update
    factor: float | None = None
    inner: int | None = None
    decay: float = 0.0
    zero: bool = False
    unseen: int | None = None
    off: float = 0.0
    rate: float | None = None
    apart: bool = False

    @property
    def at_rate(self) -> bool:
        """Whether the factor is the very number that the author multiplies the gradient by."""
        return self.direct and self.rate is not None and close(abs(self.factor or 0.0), self.rate)

    @property
    def direct(self) -> bool:
        """Whether the update itself is a multiple of the gradient."""
        return self.factor is not None and self.inner is None


@dataclass
class Reading:
    """What a round is about: the scalar, and what each of its updates is of its gradient."""

    loss: Loss | None
    fits: list[Fit]
    points: int = 0
    branch: bool = False
    factor: float | None = None  # that most of the parameters share
    without: tuple[int, ...] = ()  # lines whose small number, a guard against log(0), is left out

    @property
    def agreeing(self) -> list[Fit]:
        """The updates that are themselves the shared multiple of the gradient."""
        hits = [fit for fit in self.fits if fit.direct and fit.factor is not None]
        return [f for f in hits if self.factor is not None and close(f.factor or 0.0, self.factor)]

    @property
    def is_of_shown(self) -> bool:
        """Whether the scalar is one that the author prints."""
        return self.loss is not None and self.loss.shown

    @property
    def sure(self) -> bool:
        """Whether the scalar is certain enough to say beside it that an update is wrong: it fits an
        array, or three numbers; or it is printed, and fits one number with the author's own rate.
        A single number is a multiple of the slope of nearly anything."""
        hits, shown = self.agreeing, self.is_of_shown
        if self.loss is None or not self.loss.computed:
            # The loss that is meant may have more terms than the one that is assumed.
            related = [fit for fit in self.fits if not fit.apart]
            if 2 * len(hits) <= len(related):
                return False
        made = [fit for fit in self.fits if fit.factor is not None and fit.inner is not None]
        return (
            any(fit.update.size > 1 for fit in hits)
            or (shown and any(fit.update.size > 1 for fit in made))
            or len(hits) >= (2 if shown else 3)
            or (shown and any(fit.at_rate for fit in hits))
        )

    @property
    def rank(self) -> tuple[float, ...]:
        """How good a reading is: the loss that the author prints comes first, then the more
        parameters have one factor, and the more plainly, the better."""
        hits = [fit for fit in self.fits if fit.factor is not None]
        plain = [fit for fit in self.agreeing if not fit.decay]
        made = sum(1 for fit in hits if not fit.direct)
        down = sum(1 for fit in hits if (fit.factor or 0.0) < 0)
        shown = self.is_of_shown and self.sure
        preference = self.loss.preference if self.loss is not None else 9.0
        score = len(self.agreeing) + _MADE * made
        return float(shown), score, len(hits), len(plain), -preference, down


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


def read_round(
    program: Program, updates: list[Update], cut: frozenset[int], last: int, seed: int
) -> Reading:
    """Return what a round of updates is of which scalar; ``last`` bounds the steps in which the
    scalar may be computed."""
    found = [_read(program, updates, cut, last, seed, _RADII[0])]
    if found[0].loss is None and not all(fit.zero for fit in found[0].fits):
        found.append(_read(program, updates, cut, last, seed, _RADII[1]))
    best = max(found, key=lambda each: each.rank)
    near = any(0 < fit.off < COARSE and (fit.factor is None or fit.decay) for fit in best.fits)
    if near or best.loss is None or not best.loss.computed:
        guards = _small_numbers(program, updates, last)
        if guards:
            bare = _read(program, updates, cut, last, seed, _RADII[0], guards)
            if bare.loss is not None and bare.rank > best.rank:
                lines = {line for g in guards for line in _used_on(program, g)}
                return replace(bare, without=tuple(sorted(lines)))
    return best


def _small_numbers(program: Program, updates: list[Update], last: int) -> dict[int, Array]:
    """Numbers that are added to keep a logarithm or a quotient finite (1e-8, 1.0000001), each with
    what it stands for: 0 or 1."""
    order, _ = steps_after(program, updates, min(last, updates[-1].step + _AFTER))
    out: dict[int, Array] = {}
    for index in order:
        step = program.steps[index]
        for ref in step.refs if step.name in ("add", "subtract") else ():
            value = program.value(ref)
            if program.steps[ref].name != LEAF or np.size(value) != 1 or not is_real(value):
                continue
            near = np.round(np.asarray(value))
            if 0 < abs(float(np.asarray(value - near).reshape(()))) <= _GUARD and abs(near) <= 1:
                out[ref] = near
    return out


def _used_on(program: Program, leaf: int) -> set[int]:
    return {step.place.line for step in program.steps if leaf in step.refs and step.place.line}


def _read(
    program: Program, updates: list[Update], cut: frozenset[int], last: int, seed: int,
    radii: tuple[float, ...], guards: dict[int, Array] | None = None,
) -> Reading:  # fmt: skip
    order, cone = steps_after(program, updates, min(last, updates[-1].step + _AFTER))
    losses = losses_of(program, order, cone, updates)
    run = _Run(program, updates, order, cut, TOLERANCE[_is_single(program, order)])
    points, branch = points_beside(program, updates, order, np.random.default_rng(seed), radii)
    points = [{**(guards or {}), **point} for point in points]
    whole = run.together(losses, points, seed)
    if whole is not None and (whole.is_of_shown or not any(loss.shown for loss in losses)):
        return replace(whole, points=len(points), branch=branch)
    seen = run.measured(losses, points[:1], seed)
    readings = sorted(run.readings(losses, seen), key=lambda each: each.rank, reverse=True)
    likely = [each.loss for each in readings[:_LIKELY] if each.loss is not None]
    run.only(likely)
    seen = run.measured(likely, points, seed)
    found = [*run.readings(likely, seen), *([] if whole is None else [whole])]
    best = max(
        found, key=lambda each: each.rank,
        default=Reading(None, [run.unfitted(each, seen) for each in updates]),
    )  # fmt: skip
    return replace(best, points=len(points), branch=branch)


@dataclass
class _Run:
    """A round that is carried out again: its steps in order, and what its updates may be of."""

    program: Program
    updates: list[Update]
    order: list[int]
    cut: frozenset[int]
    tolerance: float

    def __post_init__(self) -> None:
        self.cone = set(self.order)
        unknown = any(step.name == UNKNOWN for step in self.program.steps)
        self.unseen = {
            id(u): _unseen(self.program, u, self.cut) if unknown else None for u in self.updates
        }

    def together(
        self, losses: list[Loss], points: list[dict[int, Array]], seed: int
    ) -> Reading | None:
        """Return the reading by which all updates are one multiple of the gradient of one loss;
        None where there is none, and each has to be looked at by itself."""
        slopes: list[list[float]] = []
        changes: list[float] = []
        rng = np.random.default_rng(seed)
        for base in points:
            for _ in range(DIRECTIONS):
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
                    Fit(u, factor, unseen=self.unseen[id(u)], rate=rate_of(self.program, u))
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
            fits = [
                replace(fit, update=each)
                for group in self.groups
                for fit in [self._fit(group[0], seen, at)]
                for each in group
            ]
            reading = _shared(Reading(loss, fits))
            if reading.factor is not None:
                yield reading

    def _fit(self, update: Update, seen: dict[int, _Seen], at: int) -> Fit:
        unseen, of = self.unseen[id(update)], seen[id(update)]
        found = _fitted(update, of, at, unseen, self.tolerance)
        return replace(found, rate=rate_of(self.program, update))

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
        likely = sorted(inner, reverse=True)[:_INNER]
        return [update.change, *(t for t in likely if self._carries_all(update, t))]

    def _carries_all(self, update: Update, inner: int) -> bool:
        """Whether a change depends on the parameters through one step, through single numbers (such
        as the norm by which gradients are clipped), and on its own parameter itself, alone.

        One term of a sum is the gradient of a part of the loss; the change is made of all of them.
        """
        program, sources = self.program, {each.source for each in self.updates}
        shape = np.shape(program.value(update.change))
        pending, seen = [update.change], {inner}
        while pending:
            index = pending.pop()
            if index in seen or index == update.source:
                continue
            seen.add(index)
            if index in sources:
                return False
            if index not in self.cone or (index in self.cut and index != update.change):
                continue
            value = program.value(index)
            if np.size(value) == 1 and np.size(program.value(update.change)) > 1:
                continue
            if np.shape(value) != shape:
                return False
            pending += program.steps[index].refs
        return True

    @cached_property
    def _of_many(self) -> set[int]:
        return {id(each) for group in self.groups if len(group) > 1 for each in group}

    def _depending_on(self, sources: set[int]) -> list[int]:
        found = set(sources)
        for index in self.order:
            if not found.isdisjoint(self.program.steps[index].refs):
                found.add(index)
        return [index for index in self.order if index in found]


def close(a: float, b: float) -> bool:
    """Whether two factors are the same number."""
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def rate_step(program: Program, update: Update) -> int | None:
    """Return the step of the number that a change is a multiple by; None if there is no single."""
    step = program.steps[update.change]
    if step.name != "multiply":
        return None
    numbers = [
        ref
        for ref in step.refs
        if np.size(program.value(ref)) == 1 and program.steps[ref].name == LEAF
    ]
    return numbers[0] if len(numbers) == 1 else None


_FACTORS = ("multiply", "divide", "true_divide", "matmul", "dot", "negative", "transpose")


def written_factors(program: Program, update: Update) -> Counter[tuple[str, float]]:
    """Return the numbers by which the statement of an update multiplies or divides its change.

    A variable is ("variable", its step), a number that stands there ("number", its size): what two
    updates have in common may be their learning rate.
    """
    place, out = program.steps[update.change].place[:2], Counter[tuple[str, float]]()
    pending, seen = [Ref(update.change)], set[int]()
    while pending:
        index = pending.pop().index
        step = program.steps[index]
        if index in seen or step.name not in _FACTORS or step.place[:2] != place:
            continue
        seen.add(index)
        for arg in step.args:
            if isinstance(arg, Ref) and program.steps[arg.index].name == LEAF:
                if np.size(program.value(arg.index)) == 1:
                    out["variable", arg.index] += 1
            elif isinstance(arg, Ref):
                pending.append(arg)
            elif np.size(np.asarray(arg)) == 1:
                out["number", abs(float(np.asarray(arg).reshape(())))] += 1
    return out


def rate_of(program: Program, update: Update) -> float | None:
    """Return the size of that number."""
    step = rate_step(program, update)
    return None if step is None else abs(float(np.asarray(program.value(step))))


# --- what depends on the parameters, and from where they are shifted ---------------------------


def steps_after(program: Program, updates: list[Update], last: int) -> tuple[list[int], set[int]]:
    """Return the steps that depend on the parameters of a round. What its updates give does not
    count as such: a gradient that uses a parameter after its update is wrong by that."""
    sources = {each.source for each in updates}
    mine = {each.step for each in updates}
    cone, order = set(sources), []
    for index in range(min(sources), last):
        step = program.steps[index]
        if index in cone or index in mine:
            continue
        if not cone.isdisjoint(step.refs) or (step.name == UNKNOWN and is_real(step.value)):
            cone.add(index)
            order.append(index)
    return order, cone


def points_beside(
    program: Program, updates: list[Update], order: list[int], rng: np.random.Generator,
    radii: tuple[float, ...] = _RADII[0],
) -> tuple[list[dict[int, Array]], bool]:  # fmt: skip
    """Return parameters beside the author's at which the code goes the same way, and whether there
    were none, so that the way is given."""
    sources = sorted({each.source for each in updates})
    start = {s: np.asarray(program.value(s), float) for s in sources}
    last = updates[-1].step
    guards = [g for g in program.guards if g in set(order) and g < last]
    few = [index for index in order if index <= last]
    found: list[dict[int, Array]] = []
    for radius in radii:
        for _ in range(_TRIES):
            point = {s: _beside(value, radius, rng) for s, value in start.items()}
            if _goes_the_same_way(program, few, guards, point):
                found.append(point)
            if len(found) == 2:
                fresh = {s: _fresh(value, rng) for s, value in start.items()}
                if radii is _RADII[0] and _goes_the_same_way(program, few, guards, fresh):
                    found.append(fresh)
                return found, False
    small = [{s: _beside(v, radii[-1], rng) for s, v in start.items()} for _ in range(2)]
    return found or small, not found


def _beside(value: Array, radius: float, rng: np.random.Generator) -> Array:
    size = 0.1 + float(np.abs(value).mean()) if value.size else 0.1
    return value + radius * size * rng.standard_normal(value.shape)


def _fresh(value: Array, rng: np.random.Generator) -> Array:
    """Parameters as one would draw them to begin with, so that nothing saturates."""
    inputs = value.shape[0] if value.ndim else 1
    return rng.standard_normal(value.shape) / np.sqrt(max(1, inputs))


def _goes_the_same_way(
    program: Program, order: list[int], guards: list[int], point: dict[int, Array]
) -> bool:
    values = replay(program, order, point)
    held = all(bool(np.real(values[g])) == bool(program.value(g)) for g in guards if g in values)
    return held and all(np.isfinite(v).all() for v in values.values() if is_real(v))


# --- measuring --------------------------------------------------------------------------------


def _direction(update: Update, start: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return a random direction of a parameter, and the same in the shape of its change."""
    direction = np.zeros(start.size)
    where = np.arange(start.size) if update.part is None else update.part.ravel()
    direction[where] = rng.standard_normal(where.size)
    whole = direction.reshape(start.shape)
    return whole, whole if update.part is None else direction[update.part]


def _is_single(program: Program, order: list[int]) -> bool:
    return any(getattr(program.value(k), "dtype", None) in (np.float32, np.float16) for k in order)


def slope_of(loss: Loss, values: dict[int, Any]) -> float:
    value = loss.of(values)
    return np.nan if value is None else value.imag / STEP


# --- fitting ----------------------------------------------------------------------------------


def _fitted(update: Update, of: _Seen, at: int, unseen: int | None, tolerance: float) -> Fit:
    slopes = np.array([row[at] for row in of.slopes])
    nearest = Fit(update, unseen=unseen, off=np.inf, zero=_is_zero(of))
    if nearest.zero or not np.isfinite(slopes).all():
        return nearest
    if np.abs(slopes).max(initial=0.0) < 1e-150:
        return replace(nearest, apart=True)
    for step, values in of.changes.items():
        inner = None if step == of.own else step
        changes = np.array(values)
        if not np.isfinite(changes).all():
            continue
        factor, off = _multiple(changes, slopes, tolerance)
        if inner is None:
            nearest.off = off
        if factor is not None:
            return replace(nearest, factor=update.sign * factor, inner=inner, off=off)
        if inner is None:
            found = _with_decay(changes, slopes, np.array(of.itself), tolerance)
            if found is not None:
                factor, decay = found
                return replace(nearest, factor=update.sign * factor, decay=update.sign * decay)
    return nearest


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


def _with_decay(
    changes: Array, slopes: Array, itself: Array, tolerance: float
) -> tuple[float, float] | None:
    """Return the numbers of a multiple of the gradient plus one of the parameter itself."""
    if changes.size < 4:  # two numbers fit anything
        return None
    table = np.stack([slopes, itself], axis=1)
    if np.linalg.matrix_rank(table / np.abs(table).max(axis=0)) < 2:
        return None
    (factor, decay), *_ = np.linalg.lstsq(table, changes, rcond=None)
    off = np.abs(changes - table @ [factor, decay]).max() / np.abs(changes).max()
    return (float(factor), float(decay)) if off < tolerance and factor else None


def _shared(reading: Reading) -> Reading:
    """The factor that most parameters of a reading share; direct ones count before others."""
    factors = [fit.factor for fit in reading.fits if fit.direct and fit.factor is not None]
    factors += [fit.factor for fit in reading.fits if not fit.direct and fit.factor is not None]
    if factors:
        alike = Counter(f"{factor:.6g}" for factor in factors)
        reading.factor = max(factors, key=lambda a: (alike[f"{a:.6g}"], a < 0))
    return reading


def _unseen(program: Program, update: Update, cut: frozenset[int]) -> int | None:
    """Return a step of unknown making that a change depends on."""
    inside = program.made_of(update.change, update.source, cut)
    unknown = [k for k in inside if program.steps[k].name == UNKNOWN and is_real(program.value(k))]
    return min(unknown) if unknown else None


__all__ = [
    "COARSE", "STEP", "Fit", "Reading", "close", "points_beside", "rate_step", "read_round",
    "slope_of", "steps_after", "written_factors",
]  # fmt: skip
