"""Fixes as one would write them: the numbers of a product in one, one np.where for a condition."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeGuard


@dataclass
class _Product:
    """What a product is made of: a number, and what it multiplies and divides by, in order."""

    number: Fraction = Fraction(1)
    above: list[ast.expr] = field(default_factory=list)
    below: list[ast.expr] = field(default_factory=list)
    numbers: int = 0
    signs: int = 0
    decimal: bool = False

    def take(self, node: ast.expr, inverse: bool) -> None:
        """Take in a factor, or a product of them."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
            self.take(node.left, inverse)
            self.take(node.right, inverse is not isinstance(node.op, ast.Div))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            self.signs += 1
            self.number = -self.number
            self.take(node.operand, inverse)
        elif _is_number(node) and not (inverse and node.value == 0):
            value = Fraction(str(node.value))
            self.numbers += 1
            self.decimal |= isinstance(node.value, float)
            self.number *= 1 / value if inverse else value
        else:
            (self.below if inverse else self.above).append(node)

    def cancelled(self) -> tuple[list[ast.expr], list[ast.expr]]:
        """Return the factors and divisors without the names that are both."""
        above, below = list(self.above), list(self.below)
        for factor in self.above:
            twin = next((d for d in below if ast.dump(d) == ast.dump(factor)), None)
            if twin is not None and isinstance(factor, (ast.Name, ast.Attribute)):
                above.remove(factor)
                below.remove(twin)
        return above, below

    def written(self) -> ast.expr:
        """Return the product with its number in front, a divisor behind."""
        size, (above, below) = abs(self.number), self.cancelled()
        decimal = self.decimal and Fraction(str(float(size))) == size and len(str(float(size))) < 7
        if decimal and size.denominator > 1:
            above.insert(0, ast.Constant(float(size)))
        else:
            if size.numerator != 1 or not above:
                above.insert(0, ast.Constant(size.numerator))
            if size.denominator != 1:
                below.append(ast.Constant(size.denominator))
        first, *rest = above
        whole: ast.expr = ast.UnaryOp(ast.USub(), first) if self.number < 0 else first
        for factor in rest:
            whole = ast.BinOp(whole, ast.Mult(), factor)
        for divisor in below:
            whole = ast.BinOp(whole, ast.Div(), divisor)
        return whole


def merged(node: ast.expr) -> ast.expr | None:
    """Return a product with its numbers and signs in one, without a name that it multiplies and
    divides by; None where there is nothing of the sort."""
    product = _Product()
    product.take(node, False)
    several = product.numbers > 1 or product.signs > 1
    several |= len(product.cancelled()[1]) < len(product.below)
    return product.written() if several and product.number else None


def branch_of(tree: ast.AST, node: ast.expr, new: ast.expr) -> ast.expr:
    """Return what an np.where has for a branch of another one with the same condition."""
    for around in ast.walk(tree):
        if _is_where(around) and _is_where(new) and node in around.args[1:] and (
                ast.dump(around.args[0]) == ast.dump(new.args[0])):  # fmt: skip
            return new.args[around.args.index(node)]
    return new


def _is_where(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and len(node.args) == 3 and (
        ast.unparse(node.func) in ("np.where", "numpy.where"))  # fmt: skip


def product_around(tree: ast.AST, node: ast.expr) -> ast.expr:
    """Return the whole product, signs included, that an expression is a factor of."""
    parents = {id(child): parent for parent in ast.walk(tree)
               for child in ast.iter_child_nodes(parent)}  # fmt: skip
    found: ast.AST = node
    while _is_product(parents.get(id(found))):
        found = parents[id(found)]
    return found if isinstance(found, ast.expr) else node


def _is_product(node: ast.AST | None) -> bool:
    return (isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div))) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub))  # fmt: skip


def _is_number(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)
