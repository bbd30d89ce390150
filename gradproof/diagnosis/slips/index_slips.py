"""Repairs of what stands in square brackets: another counter, two of them swapped, a list of rows.

In a loop the same index is changed in each turn.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.search.repair import Repair, Words, of_function
from gradproof.diagnosis.slips.slip_family import EntryFamily, Looked, WholeFamily
from gradproof.diagnosis.source.rewrites import whole_text
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

MOST_TURNS = 64
_COUNTER, _SWAPPED, _BESIDE, _ROWS = (
    weight("index slips: counter"),
    weight("index slips: swapped"),
    weight("index slips: beside"),
    weight("index slips: rows"),
)
_CROP = weight("index slips: crop")
Key = tuple[Any, ...]


class Indices(WholeFamily):
    """Another index: i for j, i - 1 for i, rows for elements.

    Looks at elements that backward reads. In their place: the counters of loops, the parts swapped,
    the index beside it, whole rows. Says which index is meant.
    """

    order = 40

    def repairs(self, looked: Looked) -> Iterator[Repair]:
        scene, live = looked.scene, looked.live
        tape, inside = scene.first.tape, set(live)
        for index in live:
            members = [k for k in scene.turns.of(index) if k in inside]
            last = tape.ops[index].name == "getitem" and members[-1] == index
            if last and 1 < len(members) <= MOST_TURNS:
                yield from _other_keys(scene, members)
        yield from _rows(scene, live)


class Crops(EntryFamily):
    """A part of an array that is shifted: ``dxp[:, :, :H, :W]`` for what stands inside the padding.

    Looks at slices that backward takes of an array. In their place: as many elements, from each
    other first one, the same along all axes that are cut. Says which part is meant.
    """

    order = 65

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        tape = scene.first.tape
        if op.name != "getitem" or index < tape.start or not isinstance(op.args[0], Ref):
            return
        full, made = np.shape(tape.value(op.args[0].index)), np.shape(op.value)
        key = _key(op)
        plain = all(isinstance(k, slice) and k.step in (None, 1) for k in key)
        if not plain or len(full) != len(made):
            return
        cut = [axis for axis, (n, m) in enumerate(zip(full, made)) if m < n]
        for first in range(min((full[a] - made[a] for a in cut), default=-1) + 1)[:MOST_TURNS]:
            new = tuple(slice(first, first + made[a]) if a in cut else slice(None)
                        for a in range(len(full)))  # fmt: skip
            texts = [_part(scene, first, made[a], full[a]) if a in cut else ":"
                     for a in range(len(full))]  # fmt: skip
            yield of_function(
                index, "getitem", partial(_taking, new), {}, Kind.OFF_BY_ONE, _CROP,
                whole_text(index), partial(_taken, op, texts))  # fmt: skip


def _taking(key: Key, op: Op) -> tuple[Any, ...]:
    return op.args[0], key


def _taken(op: Op, texts: Sequence[str], naming: Naming) -> str:
    return f"{naming.operand(op, 0)}[{', '.join(texts)}]"


def _part(scene: Scene, first: int, length: int, full: int) -> str:
    """Return a slice as one writes it: ``pad:`` or ``pad:-pad``."""
    tape = scene.first.tape
    known = {**tape.foreign, **tape.constants}
    name = next((k for k, v in known.items() if v == first and k.isidentifier()), str(first))
    left = full - first - length
    start = "" if first == 0 else name
    if left == 0:
        return f"{start}:"
    if left == first:
        return f"{name}:-{name}"
    return f"{start}:-{left}"


def _key(op: Op) -> Key:
    return op.args[1] if isinstance(op.args[1], tuple) else (op.args[1],)


def _slice(naming: Naming, op: Op) -> tuple[ast.Subscript, list[ast.expr]] | None:
    """Return the subscript that an entry is written as, and the parts of its index."""
    node = naming.sources.node(op.site) if op.site is not None else None
    if not isinstance(node, ast.Subscript):
        return None
    return node, node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _other_keys(scene: Scene, members: list[int]) -> Iterator[Repair]:
    tape = scene.first.tape
    found = _slice(scene.naming, tape.ops[members[-1]])
    keys = [_key(tape.ops[k]) for k in members]
    if found is None or any(len(key) != len(found[1]) for key in keys):
        return
    node, parts = found
    counted, swapped = _counted(tape, members, keys, parts), _swapped(keys, parts)
    for new, texts, kind, cost in (*counted, *swapped, *_beside(scene, members, parts)):
        if new != keys and all(_fits(tape, k, key) for k, key in zip(members, new)):
            yield _repair(dict(zip(members, new)), node, _written(node, texts), kind, cost)


Other = tuple[list[Key], list[ast.expr], Kind, float]


def _counted(tape: Tape, members: list[int], keys: list[Key], parts: list[ast.expr]
             ) -> Iterator[Other]:  # fmt: skip
    """Yield indices with a counter of the loops in the place of another number."""
    counters = [tape.ops[k].counters for k in members]
    for p, own in enumerate(parts):
        if not all(type(key[p]) is int for key in keys):
            continue
        for name in sorted(set.intersection(*map(set, counters))):
            if len({c[name] for c in counters}) > 1 and ast.unparse(own) != name:
                new = [(*key[:p], c[name], *key[p + 1 :]) for key, c in zip(keys, counters)]
                texts = [*parts[:p], ast.Name(name), *parts[p + 1 :]]
                yield new, texts, Kind.WRONG_VARIABLE, _COUNTER


def _swapped(keys: list[Key], parts: list[ast.expr]) -> Iterator[Other]:
    """Yield indices with two counters in the other order."""
    for q in range(len(parts)):
        for p in range(q):
            if all(type(key[p]) is int and type(key[q]) is int for key in keys):
                order = list(range(len(parts)))
                order[p], order[q] = q, p
                new = [tuple(key[k] for k in order) for key in keys]
                yield new, [parts[k] for k in order], Kind.TRANSPOSED, _SWAPPED


def _beside(scene: Scene, members: list[int], parts: list[ast.expr]) -> Iterator[Other]:
    """Yield the indices that other arrays have in the same turn."""
    tape, seen = scene.first.tape, {ast.unparse(p) for p in parts}
    for index in range(tape.start, len(tape.ops)):
        op = tape.ops[index]
        if op.name not in ("getitem", "setitem") or not scene.turns.is_last(index):
            continue
        found = _slice(scene.naming, op)
        turns = {_turn(tape, k): _key(tape.ops[k]) for k in scene.turns.of(index)}
        new = [turns.get(_turn(tape, k), ()) for k in members]
        if found is None or {ast.unparse(p) for p in found[1]} == seen:
            continue
        if all(len(key) == len(found[1]) == len(parts) for key in new):
            yield new, list(found[1]), Kind.WRONG_VARIABLE, _BESIDE


def _turn(tape: Tape, index: int) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(tape.ops[index].counters.items()))


def _fits(tape: Tape, index: int, key: Key) -> bool:
    """Whether an index takes what has the shape that was taken."""
    op = tape.ops[index]
    if any(isinstance(part, Ref) for part in key):
        return False
    try:
        return bool(tape.value(op.args[0].index)[key].shape == op.value.shape)
    except (IndexError, AttributeError):
        return False


def _written(node: ast.Subscript, parts: Sequence[ast.expr]) -> str:
    made = copy.copy(node)
    made.slice = parts[0] if len(parts) == 1 else ast.Tuple(list(parts), ast.Load())
    return ast.unparse(made)


def _repair(keys: dict[int, Key], node: ast.Subscript, new: str, kind: Kind, cost: float) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        return {k: Op("getitem", (tape.ops[k].args[0], key), {}, None) for k, key in keys.items()}

    old = ast.unparse(node)
    return Repair(kind, cost, max(keys), (), changes, lambda naming: Words(old, new, old))


# --- rows -----------------------------------------------------------------------------------------


def _rows(scene: Scene, live: list[int]) -> Iterator[Repair]:
    """Yield ``p[np.arange(n), t]``, one element of each row, for ``p[:, t]``, whole columns."""
    tape, naming = scene.first.tape, scene.naming
    statements: dict[ast.stmt, list[int]] = {}
    for index in live:
        op = tape.ops[index]
        statement = naming.sources.statement(op.site) if op.site is not None else None
        if op.name in ("getitem", "setitem") and statement is not None and _takes_columns(tape, op):
            statements.setdefault(statement, []).append(index)
    for statement, indices in statements.items():
        yield _of_rows(tape, statement, indices)


def _takes_columns(tape: Tape, op: Op) -> bool:
    key = _key(op)
    if len(key) != 2 or key[0] != slice(None):
        return False
    chosen = tape.value(key[1].index) if isinstance(key[1], Ref) else np.asarray(key[1])
    rows = np.shape(tape.value(op.args[0].index))[0]
    return bool(chosen.dtype.kind == "i" and chosen.shape == (rows,))


def _of_rows(tape: Tape, statement: ast.stmt, indices: list[int]) -> Repair:
    base = tape.ops[indices[0]].args[0].index
    rows = len(tape.value(base))

    def changes(at: Tape) -> dict[int, Any]:
        out = {}
        for k in indices:
            op = at.ops[k]
            key = (np.arange(len(at.value(op.args[0].index))), _key(op)[1])
            out[k] = Op(op.name, (op.args[0], key, *op.args[2:]), {}, None)
        return out

    def words(naming: Naming) -> Words:
        named = naming.scalar(rows)
        count = named if not named.isdigit() else f"len({naming.text(base)})"
        rule = _Rows(ast.parse(f"np.arange({count})", mode="eval").body)
        new = ast.unparse(rule.visit(copy.deepcopy(statement)))
        return Words(ast.unparse(statement), new, rule.old)

    return Repair(Kind.WRONG_MASK, _ROWS, indices[-1], (), changes, words)


class _Rows(ast.NodeTransformer):
    """Puts rows in the place of the first ``:`` of an index of two parts."""

    def __init__(self, rows: ast.expr) -> None:
        self.rows, self.old = rows, ""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        if len(parts) == 2 and isinstance(parts[0], ast.Slice):
            self.old = ast.unparse(node)
            node.slice = ast.Tuple([self.rows, parts[1]], ast.Load())
        return node
