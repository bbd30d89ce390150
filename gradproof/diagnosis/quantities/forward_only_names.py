"""Numbers that forward alone has: what to write in backward, which does not know their names."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from gradproof.diagnosis.quantities.terms import plain_number
from gradproof.diagnosis.sentences.catalogue import FORWARDS, FORWARDS_ALONE, filled
from gradproof.diagnosis.source.patched_statement import Mended, Named
from gradproof.diagnosis.source.source_positions import known_at
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.text import Text


def foreign_names(naming: Naming) -> set[str]:
    """Return the names of numbers that forward has and backward does not."""
    return set(naming.tape.foreign) - set(naming.tape.constants)


def bound(naming: Naming, mended: Mended, foreign: Mapping[str, float] | None = None) -> Mended:
    """Return a change with the values of forward's own numbers, to be tried, where their names are
    not known in its place; foreign: the values in another run than this one."""
    known = naming.tape.foreign if foreign is None else foreign
    strange = foreign_names(naming) - known_at(naming, mended.file, mended.line or 0)
    values = {name: known[name] for name in strange if name in known}
    return _with(mended, {k: v for k, v in values.items() if k in _names(mended.true)})


def reachable(naming: Naming, mended: Mended) -> tuple[Mended, Text]:
    """Return a change as it can be written in backward, and what to say about forward's numbers:
    one that has a value as the code is called is written as that."""
    strange = sorted(names_alone(naming, mended))
    given = {k: v for k in strange if (v := naming.given.get(k)) is not None}
    said = []
    for name in strange:
        text = FORWARDS if name in given else FORWARDS_ALONE
        said.append(filled(text, name=name, value=plain_number(given.get(name, 0.0))))
    found = _with(mended, given)
    return found, Text("".join(t.en for t in said), "".join(t.ko for t in said))


def names_alone(naming: Naming, mended: Mended) -> set[str]:
    """Return the names in a change that are not known in its place, but to forward alone."""
    known = known_at(naming, mended.file, mended.line or 0)
    return foreign_names(naming) & _names(mended.true) - _names(mended.yours) - known


def _with(mended: Mended, values: Mapping[str, float]) -> Mended:
    if not values:
        return mended
    true, fix, new = (_put(text, values) for text in (mended.true, mended.fix, mended.new))
    return replace(mended, true=true, fix=fix, new=new)


def _put(text: str, values: Mapping[str, float]) -> str:
    """Return a text with numbers in the places of names."""
    tree: ast.AST | None = _parsed(text)
    if tree is None:
        return text
    for name, value in values.items():
        number = ast.parse(plain_number(value), mode="eval").body
        tree = Named(name, number).visit(tree)
    return ast.unparse(_Ones().visit(tree))


class _Ones(ast.NodeTransformer):
    """Leaves out factors that are 1."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult) and _is_one(node.left):
            return node.right
        return node.left if isinstance(node.op, (ast.Mult, ast.Div)) and _is_one(
            node.right) else node  # fmt: skip


def _is_one(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == 1


def _names(text: str) -> set[str]:
    """Return the variables and attributes of a text."""
    tree = _parsed(text)
    nodes = () if tree is None else ast.walk(tree)
    return {ast.unparse(n) for n in nodes if isinstance(n, (ast.Name, ast.Attribute))}


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None
