"""Every change of a line of backward that is one step away from it, in the order of likelihood.

Each is put into the author's file and run, so what is found is the text that mends it. Two lines
that are alike but for their names often have the same slip: there the same change is made in both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gradproof.diagnosis.slips.slip_family import TextFamily, families
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.texts.changes_of_text import Change, Place, lines_of, places_of, scope_key
from gradproof.diagnosis.texts.exchanged import exchanged
from gradproof.diagnosis.texts.left_in import left_in
from gradproof.diagnosis.texts.left_out import settings, unused
from gradproof.diagnosis.texts.moved import moved
from gradproof.diagnosis.texts.scope import Scope, scopes_of
from gradproof.diagnosis.texts.statement_slips import (
    Changes,
    Planned,
    Slip,
    StatementSlip,
    functions_of,
)
from gradproof.diagnosis.weights import weight
from gradproof.verdicts import Edit

_TWIN = weight("text: more, for the same in a second line")
_MOST_TWINS = 4


class TextSlips(TextFamily):
    """One piece of a line left out or exchanged, one line moved; the same in lines that are alike.

    Looks at the statements of backward that a wrong gradient depends on. In their place: the same
    without one factor, term, call or index; with another name, number, operator, axis; elsewhere.
    Says the kind of each, with old and new text.
    """

    order = 30
    most = 1500

    def slips(self, scene: Scene) -> Iterator[Slip]:
        found: list[Slip] = []
        functions = [(file, each) for file, each, backward in functions_of(scene) if backward]
        scopes = scopes_of(scene.program, scene.first, {file for file, _ in functions})
        for file, function in functions:
            changes = Changes(scene.naming, file, function)
            scope = scopes.get(scope_key(file, function)) or Scope()
            places = list(places_of(scene, file, function, scope))
            made = [(place, [*left_in(place), *unused(function, place), *settings(place),
                             *exchanged(place)])
                    for place in places]  # fmt: skip
            for _, of_one in made:
                for each in of_one:
                    found += _put(changes, each)
            found += [*_of_twins(changes, made), *_everywhere(changes, made)]
            found += moved(file, changes.lines, function, lines_of(scene, file)[0])
        yield from sorted(found, key=lambda slip: slip.cost)[: self.most]


def text_slips(scene: Scene) -> Iterator[StatementSlip]:
    """Yield what every family proposes to change in the author's text, the likeliest first."""
    found = [slip for family in families(TextFamily) for slip in family.slips(scene)]
    seen: set[tuple[Edit, ...]] = set()
    for planned in sorted(found, key=lambda slip: slip.cost):
        slip = planned.made()
        if slip is not None and slip.edits not in seen:
            seen.add(slip.edits)
            yield slip


def _put(changes: Changes, each: Change) -> Iterator[Planned]:
    yield from changes.put(each.kind, each.cost, each.old, each.new, each.around, each.term)


def _of_twins(changes: Changes, made: Sequence[tuple[Place, list[Change]]]) -> Iterator[Planned]:
    """Yield the same change in all statements that are alike but for their names."""
    groups: dict[str, list[tuple[Place, list[Change]]]] = {}
    for place, of_one in made:
        groups.setdefault(_shape(place.statement), []).append((place, of_one))
    for group in groups.values():
        if not 1 < len(group) <= _MOST_TWINS:
            continue
        spots: dict[tuple[int, str], list[Change]] = {}
        for place, of_one in group:
            where = {id(n): at for at, n in enumerate(ast.walk(place.statement))}
            for each in of_one:
                at = where.get(id(each.old))
                if at is not None:
                    spots.setdefault((at, each.tag), []).append(each)
        for together in spots.values():
            if len(together) != len(group):
                continue
            yield from _all_of([slip for each in together for slip in _put(changes, each)])


def _everywhere(changes: Changes, made: Sequence[tuple[Place, list[Change]]]) -> Iterator[Planned]:
    """Yield a change of one piece of text made wherever it stands in the function."""
    spots: dict[tuple[str, str], dict[tuple[int, int], Change]] = {}
    for _, of_one in made:
        for each in of_one:
            if isinstance(each.old, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp)):
                key = ast.unparse(each.old), each.tag
                spots.setdefault(key, {})[each.old.lineno, each.old.col_offset] = each
    for together in spots.values():
        if 1 < len(together) <= _MOST_TWINS:
            all_of_them = together.values()
            yield from _all_of([slip for each in all_of_them for slip in _put(changes, each)])


def _all_of(slips: Sequence[Planned]) -> Iterator[Planned]:
    """Yield several changes as one."""
    cost = slips[0].cost + _TWIN

    def make() -> StatementSlip | None:
        made = [each.made() for each in slips]
        first = made[0]
        if first is None or None in made:
            return None
        edits = tuple(edit for slip in made if slip is not None for edit in slip.edits)
        return replace(first, cost=cost, edits=edits)

    yield Planned(cost, make)


class _Nameless(ast.NodeTransformer):
    """Puts one name in the place of every other."""

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name("_", node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Attribute(self.visit(node.value), "_", node.ctx)


def _shape(statement: ast.stmt) -> str:
    """Return what statements that are alike have in common."""
    if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)):
        return str(id(statement))
    return ast.dump(_Nameless().visit(ast.parse(ast.unparse(statement))))


__all__ = ["TextSlips", "text_slips"]
