"""Small changes of one call, with their texts: another function, an operand alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.diagnosis.quantities.terms import Term, written
from gradproof.diagnosis.search.repair import Repair, of_function
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.tape import Op
from gradproof.slip_kinds import Kind


def operand_text(op: Op, k: int) -> Callable[[Naming], str]:
    """Return the text of an operand, as the author wrote it."""
    return lambda naming: naming.operand(op, k)


def about_term(term: Term) -> Callable[[Naming], str]:
    """Return the text of a term, in the author's names."""
    return lambda naming: written(term, naming.text)


def swapped(index: int, op: Op, name: str, kind: Kind, cost: float, about: int = 1) -> Repair:
    """Return another function of the same operands."""
    return of_function(index, name, lambda o: o.args, {}, kind, cost, operand_text(op, about))


def only(index: int, op: Op, keep: int, kind: Kind, cost: float) -> Repair:
    """Return one operand in place of the result."""
    about = operand_text(op, 1 - keep if len(op.args) == 2 else keep)
    return of_function(index, "positive", lambda o: (o.args[keep],), {}, kind, cost,
                       about, operand_text(op, keep))  # fmt: skip


def without(index: int, op: Op, kind: Kind, cost: float) -> Repair:
    """Return the first operand in place of a function of it."""
    return of_function(index, "positive", lambda o: (o.args[0],), {}, kind, cost,
                       lambda naming: naming.source(op) or naming.composed(op),
                       operand_text(op, 0))  # fmt: skip


def whole_text(index: int) -> Callable[[Naming], str]:
    """Return the text of a whole entry."""

    def text(naming: Naming) -> str:
        op = naming.tape.ops[index]
        return naming.source(op) or naming.composed(op)

    return text


def putting(k: int, value: Any) -> Callable[[Op], tuple[Any, ...]]:
    """Return the operands with a value in one place."""
    return lambda op: tuple(value if j == k else a for j, a in enumerate(op.args))
