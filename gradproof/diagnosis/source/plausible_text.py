"""Whether a change reads as something that an author would write."""

from __future__ import annotations

import ast
from collections import Counter

_SHORT = 30  # characters that a change may add to a short line
_PLAIN = 7  # characters of what may well stand there twice: 1 - y, len(x)


def is_trivial(yours: str, true: str) -> bool:
    """Whether a change brings in a difference or a quotient of two equal terms, or a factor 1.

    >>> is_trivial("dy", "dy * (self.p - self.p)"), is_trivial("dy", "dy / n")
    (True, False)
    >>> is_trivial("dx = dy", "dx = 1 * dy")
    True
    """
    ones = yours != true and _without_ones(true) == yours
    return ones or bool(_equal_sides(true) - _equal_sides(yours))


def _without_ones(text: str) -> str:
    try:
        return ast.unparse(_NoOnes().visit(ast.parse(text)))
    except SyntaxError:
        return ""


class _NoOnes(ast.NodeTransformer):
    """Leaves out factors 1."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        for one, other in ((node.left, node.right), (node.right, node.left)):
            plain = isinstance(one, ast.Constant) and one.value == 1
            divides = isinstance(node.op, ast.Div) and one is node.right
            if plain and (isinstance(node.op, ast.Mult) or divides):
                return other
        return node


def is_contorted(yours: str, true: str) -> bool:
    """Whether a change is no way in which an author would write it: more than twice as long as the
    line, or with an operation or a call twice that the line had not.

    >>> is_contorted("d2 = a2 - y", "d2 = (a2 - y) * a2 * np.exp(-z2) / (1 + np.exp(-z2))")
    True
    >>> is_contorted("dx = dy * sigmoid(x)", "dx = dy * sigmoid(x) * (1 - sigmoid(x))")
    False
    """
    if len(true) > 2 * len(yours) + _SHORT:
        return True
    old, new = _operations(yours), _operations(true)
    return any(count > 1 and text not in old for text, count in new.items())


def _operations(text: str) -> Counter[str]:
    """Return the sums, products, powers and calls in a text, each as often as it stands there."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return Counter()
    nodes = (n for n in ast.walk(tree) if isinstance(n, (ast.BinOp, ast.Call)))
    return Counter(text for text in map(ast.unparse, nodes) if len(text) > _PLAIN)


def is_idle(text: str) -> bool:
    """Whether a statement does nothing: what it should be is that it was not there.

    >>> is_idle("W = W"), is_idle("self.W = self.W"), is_idle("W = V")
    (True, True, False)
    """
    left, _, right = text.partition(" = ")
    return left == right != ""


def _equal_sides(text: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    return {
        ast.dump(node) for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv))
        and not isinstance(node.left, ast.Constant)
        and ast.dump(node.left) == ast.dump(node.right)
    }  # fmt: skip


__all__ = ["is_contorted", "is_idle", "is_trivial"]
