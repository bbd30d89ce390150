"""Construct the author's classes with what their constructors seem to ask for."""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.judgement.standins import Descent, same_draws
from gradproof.checking.source.gradient_names import LAYER_BACKWARDS, LAYER_FORWARDS
from gradproof.checking.trials.input_trials import (
    Argument,
    D,
    M,
    arguments_of,
    draw,
    gates_of,
)


def _tanh_prime(x: Any) -> Any:
    """The derivative of the activation that a layer is given which asks for one."""
    return 1 - np.tanh(x) ** 2


# What a name asks for, the likeliest first. "weight", "bias" and "feature" stand for arrays.
_OF_LAYERS = (
    r".*(layer|hidden|unit|node|neuron)s?_?(sizes|dims|units|shape|list|nodes|config)"
    r"|layers|sizes|dims|architecture|topology"
)
_SIZES: tuple[tuple[str, Sequence[Any]], ...] = (
    (_OF_LAYERS, [[D, M, 3], [D, M, 1]]),
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
    # As many as outputs; as inputs as well, where a second layer leads back to them.
    "bias": ("real", ((M,), (1, M), (M, 1), (D,), (1, D), (3,), (), (4 * M,))),
    "feature": ("unit", ((D,), (1, D), (D, 1))),
}


def _layers_of(cls: type, seed: int) -> list[Any]:
    """Layers of the same file that another one may be built around, each as it can be built."""
    names = getattr(getattr(cls, "__init__", None), "__globals__", {})
    found: list[Any] = []
    for other in list(names.values()):
        if other is cls or not isinstance(other, type) or other.__module__ != cls.__module__:
            continue
        if not (any(hasattr(other, n) for n in LAYER_FORWARDS) and _is_closed(other)):
            continue
        if any(hasattr(other, n) for n in LAYER_BACKWARDS):
            found += [*_square(other), *itertools.islice(instances(other, seed), 1 + _OTHER_SIZES)]
    return sorted(found, key=lambda each: not _has_arrays(each))[:_MOST_LAYERS]


def _square(cls: type) -> list[Any]:
    """A layer whose output is as wide as its input, as a sum with its input needs it."""
    try:
        needed = [a for a in arguments_of(cls) if a.required]
        with same_draws():
            return [cls(D, D)] if len(needed) == 2 else []
    except Exception:  # it takes something else
        return []


_AROUND = re.compile(
    r".*(layer|module|block|inner|wrapped|child|sublayer|cell|model|net|base|operation)"
    r"|f|fn|func|activation|act|loss(_fn|_function)?|criterion"
)
_OTHER_SIZES = 2  # of one layer, beside the likeliest
_MOST_LAYERS = 8
_MOST_TRIED, _MOST_MADE = 60, 32  # ways to call one constructor


def _is_closed(cls: type) -> bool:
    """Whether a class is not itself built around a layer."""
    try:
        return not any(a.required and _AROUND.fullmatch(a.name.lower()) for a in arguments_of(cls))
    except (TypeError, ValueError):
        return True


def _has_arrays(instance: Any) -> bool:
    """Whether a layer has weights: what is built around it has to pass on what they need."""
    return any(isinstance(v, np.ndarray) or (isinstance(v, (dict, list)) and v)
               for v in getattr(instance, "__dict__", {}).values())  # fmt: skip


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
    code = _code(cls)
    choices = [_for_this(cls, a, code, seed) for a in arguments]
    likely = list(itertools.islice(itertools.product(*choices), _MOST_TRIED))
    for picked in sorted(likely, key=_equal_sizes):
        try:
            with same_draws():
                given = {a.name: copy.deepcopy(v) for a, v in zip(arguments, picked)}
                instance = _made(cls, {**given, **own})
        except Exception:  # these arguments are not for it
            continue
        yield instance
        prepared = initialised(instance)
        if prepared is not None:
            yield prepared
        made += 1
        if made >= _MOST_MADE:
            return


def _made(cls: type, given: Mapping[str, Any]) -> Any:
    """An instance. Raises TypeError where the class makes something else than it defines."""
    instance = cls(**given)
    if type(instance) is not cls:
        raise TypeError(f"{cls.__name__}() is a {type(instance).__name__}")
    return instance


def as_built(cls: type, examples: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """The class constructed as the file itself constructs it, sizes and arrays being like those."""
    for example in examples:
        try:
            with same_draws():
                yield _made(cls, copy.deepcopy(dict(example)))
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


def _for_this(cls: type, argument: Argument, code: str, seed: int) -> Sequence[Any]:
    """What a constructor may be given for one argument, as its class uses it."""
    name = argument.name.lower().lstrip("_")
    apart = taken_apart(code, argument.name)
    found = _choices(argument, seed, gates_of(code))
    if apart is not None:  # an image's shape is one that leaves room for windows
        return [*found, *apart] if re.fullmatch(r"(in|input|image|out|output)_?(shape|dims?|size)",
                                                name) else [*apart, *found]  # fmt: skip
    if _AROUND.fullmatch(name):
        layers = _layers_of(cls, seed)
        plain = not re.fullmatch(r"act\w*|f|fn|func|activation", name)
        return [*layers, *found] if plain else [*found, *layers]
    return found


def depths(cls: type) -> Iterator[tuple[str, list[int], list[list[int]]]]:
    """Yield the arguments of a constructor that are lists of layers' sizes: the name, what it is
    given first, and the same with a layer more. In a network of two layers the last but one is the
    first, and a slip of an index is none."""
    try:
        arguments = arguments_of(cls)
    except (TypeError, ValueError):
        return
    for each in arguments:
        named = re.fullmatch(_OF_LAYERS, each.name.lower().lstrip("_"))
        if each.required and named and taken_apart(_code(cls), each.name) is None:
            yield each.name, [D, M, 3], [[D, M + 1, M, 3], [D, M, 3, 1]]


def _code(cls: type) -> str:
    try:
        return textwrap.dedent(inspect.getsource(cls))
    except (OSError, TypeError):
        return ""


def taken_apart(code: str, name: str) -> list[Any] | None:
    """Numbers for an argument that a class takes apart: kh, kw = kernel, ((a, b), (c, d)) = pads.

    Also where it is kept on self first. All numbers differ; strides and paddings are small.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    kept = {f"self.{target.attr}" for node in ast.walk(tree) if isinstance(node, ast.Assign)
            for target, value in _assigned(node)
            if isinstance(target, ast.Attribute) and ast.unparse(value) == name}  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign):
            continue
        for target, value in _assigned(node):
            if isinstance(target, ast.Tuple) and ast.unparse(value) in {name, *kept}:
                numbers = iter(_IN_PAIRS[bool(re.search(r"strid|step|pad|border|crop", name))])
                made = _as_target(target, numbers)
                return None if made is None else [made]
    return None


_IN_PAIRS = ((3, 2, 2, 3, 4, 5), (1, 2, 2, 1, 1, 2))


def _assigned(node: ast.Assign) -> Iterator[tuple[ast.expr, ast.expr]]:
    """(target, value) of an assignment, a tuple's parts one by one where both sides are one."""
    for target in node.targets:
        yield target, node.value
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            yield from zip(target.elts, node.value.elts)


def _as_target(target: ast.expr, numbers: Iterator[int]) -> Any:
    """Numbers in the form of what they are unpacked to; None where it takes any number of them."""
    if not isinstance(target, ast.Tuple):
        return None if isinstance(target, ast.Starred) else next(numbers, None)
    parts = [_as_target(part, numbers) for part in target.elts]
    return None if any(part is None for part in parts) else tuple(parts)


def _choices(argument: Argument, seed: int, gates: int = 4) -> Sequence[Any]:
    rng = np.random.default_rng([seed, *argument.name.encode()])
    name = argument.name.lower().lstrip("_")
    found = next((values for form, values in _SIZES if re.fullmatch(form, name)), [D, M, 0.3])
    if found and isinstance(found[0], str) and found[0] in _ARRAYS:
        kind, shapes = _ARRAYS[found[0]]
        wide = [tuple(gates * M if n == 4 * M else n for n in shape) for shape in shapes]
        arrays = [draw(rng, shape, kind) for shape in (wide[::-1] if gates != 4 else wide)]
        return [*arrays, 2] if argument.name == "w" else arrays  # or the width of a window
    return found
