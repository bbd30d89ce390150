"""Inputs of the judging side's own choice, in the shapes that were found to fit.

Which arrays a pair takes is proposed by the process in which its file runs. At which values it is
judged is not: at inputs of the file's choice (all zero, say) a wrong gradient may well be right.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from gradproof.checking.conventions.match import Match, fits
from gradproof.checking.trials.input_trials import Array
from gradproof.checking.trials.target_values import sums_to_one
from gradproof.numeric.side_effects.hygiene import quiet

_DISTINCT = 9_000  # so many short decimals below 1 there are
_JITTER = 0.1
_FINE = 4e-5  # less than lies between two of them
_ONLY = "it gives finite results of the right shape only at the inputs at which it was tried first"


def fresh(match: Match, rng: np.random.Generator, finer: bool = False) -> Match:
    """The same pair at inputs drawn here; where it accepts none of them, it cannot hold.

    finer: with more digits than people like to read, so that sums of products hardly ever are the
    same. Of short decimals the two largest of some rows are, at one point in a thousand, and there
    a maximum has a kink.
    """
    for attempt, inputs in enumerate(_draws(match.inputs, rng, finer)):
        moved = replace(match, inputs=inputs, near=attempt > 0)
        try:
            with quiet():
                fitting = fits(moved)
        except Exception:  # outside the domain of the author's code
            continue
        if fitting:
            return moved
    return replace(match, doubt=match.doubt or _ONLY)


def several(
    inputs: Mapping[str, Array], rng: np.random.Generator, count: int, near: bool = False
) -> dict[str, Array]:
    """So many new values of the same kind, one in each row; every second one has few digits, as
    those of a check have: code may know those by that.

    near: close to what they are now.
    """

    def rows(value: Array) -> Array:
        if not near or value.dtype.kind != "f":
            return _rows(value, rng, count)
        return np.stack([_moved(value, rng) for _ in range(count)])

    return {name: rows(value) for name, value in inputs.items()}


def _rows(value: Array, rng: np.random.Generator, count: int) -> Array:
    """As _like, many times at once. No two short decimals of a row are the same: cubes modulo a
    prime have no number twice where 3 divides no p - 1. Nor do they lie on lines, as an arithmetic
    progression does, which makes a singular matrix."""
    shape = (count, *value.shape)
    if value.dtype.kind != "f" or not value.size:
        return np.array(np.broadcast_to(value, shape))
    most, scale = (89, 100) if value.size < 89 else (9689, 10_000)  # primes
    if value.size < most:
        start, first = rng.integers(0, most, (2, count, 1))
        step = rng.integers(1, most, (count, 1))
        found = (start + step * ((first + np.arange(value.size)) % most) ** 3) % most + 3.0
        found = found.reshape(shape) / scale
    else:
        found = rng.uniform(0.03, 0.97, shape)
    found[::2] = finely_moved(found[::2], rng)
    positive = bool((value > 0).all())
    if not positive:
        found = found * rng.choice([-1.0, 1.0], shape)
    axis = sums_to_one(value) if positive else None
    if axis is not None:
        found = found / found.sum(axis=axis + 1, keepdims=True)
    return np.asarray(found, dtype=value.dtype)


def _draws(
    inputs: Mapping[str, Array], rng: np.random.Generator, finer: bool
) -> Iterator[dict[str, Array]]:
    """Yield new values of the same kind, then the proposed ones moved by up to a tenth."""
    yield {name: _like(value, rng, finer) for name, value in inputs.items()}
    yield {k: _moved(v, rng) if v.dtype.kind == "f" else v for k, v in inputs.items()}


def _moved(value: Array, rng: np.random.Generator) -> Array:
    factor = np.round(rng.uniform(1 - _JITTER, 1 + _JITTER, value.shape), 3)
    return np.asarray(np.where(value == 0, factor - 1, value * factor), dtype=value.dtype)


def _like(value: Array, rng: np.random.Generator, finer: bool) -> Array:
    """Short decimals, none of them 0: positive where all were, summing to 1 where they did."""
    if value.dtype.kind != "f" or not value.size:
        return value
    positive = bool((value > 0).all())
    if value.size <= _DISTINCT:
        most, scale = (97, 100) if value.size < 90 else (9_700, 10_000)
        drawn = rng.choice(np.arange(3, most), size=value.size, replace=False) / scale
    else:
        drawn = rng.uniform(0.03, 0.97, value.size)
    drawn = drawn.reshape(value.shape)
    if finer:
        drawn = finely_moved(drawn, rng)
    if not positive:
        drawn = drawn * rng.choice([-1.0, 1.0], size=value.shape)
    axis = sums_to_one(value) if positive else None
    if axis is not None:
        drawn = drawn / drawn.sum(axis=axis, keepdims=True)
    return np.asarray(drawn, dtype=value.dtype)


def finely_moved(value: Array, rng: np.random.Generator | None = None) -> Array:
    """Real numbers with further digits; others as they are."""
    if value.dtype.kind != "f":
        return value
    rng = rng or np.random.default_rng(secrets.randbits(64))
    moved = value + np.round(rng.uniform(-_FINE, _FINE, value.shape), 9)
    return np.asarray(moved, dtype=value.dtype)


__all__ = ["finely_moved", "fresh", "several"]
