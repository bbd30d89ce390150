"""Repairs of the order in which elements are taken: from the other end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.search.repair import Repair, Words
from gradproof.diagnosis.slips.slip_family import EntryFamily
from gradproof.diagnosis.source.rewrites import whole_text
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op, Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind


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
