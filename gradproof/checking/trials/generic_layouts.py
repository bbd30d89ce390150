"""Layouts that a function takes by what it does: every length its own that need not be another's.

Names say what an argument usually is, and that goes first; but which axes it has and which of them
meet is asked of the function itself (inferred_shapes).
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.processes import sizes
from gradproof.checking.trials.inferred_shapes import Shapes, inferred
from gradproof.checking.trials.input_trials import (
    SCALARS,
    Argument,
    Array,
    Trial,
    Trials,
    draw,
    is_mask,
    zeros_and_ones,
)
from gradproof.checking.trials.target_values import fitting, one_hot, shares, signs

_CHOICES = 240  # of numbers of axes that are tried
_RUNNING = 64  # of layouts that run and are looked at
_MOST_TARGETS = 8  # choices of them in one layout
_GENERIC = 500  # tier: after all that names say
# How many axes an argument of a role may have, the likeliest first.
_RANKS: dict[str, tuple[int, ...]] = {
    "labels": (1, 2, 0), "probability": (2, 1), "weight": (2, 1, 0), "recurrent": (2, 1),
    "state": (2, 1), "bias": (1, 0), "gamma": (1, 0), "beta": (1, 2, 0), "index": (1, 0),
}  # fmt: skip
_ANY = (2, 1, 0)
Run = Callable[[Mapping[str, Any]], Any]


def generic_trials(trials: Trials, run: Run, code: str) -> Iterator[list[Trial]]:
    """Yield the trials of each layout, the likeliest numbers of axes first.

    run:  calls the function with values for its arguments, and returns the output;
    code: its text, which shows what is an index.
    """
    wanted = trials.needed()
    whole = indices(code, [a.name for a in wanted])
    arrays = [a for a in wanted if a.role not in SCALARS or a.name in whole]
    rest = {a.name: SCALARS[a.role][0] for a in wanted if a not in arrays}
    choices = [axes_of(a, trials, a.name in whole) for a in arrays]
    found = 0
    for picked in itertools.islice(_likely_first(choices), _CHOICES):
        ranks = {a.name: rank for a, rank in zip(arrays, picked)}
        for same in with_ranks(trials, run, ranks, whole, rest):
            yield same
            found += 1
        if found >= _RUNNING:
            return


def with_ranks(
    trials: Trials,
    run: Run,
    ranks: Mapping[str, int],
    whole: Collection[str],
    rest: Mapping[str, Any],
    larger: int = 0,
    ones: Mapping[str, Collection[int]] | None = None,
) -> Iterator[list[Trial]]:
    """Yield the trials with these numbers of axes, every length its own that may be.

    whole: the arguments that are whole numbers; rest: those that are no arrays; larger: by how much
    each length is larger than usual; ones: the axes of each array that stay of length 1.
    """
    beside = {**trials.fixed, **rest}

    def tried(shapes: Shapes) -> None:
        rng = np.random.default_rng(trials.seed)
        values = {n: _roughly(rng, s, n in whole) for n, s in shapes.items()}
        if not _is_output(run({**beside, **values})):
            raise ValueError("its output is no array of real numbers")

    for lengths in inferred(tried, ranks, ones):
        free = dict(zip(lengths.free, (n + larger for n in _small())))
        same = list(_drawn(trials, run, lengths.with_sizes(free), whole, beside))
        if same:
            yield same


def indices(code: str, names: Sequence[str]) -> set[str]:
    """The arguments that the code uses to index others by: p[a], W[idx, :], P[range(n), y].

    >>> sorted(indices("def f(p, a, b):\\n    return p[a] + p[:b] + p[b + 1:]", ["p", "a", "b"]))
    ['a']
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            places = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            plain = (place.value if isinstance(place, ast.Subscript) else place for place in places)
            found |= {place.id for place in plain if isinstance(place, ast.Name)}
    return found & set(names)


def axes_of(argument: Argument, trials: Trials, whole: bool) -> tuple[int, ...]:
    """How many axes an argument may have, the likeliest first; whole: of whole numbers."""
    known = trials.shapes.get(argument.name)
    if known is None and argument.name in trials.stated:
        known = len(trials.stated[argument.name])
    if known is not None:
        return (known,)
    if is_mask(argument.name):
        return (2, 1)
    return (0, 1) if whole and argument.role != "labels" else _RANKS.get(argument.role, _ANY)


def _likely_first(choices: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Every choice, those first of which most are what their names say."""
    most = sum(len(each) - 1 for each in choices)
    for far in range(min(most, 8) + 1):
        for places in itertools.product(*(range(len(each)) for each in choices)):
            if sum(places) == far:
                yield tuple(each[at] for each, at in zip(choices, places))


def _roughly(rng: np.random.Generator, shape: tuple[int, ...], whole: bool) -> Any:
    if whole:
        return rng.integers(0, 3, shape) if shape else 1
    return rng.uniform(0.1, 0.9, shape)


def _is_output(value: Any) -> bool:
    try:
        array = np.asarray(value)
    except ValueError:  # a list of arrays of several shapes
        return False
    return array.dtype.kind == "f" and array.size > 0


def _drawn(
    trials: Trials, run: Run, shapes: Shapes, whole: Collection[str], beside: Mapping[str, Any]
) -> Iterator[Trial]:
    """Yield the trials with arrays of few elements: real, or all positive where those do not do."""
    labels = [a.name for a in trials.arguments if a.role == "labels" and a.name in shapes]
    for kind in ("real", "unit"):
        plain = {n: _value(trials, n, s, kind, n in whole) for n, s in shapes.items()}
        try:
            out = np.asarray(run({**beside, **plain}))
        except Exception:  # not with so small ones
            continue
        if not (_is_output(out) and np.isfinite(out).all()):
            continue
        coded = [n for n in labels if n not in whole and shapes[n]]
        choices = [_targets(trials, n, plain[n]) for n in coded]
        for picked in itertools.islice(itertools.product(*choices), _MOST_TARGETS):
            other = {**beside, **plain, **dict(zip(coded, picked))}
            yield Trial(other, _GENERIC, labels=trials.labels)
        return


def _targets(trials: Trials, name: str, drawn: Any) -> list[Any]:
    """What targets may be, with which the code sees all of itself."""
    shape = np.shape(drawn)
    found = [drawn, *shares(shape), *one_hot(shape), zeros_and_ones(shape), signs(shape)]
    return fitting(found, trials.uses[name]) if name in trials.uses else found


def _value(
    trials: Trials, name: str, shape: tuple[int, ...], kind: str, whole: bool
) -> Array | int:
    rng = np.random.default_rng([trials.seed, *name.encode()])
    if whole:
        return np.asarray(rng.permutation(np.arange(np.prod(shape)) % 3).reshape(shape)) if (
            shape) else int(rng.integers(3))  # fmt: skip
    if is_mask(name):
        return zeros_and_ones(shape)
    if not shape:  # no small one: of exp(-1 / x ** 2) nothing would be left there
        return np.asarray(
            rng.integers(60, 95) / 100 * (rng.choice([-1, 1]) if kind == "real" else 1)
        )
    return draw(rng, shape, kind)


def _small() -> Iterator[int]:
    """Sizes of this process, all of them different and none 1 or 2."""
    first = (sizes.N, sizes.D, sizes.M)
    yield from first
    yield from (n for n in itertools.count(max(first) + 1))


__all__ = ["axes_of", "generic_trials", "indices", "with_ranks"]
