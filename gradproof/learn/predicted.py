"""Answers that are numbers: exact fractions, read from the text, never run.

What they are held against is worked out in fractions by code that is proved.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.learn.exercise_text import Exercise
from gradproof.learn.learn_words import words
from gradproof.learn.learners_file import HOLE, NotYetError, Parsed
from gradproof.learn.outcome import Outcome

_SIGNS: Mapping[type, Any] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
}  # fmt: skip


def names_of(exercise: Exercise) -> list[str]:
    """The names whose values are asked for."""
    tree = ast.parse(exercise.file)
    return [
        ast.unparse(node.targets[0]) for node in tree.body
        if isinstance(node, ast.Assign) and HOLE in ast.unparse(node.value)
    ]  # fmt: skip


def truth_of(exercise: Exercise) -> dict[str, Any]:
    """The values, by the code of the exercise, in fractions."""
    namespace: dict[str, Any] = {"np": np, "Fraction": Fraction}
    exec(compile(exercise.truth, f"{exercise.name}: truth", "exec"), namespace)
    return {name: _plain(namespace[f"true_{name}"]) for name in names_of(exercise)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return Fraction(value)


def value_of(node: ast.expr, text: str) -> Any:
    """A number or list of numbers as it is written. Raises ValueError."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [value_of(each, text) for each in parts]
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            written = ast.get_source_segment(text, node) or repr(number)
            return Fraction(written.replace("_", ""))
        case ast.UnaryOp(op=ast.USub(), operand=inside):
            return -value_of(inside, text)
        case ast.UnaryOp(op=ast.UAdd(), operand=inside):
            return value_of(inside, text)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SIGNS:
            a, b = value_of(left, text), value_of(right, text)
            if isinstance(a, list) or isinstance(b, list):
                raise ValueError("list")
            return _SIGNS[type(sign)](a, b)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            a, b = value_of(left, text), value_of(right, text)
            if isinstance(a, list) or isinstance(b, list) or b.denominator != 1 or abs(b) > 99:
                raise ValueError("power")
            return a ** int(b)
        case ast.Call(func=ast.Name(id="Fraction"), args=[*parts]) if len(parts) in (1, 2):
            numbers = [value_of(each, text) for each in parts]
            return numbers[0] / (numbers[1] if len(numbers) == 2 else 1)
    raise ValueError("no number")


def answers_of(exercise: Exercise, own: Parsed) -> dict[str, Any]:
    """What the learner wrote. Raises NotYetError where it is no number."""
    found = {}
    for name in names_of(exercise):
        node = own.constant(name)
        assert node is not None
        try:
            found[name] = value_of(node, own.text)
        except (ValueError, ZeroDivisionError, AttributeError):
            shown = ast.unparse(node)[:60]
            raise NotYetError(
                words("number", exercise.language, name=name, got=shown, line=node.lineno)
            ) from None
    return found


def judge_numbers(exercise: Exercise, own: Parsed) -> Outcome:
    """Hold the numbers against the true ones: the first one that is wrong is where to look."""
    found, truth = answers_of(exercise, own), truth_of(exercise)
    wrong = [name for name in found if found[name] != truth[name]]
    language = exercise.language
    if not wrong:
        shown = ", ".join(f"{name} = {shown_value(truth[name])}" for name in truth)
        return Outcome("pass", (words("exact", language, values=shown),))
    lines = [
        words("number_wrong" if name in wrong else "number_right", language,
              name=name, got=shown_value(found[name]))
        for name in found
    ]  # fmt: skip
    shape = next((n for n in wrong if np.shape(found[n]) != np.shape(truth[n])), "")
    if shape:
        size = str(np.shape(truth[shape])) if np.shape(truth[shape]) else words("one", language)
        lines.append(words("number_shape", language, name=shape, shape=size))
    key = _known_slip(exercise, found)
    lines += [exercise.said[key]] if key else [words("first_wrong", language, name=wrong[0])]
    return Outcome("wrong", tuple(lines), (key,) if key else ())


def shown_value(value: Any) -> str:
    """A number, or numbers, as a person writes them."""
    if isinstance(value, list):
        return "[" + ", ".join(map(shown_value, value)) + "]"
    return str(value)


def _known_slip(exercise: Exercise, found: Mapping[str, Any]) -> str:
    """The typical slip by which exactly these numbers come about."""
    for key, code in exercise.wrong:
        own = Parsed(code, ast.parse(code))
        values = {name: node for name in found if (node := own.constant(name)) is not None}
        if all(value_of(node, code) == found[name] for name, node in values.items()):
            return key
    return ""


__all__ = ["judge_numbers", "names_of", "truth_of"]
