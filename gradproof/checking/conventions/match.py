"""A pair that can be called: the author's functions behind one convention, with inputs that fit."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.source.gradient_names import gradient_cores, gradient_target, looks_upstream
from gradproof.checking.trials.input_trials import Array
from gradproof.tracing.record_trace import Program, Trace
from gradproof.verdicts import Diagnosis, Edit

Tracer = Callable[[Program, int], Trace]
Diagnoser = Callable[[], Mapping[str, Diagnosis]]
# The slips found in the file in this process, each tried of its other gradients first: a layer's
# slip is that of its network, too.
FOUND_BEFORE: dict[tuple[Edit, ...], Diagnosis] = {}
SELECT = 1e-5  # relative; only chooses between ways to call a pair, no verdict rests on it
_STEP = 1e-5
_DIRECTIONS = 3
_MANY = 600
_SLIGHT = 1e-4  # relative: what differences see
_MOST_ORDERS = 720  # in which gradients may come that have no names
_FEW = 2  # so many numbers may be multiples of others by chance


@dataclass(frozen=True)
class Match:
    """forward(*inputs) -> (y, cache) and backward(dy, cache) -> gradients, in the order of wrt.

    inputs:   the arguments that vary; those that are kept as they are stand in ``fixed``.
    notes:    what a reader must know about how the pair was called; each goes into the scope.
    setting:  what is not as by default, where the same pair is judged at other values of settings.
    unjudged: what looks like a gradient and is not judged here, with the reason.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    inputs: Mapping[str, Array]
    wrt: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    output: str = "y"
    contract: str = "input"
    mode: str | None = None
    notes: tuple[str, ...] = ()
    doubt: str = ""  # why it does not hold, although it is right as it is called here
    setting: str = ""
    unjudged: tuple[tuple[str, str], ...] = ()
    tracer: Tracer | None = None  # who traces the pair, where that is not done in this process
    diagnoser: Diagnoser | None = None  # who says what is wrong with it, likewise
    data: Mapping[str, Array] = field(
        default_factory=dict
    )  # labels that forward takes after inputs
    near: bool = False  # whether it takes no inputs but those close to the proposed ones
    one_of: bool = False  # whether its arguments were made for what the code takes apart
    misgiven: tuple[Sequence[int], Sequence[int]] | None = None  # see derivative_pairs._against
    spoken: Mapping[str, str] = field(default_factory=dict)  # an input as its author writes it
    again: Callable[[Mapping[str, Any]], Match] | None = None  # the same for other values in fixed

    @property
    def held(self) -> dict[str, Any]:
        """The arguments of which no gradient is judged: targets and masks among them, whether they
        vary or not."""
        return {**self.fixed, **{n: v for n, v in self.inputs.items() if n not in self.wrt}}

    def fixing(self, values: Mapping[str, Any]) -> Match:
        """The same with these values of inputs that then vary no more."""
        if not values:
            return self
        author, names = self.forward, tuple(self.inputs)
        rest = tuple(name for name in names if name not in values)

        def forward(*given: Any) -> Any:
            moving = dict(zip(rest, given))
            return author(*(moving[n] if n in moving else np.array(values[n]) for n in names))

        return replace(self, forward=with_names(forward, rest, author),
                       inputs={n: self.inputs[n] for n in rest},
                       fixed={**self.fixed, **values})  # fmt: skip

    def only(self, positions: Sequence[int]) -> Match:
        """The same with some of the gradients."""
        if len(positions) == len(self.wrt):
            return self
        author = self.backward

        def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
            gradients = author(dy, cache)
            return tuple(gradients[at] for at in positions)

        names = inspect.signature(author).parameters
        return replace(self, backward=with_names(backward, tuple(names), author),
                       wrt=tuple(self.wrt[at] for at in positions))  # fmt: skip

    def noted(self, *notes: str) -> Match:
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


class MatchError(Exception):
    """Why a pair could not be called, in words."""


def with_names(
    function: Callable[..., Any], names: Sequence[str], author: Any
) -> Callable[..., Any]:
    """Give an adapter the author's argument names, and tell the tracing whose code it calls."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    function.__signature__ = signature  # type: ignore[attr-defined]
    function.__wrapped__ = author  # type: ignore[attr-defined]
    function.__name__ = getattr(author, "__name__", "forward")
    return function


def numeric(value: Any) -> bool:
    """Whether a value is a finite real array or number."""
    try:
        array = np.asarray(value)
    except ValueError:
        return False
    return array.dtype.kind == "f" and array.size > 0 and bool(np.isfinite(array).all())


def run(match: Match, seed: int = 0) -> tuple[Array, Array, tuple[Any, ...]]:
    """Call forward and backward once: y, dy, gradients. Raises what the author's code raises."""
    y, cache = match.forward(*[np.array(v) for v in match.inputs.values()])
    dy = np.random.default_rng(seed).integers(-20, 20, np.shape(y)) / 8 + 0.0625
    gradients = match.backward(np.array(dy), cache)
    return np.array(y, dtype=float), dy, gradients


def fits(match: Match) -> bool:
    """Whether it runs, and every gradient has the shape of its input."""
    y, _, gradients = run(match)
    shapes = [np.shape(match.inputs[name]) for name in match.wrt]
    return (
        numeric(y) and [np.shape(g) for g in gradients] == shapes and all(map(numeric, gradients))
    )


def differences(match: Match, seed: int = 0) -> dict[str, tuple[Array, Array]]:
    """Gradients beside central differences of <dy, forward>, for every input in wrt."""
    _, dy, gradients = run(match, seed)
    out = {}
    for name, got in zip(match.wrt, gradients):
        out[name] = (np.asarray(got, dtype=float), _central(match, name, dy))
    return out


def speaks_for_itself(match: Match) -> bool:
    """Whether what is wrong is a gradient beyond doubt: a part of its numbers is right, or all are
    the same multiple of what they should be."""
    try:
        found = differences(match)
    except Exception:  # whatever the author's code raises, or too many elements
        return False
    return any(got.shape == wanted.shape and _agrees(got.ravel(), wanted.ravel())
               for got, wanted in found.values())  # fmt: skip


def _agrees(got: Array, wanted: Array) -> bool:
    there = np.abs(wanted) > _SLIGHT * np.abs(wanted).max(initial=0.0)
    if not there.any():
        return False
    same = np.abs(got - wanted) <= _SLIGHT * np.abs(wanted)
    length = float(np.linalg.norm(got) * np.linalg.norm(wanted))
    along = length > 0 and abs(float(got @ wanted)) > (1 - SELECT) * length
    return bool(3 * same[there].sum() >= there.sum()) or (along and there.sum() > _FEW)


def _central(match: Match, name: str, dy: Array) -> Array:
    wanted = np.zeros(match.inputs[name].shape)
    elements = list(np.ndindex(wanted.shape))
    if len(elements) > _MANY:
        raise MatchError(f"{name} has {len(elements)} elements")
    for index in elements:
        values = []
        for step in (_STEP, -_STEP):
            moved = {k: np.array(v) for k, v in match.inputs.items()}
            moved[name][index] += step
            values.append(np.sum(dy * np.asarray(match.forward(*moved.values())[0], dtype=float)))
        wanted[index] = (values[0] - values[1]) / (2 * _STEP)
    return wanted


def distance(match: Match) -> float:
    """The largest relative difference between gradients and central differences.

    Along a few random directions of each input: this only chooses between ways to call a pair.
    """
    return max(distances(match).values(), default=0.0)


def distances(match: Match) -> dict[str, float]:
    """The same of each gradient."""
    _, dy, gradients = run(match)
    rng = np.random.default_rng(1)
    found: dict[str, float] = {}
    for name, gradient in zip(match.wrt, gradients):
        got = np.asarray(gradient, dtype=float)
        worst = 0.0 if got.shape == match.inputs[name].shape else float("inf")
        for _ in range(_DIRECTIONS if worst == 0.0 else 0):
            along = rng.choice([-1.0, 1.0], got.shape) * rng.uniform(0.5, 1, got.shape)
            wanted = slope_along(match, name, along, dy)
            scale = max(abs(wanted), float(np.abs(got * along).max(initial=0.0)), 1e-3)
            off = abs(float(np.sum(got * along)) - wanted) / scale
            worst = max(worst, off if np.isfinite(off) else float("inf"))
        found[name] = worst
    return found


def slope_along(match: Match, name: str, along: Array, dy: Array) -> float:
    """The change of <dy, forward> along a direction of one input, by a central difference."""
    values = []
    for step in (_STEP, -_STEP):
        moved = {k: np.array(v) for k, v in match.inputs.items()}
        moved[name] = moved[name] + step * along
        values.append(float(np.sum(dy * np.asarray(match.forward(*moved.values())[0], float))))
    return (values[0] - values[1]) / (2 * _STEP)


def times(match: Match, factor: float) -> Match:
    """The match with every gradient multiplied by a number."""
    author = match.backward

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        return tuple(factor * np.asarray(each) for each in author(dy, cache))

    names = tuple(inspect.signature(author).parameters)
    return replace(match, backward=with_names(backward, names, author))


def flat_gradients(found: Any, names: Sequence[str]) -> list[tuple[str, Any]]:
    """What backward returned, with the names that the author gave it."""
    fields = getattr(found, "_asdict", None)
    if fields is not None:
        found = fields()
    if isinstance(found, Mapping):
        return [(str(k), v) for k, v in found.items()]
    values = list(found) if isinstance(found, (tuple, list)) else [found]
    if len(values) == 1 and isinstance(values[0], Mapping):
        return flat_gradients(values[0], ())
    known = list(names) if len(names) == len(values) else [""] * len(values)
    return list(zip(known, values))


def assignments(
    gradients: Sequence[tuple[str, Any]],
    targets: Mapping[str, Any],
    arguments: Sequence[str] = (),
    known: Mapping[str, int] | None = None,
) -> Iterator[dict[str, int]]:
    """Yield the ways to say what each gradient is of, likeliest first: target -> position.

    targets: what has a gradient, likeliest first; arguments: the order in which it is given, if
    that is another; known: those that need no deciding.

    Names decide where they all say something; else the shapes, and among gradients of one shape
    the order of the arguments: two that are exchanged are wrong, not meant the other way round.
    """
    known = known or {}
    taken = set(known.values())
    present = [at for at, (_, value) in enumerate(gradients)
               if value is not None and at not in taken]  # fmt: skip
    if not present:
        yield dict(known)
        return
    names = [name for name in targets if name not in known]
    named = {at: gradient_target(gradients[at][0], names) for at in present}
    clear = {at: name for at, name in named.items() if name is not None}
    if len(set(clear.values())) < len(clear):
        clear = {}
    free = [name for name in names if name not in clear.values()]
    shapes = [np.shape(targets[name]) for name in free]
    left = [at for at in present if at not in clear]
    if clear:  # others beside them are gradients of what is no argument, if no shape fits
        left = [at for at in left if np.shape(gradients[at][1]) in shapes
                and _may_be_gradient(gradients[at][0])]  # fmt: skip
    if len(left) > len(free):
        return
    sizes = [np.shape(gradients[at][1]) for at in left]
    given = arguments or names
    ordered = (p for p in itertools.permutations(free, len(left)) if _in_order(p, sizes, given))

    def unlikely(picked: Sequence[str]) -> tuple[int, bool]:  # a slip in one spoils no other shape
        places = [given.index(name) for name in picked]
        odd = sum(np.shape(targets[name]) != size for name, size in zip(picked, sizes))
        return odd, places != sorted(places)

    likely = sorted(itertools.islice(ordered, _MOST_ORDERS), key=unlikely)
    for picked in likely[:6]:
        order = {**{name: at for at, name in clear.items()}, **dict(zip(picked, left))}
        yield {**known, **{name: order[name] for name in names if name in order}}


def _may_be_gradient(name: str) -> bool:
    """Whether a name, beside names of gradients, may be one too: not that of a state, h_last."""
    return not name or bool(gradient_cores(name)) or looks_upstream(name)


def _in_order(
    picked: Sequence[str], sizes: Sequence[tuple[int, ...]], arguments: Sequence[str]
) -> bool:
    """Whether gradients of one shape come in the order of the arguments they are taken to be of."""
    last: dict[tuple[int, ...], int] = {}
    for name, size in zip(picked, sizes):
        if arguments.index(name) < last.get(size, -1):
            return False
        last[size] = arguments.index(name)
    return True


def as_broadcast(match: Match) -> Match | None:
    """The same where only axes of length 1 are more or fewer than in the inputs.

    A gradient (n,) of an input (1, n) is one that a step broadcasts, and is judged by its numbers;
    for a gradient (1, n) of an input (n,) the input is taken as (1, n), if forward takes it so.
    None where a gradient has another shape that means something else.
    """
    y, _, gradients = run(match)
    wanted = [match.inputs[name].shape for name in match.wrt]
    got = [np.shape(each) for each in gradients]
    odd = [at for at in range(len(got)) if got[at] != wanted[at]]
    if not numeric(y):
        return None
    rows = {match.wrt[at]: got[at] for at in odd if _is_row_of(got[at], wanted[at])}
    if rows:
        wide = {n: v.reshape(rows.get(n) or v.shape) for n, v in match.inputs.items()}
        whole = replace(match, inputs=wide)
        return whole if fits(whole) and np.shape(run(whole)[0]) == np.shape(y) else None
    if not all(_steps_alike(got[at], wanted[at]) for at in odd):
        return None
    author = match.backward

    def backward(dy: Any, cache: Any) -> tuple[Any, ...]:
        given = author(dy, cache)
        return tuple(np.reshape(g, shape) for g, shape in zip(given, wanted))

    notes = [f"d{match.wrt[at]} has shape {got[at]}, and {match.wrt[at]} has shape {wanted[at]}: "
             "a step broadcasts it, so its numbers are judged" for at in odd]  # fmt: skip
    names = tuple(inspect.signature(author).parameters)
    whole = replace(match, backward=with_names(backward, names, author)).noted(*notes)
    return whole if fits(whole) else None


def _is_row_of(got: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a gradient has axes of length 1 before those of its input, a vector."""
    more = len(got) - len(wanted)
    return len(wanted) == 1 < wanted[0] and more > 0 and got == (*(1,) * more, *wanted)


def _steps_alike(got: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether wanted - got has the wanted shape and each number meets its own."""
    if [n for n in got if n > 1] != [n for n in wanted if n > 1]:
        return False
    try:
        return np.broadcast_shapes(got, wanted) == wanted
    except ValueError:
        return False
