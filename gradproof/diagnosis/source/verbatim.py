"""A change in the author's own text: what stands there letter by letter, and what to put instead.

A repair is found as syntax, and syntax that is written out again is nobody's text: ``** -0.5``
comes back as ``** (-0.5)``. So the two statements are held against each other here, and only the
smallest parts that differ are written anew, with everything in them that the author wrote already.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gradproof.diagnosis.source.patched_statement import SIMPLE, Mended
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.verdicts import Edit

_HELD = "_gradproof_held_{}_"
_LONGEST = 6  # rows of a statement that are shown
_ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Subscript, ast.Attribute)


@dataclass(frozen=True)
class Rows:
    """Rows of the file before and after a change, with what differs in each.

    line: of the first row; marks: (row, first column, one behind the last) of what differs.
    """

    line: int
    yours: tuple[str, ...]
    true: tuple[str, ...]
    yours_marks: tuple[tuple[int, int, int], ...]
    true_marks: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Verbatim:
    """A change in the author's text: its rows, the text that a sentence speaks of, the edits."""

    rows: Rows
    old: str
    new: str
    edits: tuple[Edit, ...]


def verbatim(naming: Naming, change: Mended) -> Verbatim | None:
    """Return a change in the author's text; None where it has no place there."""
    statement = statement_like(naming, change)
    if statement is None or statement.end_lineno is None:
        return None
    lines = naming.sources.lines(change.file)
    edits = _edits(lines, statement, change)
    if not edits:
        return None
    alone = statement.lineno == statement.end_lineno
    rows = rows_of(lines, edits, _span(lines, statement)[1] if alone else None)
    own = Own(lines, statement)
    return Verbatim(rows, own_text(own, change.old), own_text(own, change.new), tuple(edits))


def statement_like(naming: Naming, change: Mended) -> ast.stmt | None:
    """Return the statement that a change is of."""
    return next(
        (n for n in naming.sources.nodes(change.file)
         if isinstance(n, SIMPLE) and change.line is not None
         and n.lineno <= change.line <= (n.end_lineno or n.lineno)
         and ast.unparse(n) == change.yours), None)  # fmt: skip


# --- what differs ---------------------------------------------------------------------------------


def _edits(lines: Sequence[str], statement: ast.stmt, change: Mended) -> list[Edit]:
    """Return the smallest edits of the file that make the statement the changed one."""
    try:
        true = ast.parse(change.true).body
    except SyntaxError:
        return []
    pairs = list(_differing(statement, true[0])) if len(true) == 1 else []
    own = Own(lines, statement)
    for parentheses in (False, True) if pairs else ():
        edits = [Edit(change.file, *_span(lines, a), own.text(b, parentheses)) for a, b in pairs]
        if _reads(lines, edits, statement, true):
            short = [_without_parentheses(lines, edit) for edit in edits]
            return short if _reads(lines, short, statement, true) else edits
    whole = Edit(change.file, *_span(lines, statement), change.true)
    return [whole] if _reads(lines, [whole], statement, true) else []


def _without_parentheses(lines: Sequence[str], edit: Edit) -> Edit:
    """Return an edit that takes parentheses along which are not needed around a single name."""
    row = lines[edit.line - 1]
    left, right = row[: edit.column], row[edit.end_column :]
    alone = edit.line == edit.end_line and edit.text.isidentifier()
    if not (alone and left.endswith("(") and right.startswith(")")):
        return edit
    if left[:-1][-1:].isalnum() or left[:-1][-1:] in ("_", ")", "]"):  # those of a call
        return edit
    return replace(edit, column=edit.column - 1, end_column=edit.end_column + 1)


def _differing(a: ast.AST, b: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield the smallest parts in which two pieces of syntax differ."""
    if ast.dump(a) == ast.dump(b):
        return
    inner = _parts(a, b)
    if inner is None:
        yield a, b
        return
    for one, other in inner:
        yield from _differing(one, other)


def _parts(a: ast.AST, b: ast.AST) -> list[tuple[ast.AST, ast.AST]] | None:
    """Return the parts in which alone two pieces of syntax may differ; None if there is more."""
    if type(a) is not type(b):
        return None
    found: list[tuple[ast.AST, ast.AST]] = []
    for name in a._fields:
        mine, other = getattr(a, name, None), getattr(b, name, None)
        ones, others = (v if isinstance(v, list) else [v] for v in (mine, other))
        if len(ones) != len(others):
            return None
        for x, y in zip(ones, others):
            if isinstance(x, ast.AST) and isinstance(y, ast.AST):
                placed = isinstance(x, (ast.expr, ast.keyword))
                if not placed and ast.dump(x) != ast.dump(y):
                    return None  # an operator has no place of its own
                found += [(x, y)] if placed else []
            elif x != y:
                return None
    return found


class Own:
    """Writes syntax with what of it stands in a statement already, as it stands there."""

    def __init__(self, lines: Sequence[str], statement: ast.AST) -> None:
        self._known: dict[str, str] = {}
        for node in ast.walk(statement):
            if isinstance(node, ast.expr):
                text = between(lines, Edit("", *_span(lines, node), ""))
                if "#" not in text and text != ast.unparse(node):
                    self._known.setdefault(ast.dump(node), " ".join(text.split()))

    def text(self, node: ast.AST, parentheses: bool = False) -> str:
        """Return the text of syntax, in parentheses if asked; the plain one if that reads else."""
        parentheses = parentheses and not isinstance(node, _ATOMS)
        for within in (False, True):
            held = _Held(self._known)
            made = ast.unparse(held.visit(copy.deepcopy(node)))
            for name, (known, atom) in held.names.items():
                made = made.replace(name, f"({known})" if within and not atom else known)
            if _same(made, node):
                return f"({made})" if parentheses else made
        made = ast.unparse(node)
        return f"({made})" if parentheses else made


class _Held(ast.NodeTransformer):
    """Puts names in the places of what is known as text."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known
        self.names: dict[str, tuple[str, bool]] = {}

    def visit(self, node: ast.AST) -> ast.AST:
        text = self.known.get(ast.dump(node)) if isinstance(node, ast.expr) else None
        if text is None:
            return self.generic_visit(node)
        name = _HELD.format(len(self.names))
        self.names[name] = text, isinstance(node, _ATOMS)
        return ast.Name(name, ast.Load())


def _same(text: str, node: ast.AST) -> bool:
    try:
        made: ast.AST = ast.parse(text, mode="eval").body
    except SyntaxError:
        return not isinstance(node, ast.expr)  # a keyword, or a statement, is tried in its place
    return ast.dump(made) == ast.dump(node)


# --- where it stands ------------------------------------------------------------------------------

_Span = tuple[int, int, int, int]


def _span(lines: Sequence[str], node: ast.AST) -> _Span:
    """Return where a node stands: lines from 1, columns in letters from 0."""
    first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
    columns = []
    for line, at in ((first, node.col_offset), (last, node.end_col_offset)):  # type: ignore[attr-defined]
        columns.append(len(lines[line - 1].encode()[:at].decode(errors="replace")))
    return first, columns[0], last, columns[1]


def between(lines: Sequence[str], edit: Edit) -> str:
    """Return what stands where an edit puts something else."""
    rows = list(lines[edit.line - 1 : edit.end_line])
    rows[-1] = rows[-1][: edit.end_column]
    rows[0] = rows[0][edit.column :]
    return "\n".join(rows)


def edited(lines: Sequence[str], edits: Sequence[Edit]) -> list[str]:
    """Return the lines of a file after edits, of which none overlap.

    >>> edited(["dx = dy * y"], [Edit("f.py", 1, 10, 1, 11, "x")])
    ['dx = dy * x']
    """
    out = list(lines)
    for each in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        first, last = each.line - 1, each.end_line - 1
        whole = out[first][: each.column] + each.text + out[last][each.end_column :]
        out[first : last + 1] = whole.split("\n")
    return out


def _reads(
    lines: Sequence[str], edits: Sequence[Edit], statement: ast.stmt, true: list[ast.stmt]
) -> bool:
    """Whether the file, after edits, has the changed statement in the place of the other."""
    try:
        tree = ast.parse("\n".join(edited(lines, edits)))
    except (SyntaxError, ValueError):
        return False
    found = [n for n in ast.walk(tree) if isinstance(n, ast.stmt) and n.lineno == statement.lineno]
    return any(ast.dump(n) == ast.dump(true[0]) for n in found)


# --- what is shown --------------------------------------------------------------------------------


def _last_line(edit: Edit) -> int:
    """Return the last line that an edit changes: of a line left out that is its own."""
    return edit.end_line - (edit.end_column == 0 and edit.end_line > edit.line)


def rows_of(lines: Sequence[str], edits: Sequence[Edit], column: int | None = None) -> Rows:
    """Return the rows of a file that edits change, before and after; column: where the statement
    begins, if it stands on one line, on which another one may come before it."""
    first, last = min(e.line for e in edits), max(_last_line(e) for e in edits)
    after = edited(lines, edits)
    grown = len(after) - len(lines)
    mine, theirs = list(lines[first - 1 : last]), after[first - 1 : last + grown]
    mine, theirs = mine[:_LONGEST], theirs[:_LONGEST]
    indent = min((len(r) - len(r.lstrip()) for r in [*mine, *theirs] if r.strip()), default=0)
    indent = indent if column is None else column
    return Rows(
        first, tuple(r[indent:].rstrip() for r in mine), tuple(r[indent:].rstrip() for r in theirs),
        tuple(_marks_before(edits, first, indent)), tuple(_marks_after(edits, first, indent)),
    )  # fmt: skip


def own_text(own: Own, text: str) -> str:
    """Return the text of an expression, in which stands letter by letter what the author wrote."""
    try:
        return own.text(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError:
        return text


def _marks_before(edits: Sequence[Edit], first: int, indent: int) -> Iterator[tuple[int, int, int]]:
    for each in edits:
        if each.line == each.end_line:
            yield each.line - first, each.column - indent, each.end_column - indent


def _marks_after(edits: Sequence[Edit], first: int, indent: int) -> Iterator[tuple[int, int, int]]:
    moved: dict[int, int] = {}
    for each in sorted(edits, key=lambda e: (e.line, e.column)):
        if each.line != each.end_line or "\n" in each.text:
            continue
        at = each.column - indent + moved.get(each.line, 0)
        yield each.line - first, at, at + len(each.text)
        moved[each.line] = moved.get(each.line, 0) + len(each.text) - (
            each.end_column - each.column)  # fmt: skip


def edit_of(lines: Sequence[str], file: str, old: ast.AST, new: ast.AST) -> Edit | None:
    """Return the edit that puts syntax in the place of another; None where that has no place."""
    if getattr(old, "end_lineno", None) is None:
        return None
    text = Own(lines, old).text(ast.fix_missing_locations(new))
    if isinstance(old, ast.Tuple) and isinstance(new, ast.Tuple) and text.startswith("("):
        bare = between(lines, Edit(file, *_span(lines, old), ""))
        text = text if bare.startswith("(") else text[1:-1]  # of an index: J[1, 2]
    return Edit(file, *_span(lines, old), text)


__all__ = [
    "Rows",
    "Verbatim",
    "between",
    "edit_of",
    "edited",
    "rows_of",
    "statement_like",
    "verbatim",
]
