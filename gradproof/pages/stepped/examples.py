"""Small numbers at which an operation's graph can be gone through by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np
import sympy as sp

from gradproof.operation.derivation import Input, Layout, Mode
from gradproof.operation.operations import Operation
from gradproof.pages.stepped.build import graph_of
from gradproof.pages.stepped.step_records import Graph, Values

# Small, of both signs, and no two neighbours alike.
_REAL = (2, -1, 3, 1, -2, 4)
_UPSTREAM = (1, 2, -1, 3)
_UNIT = (sp.Rational(1, 4), sp.Rational(3, 4), sp.Rational(1, 2))
_ROUNDED = 1e-9


@dataclass(frozen=True)
class Example:
    """Inputs and dy in the shapes of the definition, and of the parameters those that differ."""

    given: Mapping[str, Any]
    upstream: Any


def example_of(mode: Mode) -> Example:
    """An example for any operation: two of everything, three along a batch that is one axis."""
    layout = mode.layouts[0]
    given = {
        item.name: _nested(_numbers(item, at), _lengths(mode, layout, layout.shapes[item.name]))
        for at, item in enumerate(mode.inputs)
    }
    given |= {each.name: sp.nsimplify(each.default) for each in mode.parameters}
    upstream = _nested(_UPSTREAM, _lengths(mode, layout, layout.output))
    return Example(given, upstream)


def checked_graph(operation: Operation, mode: Mode, example: Example) -> Graph:
    """The graph at an example, held against what the operation's own code returns there.

    LookupError where the definition has no graph, ArithmeticError where the code differs.
    """
    graph = graph_of(mode, example.given, example.upstream)
    layout = mode.layouts[0]
    arrays = {item.name: _input(item, example.given[item.name], layout) for item in mode.inputs}
    parameters = {each.name: float(example.given.get(each.name, each.default))
                  for each in mode.parameters}  # fmt: skip
    y, cache = operation.forward(mode)(*arrays.values(), **parameters)
    _compare("y", y, graph.vertices[graph.output].value)
    dy = _array(example.upstream, layout, layout.output)
    found = operation.backward(mode.backwards[0])(dy, cache)
    gradients = found if isinstance(found, tuple) else (found,)
    for item, gradient in zip(mode.differentiable, gradients):
        _compare(f"d{item.name}", gradient, graph.named(item.symbol).gradient)
    return graph


def _compare(name: str, array: Any, values: Values) -> None:
    wanted = np.array([float(values[at]) for at in sorted(values)])
    got = np.ravel(np.asarray(array, dtype=float))
    if got.shape != wanted.shape or not np.allclose(got, wanted, rtol=_ROUNDED, atol=_ROUNDED):
        raise ArithmeticError(f"{name}: the graph says {wanted}, the code {got}")


def _input(item: Input, of: Any, layout: Layout) -> Any:
    array = _array(of, layout, layout.shapes[item.name])
    # On paper classes count from 1, in code from 0.
    if item.domain.kind == "label":
        return array.astype(int) - 1
    return array.astype(int) if item.domain.kind == "mask" else array


def _array(of: Any, layout: Layout, axes: tuple[str, ...]) -> Any:
    """As the code takes it: with an axis of length 1 where the definition speaks of one slice."""
    array = np.array(of, dtype=object).astype(float)
    mapped = [axes.index(axis) for axis in layout.mapped if axis in axes and axis != "..."]
    if layout.flatten and len(axes) > 1:
        # All axes that are not mapped are one on paper: the first of them takes it whole.
        first = next(at for at in range(len(axes)) if at not in mapped)
        return array.reshape([-1 if at == first else 1 for at in range(len(axes))])
    for at in mapped:
        array = np.expand_dims(array, at)
    return array


def _lengths(mode: Mode, layout: Layout, axes: tuple[str, ...]) -> tuple[int, ...]:
    left = [axis for axis in axes if axis not in layout.mapped and axis != "..."]
    if layout.flatten and left:
        return (3,)
    least = (layout.least.get(axis, 1) for axis in left)
    return tuple(max(2, each) if isinstance(each, int) else 2 for each in least)


def _numbers(item: Input, at: int) -> tuple[Any, ...]:
    if item.domain.kind == "unit":
        return _UNIT
    if item.domain.kind == "label":
        return (2, 1)
    if item.domain.kind == "mask":
        return (1, 0, 1)
    if item.domain.kind == "positive":
        return (1, 2, 3)
    return tuple(islice(cycle(_REAL), at, at + len(_REAL)))


def _nested(numbers: tuple[Any, ...], lengths: tuple[int, ...]) -> Any:
    taken = cycle(numbers)

    def build(left: tuple[int, ...]) -> Any:
        return [build(left[1:]) for _ in range(left[0])] if left else next(taken)

    return build(lengths)


__all__ = ["Example", "checked_graph", "example_of"]
