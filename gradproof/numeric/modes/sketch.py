"""Every element of every gradient, seen through random sums over its class.

Where batch norm has N elements in each feature, the gradient of the feature is a vector e away from
the truth, and e = 0 is asked for. Its products with a few random directions can be compared at the
cost of a few evaluations, whatever N is: one that is not zero escapes all of them only by a chance
that is stated. All inputs that share their classes are moved together, so that one sum says
something about each of them. (Freivalds, Probabilistic machines can use less running time, IFIP
1977, checks a product of matrices in the same way.)

The classes are a conjecture. It needs no proof: if it is wrong, the sums do not come out as
backward says, and every element is looked at instead. A sketch passes a gradient or says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradproof.numeric.measured import Measured
from gradproof.numeric.modes.gradient_total import crowd, summed
from gradproof.numeric.modes.sums_mode import Differences
from gradproof.numeric.problem import Array, Problem, one_output_shape
from gradproof.numeric.rounding.noise import FACTOR, Bounded, middle, norm
from gradproof.numeric.steps.directions import scale, spread
from gradproof.numeric.steps.ladder import FIRST_STEP
from gradproof.numeric.steps.moves import ATOM, LARGEST_COMPONENT, Directions
from gradproof.numeric.structure.pattern import Pattern
from gradproof.numeric.structure.sidebyside import LARGEST, find_tilings
from gradproof.numeric.structure.tiling import Tiling

DIRECTIONS = 4
# More of them see smaller errors: tried where a few see only large ones.
_MORE = (DIRECTIONS, 16, 64)
# The chance that an error as large as the floor escapes all directions.
CHANCE = 1e-6
_SHARE = 0.25
# Sums that see no smaller relative error than this are weak; than that, they say nothing.
_WEAK, _POOR = 1e-6, 1e-3
# Of so few colours, every element is compared at about the same cost.
_WORTH = 4 * DIRECTIONS
# So many elements say what the typical one is.
_SAMPLE = 512
# An input is not told apart from one that has no effect if its terms are this part of all terms.
_VANISHING = 1e-3


@dataclass(frozen=True)
class Sketch:
    """What the sums showed: the largest error beside its bound, and what would have been caught."""

    error: float
    bound: float
    floor: float
    relative_floor: float
    directions: int

    @property
    def weak(self) -> bool:
        """Whether comparing every element would see smaller errors that may matter."""
        return self.relative_floor > _WEAK


@dataclass(frozen=True)
class _Group:
    """Inputs that are moved together: side by side in the copies of a tiling, or one by one."""

    tiling: Tiling | None
    names: tuple[str, ...]


def worthwhile(problem: Problem) -> bool:
    """Whether there may be so many elements to a class that sums save evaluations."""
    elements = sum(problem.inputs[problem.at(name)].size for name in problem.wrt)
    return elements > _WORTH and problem.size <= LARGEST and problem.formula is None


def sketched(
    problem: Problem,
    dy: Array,
    measured: Measured,
    rng: np.random.Generator,
    given_dy: bool,
    anyway: bool = False,
) -> Sketch | None:
    """Compare random sums over all classes; None where they do not settle the matter.

    They are taken in more directions until a small error would be seen, if that helps.
    anyway: also where looking at every element would cost no more.
    """
    groups = _groups(problem, measured.outputs, rng, anyway)
    if groups is None:
        return None
    found = None
    for count in _MORE:
        better = _in_directions(problem, dy, measured, groups, rng, given_dy, count)
        found = better if better is not None else found
        if better is None or not better.weak:
            break
    return found


def _in_directions(
    problem: Problem,
    dy: Array,
    measured: Measured,
    groups: list[_Group],
    rng: np.random.Generator,
    given_dy: bool,
    count: int,
) -> Sketch | None:
    """The sketch from so many directions for each class."""
    worst = (0.0, 0.0)
    floors: dict[str, Array] = {}
    for group in groups:
        found = _compared(problem, dy, measured, group, rng, given_dy, count)
        if found is None:
            return None
        error, bound, caught = found
        floors.update(caught)
        worst = max(worst, (error, bound), key=lambda pair: pair[0] / (pair[1] or 1.0))
    if not _as_predicted(problem, dy, measured, floors, given_dy):
        return None
    relative = max(_relative(measured, name, floor) for name, floor in floors.items())
    floor = max(float(each.max(initial=0.0)) for each in floors.values())
    return Sketch(*worst, floor, relative, count) if relative <= _POOR else None


def _groups(
    problem: Problem, here: Bounded, rng: np.random.Generator, anyway: bool
) -> list[_Group] | None:
    """The inputs by the classes they share; None if elements are better compared one by one."""
    sizes = {name: _noticed(problem.inputs[problem.at(name)], rng) for name in problem.wrt}
    tiled = find_tilings(problem, here, sizes, rng, lightly=True)
    colours = sum(
        tiled[name].pattern.colours if name in tiled else sizes[name].size for name in problem.wrt
    )
    if colours <= _WORTH and not anyway:
        return None
    tilings = {id(each.tiling): each.tiling for each in tiled.values()}
    groups = [
        _Group(tiling, tuple(name for name in tiled if tiled[name].tiling is tiling))
        for tiling in tilings.values()
    ]
    rest = tuple(name for name in problem.wrt if name not in tiled)
    return [*groups, _Group(None, rest)] if rest else groups


def _noticed(x: Array, rng: np.random.Generator) -> Array:
    """A displacement of each element that outputs notice, no two of them the same."""
    return FIRST_STEP * (1 + np.abs(x)) * rng.uniform(-1, 1, x.shape)


def _compared(
    problem: Problem,
    dy: Array,
    measured: Measured,
    group: _Group,
    rng: np.random.Generator,
    given_dy: bool,
    count: int,
) -> tuple[float, float, dict[str, Array]] | None:
    """The largest error of a sum with its bound, and what each input would be caught at."""
    inputs = {name: problem.inputs[problem.at(name)] for name in group.names}
    carried = {} if group.tiling is None else group.tiling.carried
    scales = {
        at: _scale(problem.inputs[at], carried.get(at)) for at in map(problem.at, group.names)
    }
    moves = Directions(problem, scales, group.tiling, count, rng)
    kept = () if group.tiling is None else (group.tiling.axis,)
    out = one_output_shape(problem)
    classes = Pattern(out, out, tuple((axis, axis) for axis in kept))
    noise = summed(classes, np.abs(dy * measured.outputs.bound), not given_dy)
    noise = noise * crowd(max(x.size for x in inputs.values()))
    found = Differences(problem, moves, group.tiling, kept, dy, measured.outputs, noise).along()
    if not found.settled.all():
        return None
    analytic, rounding = np.zeros_like(found.value), np.zeros_like(found.value[:1])
    for name in group.names:
        at, got = problem.at(name), measured.gradients[name]
        analytic += moves.sums(at, moves.units[at] * got.value)
        rounding += moves.sums(at, (LARGEST_COMPONENT * scales[at] * got.bound)[None] ** 2)
    bound = found.bound + np.sqrt(rounding) + FACTOR * problem.unit * found.magnitude
    error = np.abs(analytic - found.value)
    if not (error <= bound).all() or _cancelled(analytic, found.magnitude):
        return None
    caught = _reach(count) * bound.max(axis=0)
    worst = int(np.argmax(error / np.where(bound > 0, bound, 1.0)))
    floors = {
        name: np.broadcast_to(moves.placed(caught[None], at)[0], scales[at].shape) / scales[at]
        for name in group.names
        for at in [problem.at(name)]
    }
    return float(error.ravel()[worst]), float(bound.ravel()[worst]), floors


def _reach(count: int) -> float:
    """How many times the bound an error is that escapes by no more than the stated chance.

    A component times the error has to hit an interval of twice the bound, whatever the other errors
    are; components have a density of 1/2 at most, on a grid with so much at each point.
    """
    return float(1 / (CHANCE ** (1 / count) - ATOM))


def _scale(x: Array, carried: int | None) -> Array:
    """What each element is displaced by: a power of two, for what meets in a class."""
    alone = x.ndim == 1 and carried is not None  # its elements do not meet at all
    _, exponent = np.frexp(scale(x) if alone else spread(x, without=carried))
    return np.broadcast_to(np.ldexp(_SHARE / 2, exponent), x.shape)


def _cancelled(analytic: Array, magnitude: Array) -> bool:
    """Whether all that is left of the gradient is a remainder of far larger terms."""
    return bool((np.abs(analytic) <= _VANISHING * magnitude).all() and magnitude.any())


def _relative(measured: Measured, name: str, floor: Array) -> float:
    """The smallest relative error caught, at the median of the elements that are not zero."""
    stride = max(1, floor.size // _SAMPLE)
    size = np.abs(measured.gradients[name].value.ravel()[::stride])
    relative = floor.ravel()[::stride][size > 0] / size[size > 0]
    return float(middle(relative)[0]) if relative.size else np.inf


def _as_predicted(
    problem: Problem, dy: Array, measured: Measured, floors: dict[str, Array], given_dy: bool
) -> bool:
    """Whether a tiny displacement of everything changes <dy, outputs> as the gradients say.

    A feature too narrow for the steps does not survive this, nor a function that does otherwise
    with copies than with the inputs themselves. And every input must show in the outputs.
    """
    terms = float(np.abs(dy * measured.outputs.value).mean())
    noise = dy * measured.change_noise
    allowed = float(np.abs(noise).sum()) if given_dy else norm(noise)
    predicted = 0.0
    for name, floor in floors.items():
        value, test = measured.gradients[name].value, measured.tests[name]
        predicted += float((value * test).sum())
        allowed += float(((floor + 1e-9 * np.abs(value)) * np.abs(test)).sum())
        largest = float(np.abs(value).max(initial=0.0))
        if largest * scale(problem.inputs[problem.at(name)]) <= _VANISHING * terms:
            return False
    return bool(abs(float(dy @ measured.change) - predicted) <= allowed)


def certificate(found: Sketch) -> str:
    """What a pass is worth, in words."""
    return (
        f"every element was compared in {found.directions} random sums over its class; an error of "
        f"more than {found.floor:.1g} in any one element would have been seen, but for a chance of "
        f"{CHANCE:.0e}"
    )


__all__ = ["CHANCE", "DIRECTIONS", "Sketch", "certificate", "sketched", "worthwhile"]
