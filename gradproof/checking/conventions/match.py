"""A pair that can be called: the author's functions behind one convention, with inputs that fit."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.judgement.telling_errors import Problem
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.source.gradient_names import gradient_cores, gradient_target, looks_upstream
from gradproof.checking.trials.input_trials import Array
from gradproof.checking.trials.target_values import others
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
            wanted = _along(match, name, along, dy)
            scale = max(abs(wanted), float(np.abs(got * along).max(initial=0.0)), 1e-3)
            off = abs(float(np.sum(got * along)) - wanted) / scale
            worst = max(worst, off if np.isfinite(off) else float("inf"))
        found[name] = worst
    return found


def _along(match: Match, name: str, along: Array, dy: Array) -> float:
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


def best(
    options: Iterator[Match], preferred: str = "input", problem: Problem | None = None
) -> Match | None:
    """Choose how a pair is meant: the first way in which it is right, else the likeliest one.

    A pair that is wrong in every way is judged in the first way whose shapes fit, with the
    contract that its argument's name speaks for.
    """
    fitting: list[Match] = []
    for match in options:
        try:
            if not fits(match):
                broadcast = as_broadcast(match)
                if broadcast is None:
                    continue
                match = broadcast
            right = distance(match) < SELECT
            other = _wrong_elsewhere(match) if right else None
            fitting.append(other or match)
            if right and other is None:
                return replace(match, doubt=_doubt(fitting[:-1], match))
        except Exception as error:  # what the author's code raises: these inputs are not for it
            if problem is not None:
                problem.met(2, error)
    likely = next((m for m in fitting if m.contract == preferred), fitting[0] if fitting else None)
    if likely is None or len(likely.wrt) < 2:
        return likely
    alike = [m for m in fitting if (m.contract, m.wrt) == (likely.contract, likely.wrt)]
    return max([likely, *alike[:_ALIKE]], key=_right_ones)


def _wrong_elsewhere(match: Match) -> Match | None:
    """The pair for other targets of the same kind, where it is wrong for some: right for one choice
    of classes is right by chance."""
    again = match.again
    if again is None:
        return None
    for name, value in match.fixed.items():
        if role_of(name) != "labels":
            continue
        for other in others(value):
            try:
                changed = again({name: other})
                if fits(changed) and not distance(changed) < SELECT:
                    return changed
            except Exception:  # the author's code may raise anything at values it is not for
                continue
    return None


_ALIKE = 8  # ways to call a pair, as with other targets, of which the one counts that fits best


def _right_ones(match: Match) -> int:
    """How many gradients are right: a slip in one of them is none of the others."""
    try:
        return sum(off < SELECT for off in distances(match).values())
    except Exception:  # of the author's code, or too many elements
        return 0


def first_fitting(groups: Iterator[list[Match]]) -> tuple[Match | None, Match | None]:
    """The match of the first group of trials that has one, and else the first of those that run in
    which most gradients have the shape of their input: the others are what is wrong.

    A wrong gradient is not tried again in smaller shapes, in which it may be right. But a vector
    may have been meant as a column: there it has as many elements.
    """
    first: Match | None = None
    rough: tuple[int, Match | None] = (-1, None)
    ran: list[Match] = []  # runs with every length its own, but with gradients of wrong shapes
    weak: Match | None = None
    narrow: Match | None = None
    still: Match | None = None  # its loops are over nothing: every gradient is right as zero
    for ways in groups:
        if (
            first is not None
            and not all(map(_is_column, ways))
            and not (_is_labelled(first) and all(map(_one_number_each, ways)))
        ):
            continue
        match = best(way for way in ways if not _same_targets(way)) or best(iter(ways))
        if match is None:
            nearest = max(((_fitting(way), way) for way in ways), key=lambda f: f[0], default=rough)
            rough = nearest if nearest[0] > rough[0] else rough
            ran += filter(_is_general, ways)
            continue
        if first is None and _stands_still(match):
            still = still or match
            continue
        wider = next((way for way in ran if _is_less_general(match, way)), None)
        if wider is not None:
            narrow = _narrower(match, wider, narrow)
            if narrow is not None and _is_all_right(narrow):
                return narrow, None
            continue
        right = distance(match) < SELECT
        if right and _same_targets(match):  # so that half of a formula is never seen
            weak = weak or match
            continue
        if first is None and (right or not (_is_vector(match) or _is_labelled(match))):
            return _one_row(_beside(match, ran)), None
        if right and first is not None and _is_labelled(first):
            if match.wrt != first.wrt or _vanishes(match) or not _is_other_layout(match, first):
                continue
            return _per_example_only(match, first), None
        if right:
            shapes = " and ".join(str(v.shape) for v in first.inputs.values()) if first else ""
            return match.noted(f"for columns; it is wrong for shape {shapes}"), None
        first = first or match
        if first.one_of:  # made for what the code takes apart: other layouts are other readings
            break
    # What is seen in general layouts, with gradients of a wrong shape, is not right where forward
    # stands still.
    return first or narrow or weak or (None if ran else still), rough[1]


def _per_example_only(match: Match, wider: Match) -> Match:
    """The match, with the shapes for which it is wrong."""
    shapes = " and ".join(str(wider.inputs[name].shape) for name in match.wrt)
    return match.noted(f"for one number per example; it is wrong for shape {shapes}")


def _is_other_layout(match: Match, other: Match) -> bool:
    """Whether an array has another number of axes there; other numbers are no other reading."""
    mine, theirs = ({**m.fixed, **m.inputs} for m in (match, other))
    return any(
        _rank(np.asarray(mine[n])) != _rank(np.asarray(theirs[n]))
        for n in mine.keys() & theirs.keys()
        if isinstance(mine[n], np.ndarray) and isinstance(theirs[n], np.ndarray)
    )


def _narrower(match: Match, wider: Match, before: Match | None) -> Match | None:
    """The match as a loss that predicts one number for each example, weights (n,) and a number for
    the bias, where more is right than in a wider layout; else the one before."""
    shapes = [match.inputs[name].shape for name in match.wrt]
    one_each = all(len(s) < 2 or s[1:] == (1,) for s in shapes) and any(
        s[:1] > (2,) for s in shapes
    )
    targets = [np.ndim(v) for n, v in match.fixed.items() if role_of(n) == "labels"]
    if not (one_each and any(targets) and not np.ndim(run(match)[0])):
        return before
    if (
        _vanishes(match)
        or _same_targets(match)
        or (before is not None and not _is_all_right(match))
    ):
        return before
    better = _right_ones(match) > _right_ones(wider)
    return _per_example_only(match, wider) if better else before


def _is_all_right(match: Match) -> bool:
    return _right_ones(match) == len(match.wrt)


def _beside(match: Match, ran: Sequence[Match]) -> Match:
    """The match, with the shapes for which it runs as well and is wrong."""
    wrong = next((way for way in ran if way.wrt == match.wrt), None)
    if wrong is None:
        return match
    mine, theirs = (" and ".join(str(m.inputs[n].shape) for n in m.wrt) for m in (match, wrong))
    return match.noted(f"for shapes {mine}; it is wrong for {theirs}") if mine != theirs else match


def _one_row(match: Match) -> Match:
    """The match, with a note where its data are a single example."""
    rows = [v.shape for n, v in match.inputs.items() if role_of(n) == "data" and v.ndim == 2]
    single = bool(rows) and all(shape[0] == 1 for shape in rows)
    return match.noted(f"for one example, of shape {rows[0]}") if single else match


def _is_labelled(match: Match) -> bool:
    """Whether it is a loss with targets, which may be meant for one number per example."""
    return any(role_of(n) == "labels" and np.ndim(v) for n, v in match.fixed.items())


def _is_general(match: Match) -> bool:
    """Whether none of its inputs has a length of 1, at which sums do not show.

    It is no layout of its own where it was made for what the code takes apart; or has more than two
    axes, and not one gradient the shape of its input: a sum over pairs also runs on images.
    """
    if match.one_of or any(1 in value.shape for value in match.inputs.values()):
        return False
    return all(value.ndim <= 2 for value in match.inputs.values()) or _fitting(match) > 0


def _is_less_general(match: Match, other: Match) -> bool:
    """Whether it is a special case of another layout: one column of weights, one bias for all.

    One example in place of a batch is none: its data have an axis less, its weights all of theirs.
    """
    if match.wrt != other.wrt:
        return set(match.wrt) < set(other.wrt)  # it leaves out what is wrong
    if any(_rank(match.inputs[n]) == 0 < _rank(other.inputs[n]) for n in match.wrt):
        return True  # one number
    if any(1 in match.inputs[n].shape and 1 not in other.inputs[n].shape
           and match.inputs[n].ndim == other.inputs[n].ndim for n in match.wrt):  # fmt: skip
        return True  # a batch of one, one column
    less = {n for n in match.wrt if _rank(match.inputs[n]) < _rank(other.inputs[n])}
    more = {n for n in match.wrt if _rank(match.inputs[n]) > _rank(other.inputs[n])}
    fewer_axes = {n for n in less if role_of(n) == "data"}
    return bool(less - fewer_axes) and not more


def _rank(value: Array) -> int:
    """How many axes are longer than 1."""
    return sum(length > 1 for length in value.shape)


def _fitting(match: Match) -> int:
    """How many gradients have the shape of their input."""
    try:
        gradients = run(match)[2]
    except Exception:  # of the author's code, which these inputs are not for
        return 0
    shapes = [np.shape(match.inputs[name]) for name in match.wrt]
    return sum(np.shape(g) == shape for g, shape in zip(gradients, shapes))


def _is_vector(match: Match) -> bool:
    return all(match.inputs[name].ndim == 1 for name in match.wrt)


def _is_column(match: Match) -> bool:
    return all(match.inputs[name].shape[1:] == (1,) for name in match.wrt)


def _doubt(wrong: Sequence[Match], right: Match) -> str:
    """What is wrong for class numbers is not made right by being right for one-hot rows.

    Only where N numbers cannot be meant as anything else beside N rows of another length.
    """
    same = (right.contract, right.notes, right.wrt)
    for match in wrong:
        if (match.contract, match.notes, match.wrt) != same:
            continue  # called in another way
        for name, value in match.fixed.items():
            if not isinstance(value, np.ndarray) or value.dtype.kind != "i" or value.ndim != 1:
                continue
            rows = [match.inputs[of].shape for of in match.wrt if match.inputs[of].ndim == 2]
            if any(shape[0] == len(value) != shape[1] for shape in rows):
                return f"right for one-hot {name}, but wrong for {name} = {value.tolist()}"
    return ""


def chosen(
    groups: Iterator[list[Match]], preferred: str, problem: Problem, loss: bool = False
) -> Match | None:
    """The best match of the first group that has one.

    A loss may be written for one number per example, ``/ len(y)`` beside a mean over all elements;
    then it is right for vectors and columns only, and is judged and reported for these.
    """
    first: Match | None = None
    rough: Match | None = None  # runs, but with gradients of wrong shapes
    ran: list[Match] = []
    narrow: Match | None = None
    still: Match | None = None  # its loops are over nothing: every gradient is right as zero
    for ways in groups:
        if first is not None and not all(map(_one_number_each, ways)):
            continue
        match = best(iter(ways), preferred, problem)
        if match is None:
            running = [way for way in ways if _runs(way) and any(map(_rank, _judged(way)))]
            ran += filter(_is_general, running)
            nearest = max(running, key=_fitting, default=None)
            if nearest is not None and (rough is None or _fitting(nearest) > _fitting(rough)):
                rough = nearest
            continue
        if first is None and _stands_still(match):
            still = still or match
            continue
        wider = next((way for way in ran if _is_less_general(match, way)), None)
        if wider is not None:
            narrow = _narrower(match, wider, narrow)
            if narrow is not None and _is_all_right(narrow):
                return narrow
            continue
        if first is not None and match.wrt != first.wrt:
            continue  # another argument is no other reading of what is wrong
        right = not loss or distance(match) < SELECT
        if (
            first is not None
            and right
            and (_vanishes(match) or _same_targets(match) or not _is_other_layout(match, first))
        ):
            continue  # a softmax over one class, targets all 1: right because nothing is left of it
        if first is None and right:
            return match
        if right and first is not None:
            return _per_example_only(match, first)
        first = first or match
        if first.one_of:
            break
    return first or narrow or (ran[0] if ran else _varied(still) or rough)


def _judged(match: Match) -> list[Array]:
    """The arrays whose gradients are judged."""
    return [match.inputs[name] for name in match.wrt]


def _runs(match: Match) -> bool:
    try:
        return numeric(run(match)[0])
    except Exception:  # of the author's code, which these inputs are not for
        return False


def _vanishes(match: Match) -> bool:
    return all(float(np.abs(wanted).max()) < SELECT for _, wanted in differences(match).values())


def _stands_still(match: Match) -> bool:
    """Whether forward does not change along a random direction of any input."""
    rng = np.random.default_rng(2)
    try:
        _, dy, _ = run(match)
        ways = {n: np.asarray(rng.uniform(0.5, 1, match.inputs[n].shape)) for n in match.wrt}
        return not any(_along(match, name, way, dy) for name, way in ways.items())
    except Exception:  # whatever the author's code raises
        return False


def _varied(match: Match | None) -> Match | None:
    """A match whose forward stands still, if it takes several values, as a staircase does."""
    if match is None:
        return None
    rng = np.random.default_rng(3)
    try:
        values = [np.asarray(match.forward(*(rng.normal(0, 3, x.shape)
                                             for x in match.inputs.values()))[0], float)
                  for _ in range(_DIRECTIONS)]  # fmt: skip
    except Exception:  # whatever the author's code raises
        return match
    return match if any(np.ptp(values, axis=0).ravel()) else None


def _same_targets(match: Match) -> bool:
    """Whether some targets are all the same, so that half of a formula is never seen."""
    return any(
        role_of(name) == "labels" and np.ptp(np.asarray(value, dtype=float)) == 0
        for name, value in match.fixed.items()
        if isinstance(value, (np.ndarray, np.number, int, float))
    )


def _one_number_each(match: Match) -> bool:
    shapes = [match.inputs[name].shape for name in match.wrt]
    return all(len(shape) in (1, 2) and shape[1:] in ((), (1,)) and shape[0] > 2
               for shape in shapes)  # fmt: skip
