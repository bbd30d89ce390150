"""Guards: clip(z, -500, 500), log(p + 1e-7). The same file without them, as its author derives it.

A gradient is hardly ever written for the function with its guards. Where it is refuted, the file is
tried without them; a gradient that is then right is reported as such, with the guards named.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.match import Match
from gradproof.numeric.side_effects.hygiene import quiet

Array = np.ndarray[Any, Any]
TINY = 1e-4  # a constant up to this size, beside a probability, is a guard
FAR = 15.0  # and so is a bound from here on, for what is exponentiated
_NEAR = 0.0015  # 3.14 and 2.718 are meant for pi and e
_FINFO = ("np.finfo", "numpy.finfo", "finfo")
_OTHER = 1e-3  # relatively: more than a guard changes where it is not needed
_GRADIENT = re.compile(r"d(?!ata|ist|iff|im|epth)[A-Z_a-z]\w*|.*grad\w*|delta\w*|g")
_BOUNDS = {"maximum": 1, "fmax": 1, "max": 1, "minimum": 1, "fmin": 1, "min": 1}


def in_full(source: str) -> tuple[str, dict[int, str]]:
    """The text with e and pi in full where a number of a few digits stands for them, and by line
    what stands there."""
    remover = _Fuller()
    remover.visit(ast.parse(source))
    return _put_in(source, remover.put), remover.lines


class _Fuller(ast.NodeTransformer):
    def __init__(self) -> None:
        self.lines: dict[int, str] = {}
        self.put: list[tuple[ast.expr, ast.expr]] = []

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        given = node.value
        for value in (math.e, math.pi):
            if isinstance(given, float) and 0 < abs(given - value) < _NEAR:
                self.lines[node.lineno] = repr(given)
                self.put.append((node, ast.Constant(value)))
        return node


def without_guards(source: str) -> tuple[str, list[int]]:
    """The text without its guards, and the lines in which they stand."""
    remover = _Remover(_named_constants(ast.parse(source)))
    remover.visit(ast.parse(source))
    return _put_in(source, remover.put), sorted(set(remover.lines))


def _put_in(source: str, put: Sequence[tuple[ast.expr, ast.expr]]) -> str:
    """The text with expressions in the place of others; every other line stays where it was."""
    rows = [row.encode() for row in source.splitlines()]
    spans = [_span(old) for old, _ in put]
    outer = [each for each in put if not any(_inside(_span(each[0]), s) for s in spans)]
    for old, new in sorted(outer, key=lambda each: _span(each[0]), reverse=True):
        first, last = old.lineno - 1, (old.end_lineno or old.lineno) - 1
        written = ast.unparse(ast.fix_missing_locations(new))
        if first != last or not isinstance(new, (ast.Name, ast.Call, ast.Constant, ast.Subscript,
                                                 ast.Attribute)):  # fmt: skip
            written = f"({written}" + "\n" * (last - first) + ")"
        row = rows[first][: old.col_offset] + written.encode() + rows[last][old.end_col_offset :]
        rows[first : last + 1] = row.split(b"\n")
    end = "\n" if source.endswith("\n") else ""
    return b"\n".join(rows).decode() + end if put else source


_Span = tuple[int, int, int, int]


def _span(node: ast.expr) -> _Span:
    return (node.lineno, node.col_offset,
            node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)  # fmt: skip


def _inside(one: _Span, other: _Span) -> bool:
    return one != other and other[:2] <= one[:2] and one[2:] <= other[2:]


def _named_constants(tree: ast.Module) -> dict[str, float]:
    """Names that only ever stand for one number: eps = 1e-15, or a default epsilon=1e-8."""
    found: dict[str, set[float | None]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, set()).add(_number(node.value, {}))
        elif isinstance(node, ast.arguments):
            plain = [*node.posonlyargs, *node.args]
            values = [None] * (len(plain) - len(node.defaults)) + [*node.defaults]
            for arg, value in zip(plain, values):
                number = None if value is None else _number(value, {})
                found.setdefault(arg.arg, set()).add(number)
    single = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in single.items() if value is not None}


def _number(node: ast.expr, known: dict[str, float]) -> float | None:
    """The value of a constant expression: 1e-7, -500, 1 - eps."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute) and ast.unparse(node.value).partition("(")[0] in _FINFO:
        return {"eps": 2.0**-52, "tiny": 2.0**-1022}.get(node.attr)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _number(node.operand, known)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Add)):
        left, right = _number(node.left, known), _number(node.right, known)
        if left is None or right is None:
            return None
        return left - right if isinstance(node.op, ast.Sub) else left + right
    return None


def is_part_of_the_function(guarded: Match, bare: Match) -> bool:
    """Whether a guard is none: at negative inputs the function is another without it, and defined.

    log(max(p, 1e-8)) keeps the logarithm from what it is not defined for; max(x, 1e-8) alone is a
    function of its own, whose gradient has a mask. Where a function is defined at all negative
    inputs without a guard, min(x, 1 - 1e-8) is one as well: it keeps nothing from anything.
    """
    low = _both(guarded, bare, lambda v: -np.abs(v))
    if low is None or _differ(*low):
        return low is not None
    signed = any(v.dtype.kind == "f" and bool((v < 0).any()) for v in guarded.inputs.values())
    if not signed or not np.isfinite(low[1]).all():
        return False  # probabilities, or what is kept inside its domain
    high = _both(guarded, bare, lambda v: 2 + np.abs(v))
    return high is not None and _differ(*high)


def _both(
    guarded: Match, bare: Match, moved: Callable[[Array], Array]
) -> tuple[Array, Array] | None:
    """The outputs with and without a guard at inputs that are moved; None where there are none."""
    inputs = [moved(v) if v.dtype.kind == "f" else v for v in guarded.inputs.values()]
    try:
        with quiet():
            one, two = (np.asarray(each.forward(*map(np.array, inputs))[0], dtype=float)
                        for each in (guarded, bare))  # fmt: skip
    except Exception:  # outside the domain of the author's code
        return None
    return (one, two) if one.shape == two.shape else None


def _differ(one: Array, two: Array) -> bool:
    """Whether outputs are others, where both are defined."""
    both = np.isfinite(one) & np.isfinite(two)
    largest = np.abs(np.where(both, one, 0.0)).max(initial=0.0)
    largest = max(largest, np.abs(np.where(both, two, 0.0)).max(initial=0.0))
    return bool(np.abs(np.where(both, one - two, 0.0)).max(initial=0.0) > _OTHER * largest)


def differ(guarded: Match, bare: Match) -> bool:
    """Whether a guard of this function was taken out: its values are others, if ever so little."""
    with quiet():
        one, two = (each.forward(*map(np.array, guarded.inputs.values()))[0]
                    for each in (guarded, bare))  # fmt: skip
    return not np.array_equal(np.asarray(one), np.asarray(two), equal_nan=True)


class _Remover(ast.NodeTransformer):
    def __init__(self, known: dict[str, float]) -> None:
        self.known, self.lines = known, list[int]()
        self.put: list[tuple[ast.expr, ast.expr]] = []

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else (
            node.func.id if isinstance(node.func, ast.Name) else "")  # fmt: skip
        kept: ast.expr | None = None
        if name == "clip" and len(node.args) == 3:
            guard = not node.keywords and all(self._is_bound(each) for each in node.args[1:])
            if guard or self._clips_gradient(node):
                kept = node.args[0]
        elif name in _BOUNDS and len(node.args) == 2 and not node.keywords:
            kept = self._bounded(node.args)
        elif name in ("log", "log2", "log10") and len(node.args) == 1:
            return self._logarithm(node)
        if kept is None:
            return node
        self.lines.append(node.lineno)
        self.put.append((node, kept))
        return kept

    def _clips_gradient(self, node: ast.Call) -> bool:
        """Whether a gradient is kept between -c and c, also in place: clip(dW, -5, 5, out=dW)."""
        low, high = (_number(each, self.known) for each in node.args[1:])
        in_place = [each.arg for each in node.keywords] in ([], ["out"])
        named = isinstance(node.args[0], ast.Name) and _GRADIENT.fullmatch(node.args[0].id)
        return bool(named and in_place and high is not None and high >= 1 and low == -high)

    def _logarithm(self, node: ast.Call) -> ast.expr:
        inside = node.args[0]
        if isinstance(inside, ast.BinOp) and isinstance(inside.op, ast.Add):
            for term, other in ((inside.left, inside.right), (inside.right, inside.left)):
                value = _number(term, self.known)
                if value is not None and 0 < value <= TINY:
                    self.lines.append(node.lineno)
                    self.put.append((node, node))
                    node.args = [other]
                    break
        return node

    def _bounded(self, terms: list[ast.expr]) -> ast.expr | None:
        for term, other in ((terms[0], terms[1]), (terms[1], terms[0])):
            value = _number(term, self.known)
            if value is not None and value != 0 and self._is_bound(term):
                return other
        return None

    def _is_bound(self, node: ast.expr) -> bool:
        """Whether a number is next to 0 or to 1, but is neither, or far out."""
        value = _number(node, self.known)
        if value is None:
            return False
        return 0 < value <= TINY or 0 < 1 - value <= TINY or abs(value) >= FAR
