"""Where in the source a repair goes, and how the statement reads after it."""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass, replace
from typing import cast

from gradproof.arguments.returned import gradient_name
from gradproof.diagnosis.search.repair import Repair, Words
from gradproof.diagnosis.source.gradient_beside_loss import returned_beside
from gradproof.diagnosis.source.plausible_text import is_trivial
from gradproof.diagnosis.source.simplify_source import branch_of, merged, product_around
from gradproof.diagnosis.source.source_positions import (
    file_of,
    parsed,
    returned,
    statement_of,
    target_of,
)
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.slip_kinds import Kind

_MARK = "_gradproof_mark_"
_NO_TEXT = ("np.setitem(", "np.getitem(", "an array of shape", "[...]")
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)


@dataclass(frozen=True)
class Mended:
    """A statement before and after; fix is its right-hand side, old and new what differs.

    at is where in both statements old and new stand, -1 where that is not known; file holds them.
    """

    line: int | None
    yours: str
    true: str
    fix: str
    old: str
    new: str
    at: int = -1
    file: str = ""


def mended(naming: Naming, repair: Repair, name: str) -> Mended:
    """Return what a repair comes to in the author's source."""
    if repair.kind is Kind.IN_PLACE:
        return _in_place(naming, repair)
    op, node = naming.tape.ops[repair.index], target_of(naming, repair, name)
    ends = naming.tape.ends.get(name, []) if op.name == "returned" else []
    files = [
        file_of(naming, op),
        *(p.file for p in (op.site,) if p is not None),
        *(file for file, _ in ends),
    ]
    for file in files if node is not None else ():  # a helper may stand in another file
        statement = None if node is None else statement_of(naming, file, node)
        if node is not None and statement is not None:
            return replace(_in(naming, repair, node, statement), file=file)
    beside = returned_beside(naming, repair)
    if beside is not None:
        file, element, statement = beside
        return replace(_in(naming, repair, element, statement), file=file)
    return _of_plain_gradient(naming, repair) or _bare(naming, repair, name)


def _of_plain_gradient(naming: Naming, repair: Repair) -> Mended | None:
    """A change to ``dy * dw`` that stands in no file: the author returns dw, and is multiplied by
    dy only as it is called. It is told of the statement that makes dw."""
    words = repair.words(naming)
    product = _BY_DY.fullmatch(words.old)
    if product is None or naming.tape.ops[repair.index].site is not None:
        return None
    for op in reversed(naming.tape.ops):
        statement = None if op.site is None else naming.sources.statement(op.site)
        if not isinstance(statement, ast.Assign):
            continue
        if [ast.unparse(target) for target in statement.targets] == [product[1]]:
            own = ast.unparse(statement.value)
            new = words.new.replace(f"({words.old})", f"({own})").replace(words.old, f"({own})")
            return Mended(statement.lineno, ast.unparse(statement), f"{product[1]} = {new}", new,
                          own, new, file=file_of(naming, op))  # fmt: skip
    return None


_BY_DY = re.compile(r"dy \* ([^\W\d]\w*)")


def is_no_text(change: Mended) -> bool:
    """Whether a change is told in words that nobody can write, ``np.setitem(p, [...], 1)``, or that
    say what stands there: ``1 * x`` for ``x``."""
    texts = (change.old, change.new, change.true)
    return any(map(has_words, texts)) or is_trivial(change.yours, change.true)


def has_words(text: str) -> bool:
    """Whether something in a text is no code."""
    return any(mark in text for mark in _NO_TEXT)


def _bare(naming: Naming, repair: Repair, name: str) -> Mended:
    """Return a change whose place in the source is not known."""
    words, site = repair.words(naming), naming.tape.ops[repair.index].site
    called = gradient_name(name)
    return Mended(None if site is None else site.line, f"{called}: {words.old}",
                  f"{called}: {words.new}", words.new, words.old, words.new)  # fmt: skip


def _in(
    naming: Naming, repair: Repair, node: ast.expr | ast.AugAssign, statement: ast.stmt
) -> Mended:
    """Return a statement with a repair carried out at one node of it."""
    words = repair.words(naming)
    new = parsed(words.new)
    whole = ast.unparse(statement) == words.old and not isinstance(node, ast.AugAssign)
    if new is None or whole:  # a statement by itself
        return Mended(
            node.lineno, ast.unparse(statement), words.new, words.new, words.old, words.new
        )
    if isinstance(node, ast.AugAssign):
        target = ast.unparse(node.target)
        return Mended(node.lineno, ast.unparse(node), f"{target} = {words.new}",
                      f"{target} = {words.new}", words.old, words.new)  # fmt: skip
    if repair.kind is Kind.OTHER_ARGUMENT:
        return _swapped(statement, node, words.old, new)
    if isinstance(node, ast.expr) and ast.unparse(node) != words.old:
        old = parsed(words.old)  # what stands there in the place of what was named
        put = Named(words.old, node) if old is None else _Alike(old, node)
        new = cast(ast.expr, put.visit(new))
    if isinstance(statement, ast.AugAssign) and node is statement.target:
        return _written_out(statement, words, new)
    nodes = _together(naming, repair, node, statement)
    if len(nodes) == 1:
        node, new = _undone(statement, node, branch_of(statement, node, new))
        node, new = _in_one(statement, node, new)
        nodes = [node]
    changed: ast.AST = _Put(nodes, new).visit(statement)
    fix = _fix(statement, changed)
    return Mended(node.lineno, ast.unparse(statement), ast.unparse(changed), fix,
                  ast.unparse(node), ast.unparse(new), _place_of(node, statement))  # fmt: skip


def _undone(statement: ast.stmt, node: ast.expr, new: ast.expr) -> tuple[ast.expr, ast.expr]:
    """Return ``~mask`` and ``mask`` for ``mask`` and ``~mask`` where ~ stands before it."""
    for around in ast.walk(statement):
        if isinstance(around, ast.UnaryOp) and around.operand is node and (
                isinstance(new, ast.UnaryOp) and type(new.op) is type(around.op)):  # fmt: skip
            return around, new.operand
    return node, new


def _in_one(statement: ast.stmt, node: ast.expr, new: ast.expr) -> tuple[ast.expr, ast.expr]:
    """Return a change that brings a second number into a product as one of the whole product."""
    whole = product_around(statement, node)
    made = merged(cast(ast.expr, _Put([node], new).visit(whole))) if merged(whole) is None else None
    return (node, new) if made is None else (whole, made)


def _fix(statement: ast.stmt, changed: ast.AST) -> str:
    """Return the right-hand side of a changed statement; all of it where more than that changed."""
    value = getattr(changed, "value", None)
    left = [ast.unparse(t) for each in (statement, changed) for t in _targets(each)]
    same = left[: len(left) // 2] == left[len(left) // 2 :]
    inside = value is not None and value is not getattr(statement, "value", None)
    return ast.unparse(value if value is not None and inside and same else changed)


def _targets(statement: ast.AST) -> list[ast.expr]:
    alone = getattr(statement, "target", None)
    return getattr(statement, "targets", [] if alone is None else [alone])


def _written_out(statement: ast.AugAssign, words: Words, new: ast.expr) -> Mended:
    """Return ``a = (a + b) / c`` for ``a /= c``: there the change has a place."""
    within = merged(ast.BinOp(new, statement.op, statement.value))
    if isinstance(within, ast.BinOp) and ast.unparse(within.left) == ast.unparse(statement.target):
        return _with_factor(statement, within.op, within.right)
    target = ast.parse(ast.unparse(statement.target), mode="eval").body
    whole = ast.Assign([target], ast.BinOp(new, statement.op, statement.value), lineno=1)
    fix = ast.unparse(ast.fix_missing_locations(whole))
    return Mended(statement.lineno, ast.unparse(statement), fix, fix, words.old, words.new)


def _with_factor(statement: ast.AugAssign, op: ast.operator, value: ast.expr) -> Mended:
    """Return ``a *= c`` for ``a *= 2 * c``."""
    true = ast.unparse(ast.AugAssign(statement.target, op, value))
    return Mended(statement.lineno, ast.unparse(statement), true, ast.unparse(value),
                  ast.unparse(statement.value), ast.unparse(value),
                  _place_of(statement.value, statement))  # fmt: skip


def _swapped(statement: ast.stmt, node: ast.expr, old: str, new: ast.expr) -> Mended:
    """Return the gradients in their right places: where two have been swapped, both move."""
    name = parsed(old)
    right = node if name is None else cast(ast.expr, _Alike(name, new).visit(copy.deepcopy(node)))
    if ast.dump(right) == ast.dump(node):  # it is named otherwise there
        right = new
    twin = next((n for n in ast.walk(statement) if ast.dump(n) == ast.dump(right)), None)
    changed = _Put([node], right).visit(statement)
    if isinstance(twin, ast.expr) and name is not None:
        back = cast(ast.expr, _Alike(new, name).visit(copy.deepcopy(twin)))
        changed = _Put([twin], back).visit(changed)
    fix = ast.unparse(getattr(changed, "value", None) or node)
    return Mended(statement.lineno, ast.unparse(statement), ast.unparse(changed), fix,
                  ast.unparse(node), ast.unparse(right), _place_of(node, statement))  # fmt: skip


def _place_of(node: ast.AST, statement: ast.stmt) -> int:
    """Return where in the text of a statement a part of it begins."""
    return ast.unparse(_Put([node], ast.Name(_MARK)).visit(statement)).find(_MARK)


def _together(naming: Naming, repair: Repair, node: ast.AST, statement: ast.stmt) -> list[ast.AST]:
    """Return all uses of a variable in a statement, where a repair changes them together."""
    uses = [naming.operand_node(naming.tape.ops[index], k) for index, k in repair.slots]
    if not any(use is node for use in uses):
        return [node]
    inside = {id(n) for n in ast.walk(statement)}
    return [use for use in uses if use is not None and id(use) in inside]


def _in_place(naming: Naming, repair: Repair) -> Mended:
    """Return the statement that changes an array; which copy is meant is the author's choice."""
    op, words = naming.tape.ops[repair.index], repair.words(naming)
    place = op.place
    text = naming.sources.line(place) if place is not None else ""
    return Mended(None if place is None else place.line, text or words.old, words.new, "",
                  words.old, words.new)  # fmt: skip


def mended_both(naming: Naming, one: Repair, other: Repair, name: str) -> tuple[Mended, Mended]:
    """Return what two repairs come to; in one statement, each with the other carried out."""
    first, second = mended(naming, one, name), mended(naming, other, name)
    a, b = target_of(naming, one, name), target_of(naming, other, name)
    if not (isinstance(a, ast.expr) and isinstance(b, ast.expr)):
        return first, second
    statement = statement_of(naming, file_of(naming, naming.tape.ops[one.index]), a)
    same = statement is not None and any(n is b for n in ast.walk(statement))
    new_a, new_b = parsed(first.new), parsed(second.new)
    if statement is None or not same or new_a is None or new_b is None:
        return first, second
    if a is b:  # two terms of one sum
        whole = _Put([a], cast(ast.expr, _Alike(a, new_a).visit(new_b))).visit(statement)
    elif any(n is b for n in ast.walk(a)):
        whole = _Put([a], cast(ast.expr, _Alike(b, new_b).visit(new_a))).visit(statement)
    elif any(n is a for n in ast.walk(b)):
        whole = _Put([b], cast(ast.expr, _Alike(a, new_a).visit(new_b))).visit(statement)
    else:
        whole = _Put([b], new_b).visit(_Put([a], new_a).visit(statement))
    fix, true = _fix(statement, whole), ast.unparse(whole)
    return replace(first, fix=fix, true=true), replace(second, fix=fix, true=true)


class _Alike(ast.NodeTransformer):
    """Puts an expression in the place of all that read like another."""

    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = ast.dump(old), new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if ast.dump(node) == self.old else self.generic_visit(node)


class Named(ast.NodeTransformer):
    """Puts an expression in the place of a variable."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) == self.name:
            return self.value
        return self.generic_visit(node)


class _Put(ast.NodeTransformer):
    """Copies a statement with some nodes in it replaced."""

    def __init__(self, nodes: list[ast.AST], new: ast.expr) -> None:
        self.nodes, self.new = nodes, new

    def visit(self, node: ast.AST) -> ast.AST:
        if any(node is each for each in self.nodes):
            return self.new
        if not any(part is each for part in ast.walk(node) for each in self.nodes):
            return node
        made = copy.copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(made, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
            elif isinstance(value, ast.AST):
                setattr(made, name, self.visit(value))
        return made


__all__ = ["Mended", "Named", "mended", "mended_both", "returned"]
