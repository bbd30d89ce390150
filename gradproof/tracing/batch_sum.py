"""Sums over a batch of any size, and the symbol m of its size."""

from __future__ import annotations

from gradproof.tracing import expression as ex
from gradproof.tracing.nodes import POS, ZERO, Node, symbol, table


def batch_size() -> Node:
    """Return the symbol m, the number of elements in a batch of any size."""
    return symbol("m", POS)


def batch_sum(node: Node) -> Node:
    """Return the sum of a node over every element of the batch."""
    if not node.indexed:
        return ex.mul(batch_size(), node)
    if node.kind == "add":
        return ex.linear([(c, batch_sum(t)) for c, t in zip(node.payload, node.args)])
    if node.kind == "case" and not node.args[0].indexed:
        return ex.over_cases(batch_sum, node, "batch_sum")
    if node.kind == "mul":
        pairs = list(zip(node.args, node.payload))
        outside = [(b, e) for b, e in pairs if not b.indexed]
        if outside:
            inside = ex.power_product([(b, e) for b, e in pairs if b.indexed])
            return ex.mul(ex.power_product(outside), batch_sum(inside))
    signs = node.signs if node.signs in (POS, POS | ZERO) else node.signs | ZERO
    return table().intern("sum", None, (node,), signs)


__all__ = ["batch_size", "batch_sum"]
