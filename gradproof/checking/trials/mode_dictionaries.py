"""Mode dictionaries: bn_param["mode"], conv_param["stride"]. What the code reads is filled in."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gradproof.checking.processes.sizes import D

_VALUES: dict[str, Sequence[Any]] = {
    "stride": (1, 2), "pad": (1, 0), "pool_height": (2,), "pool_width": (2,), "eps": (1e-5,),
    "epsilon": (1e-5,), "momentum": (0.9,), "p": (0.6,), "keep_prob": (0.6,), "dropout": (0.6,),
    "seed": (123,), "alpha": (0.3,), "slope": (0.3,), "negative_slope": (0.3,), "f": (2,),
    "pool_size": (2,), "size": (2,), "hparam": (1,),
}  # fmt: skip


# What else there is where a function asks for one word only.
_OTHERWISE = {"max": "average", "average": "max", "avg": "max", "mean": "max", "train": "test"}


def filled(source: str, name: str) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Yield (mode, dictionary) for every mode that the function compares with."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    keys = _keys(tree, name)
    modes: list[str] = _modes(tree) if "mode" in keys else []
    choices: list[str | None] = [*modes] or [None]
    for mode in choices:
        base = {"mode": mode} if mode is not None else {}
        for at in range(2):
            made = dict(base)
            for key in keys:
                if key in _VALUES:
                    made[key] = _VALUES[key][min(at, len(_VALUES[key]) - 1)]
                elif key.startswith("running_") and mode != "train":
                    made[key] = _statistics(key, (D, 2)[at])
            yield mode, made


def in_dictionary(name: str, key: str) -> str:
    """How a setting is called that stands in a dictionary: params["stride"]."""
    return f'{name}["{key}"]'


def sizes_in(source: str, name: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield (key, value, another value) of the sizes that a function reads from a dictionary."""
    for key in read_keys(source, name):
        first, *others = _VALUES.get(key, (None,))
        if others:
            yield key, first, others[0]


def read_keys(source: str, name: str) -> list[str]:
    """The constant keys by which a function reads a dictionary."""
    try:
        return _keys(ast.parse(source), name)
    except SyntaxError:
        return []


def _statistics(key: str, size: int) -> Any:
    values = np.array([0.5, 1.25, 0.75, 2.0])[:size]
    return values if "var" in key or "std" in key else values - 0.9


def _keys(tree: ast.AST, name: str) -> list[str]:
    """The constant keys by which the code reads the dictionary."""
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and _is(node.value, name):
            key = node.slice if isinstance(node.ctx, ast.Load) else None
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if _is(node.func.value, name) and node.func.attr in ("get", "setdefault") and node.args:
                key = node.args[0]
        elif isinstance(node, ast.Compare) and len(node.comparators) == 1:
            key = node.left if _is(node.comparators[0], name) else None
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            found.setdefault(key.value)
        elif (stem := _numbered(key)) is not None:
            found |= dict.fromkeys(f"{stem}{layer}" for layer in (1, 2))
    return list(found)


def _numbered(key: ast.expr | None) -> str | None:
    """The stem of "W" + str(l), of f"W{l}" or of "W%d" % l."""
    if isinstance(key, ast.BinOp) and isinstance(key.op, ast.Add):
        key = key.left
    elif isinstance(key, ast.JoinedStr) and len(key.values) == 2:
        key = key.values[0]
    elif isinstance(key, ast.BinOp) and isinstance(key.op, ast.Mod):
        if isinstance(key.left, ast.Constant) and str(key.left.value).endswith("%d"):
            return str(key.left.value)[:-2]
        return None
    else:
        return None
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _modes(tree: ast.AST) -> list[str]:
    """The words that something called mode is compared with."""
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and "mode" in ast.dump(node.left):
            for right in node.comparators:
                if isinstance(right, ast.Constant) and isinstance(right.value, str):
                    found.setdefault(right.value)
    return sorted(found, key=lambda word: not word.startswith("train"))


def compared_words(source: str, name: str) -> list[str]:
    """The words that an argument is compared with: activation == "relu", kind in ("max", "avg")."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and name in ast.unparse(node.left):
            for right in node.comparators:
                parts = right.elts if isinstance(right, (ast.Tuple, ast.List, ast.Set)) else [right]
                words = [p.value for p in parts if isinstance(p, ast.Constant)]
                found |= dict.fromkeys(w for w in words if isinstance(w, str))
    if len(found) == 1 and (other := _OTHERWISE.get(next(iter(found)))):
        found[other] = None  # the branch for all other words
    return list(found)


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
