"""The numbers behind the plots of a function and its derivative.

An operation on single elements is drawn from its definition, with the code's values as dots on the
line. Of any other operation one input element is moved while the rest stays, and the code is asked
for every output and its derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from gradproof.operation.derivation import Kink, Mode
from gradproof.operation.forward_graph import derivative, resolve
from gradproof.operation.layouts import lengths_for
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Array, Case, draw_case

REACH = 5.0
# Where nothing changes within reach (a threshold is far), look farther.
_REACHES = (REACH, 10 * REACH, 100 * REACH)
_LINES = 5
_NEAR = 3.0
# Of so many drawn cases the one is shown in which the outputs change most.
_DRAWS = 6


@dataclass(frozen=True)
class Picture:
    """Lines of outputs and of their derivatives over one input, with dots from the code.

    ``ends`` are points (x, slope) at which a one-sided derivative ends: drawn hollow, as are
    ``output_ends`` of an output that jumps; ``output_at`` is its value there, drawn filled.
    """

    x: Array
    outputs: tuple[Array, ...]
    slopes: tuple[Array, ...]
    names: tuple[str, ...]
    moved: str
    dots: Array | None = None
    output_dots: Array | None = None
    slope_dots: Array | None = None
    ends: tuple[tuple[float, float], ...] = ()
    output_ends: tuple[tuple[float, float], ...] = ()
    output_at: tuple[tuple[float, float], ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)


def picture_of(operation: Operation, mode: Mode, seed: int) -> Picture | None:
    """What there is to draw for ``mode``; None where nothing has a derivative."""
    if mode.loss is None or mode.dy is None or not mode.backwards or not mode.differentiable:
        return None
    if mode.local and len(mode.inputs) == 1:
        return _local_picture(operation, mode)
    jump = next((kink for kink in mode.kinks if kink.jump and kink.function is not None), None)
    if jump is not None and jump.function is not None:
        return _jump_picture(mode, jump, jump.function)
    return _sweep(operation, mode, seed)


def _local_picture(operation: Operation, mode: Mode) -> Picture:
    (item,) = mode.inputs
    values = {each.symbol: each.default for each in mode.parameters}
    parameters = {each.name: each.default for each in mode.parameters}
    output = resolve(mode, mode.output_nodes[0].symbol).subs(values)
    slope = resolve(mode, derivative(mode, item.symbol)).subs(values)
    x = np.linspace(-REACH, REACH, 401)
    values_line, slope_line = (_evaluate(each, item.symbol, x) for each in (output, slope))
    ends = _break_at_kinks(mode, x, values_line, slope_line, values)
    dots = np.linspace(-REACH, REACH, 2 * int(REACH) + 1) + 0.25
    dots = dots[dots <= REACH]
    y, cache = operation.forward(mode)(dots, **parameters)
    found = operation.backward(mode.backwards[0])(np.ones_like(dots), cache)
    return Picture(
        x, (values_line,), (slope_line,), ("y",), item.name, dots, np.asarray(y),
        np.asarray(found[0] if isinstance(found, tuple) else found), ends, parameters=parameters,
    )  # fmt: skip


def _jump_picture(mode: Mode, kink: Kink, of: sp.Expr) -> Picture:
    """A function that jumps, over the quantity at which it does."""
    values = {each.symbol: each.default for each in mode.parameters}
    function, at = of.subs(values), float(kink.at.subs(values))
    x = np.linspace(at - _NEAR, at + _NEAR, 401)
    line = _evaluate(function, kink.variable, x)
    slope = _evaluate(sp.diff(function, kink.variable), kink.variable, x)
    middle = len(x) // 2
    sides = tuple((at, float(line[middle + side])) for side in (-1, 1))
    filled = ((at, float(function.subs(kink.variable, kink.at.subs(values)))),)
    line[middle] = slope[middle] = np.nan
    ends = tuple((at, float(side.subs(values))) for side in (kink.left, kink.right))
    return Picture(
        x, (line,), (slope,), ("y",), str(kink.variable), ends=tuple(dict.fromkeys(ends)),
        output_ends=tuple(each for each in sides if each not in filled), output_at=filled,
    )  # fmt: skip


def _evaluate(expression: sp.Expr, symbol: sp.Symbol, x: Array) -> Array:
    function: Callable[..., Any] = sp.lambdify(symbol, expression, "numpy")
    with np.errstate(all="ignore"):
        try:
            values = function(x)
        except TypeError:  # NumPy has no such function (erf): point by point
            values = list(map(sp.lambdify(symbol, expression, "math"), x.tolist()))
        return np.array(np.broadcast_to(values, x.shape), dtype=np.float64)


def _break_at_kinks(
    mode: Mode, x: Array, output: Array, slope: Array, values: Mapping[sp.Symbol, float]
) -> tuple[tuple[float, float], ...]:
    """Lift the pen at each kink, and return where the one-sided derivatives end."""
    ends = []
    for kink in mode.kinks:
        at = float(kink.at.subs(values))
        left, right = (float(side.subs(values)) for side in (kink.left, kink.right))
        if left == right and not kink.jump:
            continue
        nearest = int(np.argmin(np.abs(x - at)))
        slope[nearest] = np.nan
        if kink.jump:
            output[nearest] = np.nan
        ends += [(at, left), (at, right)]
    return tuple(ends)


def _sweep(operation: Operation, mode: Mode, seed: int) -> Picture:
    """Move the first element of the first input and follow every output that feels it."""
    case = _telling_example(operation, mode, seed)
    moved = mode.differentiable[0].name
    for reach in _REACHES:
        x = np.linspace(-reach, reach, 121)
        outputs, slopes = _follow(operation, mode, case, moved, x)
        felt = [at for at in range(outputs.shape[1]) if np.ptp(outputs[:, at]) > 0][:_LINES]
        if felt:
            break
    shown = felt or list(range(outputs.shape[1]))[:_LINES]
    return Picture(
        x,
        tuple(outputs[:, at] for at in shown),
        tuple(slopes[:, at] for at in shown),
        tuple(_element("y", np.unravel_index(at, _output_shape(case))) for at in shown),
        _element(moved, (0,) * case.inputs[moved].ndim),
        parameters=case.parameters,
    )


def _telling_example(operation: Operation, mode: Mode, seed: int) -> Case:
    """The drawn case whose outputs change most as the element moves: a flat picture shows nothing.

    A scale that happens to be drawn near 0, say, would hide everything else.
    """
    moved = mode.differentiable[0].name
    ends = np.linspace(-REACH, REACH, 3)

    def change(case: Case) -> float:
        outputs = _outputs(operation, mode, case, moved, ends)
        return float(np.ptp(outputs, axis=0).max()) if np.isfinite(outputs).all() else 0.0

    return max((_example(mode, seed + draw) for draw in range(_DRAWS)), key=change)


def _outputs(operation: Operation, mode: Mode, case: Case, moved: str, x: Array) -> Array:
    forward = operation.forward(mode)
    rows = []
    for position in x:
        inputs = {name: np.array(value) for name, value in case.inputs.items()}
        inputs[moved].reshape(-1)[0] = position
        rows.append(np.ravel(forward(*inputs.values(), **case.parameters)[0]))
    return np.array(rows)


def _example(mode: Mode, seed: int) -> Case:
    layout = mode.layouts[0]
    defaults = {item.name: item.default for item in mode.parameters}
    lengths = lengths_for(layout, lambda axis, least: 3, defaults)
    rng = np.random.default_rng(seed)
    return draw_case(mode, rng, layout, lengths=lengths, parameters=defaults)


def _follow(
    operation: Operation, mode: Mode, case: Case, moved: str, x: Array
) -> tuple[Array, Array]:
    """Every output, and its derivative by the moved element, at each position in ``x``."""
    forward, backward = operation.forward(mode), operation.backward(mode.backwards[0])
    which = [item.name for item in mode.differentiable].index(moved)
    shape = _output_shape(case)
    size = int(np.prod(shape, dtype=int))
    outputs, slopes = np.empty((2, len(x), size))
    for row, position in enumerate(x):
        inputs = {name: np.array(value) for name, value in case.inputs.items()}
        inputs[moved].reshape(-1)[0] = position
        y, cache = forward(*inputs.values(), **case.parameters)
        outputs[row] = np.ravel(y)
        for at in range(size):
            one = np.zeros(size)
            one[at] = 1.0
            found = backward(one.reshape(shape), cache)
            gradient = found[which] if isinstance(found, tuple) else found
            slopes[row, at] = np.ravel(gradient)[0]
    return outputs, slopes


def _output_shape(case: Case) -> tuple[int, ...]:
    assert case.dy is not None
    return case.dy.shape


def _element(name: str, index: tuple[Any, ...]) -> str:
    return f"{name}[{', '.join(str(int(each)) for each in index)}]" if index else name


__all__ = ["Picture", "picture_of"]
