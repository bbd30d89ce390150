"""Assigned where it should have been added: dx[i:j] = ..., dW = ... in a loop, dW[labels] = ...;
added up from the wrong end."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.search.repair import Repair, Words
from gradproof.diagnosis.slips.slip_family import EntryFamily, Looked, WholeFamily
from gradproof.diagnosis.source.rewrites import whole_text
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Later, Op, Ref, Tape, evaluate, resolved
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_COST = weight("accumulation slips: cost")
_Assigned = ast.Assign | ast.AugAssign


class Accumulations(WholeFamily):
    """= for +=: only the last of several values was kept.

    Looks at what is assigned again in a loop, and elements with indices that may repeat. In their
    place: the sum of all turns, or np.add.at. Says what is to be added up.
    """

    order = 30

    def repairs(self, looked: Looked) -> Iterator[Repair]:
        scene, live = looked.scene, looked.live
        tape, turns, inside = scene.first.tape, scene.turns, set(live)
        for index in live:
            if not turns.is_last(index):
                continue
            members = [k for k in turns.of(index) if k in inside]
            if tape.ops[index].name == "setitem":
                yield _added_at(tape, tuple(members))
            elif (
                turns.repeated(index)
                and not isinstance(tape.value(index), list)
                and _is_assigned(scene.naming, tape.ops[index])
            ):
                yield _summed(turns.of(index))


def _added_at(tape: Tape, members: tuple[int, ...]) -> Repair:
    def changes(at: Tape) -> dict[int, Any]:
        return {k: Op("add_at", _addends(at, k), {}, None) for k in members}

    key = tape.ops[members[-1]].args[1]
    marks = tape.value(key.index) if isinstance(key, Ref) else key
    several = isinstance(marks, np.ndarray) and marks.dtype.kind in "iu" and marks.ndim > 0
    return _repair(members[-1], changes, _at if several else _increased)


def _addends(tape: Tape, index: int) -> tuple[Any, ...]:
    """Return the array, the places and what is written there: of ``a[k] += v`` it is v alone."""
    array, key, value = tape.ops[index].args
    made = tape.ops[value.index] if isinstance(value, Ref) else None
    if made is not None and made.name in ("add", "subtract") and isinstance(made.args[0], Ref):
        before, added = tape.ops[made.args[0].index], made.args[1]
        taken = before.args if before.name == "getitem" else (None, None)
        if taken[0] == array and _alike(tape, taken[1], key):
            return array, key, added if made.name == "add" else _negative(added)
    return array, key, value


def _alike(tape: Tape, one: Any, other: Any) -> bool:
    """Whether two indices are the same: a list of numbers is on the tape once for each use."""
    if isinstance(one, Ref) and isinstance(other, Ref):
        return np.array_equal(tape.value(one.index), tape.value(other.index))
    return bool(one == other)


def _negative(operand: Any) -> Any:
    if not isinstance(operand, Ref):
        return -operand
    return Later(frozenset({operand.index}), lambda value: -value(operand.index))


def _summed(members: list[int]) -> Repair:
    """Return the sum over all turns in the place of the value of the last one."""

    def changes(tape: Tape) -> dict[int, Any]:
        *earlier, last = members
        op = tape.ops[last]

        def total(value: Callable[[int], Any]) -> Any:
            own = evaluate(op.name, resolved(op.args, value), op.kwargs)
            return sum((value(k) for k in earlier), own)

        return {last: Op("positive", (Later(frozenset(members), total),), {}, None)}

    return _repair(members[-1], changes, _increased)


def _repair(
    index: int, changes: Callable[[Tape], dict[int, Any]], new: Callable[[_Assigned], str]
) -> Repair:
    def words(naming: Naming) -> Words:
        statement = _statement(naming, naming.tape.ops[index])
        if statement is None:
            return Words(naming.text(index), naming.text(index), naming.text(index))
        text = new(statement)
        term = statement.value if new is _increased else ast.parse(text, mode="eval").body
        return Words(ast.unparse(statement), text, ast.unparse(term))

    return Repair(Kind.WRONG_OPERATOR, _COST, index, (), changes, words)


def _increased(statement: _Assigned) -> str:
    sign = "-" if _subtracts(statement) else "+"
    return f"{ast.unparse(_target(statement))} {sign}= {ast.unparse(statement.value)}"


def _subtracts(statement: _Assigned) -> bool:
    return isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Sub)


def _target(statement: _Assigned) -> ast.expr:
    return statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]


def _at(statement: _Assigned) -> str:
    target = _target(statement)
    if not isinstance(target, ast.Subscript):
        return _increased(statement)
    parts = ", ".join(map(ast.unparse, (target.value, target.slice, statement.value)))
    return f"np.{'subtract' if _subtracts(statement) else 'add'}.at({parts})"


def _statement(naming: Naming, op: Op) -> _Assigned | None:
    found = naming.sources.statement(op.site) if op.site is not None else None
    if isinstance(found, ast.AugAssign) and isinstance(found.op, (ast.Add, ast.Sub)):
        return found
    return found if isinstance(found, ast.Assign) else None


def _is_assigned(naming: Naming, op: Op) -> bool:
    """Whether an entry is what a statement assigns, to a variable that had a value before."""
    statement = _statement(naming, op)
    node = naming.sources.node(op.site) if op.site is not None else None
    if not isinstance(statement, ast.Assign) or statement.value is not node:
        return False
    return np.ndim(op.value) > 0 or (
        op.value.dtype.kind == "f" and _is_known(naming, op, statement)
    )


def _is_known(naming: Naming, op: Op, statement: ast.Assign) -> bool:
    """Whether what a statement assigns to has had another value, such as the 0 of a sum."""
    targets = [ast.unparse(t) for t in statement.targets]
    around = naming.sources.nodes(op.site.file) if op.site is not None else []
    return any(
        isinstance(node, ast.Assign)
        and node.lineno < statement.lineno
        and node.col_offset < statement.col_offset
        and [ast.unparse(t) for t in node.targets] == targets
        for node in around
    )


class SumsFromTheOtherEnd(EntryFamily):
    """np.cumsum(dy) for np.cumsum(dy[::-1])[::-1]: what comes later depends on what is before it.

    Looks at cumulative sums. In their place: the same from the other end. Says that the order is
    wrong.
    """

    order = 160

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name != "cumsum" or not isinstance(op.args[0], Ref):
            return
        value = scene.first.tape.value(op.args[0].index)
        axis = op.kwargs.get("axis", op.args[1] if len(op.args) > 1 else None)
        if isinstance(axis, int) or value.ndim == 1:
            yield _reversed(index, op, axis)


def _reversed(index: int, op: Op, axis: int | None) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        terms = tape.value(tape.ops[index].args[0].index)
        return {index: np.flip(np.cumsum(np.flip(terms, axis), axis), axis)}

    def words(naming: Naming) -> Words:
        terms, old = naming.operand(op, 0), whole_text(index)(naming)
        if axis is None:
            return Words(old, f"np.cumsum({terms}[::-1])[::-1]", old)
        inside = f"np.cumsum(np.flip({terms}, {axis}), {axis})"
        return Words(old, f"np.flip({inside}, {axis})", old)

    cost = weight("sums from the other end: reversed")
    return Repair(Kind.WRONG_FUNCTION, cost, index, (), changes, words)
