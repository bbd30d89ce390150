"""Values for targets, by what the code does with them: it indexes by them, compares them, computes.

Targets that only take part in arithmetic may be any numbers, so they are drawn as such: zeros and
ones would hide what they are multiplied with. What is compared with 1 is 1 in some places.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
# Functions that take numbers as codes, and functions of Python's that compute with them.
_CODES = ("eye", "where", "bincount", "unique", "equal", "not_equal", "isin", "choose", "take",
          "put_along_axis", "take_along_axis", "nonzero", "flatnonzero", "argwhere", "identity",
          "astype", "select", "one_hot", "add.at", "sign", "asarray", "array")  # fmt: skip
_PLAIN = ("len", "float", "abs", "sum", "min", "max", "zip", "isinstance")
_OWN = ("shape", "size", "ndim", "T", "sum", "mean", "dot", "reshape", "ravel", "flatten",
        "transpose", "copy", "squeeze", "var", "std", "dtype")  # fmt: skip
_WORKED_OUT = ("shape", "size", "ndim", "dtype", "sum", "any", "all", "min", "max")


@dataclass(frozen=True)
class Use:
    """What a function does with one of its arguments.

    numbers: whether it only computes with it; values: the numbers that it is equal to, or not.
    """

    numbers: bool
    values: tuple[float, ...] = ()


def uses_of(code: str, names: Sequence[str]) -> dict[str, Use]:
    """What the code does with each of these names, and with what it keeps of them on self.

    >>> uses_of("def f(x, y):\\n    return (x - y[1:]) / len(y)", ["y"])["y"]
    Use(numbers=True, values=())
    >>> uses_of("def f(x, y):\\n    return x if y == 1 else -x", ["y"])["y"]
    Use(numbers=False, values=(1.0,))
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return {}
    above = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return {name: _use(tree, above, name) for name in names}


def _use(tree: ast.AST, above: Mapping[int, ast.AST], name: str) -> Use:
    aliases = {name} | {
        ast.unparse(target) for node in ast.walk(tree) if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Name) and node.value.id == name for target in node.targets
    }  # fmt: skip
    numbers, values, found = True, set[float](), False
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Name, ast.Attribute)) or ast.unparse(node) not in aliases:
            continue
        if not isinstance(node.ctx, ast.Load):
            continue
        found = True
        coded, compared = _context(node, above)
        numbers = numbers and not coded
        values |= compared
    return Use(found and numbers, tuple(sorted(values)))


def _context(node: ast.AST, above: Mapping[int, ast.AST]) -> tuple[bool, set[float]]:
    """Whether it is used as a code here, and the numbers with which it is compared."""
    child = node
    while (outer := above.get(id(child))) is not None:
        if isinstance(outer, ast.Attribute):
            if outer.attr in _WORKED_OUT:
                return False, set()
            if outer.attr not in _OWN:
                return True, set()
        elif isinstance(outer, ast.Subscript):
            if outer.slice is child:
                return True, set()
        elif isinstance(outer, ast.Compare):
            beside = [each for each in (outer.left, *outer.comparators) if each is not child]
            if any(isinstance(each, ast.Constant) and each.value is None for each in beside):
                return False, set()
            return True, _equal_to(outer, beside)
        elif isinstance(outer, ast.Call) and child is not outer.func:
            called = ast.unparse(outer.func)
            last = called.rpartition(".")[2]
            if called in ("len", "isinstance") or last in ("shape", "size", "ndim"):
                return False, set()
            ours = called.startswith(("np.", "numpy.", "math.", "scipy.")) or called in _PLAIN
            if last in _CODES or (not ours and not isinstance(outer.func, ast.Attribute)):
                return True, set()
        elif isinstance(outer, (ast.stmt, ast.comprehension)):
            return isinstance(outer, (ast.If, ast.While)), set()
        child = outer
    return False, set()


_COUNTING = ("range", "arange", "zeros", "ones", "empty", "eye", "full")
_OF_ARRAYS = ("repeat", "reshape", "tile")  # which take an array first, as functions


def counted(code: str) -> set[str]:
    """The names by which the code counts: x.repeat(k, axis=2), x.reshape(n, C // r, r), range(k).

    >>> sorted(counted("y = x.repeat(k, axis=1); z = np.zeros((len(y), n + 1)); w = y[::s]"))
    ['k', 'n', 's']
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()
    places: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            plain = ast.unparse(node.func).startswith(("np.", "numpy."))
            places += node.args if name in _COUNTING else []
            places += node.args[plain:] if name in _OF_ARRAYS else []
        elif isinstance(node, ast.Slice) and node.step is not None:
            places.append(node.step)
    return {name for place in places for name in _names_of(place)}


def _names_of(node: ast.expr) -> Iterator[str]:
    """The names of which a number is made: not those of arrays whose shape or length it is."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, (ast.BinOp, ast.Tuple, ast.List)):
        parts = (node.left, node.right) if isinstance(node, ast.BinOp) else node.elts
        for part in parts:
            yield from _names_of(part)


def _equal_to(compared: ast.Compare, beside: Sequence[ast.expr]) -> set[float]:
    if not all(isinstance(op, (ast.Eq, ast.NotEq)) for op in compared.ops):
        return set()
    found = set[float]()
    for each in beside:
        try:
            value = ast.literal_eval(each)
        except (ValueError, TypeError, SyntaxError):
            continue
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            found.add(float(value))
    return found


def fitting(targets: Sequence[Any], use: Use) -> list[Any]:
    """Of proposed targets those with which the code sees all of itself, the likeliest first."""
    if use.values:
        wanted = set(use.values) | ({0.0} if use.values == (1.0,) else {1.0})
        arrays = [v for v in targets if np.ndim(v)]
        made = [_of_values(np.shape(v), sorted(wanted)) for v in arrays]
        seen: dict[Any, Any] = {}
        for each in [*(v for v in arrays if wanted <= set(np.unique(v).tolist())), *made]:
            seen.setdefault((each.shape, each.dtype.kind, each.tobytes()), each)
        return list(seen.values()) or list(targets)
    if use.numbers:
        real = [v for v in targets if is_generic(v)]
        signed = [v for v in real if (v < 0).any()]
        return [*real, *map(np.abs, signed), *(v for v in targets if not is_generic(v))]
    return list(targets)


def _of_values(shape: tuple[int, ...], values: Sequence[float]) -> Array:
    """An array in which each of the values comes, none of them at regular places."""
    order = np.random.default_rng(len(values)).permutation(int(np.prod(shape)))
    return np.asarray(np.asarray(values)[order % len(values)].reshape(shape))


def one_hot(shape: tuple[int, ...]) -> list[Array]:
    """A one at one place along the last axis, then along the first, where there are several.

    >>> one_hot((3, 2))[0].tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    return [one_hot_along(shape, axis) for axis in _last_and_first(shape)]


def one_hot_along(shape: tuple[int, ...], axis: int) -> Array:
    """A one at one place along an axis, at others beside it."""
    at = np.indices(shape)
    place = at.sum(axis=0) - at[axis]
    return np.asarray(at[axis] == place % shape[axis], float)


def _last_and_first(shape: tuple[int, ...]) -> list[int]:
    """The axes along which classes lie, if there are several: the last one, then the first."""
    return [axis for axis in (len(shape) - 1, 0) if shape[axis] > 1] if len(shape) > 1 else []


def shares(shape: tuple[int, ...]) -> list[Array]:
    """Numbers between 0 and 1 that sum to 1 along the last axis, then along the first.

    >>> shares((2, 3))[0].sum(axis=1).tolist()
    [1.0, 1.0]
    """
    return [np.moveaxis(_parts((*shape[:axis], *shape[axis + 1 :], shape[axis])), -1, axis)
            for axis in _last_and_first(shape)]  # fmt: skip


def _parts(shape: tuple[int, ...]) -> Array:
    """Rows that sum to 1 exactly, as fractions by a power of two do."""
    whole = 8 << (shape[-1] - 1).bit_length()
    counts = 1 + (np.arange(int(np.prod(shape))) * 7 % 5).reshape(shape)
    counts[..., -1] = whole - counts[..., :-1].sum(axis=-1)
    return np.asarray(counts / whole)


def signs(shape: tuple[int, ...]) -> Array:
    """Classes -1 and 1, as margins have them.

    >>> signs((4,)).tolist()
    [1.0, -1.0, 1.0, 1.0]
    """
    return np.where(np.arange(int(np.prod(shape))) % 3 == 1, -1.0, 1.0).reshape(shape)


def is_generic(value: Any) -> bool:
    """Whether it is made of real numbers, and not of zeros and ones."""
    array = np.asarray(value)
    return array.dtype.kind == "f" and array.size > 0 and not bool((array == np.round(array)).all())


SORTS = ("one-hot", "normalised")


def sort_of(value: Any) -> str:
    """Of which sort of targets an array is: one-hot, or normalised to sum to 1; else "".

    >>> sort_of(np.eye(3)), sort_of(np.full((2, 2), 0.5)), sort_of(np.ones((2, 2)))
    ('one-hot', 'normalised', '')
    """
    array = np.asarray(value)
    if array.dtype.kind != "f" or array.ndim < 2 or (array < 0).any() or sums_to_one(array) is None:
        return ""
    return SORTS[0] if bool(((array == 0) | (array == 1)).all()) else SORTS[1]


def sums_to_one(value: Array) -> int | None:
    """The first axis along which all sums are 1."""
    axes = (axis for axis in range(value.ndim) if value.shape[axis] > 1)
    return next((a for a in axes if bool((np.abs(value.sum(axis=a) - 1) < 1e-9).all())), None)


def others(value: Any) -> Iterator[Any]:
    """Yield other targets of the same kind: classes elsewhere, a class that comes twice, zeros for
    ones.

    What is right for one choice of classes is right for all of them, or is right by chance.
    """
    if not isinstance(value, np.ndarray) or not value.ndim or is_generic(value):
        return
    if value.dtype.kind not in "iuf" or not value.size:
        return
    for axis in range(value.ndim):
        yield np.roll(value, 1, axis)
    yield np.flip(value)
    if value.dtype.kind in "iu" and len(np.unique(value)) == value.size > 1:
        yield value.reshape(-1)[np.arange(value.size) // 2].reshape(value.shape)
    one_hot = any(bool((value.sum(axis=axis) == 1).all()) for axis in range(value.ndim)
                  if value.shape[axis] > 1)  # fmt: skip
    if not one_hot:
        yield np.asarray(value.max() + value.min() - value)


__all__ = ["SORTS", "Use", "counted", "fitting", "is_generic", "one_hot", "one_hot_along",
           "others", "shares", "signs", "sort_of", "sums_to_one", "uses_of"]  # fmt: skip
