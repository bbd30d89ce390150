"""What follows for a function's value from what is known of its argument, and the other way round.

``infeasible`` takes x**3, log(x) or arctan(x) for a variable of its own. Here the functions that
grow with their argument tell it more: each is above its value at a point exactly where its argument
is above that point; some are bounded; and a term without variables is a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from gradproof.proof.zero.feasible import infeasible
from gradproof.proof.zero.reals import PRECISE, evaluate
from gradproof.tracing import expression as ex
from gradproof.tracing.expression import is_const, terms
from gradproof.tracing.nodes import NEG, POS, Node, number, postorder

Signs = tuple[Node, int]
_MOST = 8  # terms that are looked at
_ROUNDS = 2
# Functions that grow: a point, and the value there.
_GROWING = {"arctan": (0, 0), "exp": (0, 1), "log": (1, 0), "arcsinh": (0, 0), "tanh": (0, 0),
            "sinh": (0, 0), "erf": (0, 0)}  # fmt: skip
_BOUNDED = {"arctan": Fraction(1571, 1000), "tanh": Fraction(1), "erf": Fraction(1),
            "sin": Fraction(1001, 1000), "cos": Fraction(1001, 1000)}  # fmt: skip
_NEAR = Fraction(1, 10**12)


def contradictory(conditions: Sequence[Signs]) -> bool:
    """Whether no real values give each expression its sign, also by what functions do."""
    if infeasible(conditions):
        return True
    found = [t for t in dict.fromkeys(t for q, _ in conditions for _, t in terms(q))
             if not is_const(t) and t.kind != "symbol"]  # fmt: skip
    if not found or len(found) > _MOST:
        return False
    known = [*conditions, *(fact for t in found for fact in _bounds(t))]
    growing = [pair for t in found if (pair := _growing(t)) is not None]
    for _ in range(_ROUNDS):
        if infeasible(known):
            return True
        further = [fact for pair in growing for fact in _implied(pair, known)]
        if not further:
            return False
        known += further
    return infeasible(known)


def _bounds(term: Node) -> Iterator[Signs]:
    """What is known of a term wherever it exists."""
    if not any(node.kind == "symbol" for node in postorder([term])):
        (value,) = evaluate([term], {}, PRECISE)
        if value is not None:
            about = Fraction(float(value))
            near = _NEAR * max(abs(about), Fraction(1))
            yield ex.sub(term, number(about - near)), POS
            yield ex.sub(term, number(about + near)), NEG
    most = _BOUNDED.get(term.payload) if term.kind == "call" else None
    if most is not None:
        yield ex.sub(term, number(most)), NEG
        yield ex.add(term, number(most)), POS


def _growing(term: Node) -> tuple[Node, Node] | None:
    """Two expressions that have the same sign: of the argument, and of the function's value."""
    if term.kind == "call" and term.payload in _GROWING:
        at, value = _GROWING[term.payload]
        return ex.sub(term.args[0], number(Fraction(at))), ex.sub(term, number(Fraction(value)))
    if term.kind == "mul" and len(term.args) == 1:
        (base,), (power,) = term.args, term.payload
        if power.denominator == 1 and int(power) % 2:
            return base, term
        if power > 0 and power.denominator > 1:  # a root, of what is not negative
            return ex.sub(base, ex.one()), ex.sub(term, ex.one())
    return None


def _implied(pair: tuple[Node, Node], known: Sequence[Signs]) -> Iterator[Signs]:
    """The sign of one of the two, where that of the other is known; but not what is known of it."""
    for one, other in (pair, pair[::-1]):
        for sign, against in ((POS, NEG), (NEG, POS)):
            if infeasible([*known, (one, against)]) and not infeasible([*known, (other, against)]):
                yield other, sign


__all__ = ["contradictory"]
