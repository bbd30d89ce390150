"""Flags and words that an instance keeps: self.training = True. They are settings as arguments are.

A constructor sets them, or eval() and train() do. Where backward asks for one, the other value is
judged as well; where forward alone does, a verdict says for which value it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.reading.settings import Setting
from gradproof.checking.source.syntax import Source
from gradproof.checking.trials.mode_dictionaries import compared_words

_ON_SELF = "self."


def kept_flags(
    source: Source, owner: str, forward: str, backward: str
) -> tuple[list[Setting], list[str]]:
    """The flags of a class by which its backward decides, and those by which forward alone does, as
    they are set: "self.training = True"."""
    asked, alone = [], []
    going, coming = (source.code_with_calls(owner, name) for name in (forward, backward))
    moved = set(_assigned(going)) | set(_assigned(coming))
    for name, value in _constants(source, owner):
        key = _ON_SELF + name
        words = compared_words(f"{going}\n{coming}", key) if isinstance(value, str) else []
        others = (not value,) if isinstance(value, bool) else tuple(w for w in words if w != value)
        if name in moved or not others:
            continue
        if _decides(coming, name):
            asked.append(Setting(key, value, others))
        elif _decides(going, name):
            alone.append(f"{key} = {value!r}")
    return asked, alone


def put_flags(instance: Any, values: Mapping[str, Any]) -> Any:
    """The instance with those of the values that are its own, and with other numbers in arrays that
    are all ones or all zeros: at running statistics of 1 a division by them would not be seen."""
    own = {k.removeprefix(_ON_SELF): v for k, v in values.items() if k.startswith(_ON_SELF)}
    for name, value in own.items():
        setattr(instance, name, value)
    for name, value in vars(instance).items() if own else ():
        plain = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
        if plain and value.flat[0] in (0.0, 1.0) and not np.ptp(value):
            spread = np.resize(np.arange(1, value.size + 1) * 0.31 % 0.9, value.shape)
            setattr(instance, name, value * 0.6 + np.round(spread, 2))
    return instance


def _constants(source: Source, owner: str) -> Iterator[tuple[str, Any]]:
    """(attribute, value) of what the constructor sets to a constant flag or word."""
    node = source.node(owner, "__init__")
    if node is None:
        return
    found: dict[str, list[Any]] = {}
    for each in ast.walk(node):
        targets: Sequence[ast.expr] = ()
        if isinstance(each, ast.Assign):
            targets = each.targets
        elif isinstance(each, ast.AnnAssign):
            targets = [each.target]
        for target in targets:
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
                found.setdefault(target.attr, []).append(_constant(getattr(each, "value", None)))
    yield from ((name, values[0]) for name, values in found.items()
                if len(values) == 1 and values[0] is not None)  # fmt: skip


def _constant(node: Any) -> bool | str | None:
    """The flag or word that an expression is; None for what is neither."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (bool, str)):
        return node.value
    return None


def _parsed(code: str) -> ast.AST:
    try:
        return ast.parse(code)
    except SyntaxError:
        return ast.Module([], [])


def _assigned(code: str) -> Iterator[str]:
    for node in ast.walk(_parsed(code)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def _decides(code: str, name: str) -> bool:
    """Whether something in the code is done or not by this attribute of self."""
    tests = (node.test for node in ast.walk(_parsed(code))
             if isinstance(node, (ast.If, ast.IfExp, ast.While)))  # fmt: skip
    return any(
        isinstance(part, ast.Attribute) and part.attr == name and ast.unparse(part.value) == "self"
        for test in tests for part in ast.walk(test)
    )  # fmt: skip


__all__ = ["kept_flags", "put_flags"]
