"""The rules that HIPS autograd registers: forward is the primitive, backward its registered VJP.

Every registered rule is either drawn for in ``autograd_arguments`` or listed there with the reason
why it is left out; a rule that is in neither raises, so that none is forgotten.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from autograd import core

from benchmarks.strangers.autograd_arguments import MAKERS, PLACES, Made
from benchmarks.strangers.draws import Draw
from benchmarks.strangers.kinds import Array, Drawn, Kind
from benchmarks.strangers.matrices import EXACT as MATRICES
from benchmarks.strangers.special import EXACT as SPECIAL
from benchmarks.strangers.textbook import LARGE

# Kinks away from 0.
KINKS = {"clip": (-1.0, 1.0)}


def kinds() -> list[Kind]:
    """One kind per way of calling a primitive."""
    return [build(core.primitive_vjps[primitive]) for primitive, build in entries()]


def entries() -> Iterator[tuple[Any, Callable[[Any], Kind]]]:
    """Each primitive, and what builds its kind from a rule: (argnums, y, args, kwargs) -> vjp."""
    for place in PLACES:
        module = importlib.import_module(place)
        for name, makers in MAKERS.get(place, {}).items():
            primitive = _registered(module, name)
            for label, make in makers.items():
                yield primitive, partial(_kind, place, name, label, primitive, make)


def _registered(module: Any, name: str) -> Any:
    """The primitive that rules are registered for: some are wrapped once more."""
    found = getattr(module, name)
    if found in core.primitive_vjps:
        return found
    return next(each for each in core.primitive_vjps if each.__name__ == name)


def _kind(
    place: str,
    name: str,
    label: str,
    primitive: Any,
    make: Callable[[Draw], Made],
    rule: Any,
) -> Kind:
    def draw(d: Draw) -> Drawn:
        args, kwargs, at = make(d)
        inputs = tuple(np.asarray(args[i], float) for i in at)
        return inputs, {"args": args, "kwargs": kwargs, "at": at}

    def filled(inputs: tuple[Any, ...], args: Any, at: Any) -> list[Any]:
        every = list(args)
        for i, each in zip(at, inputs):
            every[i] = each
        return every

    def forward(*inputs: Any, args: Any, kwargs: Any, at: Any) -> Any:
        return primitive(*filled(inputs, args, at), **kwargs)

    def backward(dy: Any, *inputs: Any, args: Any, kwargs: Any, at: Any) -> tuple[Array, ...]:
        given = filled(inputs, args, at)
        y = primitive(*given, **kwargs)
        return tuple(rule(at, y, tuple(given), dict(kwargs))(dy))

    def jvp(inputs: Any, tangents: Any, args: Any, kwargs: Any, at: Any) -> Any:
        given = filled(inputs, args, at)
        y = primitive(*given, **kwargs)
        return core.primitive_jvps[primitive](at, list(tangents), y, tuple(given), dict(kwargs))

    full = f"{place.rpartition('.')[2]}.{name}"
    special = SPECIAL.get(full) or SPECIAL.get(name) or MATRICES.get(name)

    def exact(*inputs: Any, args: Any, kwargs: Any, at: Any) -> Any:
        assert special is not None
        return special(*filled(inputs, args, at), **kwargs)

    title = f"{place.removeprefix('autograd.')}.{name}" + (f" {label}" if label else "")
    elementwise = label == "" and name in ELEMENTWISE
    return Kind(
        f"autograd {title}", draw, forward, backward,
        exact=exact if special else None, unknown=not UNKNOWN.isdisjoint({name, full}),
        jvp=jvp if primitive in core.primitive_jvps else None,
        most=LARGE if elementwise else 200, kinks=KINKS.get(name, (0.0,)), narrow=elementwise,
    )  # fmt: skip


# No form at 50 digits: the rule counts as right (its draws stay where it is).
UNKNOWN = frozenset(
    {"sqrtm", "solve_banded", "multivariate_normal.pdf", "multivariate_normal.logpdf"}
)
ELEMENTWISE = frozenset(
    [
        "negative",
        "absolute",
        "fabs",
        "reciprocal",
        "exp",
        "exp2",
        "expm1",
        "log",
        "log2",
        "log10",
        "log1p",
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "arcsinh",
        "arccosh",
        "arctanh",
        "rad2deg",
        "deg2rad",
        "square",
        "sqrt",
        "sinc",
        "add",
        "multiply",
        "subtract",
        "divide",
        "maximum",
        "minimum",
        "fmax",
        "fmin",
        "logaddexp",
        "logaddexp2",
        "power",
        "arctan2",
        "hypot",
        "nan_to_num",
        "erf",
        "erfc",
        "expit",
        "logit",
    ]
)
