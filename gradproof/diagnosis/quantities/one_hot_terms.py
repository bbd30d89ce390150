"""The elements that forward picks by labels, marked with 1: what has to be subtracted from p."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.terms import Term
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.tape import Array, Op, Ref, Tape, resolved


def marks(tape: Tape, naming: Naming, used: list[int]) -> Iterator[tuple[int, Term]]:
    """Yield, for p[np.arange(n), t] in forward, np.eye(p.shape[1])[t]."""
    for index in used:
        op = tape.ops[index]
        if index < tape.start and op.name == "getitem" and isinstance(op.args[1], tuple):
            text = _text(tape, naming, op)
            if text:
                options = (("value", _marked(index)),)
                yield index, Term("given", text=text, options=options)


def _marked(index: int) -> Any:
    def value(tape: Tape) -> Array:
        op = tape.ops[index]
        array, key = resolved(op.args, tape.value)
        out = np.zeros(np.shape(array))
        out[key] = 1.0
        return out

    return value


def _text(tape: Tape, naming: Naming, op: Op) -> str:
    """Return the text of the marks, where rows are picked from one by one by labels."""
    rows, columns = op.args[1] if len(op.args[1]) == 2 else (None, None)
    base = op.args[0]
    if not isinstance(columns, Ref) or not isinstance(base, Ref):
        return ""
    labels = tape.value(columns.index)
    picked = np.asarray(tape.value(rows.index) if isinstance(rows, Ref) else rows)
    alone = picked.shape == labels.shape and np.array_equal(picked, np.arange(labels.size))
    if labels.dtype.kind not in "iu" or not alone:
        return ""
    owner = next((o for o in tape.ops if o.own and np.shape(o.value) == np.shape(
        tape.value(base.index))), None)  # fmt: skip
    return (
        "" if owner is None else f"np.eye({owner.names[0]}.shape[1])[{naming.text(columns.index)}]"
    )
