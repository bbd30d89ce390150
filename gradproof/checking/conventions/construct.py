"""Construct the author's classes with what their constructors seem to ask for."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.input_trials import Argument, D, M, arguments_of, draw
from gradproof.checking.judgement.standins import Descent, same_draws


def _tanh_prime(x: Any) -> Any:
    """The derivative of the activation that a layer is given which asks for one."""
    return 1 - np.tanh(x) ** 2


# What a name asks for, the likeliest first. "weight", "bias" and "feature" stand for arrays.
_SIZES: tuple[tuple[str, Sequence[Any]], ...] = (
    (
        r".*(layer|hidden|unit|node|neuron)s?_?(sizes|dims|units|shape|list|nodes|config)"
        r"|layers|sizes|dims|architecture|topology",
        [[D, M, 3], [D, M, 1]],
    ),
    (r"(input|in)_shape", [(D,), D, (2, 4, 4)]),
    (r"(output|out|target|new)_shape", [M, (M,), (32, 1)]),
    (r"rng|random_state|generator", [np.random.default_rng(0)]),
    (r"seed", [0]),
    (r".*padding(_mode)?", ["valid", "same", 1, 0]),
    (r".*init(ializer|ialization)?(_method|_type)?", ["random", "xavier", "he"]),
    (r"use_bias|is_\w+|use_\w+|trainable|training|train|requires_grad", [True]),
    (r"d?(act\w*|f|fn|func)_?(prime|deriv\w*|grad\w*|d)|d_?act\w*", [_tanh_prime]),
    (
        r".*activation.*|act(_fn)?|nonlinearity|fn|func",
        [np.tanh, "relu", "sigmoid", "linear", None],
    ),
    (
        r"(n_?)?in(put)?(_?(dim|size|features|channels|units|shape|nodes|num))?s?|fan_?in|d_?in|n_?x"
        r"|num_?inputs?|prev\w*|c_?in|in_?c|nin|in_\w+|input_\w+",
        [D, 2, (D,)],
    ),
    (
        r"(n_?)?out(put)?(_?(dim|size|features|channels|units|shape|nodes|num))?s?|fan_?out|d_?out"
        r"|n_?y|num_?outputs?|units|neurons|n_?units|n_?neurons|hidden\w*|c_?out|out_?c|nout|out_\w+"
        r"|output_\w+|n_?filters|num_?filters|filters",
        [M, 3],
    ),
    (r".*(kernel|filter)_?(size|shape)?|k", [3, (3, 3)]),
    (r"(k|kernel_|filter_|f)_?(h|height)", [3]),
    (r"(k|kernel_|filter_|f)_?(w|width)", [2]),
    (r"stride\w*|step", [1]),
    (r"pad\w*", [1, 0]),
    (r"pool\w*|.*pool_?size", [2, (2, 2)]),
    (
        r"alpha|slope|negative_slope|leak|p|rate|prob\w*|keep_prob|dropout\w*|ratio|momentum|rho"
        r"|beta\d|decay",
        [0.3],
    ),
    (r"eps(ilon)?", [1e-5]),
    (r"lr|learning_rate|reg|lam\w*", [0.1]),
    (
        r"(n_?|num_?)?(features|dims?|size|channels|inputs|d|c|n)|shape|normalized_shape|width|depth",
        [D, 2, (D,)],
    ),
    (r"w_?x|w_?ih?|w_?xh", ["weight_x"]),
    (r"w_?h|w_?hh|u", ["weight_h"]),
    (r"w\d?|weights?\d?|theta|w_?[a-z]{1,2}|embed_w", ["weight"]),
    (r"b\d?|bias(es)?|b_?[a-z]", ["bias"]),
    (r"gamma|beta|scale|shift|mean|var\w*|running\w*", ["feature"]),
    (r"name|.*_name|kind|type", ["relu", "sigmoid", "tanh", "layer"]),
    (r"optim(izer|iser)?|opt", [Descent()]),
)
_ARRAYS: dict[str, tuple[str, tuple[tuple[int, ...], ...]]] = {
    "weight_x": ("real", ((D, M), (D, 4 * M))),
    "weight_h": ("real", ((M, M), (M, 4 * M))),
    "weight": ("real", ((D, M), (M, D), (3, 2, 3, 3), (D,))),
    "bias": ("real", ((M,), (1, M), (M, 1), (3,), (), (4 * M,))),
    "feature": ("unit", ((D,), (1, D), (D, 1))),
}


def instances(cls: type, seed: int = 0, values: Mapping[str, Any] | None = None) -> Iterator[Any]:
    """Construct a class with what its constructor seems to ask for; yields those that work.

    values: of settings by name, where they are to be others than by default.
    """
    try:
        every = arguments_of(cls)
    except (TypeError, ValueError):
        every = []
    arguments = [a for a in every if a.required]
    own = {a.name: (values or {})[a.name] for a in every if a.name in (values or {})}
    made = 0
    choices = [_choices(a, seed) for a in arguments]
    likely = list(itertools.islice(itertools.product(*choices), 60))
    for picked in sorted(likely, key=_equal_sizes):
        try:
            with same_draws():
                given = {a.name: copy.deepcopy(v) for a, v in zip(arguments, picked)}
                instance = cls(**given, **own)
        except Exception:  # these arguments are not for it
            continue
        yield instance
        prepared = initialised(instance)
        if prepared is not None:
            yield prepared
        made += 1
        if made >= 24:
            return


def as_built(cls: type, examples: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The class constructed as the file itself constructs it, sizes and arrays being like those."""
    for example in examples:
        try:
            with same_draws():
                yield cls(**copy.deepcopy(dict(example)))
        except Exception:  # not with these sizes
            continue


def _equal_sizes(picked: Sequence[Any]) -> int:
    """How many of the numbers are the same as another: a transpose is not seen in a square."""
    sizes = [value for value in picked if type(value) is int]
    return len(sizes) - len(set(sizes))


_INITIALISERS = ("set_input_shape", "build", "initialize", "initialise", "init_weights",
                 "init_params", "init_parameters", "_init_params", "_init_parameters", "setup",
                 "_initialize", "initialize_weights", "initialize_parameters", "compile",
                 "reset_parameters", "set_optimizer", "init_optimizer")  # fmt: skip


def initialised(instance: Any) -> Any:
    """The instance after the calls by which its network would make it ready, None if it has none.

    Keras-like layers get their sizes and their optimiser only then.
    """
    ready = copy.deepcopy(instance)
    called = False
    for name in _INITIALISERS:
        method = getattr(ready, name, None)
        if not callable(method):
            continue
        try:
            needed = [a for a in arguments_of(method) if a.required]
            with same_draws():
                method(**{a.name: _for_initialiser(a) for a in needed})
            called = True
        except Exception:  # it wanted something else
            continue
    return ready if called else None


def _for_initialiser(argument: Argument) -> Any:
    if argument.role == "optimizer":
        return Descent()
    if "shape" in argument.name or "dim" in argument.name:
        return (D,)
    return _choices(argument, 0)[0]


def _choices(argument: Argument, seed: int) -> Sequence[Any]:
    rng = np.random.default_rng([seed, *argument.name.encode()])
    name = argument.name.lower().lstrip("_")
    found = next((values for form, values in _SIZES if re.fullmatch(form, name)), [D, M, 0.3])
    if found and isinstance(found[0], str) and found[0] in _ARRAYS:
        kind, shapes = _ARRAYS[found[0]]
        arrays = [draw(rng, shape, kind) for shape in shapes]
        return [*arrays, 2] if argument.name == "w" else arrays  # or the width of a window
    return found
