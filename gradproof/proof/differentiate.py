"""The true derivative: reverse-mode differentiation of a traced forward, on the same graph.

The slopes of functions are in the table of operations. A selection passes the cotangent to the
branch it takes, so that on every branch the derivative is that branch's own. A sum over the batch,
S = sum_k e(x_k, g), gives dS/dx_i = e'(x_i, g) and dS/dg = sum_k of the derivative by g.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.batch_sum import batch_sum
from gradproof.tracing.elementary import slope
from gradproof.tracing.extremes import choice, where_won
from gradproof.tracing.nodes import Node, number, postorder


def _factor_derivative(node: Node, position: int) -> Node:
    """d/db of a product of powers, by its base number ``position``."""
    pairs = list(zip(node.args, node.payload))
    base, exponent = pairs.pop(position)
    if exponent.denominator != 1 and exponent < 1:
        ex.oblige_nonzero(base)
    rest = ex.power_product([*pairs, (base, exponent - 1)])
    return ex.linear([(exponent, rest)])


def _contributions(node: Node, adjoint: Node) -> Iterable[tuple[Node, Node]]:
    """List (argument, adjoint * d node / d argument)."""
    match node.kind:
        case "add":
            return [(arg, ex.linear([(c, adjoint)])) for arg, c in zip(node.args, node.payload)]
        case "mul":
            return [
                (arg, ex.mul(adjoint, _factor_derivative(node, k)))
                for k, arg in enumerate(node.args)
                if arg.kind != "const"
            ]
        case "call":
            (arg,) = node.args
            return [(arg, ex.mul(adjoint, slope(node.payload, arg, node)))]
        case "sum":
            return [(node.args[0], adjoint)]
        case "case" if (found := choice(node)) is not None:
            return [(value, ex.mul(where_won(adjoint, found.by, k), co.indicator(here)))
                    for k, (value, here) in enumerate(zip(found.values, found.conditions))
                    ]  # fmt: skip
        case "case":
            subject, *branches = node.args
            return [
                (target, ex.case(node.payload, subject,
                                 [adjoint if b is target else ex.zero() for b in branches]))
                for target in dict.fromkeys(branches)
            ]  # fmt: skip
    return []


def _below(node: Node) -> Sequence[Node]:
    """What a node passes its cotangent to: of what is chosen by an order all that it is chosen
    from, which need not be among the nodes of the selections that find it."""
    found = choice(node)
    return node.args if found is None else tuple(dict.fromkeys(found.values))


def gradient(root: Node, wrt: Sequence[Node]) -> list[Node]:
    """Return d root / d symbol for each symbol in ``wrt``.

    The derivative by an indexed symbol x_i is that by the element i of the batch.
    """
    order = postorder([root], _below)
    parts: dict[Node, list[Node]] = {root: [ex.one()]}
    needed = _depends_on(order, set(wrt))
    results: dict[Node, Node] = {}
    for node in reversed(order):
        if node not in parts or node not in needed:
            continue
        adjoint = ex.add(*parts.pop(node))
        if node.kind == "symbol":
            results[node] = adjoint
            continue
        if ex.is_const(adjoint, 0):
            continue
        for arg, contribution in _contributions(node, adjoint):
            if arg not in needed:
                continue
            if not arg.indexed and node.indexed:
                contribution = batch_sum(contribution)
            parts.setdefault(arg, []).append(contribution)
    return [results.get(symbol, number(0)) for symbol in wrt]


def _depends_on(order: Sequence[Node], wrt: set[Node]) -> set[Node]:
    found: set[Node] = set()
    for node in order:
        if node in wrt or any(arg in found for arg in _below(node)):
            found.add(node)
    return found


def contract(a: TracedArray, b: TracedArray) -> Node:
    """Return sum(a * b) over every element, and over the batch."""
    total = ex.add(*(ex.mul(x, y) for x, y in zip(a.data.reshape(-1), b.data.reshape(-1))))
    return batch_sum(total) if a.batch else total


def vjp(y: TracedArray, dy: TracedArray, wrt: Sequence[TracedArray]) -> list[TracedArray]:
    """Return the gradients of sum(dy * y) by the elements of each array, in its shape."""
    flat = iter(gradient(contract(y, dy), [node for a in wrt for node in a.data.reshape(-1)]))
    out = []
    for array in wrt:
        data = np.empty(array.data.size, dtype=object)
        data[:] = [next(flat) for _ in range(array.data.size)]
        out.append(TracedArray(data.reshape(array.data.shape), array.dtype, array.batch))
    return out
