"""Repairs of masks and branches: comparisons, np.where, and writes into selected elements."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.terms import apply, entry, number
from gradproof.diagnosis.search.repair import Repair, Words, in_slots, of_function
from gradproof.diagnosis.slips.slip_family import EntryFamily
from gradproof.diagnosis.source.rewrites import operand_text, putting, whole_text
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_EQUALS = ("equal", "not_equal")
_COMPARISONS = ("greater", "less", "greater_equal", "less_equal", "equal", "not_equal")


class Comparisons(EntryFamily):
    """Another comparison, or another bound.

    Looks at comparisons. In their place: each other one, and the bounds 0, 1, -1, 0.5 and those of
    parameters. Says that the mask is wrong.
    """

    order = 30

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name not in _COMPARISONS:
            return
        whole = whole_text(index)
        for other in _COMPARISONS:
            if other != op.name:
                cost = (
                    weight("comparisons: of the same sort")
                    if (other in _EQUALS) is (op.name in _EQUALS)
                    else weight("comparisons: an equality for an order")
                )
                yield of_function(index, other, lambda o: o.args, {}, Kind.WRONG_MASK, cost, whole)
        for k, operand in enumerate(op.args):
            if isinstance(operand, Ref):
                continue
            for value in (0, 1, -1, 0.5, *scene.numbers.parameters.values()):
                if value != operand:
                    cost = (
                        weight("comparisons: with 0")
                        if value == 0
                        else weight("comparisons: with another bound")
                    )
                    yield of_function(
                        index, op.name, putting(k, value), {}, Kind.WRONG_MASK, cost, whole
                    )


class WhereBranches(EntryFamily):
    """The branches of np.where swapped, or 0 or 1 in one of them.

    Looks at np.where with three arguments. In their place: the branches swapped, or a plain number
    in one. Says that the mask is wrong.
    """

    order = 40

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name != "where" or len(op.args) != 3:
            return
        whole = whole_text(index)
        yield of_function(index, "where", lambda o: (o.args[0], o.args[2], o.args[1]), {},
                          Kind.WRONG_MASK, weight("where branches: swapped"), whole)  # fmt: skip
        for k in (1, 2):
            own = op.args[k]
            if type(own) in (int, float) and own:
                text = _negative(scene.naming.operand(op, k))
                yield in_slots(((index, k),), number(-own, text), Kind.WRONG_SIGN,
                               weight("where branches: the negative"),
                               operand_text(op, k))  # fmt: skip
            for value in (0, 1):
                if isinstance(op.args[k], Ref) or op.args[k] != value:
                    yield of_function(index, "where", putting(k, value), {}, Kind.WRONG_MASK,
                                      weight("where branches: a plain number"),
                                      operand_text(op, k))  # fmt: skip


def _negative(text: str) -> str:
    """Return a text with the other sign, as one writes it.

    >>> _negative("tau - 1"), _negative("-tau"), _negative("a + b"), _negative("2")
    ('1 - tau', 'tau', '-(a + b)', '-2')
    """
    node = ast.parse(text, mode="eval").body
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        node = ast.BinOp(node.right, ast.Sub(), node.left)
    else:
        minus = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        node = node.operand if minus else ast.UnaryOp(ast.USub(), node)  # type: ignore[attr-defined]
    return ast.unparse(node)


class ClipBounds(EntryFamily):
    """The bounds of np.clip that forward has.

    Looks at np.clip. In their place: bounds that are parameters, of either sign. Says which bound
    is wrong.
    """

    order = 50

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name != "clip" or len(op.args) != 3:
            return
        for text, value in scene.numbers.parameters.items():
            args = partial(_between, value)
            yield of_function(index, "clip", args, {}, Kind.WRONG_CONSTANT,
                              weight("clip bounds: wrong constant"), whole_text(index),
                              partial(_clipped, op, text))  # fmt: skip
            for k in (1, 2):
                for sign in (1, -1):
                    term = number(sign * value, text if sign > 0 else f"-{text}")
                    yield in_slots(((index, k),), term, Kind.WRONG_CONSTANT,
                                   weight("clip bounds: wrong constant"),
                                   operand_text(op, k))  # fmt: skip


def _between(value: float, op: Op) -> tuple[Any, ...]:
    return op.args[0], -value, value


def _clipped(op: Op, text: str, naming: Naming) -> str:
    return f"np.clip({naming.operand(op, 0)}, -{text}, {text})"


class Masks(EntryFamily):
    """What is meant by ``dx[mask] = value``: a product, or the other elements.

    Looks at assignments to elements. In their place: none, the other elements, or a product. Says
    that the mask is wrong.
    """

    order = 100

    def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
        if op.name == "setitem":
            yield of_function(index, "positive", lambda o: (o.args[0],), {}, Kind.WRONG_MASK,
                              weight("masks: none"), lambda naming: naming.text(index))  # fmt: skip
            key = op.args[1]
            if isinstance(key, Ref) and scene.first.tape.value(key.index).dtype.kind == "b":
                inverse = apply("logical_not", entry(key.index))
                yield in_slots(((index, 1),), inverse, Kind.WRONG_MASK,
                               weight("masks: the other elements"),
                               operand_text(op, 1))  # fmt: skip
                if isinstance(op.args[2], (int, float)):
                    yield _times_mask(index, op)


def _times_mask(index: int, op: Op) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        here = tape.ops[index]
        base, mask = (tape.value(here.args[k].index) for k in (0, 1))
        return {index: np.where(mask, base * here.args[2], base)}

    def words(naming: Naming) -> Words:
        target, mask = naming.text(index), naming.operand(op, 1)
        value = naming.scalar(op.args[2])
        return Words(f"{target}[{mask}] = {value}", f"{target}[{mask}] *= {value}", target)

    return Repair(Kind.WRONG_MASK, weight("masks: a product"), index, (), changes, words)
