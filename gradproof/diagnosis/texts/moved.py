"""Lines in the wrong order, and lines that should not be there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gradproof.diagnosis.texts.changes_of_text import SIMPLE
from gradproof.diagnosis.texts.statement_slips import Slip, StatementSlip
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind
from gradproof.verdicts import Edit

_MOVED, _AGAIN, _LINE = (
    weight("text, moved: a line"),
    weight("text, moved: a line done again"),
    weight("text, left in: line"),
)
_FARTHEST = 8  # lines


def moved(
    file: str, lines: Sequence[str], function: ast.FunctionDef, used: set[int]
) -> Iterator[Slip]:
    """Yield a function with one line moved to another place of its block, done once more after
    what it is made of has changed, or left out. used: the lines that a wrong gradient may need."""
    for block in _blocks(function):
        rows = [each for each in block if _is_row(lines, each)]
        for at, each in enumerate(rows):
            text = lines[each.lineno - 1].strip()
            near = [r for r in rows if 0 < abs(r.lineno - each.lineno) <= _FARTHEST]
            if isinstance(each, ast.Return) or not any(
                    r.lineno in used for r in [each, *near]):  # fmt: skip
                continue
            for other in rows[max(0, at - _FARTHEST) : at + _FARTHEST + 1]:
                if other is each or not _meet(each, rows, other):
                    continue
                yield from _to(file, lines, each, other, text)
            yield from _again(file, lines, rows, at, text)
            if each.lineno in used:
                yield StatementSlip(Kind.DOUBLED_PATH, _LINE, (_without(file, each),), text, "",
                                    each.lineno)  # fmt: skip


def _to(
    file: str, lines: Sequence[str], each: ast.stmt, other: ast.stmt, text: str
) -> Iterator[Slip]:
    down = other.lineno > each.lineno
    if isinstance(other, ast.Return) and down:
        return
    row = lines[each.lineno - 1]
    place = other.lineno + 1 if down else other.lineno
    if place > len(lines):
        return
    put = Edit(file, place, 0, place, 0, row + "\n")
    edits = (_without(file, each), put) if down else (put, _without(file, each))
    where = lines[other.lineno - 1].strip()
    said = f"after:{where}" if down else f"before:{where}"
    yield StatementSlip(Kind.CHANGED_EARLY, _MOVED, edits, text, said, each.lineno)


def _again(
    file: str, lines: Sequence[str], rows: Sequence[ast.stmt], at: int, text: str
) -> Iterator[Slip]:
    """Yield a line done once more after what it is made of was assigned anew."""
    each = rows[at]
    if not isinstance(each, ast.Assign):
        return
    reads = _reads(each)
    for later in rows[at + 1 : at + 1 + _FARTHEST]:
        if isinstance(later, (ast.Assign, ast.AugAssign)) and _writes(later) & reads:
            place = later.lineno + 1
            if place <= len(lines):
                edit = Edit(file, place, 0, place, 0, lines[each.lineno - 1] + "\n")
                where = lines[later.lineno - 1].strip()
                yield StatementSlip(Kind.CHANGED_EARLY, _AGAIN, (edit,), text, f"again:{where}",
                                    each.lineno)  # fmt: skip


def _meet(each: ast.stmt, rows: Sequence[ast.stmt], other: ast.stmt) -> bool:
    """Whether the order of two lines, or of those between them, makes any difference."""
    first, last = sorted((each.lineno, other.lineno))
    mine, reads = _writes(each), _reads(each)
    for row in rows:
        if first <= row.lineno <= last and row is not each and (
                mine & (_reads(row) | _writes(row)) or reads & _writes(row)):  # fmt: skip
            return True
    return False


def _writes(node: ast.stmt) -> set[str]:
    found = [node.target] if isinstance(node, ast.AugAssign) else getattr(node, "targets", [])
    return {_base(part) for target in found for part in getattr(target, "elts", [target])}


def _base(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return ast.unparse(node)


def _reads(node: ast.stmt) -> set[str]:
    own = {ast.unparse(n) for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute))
           and isinstance(n.ctx, ast.Load)}  # fmt: skip
    return own | (_writes(node) if isinstance(node, ast.AugAssign) else set())


def _without(file: str, each: ast.stmt) -> Edit:
    return Edit(file, each.lineno, 0, each.lineno + 1, 0, "")


def _is_row(lines: Sequence[str], each: ast.stmt) -> bool:
    """Whether a statement stands alone on one line, with another line behind it."""
    one = isinstance(each, SIMPLE) and each.lineno == each.end_lineno
    if not one or each.lineno >= len(lines):
        return False
    row = lines[each.lineno - 1].encode()
    rest = row[each.end_col_offset :].decode(errors="replace").split("#")[0].strip()
    return not row[: each.col_offset].strip() and not rest


def _blocks(function: ast.FunctionDef) -> Iterator[Sequence[ast.stmt]]:
    for node in ast.walk(function):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list) and len(block) > 1:
                yield block


__all__ = ["moved"]
