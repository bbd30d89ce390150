"""The author's statements by their lines: what is given which name, and how it is written."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from gradproof.program.steps import Place

_SUMS = (ast.Add, ast.Sub)


class Statements:
    """The assignments of the author's files. ``text_of`` gives the text of a file by its name."""

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._files: dict[str, dict[int, list[ast.stmt]]] = {}
        self._renewed: dict[Place, bool] = {}

    def at(self, place: Place) -> ast.stmt | None:
        """Return the assignment in which an expression stands."""
        if place.file not in self._files:
            self._files[place.file] = _assignments(self._text_of(place.file))
        on_line = self._files[place.file].get(place.line, [])
        before = [
            each for each in on_line if (each.lineno, each.col_offset) <= (place.line, place.column)
        ]
        return max(before or on_line[:1], key=lambda e: (e.lineno, e.col_offset), default=None)

    def is_augmented(self, place: Place) -> bool:
        """Whether a sum is that of ``W += ...`` or ``W -= ...``: its left operand is renewed. A sum
        inside what is added is none."""
        found = self.at(place)
        if not (isinstance(found, ast.AugAssign) and isinstance(found.op, _SUMS)):
            return False
        return (place.line, place.column) == (found.lineno, found.col_offset)

    def is_renewed(self, place: Place) -> bool:
        """Whether a statement gives this sum the name of one of its terms: ``W = W - ...``. A sum
        inside another of its terms is none."""
        if place not in self._renewed:
            self._renewed[place] = self._is_renewed(place)
        return self._renewed[place]

    def _is_renewed(self, place: Place) -> bool:
        found = self.at(place)
        return isinstance(found, ast.Assign) and any(
            ast.dump(left) == ast.dump(_loaded(target))
            for target, value in _pairs(found)
            if (place.line, place.column) in set(_sums(value))
            for left in _left_ends(value)
        )

    def target(self, place: Place) -> str:
        """Return how the author writes what a line gives a value to: "self.W1"; "" if nothing."""
        found = self.at(place)
        if isinstance(found, ast.AugAssign):
            return ast.unparse(found.target)
        if isinstance(found, ast.Assign) and len(found.targets) == 1:
            return ast.unparse(found.targets[0])
        return ""

    def name_at(self, place: Place) -> str:
        """Return what an expression at a place was given as its name: of ``a, b = f(), g()`` or
        ``{"W": f(), "b": g()}`` the part in which it stands; "" if nothing is known of it."""
        found = self.at(place)
        if not isinstance(found, ast.Assign) or len(found.targets) != 1:
            return ""
        for target, value in _named_parts(found.targets[0], found.value):
            first, last = (value.lineno, value.col_offset), (value.end_lineno, value.end_col_offset)
            if first <= (place.line, place.column) < last:
                return target
        return ""


class _Operators(ast.NodeTransformer):
    """``np.subtract(w, g)`` as ``w - g``, at the same place."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name not in _SPELLED or len(node.args) != 2 or node.keywords:
            return node
        return ast.copy_location(ast.BinOp(node.args[0], _SPELLED[name](), node.args[1]), node)


_SPELLED: dict[str, type[ast.operator]] = {
    "subtract": ast.Sub, "add": ast.Add, "multiply": ast.Mult, "matmul": ast.MatMult,
}  # fmt: skip


def parsed(text: str) -> ast.Module:
    """Return the tree of a text with operators in place of NumPy's functions of the same meaning.

    Raises SyntaxError and ValueError as ``ast.parse`` does.

    >>> ast.unparse(parsed("w = np.subtract(w, np.multiply(rate, dw))"))
    'w = w - rate * dw'
    """
    tree: ast.Module = _Operators().visit(ast.parse(text))
    return tree


def _named_parts(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parts of what is assigned, each with the name by which it is got."""
    if isinstance(target, ast.Tuple):
        if isinstance(value, (ast.Tuple, ast.List)):
            for one, part in zip(target.elts, value.elts):
                yield from _named_parts(one, part)
    else:
        yield from _within(ast.unparse(target), value)


def _within(name: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(value, ast.Dict):
        for key, part in zip(value.keys, value.values):
            if key is not None:
                yield from _within(f"{name}[{ast.unparse(key)}]", part)
    elif isinstance(value, (ast.List, ast.Tuple)):
        for at, part in enumerate(value.elts):
            yield from _within(f"{name}[{at}]", part)
    else:
        yield name, value


def _assignments(text: str) -> dict[int, list[ast.stmt]]:
    try:
        tree = parsed(text)
    except (SyntaxError, ValueError):
        return {}
    out: dict[int, list[ast.stmt]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                out.setdefault(line, []).append(node)
    return out


def _pairs(statement: ast.Assign) -> list[tuple[ast.expr, ast.expr]]:
    """The names and what they are given, of ``a, b = x, y`` each by itself."""
    out = []
    for target in statement.targets:
        parts, values = target, statement.value
        if isinstance(parts, ast.Tuple) and isinstance(values, ast.Tuple):
            out += list(zip(parts.elts, values.elts))
        else:
            out.append((target, values))
    return out


def _sums(value: ast.expr) -> Iterator[tuple[int, int]]:
    """Yield where the sums begin that a value is: ``x - a - b`` is two, ``x - (a - b)`` one."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, _SUMS):
        yield value.lineno, value.col_offset
        yield from _sums(value.left)
        if isinstance(value.op, ast.Add):
            yield from _sums(value.right)


def _left_ends(value: ast.expr) -> list[ast.expr]:
    """What a sum begins with: x, and in (1 - c) * x - g both operands of the product."""
    if not (isinstance(value, ast.BinOp) and isinstance(value.op, _SUMS)):
        return []
    ends = [value.left, *([value.right] if isinstance(value.op, ast.Add) else [])]
    for end in list(ends):
        ends += _left_ends(end)
        if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Mult):
            ends += [end.left, end.right]
    return ends


def _loaded(target: ast.expr) -> ast.expr:
    """The target as it reads where its value is used."""
    return ast.parse(ast.unparse(target), mode="eval").body


__all__ = ["Statements", "parsed"]
