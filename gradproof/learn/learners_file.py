"""The learner's file: written with its task on top, and read again with an answer in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from gradproof.columns import wrapped
from gradproof.learn.exercise_text import Exercise
from gradproof.learn.learn_words import words
from gradproof.slip_kinds import MEANINGS, Kind

HOLE = "____"
_WIDTH = 88


class NotYetError(Exception):
    """Why there is nothing to judge yet, as lines for the learner."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True)
class Parsed:
    """A learner's file that Python can read."""

    text: str
    tree: ast.Module

    def constant(self, name: str) -> ast.expr | None:
        """What is assigned to a name at module level."""
        found = None
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and name in map(ast.unparse, node.targets):
                found = node.value
        return found


def written(exercise: Exercise, code: str = "") -> str:
    """The file as the learner gets it, or with other code under the task."""
    task = [line for part in exercise.task.split("\n\n") for line in (*_lines(part), "")]
    if exercise.kind == "find":
        task += [words("kinds", exercise.language)]
        for kind in exercise.kinds:
            task += wrapped(f"  {kind}: {MEANINGS[Kind(kind)].within(exercise.language)}", _WIDTH)
        task.append("")
    if exercise.book:
        task += wrapped(words("book", exercise.language, chapter=exercise.book), _WIDTH)
    head = "\n".join([exercise.title, "", *task]).rstrip()
    return f'"""{head}\n"""\n\n{code or exercise.file}'


def _lines(part: str) -> list[str]:
    """A paragraph in lines that fit; code in it, which is indented, as it stands."""
    if part.startswith("    "):
        return part.splitlines()
    return wrapped(" ".join(part.split()), _WIDTH)


def answered(exercise: Exercise, answer: str) -> str:
    """The file with an answer in it: what the answer defines stands for what has its name."""
    code = exercise.file
    for node in ast.parse(answer).body:
        own = "\n".join(answer.splitlines()[_first(node) - 1 : node.end_lineno])
        old = next((n for n in ast.parse(code).body if _name(n) == _name(node)), None)
        lines = code.splitlines()
        if old is None:
            at = next((_first(n) for n in ast.parse(code).body if not _is_head(n)), len(lines) + 1)
            code = "\n".join([*lines[: at - 1], own, "", *lines[at - 1 :]]) + "\n"
        else:
            code = "\n".join([*lines[: _first(old) - 1], own, *lines[old.end_lineno :]]) + "\n"
    return written(exercise, code)


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", ())
    return min([node.lineno, *(each.lineno for each in decorators)])


def _is_head(node: ast.stmt) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _name(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0])
    return str(getattr(node, "name", ast.dump(node)))


def parsed(exercise: Exercise, text: str) -> Parsed:
    """The learner's file, if it can be judged. Raises NotYetError."""
    language = exercise.language
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        code = (text.splitlines() or [""])[min(line, len(text.splitlines()) or 1) - 1].strip()
        why = getattr(error, "msg", None) or str(error)
        raise NotYetError(words("syntax", language, line=line, code=code, why=why)) from None
    holes = sorted(
        {node.lineno for node in ast.walk(tree) if isinstance(node, ast.expr) and _is_hole(node)}
    )
    if holes:
        raise NotYetError(words("hole", language, lines=", ".join(map(str, holes)), hole=HOLE))
    for name, node in _given(exercise):
        now = [each for each in tree.body if _name(each) == name]
        if not now:
            raise NotYetError(words("gone", language, name=_shown(node)))
        if _is_open(node):
            _require_same_arguments(node, now[-1], language)
        elif ast.dump(now[-1]) != ast.dump(node):
            line = now[-1].lineno
            raise NotYetError(words("changed", language, name=_shown(node), line=line))
    return Parsed(text, tree)


def _given(exercise: Exercise) -> Iterator[tuple[str, ast.stmt]]:
    for node in ast.parse(exercise.file).body:
        if not _is_head(node):
            yield _name(node), node


def _shown(node: ast.stmt) -> str:
    return getattr(node, "name", None) or ast.unparse(node).splitlines()[0]


def _is_hole(node: ast.AST) -> bool:
    return (isinstance(node, ast.Name) and node.id == HOLE) or (
        isinstance(node, ast.Constant) and node.value == HOLE
    )


def _is_open(node: ast.stmt) -> bool:
    """Whether the learner writes this part."""
    return any(map(_is_hole, ast.walk(node)))


def _require_same_arguments(given: ast.stmt, own: ast.stmt, language: str) -> None:
    if not isinstance(given, ast.FunctionDef):
        return
    if not isinstance(own, ast.FunctionDef) or ast.dump(own.args) != ast.dump(given.args):
        called = f"{given.name}({ast.unparse(given.args)})"
        raise NotYetError(words("arguments", language, called=called, line=own.lineno))


__all__ = ["HOLE", "NotYetError", "Parsed", "answered", "parsed", "written"]
