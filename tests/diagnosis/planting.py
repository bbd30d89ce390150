"""Plant slips in a subject's source: changed nodes of one function, every other line as it was."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gradproof.diagnosis import Kind
from tests.diagnosis.subjects import Subject
from tests.proof.rewriting import replace_node


@dataclass(frozen=True)
class Edit:
    """One changed expression: node number ``place`` of the function becomes ``new``."""

    place: int
    new: ast.expr


@dataclass(frozen=True)
class Slip:
    """A wrong version of a subject, and what is wrong with it.

    kinds:    the kinds that describe it truly; the first is what its author would call it.
    line:     where it stands in the file.
    old, new: the right expression and the one in its place, as they stand in the source.
    term:     what is missing, doubled, or wrong in it.
    parts:    of a double slip, the two single ones.
    forward:  whether it is the forward that was changed, so that the truth is another.
    """

    subject: Subject
    text: str
    kinds: tuple[Kind, ...]
    line: int
    old: str
    new: str
    term: str
    parts: tuple[Slip, ...] = ()
    edits: tuple[Edit, ...] = ()
    forward: bool = False

    def __str__(self) -> str:
        if self.parts:
            return f"{self.subject} " + " AND ".join(part.change for part in self.parts)
        return f"{self.subject} {self.change}"

    @property
    def change(self) -> str:
        """What was changed, in one line."""
        kind = f" [{self.kinds[0]}]" if self.kinds else ""
        return f"line {self.line}{kind}: {self.old.strip()} -> {self.new.strip()}"

    def written(self, folder: Path) -> Path:
        """Write the wrong version of the file."""
        path = folder / self.subject.file.name
        path.write_text(self.text, encoding="utf-8")
        return path


@dataclass(frozen=True)
class Site:
    """An expression in a subject's backward: its number, the statement it stands in, its parent."""

    place: int
    node: ast.expr
    statement: ast.stmt
    parents: tuple[ast.AST, ...]

    @property
    def parent(self) -> ast.AST:
        """The node it is part of."""
        return self.parents[-1]


@cache
def text_of(file: Path) -> str:
    """Return the source of a file."""
    return file.read_text(encoding="utf-8")


def function_of(tree: ast.Module, path: str) -> ast.FunctionDef:
    """Return the function or method called ``path``."""
    body: Sequence[ast.stmt] = tree.body
    for name in path.split("."):
        found = next(n for n in body if isinstance(n, ast.ClassDef | ast.FunctionDef)
                     and n.name == name)  # fmt: skip
        body = found.body
    assert isinstance(found, ast.FunctionDef)
    return found


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Simple statements; guards against overflow never run on the subjects' inputs."""
    for statement in body:
        if isinstance(statement, ast.For):
            yield from _statements(statement.body)
        elif not isinstance(statement, ast.If):
            yield statement


def _below(node: ast.AST, parents: tuple[ast.AST, ...]) -> Iterator[tuple[ast.expr, tuple]]:  # type: ignore[type-arg]
    if isinstance(node, ast.expr):
        yield node, parents
    for child in ast.iter_child_nodes(node):
        yield from _below(child, (*parents, node))


@cache
def sites(subject: Subject) -> tuple[Site, ...]:
    """Every expression of the subject's backward that a slip could change."""
    function = function_of(ast.parse(text_of(subject.file)), subject.path)
    return tuple(_sites(function))


def _sites(function: ast.FunctionDef) -> Iterator[Site]:
    place = 0
    for statement in _statements(function.body):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # the docstring
        for node, parents in _below(statement, ()):
            yield Site(place, node, statement, parents)
            place += 1


def planted(subject: Subject, edits: Sequence[Edit]) -> str:
    """Return the file's text with these edits; the numbers of all lines stay."""
    tree = ast.parse(text_of(subject.file))
    found = {site.place: site for site in _sites(function_of(tree, subject.path))}
    changed: dict[int, ast.stmt] = {}
    for edit in edits:
        site = found[edit.place]
        replace_node(site.parent, site.node, copy.deepcopy(edit.new))
        changed[site.statement.lineno] = site.statement
    lines = text_of(subject.file).splitlines()
    for statement in changed.values():
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        written = ast.unparse(ast.fix_missing_locations(statement))
        lines[first:last] = [indent + written] + [""] * (last - first - 1)
    return "\n".join(lines) + "\n"


Change = tuple[tuple[Kind, ...], ast.expr, str]
Changes = Callable[[Site], Iterator[Change]]


def slips(subject: Subject, changes: Changes) -> Iterator[Slip]:
    """One slip for each change of each expression."""
    for site in sites(subject):
        for kinds, new, term in changes(site):
            edit = Edit(site.place, new)
            old, fresh = ast.unparse(site.node), ast.unparse(new)
            if old != fresh:
                line = site.node.lineno
                yield Slip(subject, planted(subject, [edit]), kinds, line, old, fresh,
                           term, edits=(edit,))  # fmt: skip


def together(one: Slip, other: Slip) -> Slip | None:
    """Both slips at once; None where one stands inside the other."""
    found = {site.place: site for site in sites(one.subject)}
    a, b = found[one.edits[0].place], found[other.edits[0].place]
    inside = {id(n) for n in ast.walk(a.node)} | {id(n) for n in a.parents}
    if a.statement is b.statement and (id(b.node) in inside):
        return None
    edits = (*one.edits, *other.edits)
    return Slip(one.subject, planted(one.subject, edits), (Kind.TWO_SLIPS,), one.line,
                one.old, one.new, one.term, (one, other), edits)  # fmt: skip
