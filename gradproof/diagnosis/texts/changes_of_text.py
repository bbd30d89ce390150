"""One change of the author's text, and where changes are looked for.

What ran is on the tape, but not every slip is a step of it: an index, a number of a loop, a line
that comes too soon. So the text itself is changed, a piece of syntax at a time: left out, exchanged
for what else stands in the function, moved. Each change is put into the file and run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gradproof.diagnosis.search.repair import region
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.texts.scope import Scope
from gradproof.slip_kinds import Kind

SIMPLE = (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)
_MOST_SLICES = 6
MODULES = ("np", "numpy", "math", "scipy", "torch", "jnp", "jax", "cp")


@dataclass(frozen=True)
class Change:
    """A piece of syntax in the place of another: what kind of slip that undoes, how unlikely it is.

    tag: what is done, in words that are the same for the same change of another statement; term:
    what a sentence speaks of, "" for the old text; around: the syntax that it shows.
    """

    kind: Kind
    cost: float
    old: ast.AST
    new: ast.AST
    tag: str
    term: str = ""
    around: ast.AST | None = None


@dataclass(frozen=True)
class Place:
    """A statement whose text may be changed, with the names that are known before it.

    own: what may be written there: variables, those that are nearest first, attributes, entries of
    dictionaries; numbers: those that stand for numbers; counters: of the loops around it; slices:
    the parts of arrays that the file takes.
    """

    statement: ast.stmt
    own: tuple[str, ...]
    numbers: tuple[str, ...]
    counters: tuple[str, ...]
    parts: tuple[ast.expr, ...]
    scope: Scope
    slices: tuple[str, ...] = ()


def places_of(scene: Scene, file: str, function: ast.FunctionDef, scope: Scope) -> Iterator[Place]:
    """Yield the statements of a function of backward that a wrong gradient may depend on."""
    used, done = lines_of(scene, file)
    arguments = function.args
    known = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    known = [name for name in known if name not in ("self", "cls")]
    attributes = _attributes(function)
    noted = [*scope.shapes, *scope.numbers]
    slices = _slices(scene, file)
    for statement, counters in _statements(function.body, ()):
        lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        if not done.intersection(lines) or used.intersection(lines):
            inside = [n for n in noted if n.startswith("self.") or n.partition("[")[0] in known]
            own = tuple(dict.fromkeys([*reversed(known), *attributes, *inside]))
            numbers = [name for name in own if name in scope.numbers]
            plain = [name for name in numbers if name not in counters]
            parts = tuple(parts_of(statement))
            yield Place(statement, own, (*plain, *counters), counters, parts, scope, slices)
        known += [n.id for n in ast.walk(statement)
                  if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]  # fmt: skip


def _slices(scene: Scene, file: str) -> tuple[str, ...]:
    """Return the parts of arrays that a file takes, but for those that need names."""
    found = [ast.unparse(n.slice) for n in scene.naming.sources.nodes(file)
             if isinstance(n, ast.Subscript)]  # fmt: skip
    plain = [text for text in found if ":" in text and not any(map(str.isalpha, text))]
    return tuple(dict.fromkeys(plain))[:_MOST_SLICES]


def scope_key(file: str, function: ast.FunctionDef) -> tuple[str, int, str]:
    """Return how the code of a function is known."""
    lines = [function.lineno, *(each.lineno for each in function.decorator_list)]
    return file, min(lines), function.name


def lines_of(scene: Scene, file: str) -> tuple[set[int], set[int]]:
    """Return the lines of a file that wrong gradients depend on, and all that did something."""
    tape = scene.first.tape
    live = {k for name in scene.wrong() for k in region(tape, name)}
    used, done = set[int](), set[int]()
    for index, op in enumerate(tape.ops):
        for place in (op.place, op.site):
            if place is not None and place.file == file:
                lines = range(place.line, place.end_line + 1)
                done.update(lines)
                used.update(lines if index in live or index <= tape.start else ())
    ends = [end for name in scene.wrong() for end in tape.ends.get(name, [])]
    return used | {line for where, line in ends if where == file}, done


def parts_of(statement: ast.stmt) -> list[ast.expr]:
    """Return the expressions of a statement, not what is in the body of another one."""
    if isinstance(statement, ast.For):
        return [statement.iter]
    if isinstance(statement, (ast.If, ast.While)):
        return [statement.test]
    found: list[ast.expr] = []
    for name in ("value", "target", "targets"):
        held = getattr(statement, name, None)
        found += held if isinstance(held, list) else [held] if isinstance(held, ast.expr) else []
    return found


def _statements(
    body: Sequence[ast.stmt], counters: tuple[str, ...]
) -> Iterator[tuple[ast.stmt, tuple[str, ...]]]:
    for each in body:
        if isinstance(each, (*SIMPLE, ast.For, ast.If, ast.While)):
            yield each, counters
        inner = counters
        if isinstance(each, ast.For):
            inner += tuple(n.id for n in ast.walk(each.target) if isinstance(n, ast.Name))
        for name in ("body", "orelse", "finalbody"):
            if not isinstance(each, (ast.FunctionDef, ast.ClassDef)):
                yield from _statements(getattr(each, name, []), inner)


def _attributes(function: ast.FunctionDef) -> list[str]:
    """Return the attributes of self that a function reads."""
    called = {id(n.func) for n in ast.walk(function) if isinstance(n, ast.Call)}
    found = [ast.unparse(n) for n in ast.walk(function)
             if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
             and n.value.id == "self" and id(n) not in called]  # fmt: skip
    return list(dict.fromkeys(found))


def uses_of(part: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    """Yield the variables that an expression reads, but not modules and what is called."""
    if isinstance(part, ast.Call):
        if isinstance(part.func, ast.Attribute):
            yield from uses_of(part.func.value)
        for each in (*part.args, *part.keywords):
            yield from uses_of(each)
        return
    if isinstance(part, ast.Attribute):
        if isinstance(part.value, ast.Name) and part.value.id == "self":
            yield part
        else:
            yield from uses_of(part.value)
        return
    if isinstance(part, ast.Name):
        if isinstance(part.ctx, ast.Load) and part.id not in (*MODULES, "self", "True", "False"):
            yield part
        return
    for child in ast.iter_child_nodes(part):
        yield from uses_of(child)


__all__ = [
    "MODULES",
    "SIMPLE",
    "Change",
    "Place",
    "lines_of",
    "parts_of",
    "places_of",
    "scope_key",
    "uses_of",
]
