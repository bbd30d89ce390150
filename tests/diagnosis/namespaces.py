"""The values that a right backward's variables have, line by line, to hold named terms against."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from types import FrameType
from typing import Any

import numpy as np

from tests.diagnosis.planting import function_of, text_of
from tests.diagnosis.screening import gradients, upstream
from tests.diagnosis.subjects import Subject


@cache
def snapshots(subject: Subject) -> dict[int, dict[str, Any]]:
    """Line of the backward -> the names in scope before it first runs; 0 -> those at the end."""
    function = function_of(ast.parse(text_of(subject.file)), subject.path)
    seen: dict[int, dict[str, Any]] = {}

    def local(frame: FrameType, event: str, _: Any) -> Any:
        scope = frame.f_globals | frame.f_locals
        if event == "line":
            seen.setdefault(frame.f_lineno, _copied(scope))
        elif event == "return":
            seen[0] = _copied(frame.f_globals | frame.f_locals)
        return local

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        inside = function.lineno <= code.co_firstlineno <= (function.end_lineno or 0) or (
            code.co_name == function.name
        )
        of_file = code.co_filename == str(subject.file)
        return local if of_file and inside and code.co_name == function.name else None

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        gradients(subject.load(), subject, 0)
    finally:
        sys.settrace(before)
    return seen


def _copied(scope: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in scope.items()}


@cache
def variables(subject: Subject) -> dict[str, Any]:
    """The backward's own variables at its end, cached ones and attributes of self included."""
    function = function_of(ast.parse(text_of(subject.file)), subject.path)
    scope = snapshots(subject)[0]
    found: dict[str, Any] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in scope and not callable(scope[node.id]):
            found[node.id] = scope[node.id]
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
            value = getattr(scope["self"], node.attr, None)
            if isinstance(value, np.ndarray):
                found[f"self.{node.attr}"] = value
    return {k: v for k, v in found.items() if isinstance(v, np.ndarray | float | np.generic)}


@cache
def _arguments(subject: Subject) -> dict[str, Any]:
    """The forward's inputs, and dy as the backward that was watched got it."""
    pair = subject.load()
    named = dict(zip(inspect.signature(pair[0]).parameters, subject.inputs(0)))
    return named | {"dy": upstream(pair[0](*named.values())[0], 0)}


def evaluated(text: str, subject: Subject, line: int) -> Any:
    """The value of an expression in the right backward before ``line``; None if it has none."""
    scope = _arguments(subject) | (snapshots(subject).get(line) or snapshots(subject)[0])
    try:
        code = compile(text.strip(), "<term>", "eval")
        with np.errstate(all="ignore"):
            value = eval(code, dict(scope))
        return np.asarray(value, dtype=float)
    except Exception:  # whatever a text that is no expression of this scope raises
        return None
