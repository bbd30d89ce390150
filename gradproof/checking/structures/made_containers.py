"""Containers of arrays to try a function with, as its code takes its arguments apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.parameter_dicts import filled_with_arrays
from gradproof.checking.processes.sizes import D, M, N
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.structures.containers import Path, key_paths, labels_of
from gradproof.checking.trials.input_trials import (
    COLUMNS,
    NUMBERS,
    ROWS,
    VECTORS,
    Argument,
    Array,
    Tier,
    draw,
)
from gradproof.checking.trials.mode_dictionaries import read_keys

_OUT = 2  # classes or outputs of a network: unlike all other lengths
_MOST = 40
_LEARNED = ("weight", "bias", "recurrent", "gamma", "beta")
_WEIGHT_FIRST = re.compile(r"_*(w|k(ernel)?|theta|mat|u)", re.I)


def made_containers(
    code: str, arguments: Sequence[Argument], seed: int, learned: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield values of the arguments that are containers, with targets that fit them.

    learned: only containers of parameters, rather than of data.
    """
    needed = [a for a in arguments if a.required]
    labels = labels_of(code, [a.name for a in needed])
    targets = [a.name for a in needed if a.role == "labels"]
    for argument in needed:
        own = {path[1:]: name for path, name in labels.items() if path[0] == argument.name}
        layers = _layers(code, argument.name, own)
        if layers:
            yield from _networks(argument.name, layers, targets, seed)
        elif own and all(len(path) == 1 for path in own):
            names = list(own.values())
            if not learned or any(role_of(name) in _LEARNED for name in names):
                yield from _flat(argument.name, names, seed)
        elif learned and (keys := read_keys(code, argument.name)):
            for made in filled_with_arrays(keys, {}, seed):
                yield from _with_targets({argument.name: made}, targets, _last(made), seed)


# --- layers of parameters -----------------------------------------------------------------------

_Layer = list[tuple[Path, str]]  # (path, name) of each array of one layer


def _layers(code: str, argument: str, own: Mapping[Path, str]) -> list[_Layer]:
    """The arrays of each layer, where an argument is taken apart into layers."""
    deep = {path: name for path, name in own.items() if len(path) == 2}
    if any(path[0] is None for path in deep):  # for W, b in params
        parts = [(path[1], name) for path, name in deep.items() if path[0] is None]
        return [[((at, key), name) for key, name in parts] for at in range(2)]
    if not deep:
        deep = {path: str(path[-1]) for path in key_paths(code, argument) if len(path) == 2}
    groups: dict[Any, _Layer] = {}
    for path, name in deep.items():
        groups.setdefault(path[0], []).append((path, name))
    return list(groups.values())


def _networks(
    argument: str, layers: Sequence[_Layer], targets: Sequence[str], seed: int
) -> Iterator[dict[str, Any]]:
    """The layers one behind the other, with examples in rows and in columns."""
    hidden = [M, 6, 7][: len(layers) - 1]
    for last in (_OUT, 1):
        widths = [D, *hidden, last]
        for columns, flat in ((False, True), (False, False), (True, True), (True, False)):
            shapes = {
                path: _shape(name, at, widths, columns, flat)
                for at, layer in enumerate(layers) for path, name in layer
            }  # fmt: skip
            made = {argument: _built(shapes, seed)}
            yield from _with_targets(made, targets, (last, columns), seed)


def _shape(name: str, at: int, widths: Sequence[int], columns: bool, flat: bool) -> tuple[int, ...]:
    before, after = widths[at], widths[at + 1]
    if _WEIGHT_FIRST.match(name) or role_of(name) in ("weight", "data"):
        return (after, before) if columns else (before, after)
    if flat:
        return (after,)
    return (after, 1) if columns else (1, after)


def _built(shapes: Mapping[Path, tuple[int, ...]], seed: int) -> Any:
    """The container with arrays of these shapes: dictionaries where keys are words, else tuples."""
    groups: dict[Any, dict[Any, Any]] = {}
    for path, shape in shapes.items():
        array = draw(np.random.default_rng([seed, *repr(path).encode()]), shape)
        groups.setdefault(path[0], {})[path[1]] = array
    return _plain({key: _plain(inside) for key, inside in groups.items()})


def _plain(parts: dict[Any, Any]) -> Any:
    if all(isinstance(key, int) for key in parts):
        return [parts[key] for key in sorted(parts)] if _nested(parts) else tuple(
            parts[key] for key in sorted(parts))  # fmt: skip
    return parts


def _nested(parts: Mapping[Any, Any]) -> bool:
    return any(isinstance(part, (tuple, dict)) for part in parts.values())


def _last(made: Mapping[str, Array]) -> tuple[int, bool]:
    """How many outputs a dictionary of layers has, and whether examples are columns."""
    arrays = [made[key] for key in sorted(made)]
    weights = [made[key] for key in sorted(made) if _WEIGHT_FIRST.match(key)] or arrays
    columns = any(v.ndim == 2 and v.shape[1] == 1 for v in arrays)
    return (weights[-1].shape[0] if columns else weights[-1].shape[-1]), columns


def _with_targets(
    made: Mapping[str, Any], targets: Sequence[str], last: tuple[int, bool], seed: int
) -> Iterator[dict[str, Any]]:
    """The container with each sort of targets for its outputs."""
    if len(targets) != 1:
        yield dict(made)
        return
    outputs, columns = last
    rng = np.random.default_rng([seed, 3])
    shape = (outputs, N) if columns else (N, outputs)
    numbers = np.asarray(np.arange(N) % max(outputs, 2))
    hot = np.eye(max(outputs, 1))[numbers % max(outputs, 1)]
    bits = (np.arange(N * outputs) % 3 != 1).astype(float).reshape(shape)
    kinds = [draw(rng, shape), hot.T if columns else hot, numbers, bits]
    if outputs == 1:
        kinds = [bits, draw(rng, shape), bits.ravel(), draw(rng, (N,))]
    for values in kinds:
        yield {**made, targets[0]: values}


# --- one level: u, v = xs; w, b = params ----------------------------------------------------------


def _flat(argument: str, names: Sequence[str], seed: int) -> Iterator[dict[str, Any]]:
    if not {role_of(name) for name in names} & {"weight", "gamma"}:  # arrays of one shape
        yield {argument: tuple(draw(np.random.default_rng([seed, *name.encode()]), ROWS.data)
                               for name in names)}  # fmt: skip
    for tier in (ROWS, COLUMNS, VECTORS, NUMBERS):
        choices = [_shapes(name, tier) for name in names]
        for shapes in itertools.islice(itertools.product(*choices), _MOST):
            yield {
                argument: tuple(
                    draw(np.random.default_rng([seed, *name.encode()]), shape)
                    for name, shape in zip(names, shapes)
                )
            }


def _shapes(name: str, tier: Tier) -> Sequence[tuple[int, ...]]:
    role = role_of(name)
    if role in ("weight", "recurrent"):
        return [(D,), *tier.weight] if tier is ROWS else tier.weight
    if role == "bias":
        return [(), *(shape for shape in tier.bias if shape)]
    if role in ("gamma", "beta"):
        return tier.per_feature
    return [tier.state] if role == "state" else [tier.data]


__all__ = ["made_containers"]
