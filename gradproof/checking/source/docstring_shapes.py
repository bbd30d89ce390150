"""Shapes as docstrings state them: "W -- weights, of shape (n_a, n_x)", "x: input (N, D)".

Every symbol is given a size of its own, so that what is transposed does not fit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from math import prod

from gradproof.checking.processes.sizes import D, M, N

_ENTRY = re.compile(r"^\s*[-*]?\s*`{0,2}(\w+(?:\s*,\s*\w+)*)`{0,2}\s*(?:--|:|-\s|\(|=)")
_SHAPE = re.compile(r"(?:shape|size|dims?|dimensions?|ndarray|array|matrix|vector)[^()\n]{0,40}?"
                    r"\(([^()]*)\)")  # fmt: skip
_INLINE = re.compile(r"(\w+)\s*(?:of shape|of size|:)?\s*\(([\w\s,+*]+,[\w\s,+*]*)\)")
# z: logits (N,), t: labels 0 or 1 (N,)
_NAMED = re.compile(r"(\w+)\s*:\s*[\w\s-]{1,40}?\(([\w\s,+*]+,[\w\s,+*]*)\)")
# Sizes for symbols whose meaning is the same everywhere; others take what is left.
_KNOWN = {
    "m": N, "N": N, "B": N, "batch": N, "batch_size": N, "n_samples": N, "num_examples": N,
    "samples": N, "n_examples": N, "bs": N, "n_H_prev": 4, "n_W_prev": 6, "H": 4, "W": 6,
    "n_H": 4, "n_W": 6, "n_C_prev": 2, "C": 2, "n_C": 3, "F": 3, "f": 2, "HH": 3, "WW": 3,
    "kernel_size": 3, "k": 3, "T": 2, "T_x": 2, "V": M, "D": D, "d": D, "n_features": D,
}  # fmt: skip
_WINDOWS = ("f", "k", "HH", "WW", "kernel_size", "n_H_prev", "n_W_prev", "n_H", "n_W")
_LEFT = (D, M, 2, 6, 7, 8)
_NUMBER = "number_"  # what a large number is called as a symbol
_LARGE, _MANY = 12, 400  # a length, and a number of elements, that stand for "many"


def stated_shapes(doc: str) -> dict[str, tuple[int, ...]]:
    """The shape of every array that a docstring gives one of, symbols replaced by sizes.

    Lengths as of a data set, (60000, 784), are taken for symbols as well.

    >>> stated_shapes("x: images of shape (60000, 784)\\nw: weights of shape (784, 10)")
    {'x': (3, 4), 'w': (4, 10)}
    """
    out = _stated(doc or "", {})
    if all(prod(shape) <= _MANY for shape in out.values()):
        return out
    return _stated(re.sub(r"\b(\d+)\b", _as_symbol, doc), {})


def stated_together(docs: Sequence[tuple[str, Mapping[str, str]]]) -> dict[str, tuple[int, ...]]:
    """The shapes that several docstrings state, a symbol being the same in all of them; what the
    first says counts.

    docs: each with the names under which its arguments are known, those of the others apart.

    >>> stated_together([("x: (N, T, D)", {}), ("x: (N, D), W: (D, M)", {"W": "Wx"})])
    {'x': (3, 2, 4), 'Wx': (4, 5)}
    """
    (first, _), *others = docs
    out = stated_shapes(first)
    sizes: dict[str, int] = {}
    if out != _stated(first or "", sizes):  # lengths as of a data set
        return out
    for doc, names in others:
        found = _stated(doc or "", sizes)
        out |= {names[k]: v for k, v in found.items() if k in names and names[k] not in out}
    return out


def turned(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """The shapes with the sizes the other way round: what comes last is the shortest, as a window
    is. Nothing where a length is made of others.

    >>> turned({"x": (3, 2, 4), "w": (2, 5)})
    {'x': (3, 5, 4), 'w': (5, 2)}
    """
    lengths = dict.fromkeys(n for shape in shapes.values() for n in shape if n not in (1, N))
    if any(n > max(_LEFT) for n in lengths) or list(lengths) == sorted(lengths, reverse=True):
        return {}
    sizes = dict(zip(lengths, sorted(lengths, reverse=True)))
    return {name: tuple(sizes.get(n, n) for n in shape) for name, shape in shapes.items()}


def _stated(doc: str, sizes: dict[str, int]) -> dict[str, tuple[int, ...]]:
    out: dict[str, tuple[int, ...]] = {}
    for name, inside in _entries(doc):
        shape = _sized(inside, sizes)
        if shape is not None:
            out.setdefault(name, shape)
    return out


def _as_symbol(number: re.Match[str]) -> str:
    """A large number as a name, which is given a size as any other name is."""
    return f"{_NUMBER}{number[1]}" if int(number[1]) > _LARGE else number[1]


def _entries(doc: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    names: list[str] = []
    for line in re.split(r"\n|;(?=\s*\w+\s*:)", doc):  # "x: of shape (1, 4); y: of shape (1,)"
        if re.match(r"\s*returns?\b", line, re.I):
            break
        entry = _ENTRY.match(line)
        if entry:
            names = [part.strip() for part in entry.group(1).split(",")]
        shape = _SHAPE.search(line)
        if shape and names:
            found += [(name, shape.group(1)) for name in names]
            names = []
        found += _NAMED.findall(line)
        found += [(name, inside) for name, inside in _INLINE.findall(line)
                  if re.fullmatch(r"[A-Za-z]\w{0,3}", name)]  # fmt: skip
    return found


def _sized(inside: str, sizes: dict[str, int]) -> tuple[int, ...] | None:
    if "..." in inside or ":" in inside:
        return None
    text = re.sub(r"(\d)\s*([A-Za-z])", r"\1*\2", inside)
    parts = [part.strip() for part in text.split(",") if part.strip()]
    values = [_value(part, sizes) for part in parts]
    if any(value is None for value in values):
        return None
    return tuple(value for value in values if value is not None)


def _value(text: str, sizes: dict[str, int]) -> int | None:
    """The value of a size such as n_a + n_x or 4*H."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    return _number(node, sizes)


def _number(node: ast.expr, sizes: dict[str, int]) -> int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in sizes:
            used = {*sizes.values(), N}
            free = [each for each in _LEFT if each not in used]
            if node.id.startswith(_NUMBER) and N not in sizes.values():
                free = [N, *free]  # the first of them counts the examples
            known = _KNOWN.get(node.id)
            if known in sizes.values() and node.id not in _WINDOWS and free:
                known = None  # D of data beside H of hidden units: no two are alike
            sizes[node.id] = known or (free[0] if free else 3)
        return sizes[node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mult, ast.Sub)):
        left, right = _number(node.left, sizes), _number(node.right, sizes)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Sub):
            return left - right
        return left + right if isinstance(node.op, ast.Add) else left * right
    return None
