"""Exact normal forms of small expressions: quotients of polynomials in their generators.

Variables, exponentials, logarithms and the weights of selections are independent generators; sin
and cos are rational in the tangent of half an angle; a root r of order q is a generator that is
reduced by r**q = radicand at the end. A difference whose normal form is 0 is 0 wherever it is
defined, without any chance of error. Sums over a batch have no normal form here.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from gradproof.proof.zero.generators import Generators, collect
from gradproof.tracing.expression import terms
from gradproof.tracing.nodes import Node, postorder, table
from gradproof.work import TERM, spend

MOST_NODES = 60
MOST_GENERATORS = 10
MOST_TERMS = 200
LARGEST_EXPONENT = 12

Key = tuple[str, Node]


class NoNormalFormError(Exception):
    """The expression is too large, or has parts that this form cannot express."""


def exact_zero(node: Node) -> bool | None:
    """Whether the expression has the normal form 0; None where that does not settle it.

    Without roots, expressions that differ have different normal forms. With roots that depend on
    one another, such as sqrt(a*b) and sqrt(a)*sqrt(b), equal ones may have different forms too.
    """
    order = postorder([node])
    if len(order) > MOST_NODES or any(part.kind in ("sum", "undefined") for part in order):
        return None
    signature = _signature(order)
    try:
        return _answers[signature]
    except KeyError:
        answer = _decide(node, order)
    if len(_answers) >= MOST_ANSWERS:  # in whichever thread: an answer lost is found again
        _answers.clear()
    _answers[signature] = answer
    return answer


def free_of_conditions(node: Node, touched: set[Node], subject: Node | None) -> bool | None:
    """Whether no weight of a selection is left in the normal form; None where that is open.

    ``touched`` are the nodes that contain a selection on the sign of the subject, or on any sign.
    """
    order = postorder([node])
    if len(order) > MOST_NODES or any(part.kind in ("sum", "undefined") for part in order):
        return None
    try:
        form = _NormalForm(order, collect(order))
    except (NoNormalFormError, ZeroDivisionError):
        return None
    left = form.keys_in(node)
    if any(kind == "root" for kind, _ in left):
        return None
    return not any(
        (kind.startswith("sign ") and subject in (None, part)) or part in touched
        for kind, part in left
        if not kind.startswith("label ")
    )


MOST_ANSWERS = 4096
_answers: dict[Any, bool | None] = {}


def _signature(order: Sequence[Node]) -> Any:
    """Describe an expression up to the names of its symbols, so that elements share an answer."""
    position = {node: k for k, node in enumerate(order)}
    return tuple(
        (
            node.kind,
            None if node.kind == "symbol" else node.payload,
            tuple(position[arg] for arg in node.args),
        )
        for node in order
    )


def _decide(node: Node, order: Sequence[Node]) -> bool | None:
    generators = collect(order)
    try:
        zero = _NormalForm(order, generators).is_zero(node)
    except (NoNormalFormError, ZeroDivisionError):
        return None
    return zero if zero or not generators.roots else None


def _keys(order: Sequence[Node], generators: Generators) -> list[Key]:
    keys: list[Key] = [("exp", t) for t in generators.scales]
    keys += [("angle", t) for t in generators.angles]
    keys += [("root", base) for base in generators.roots]
    for node in order:
        if node.kind == "symbol" or (node.kind == "call" and node.payload not in _EXPRESSED):
            keys.append(("value", node))
        elif node.kind == "case":
            outcomes = len(node.args) - 2
            keys += [(f"{node.payload} {k}", node.args[0]) for k in range(outcomes)]
    return list(dict.fromkeys(keys))


_EXPRESSED = ("exp", "sin", "cos")


class _NormalForm:
    """The field of rational functions in the generators, and expressions written in it."""

    def __init__(self, order: Sequence[Node], generators: Generators) -> None:
        from gradproof.algebra.fraction_field import FractionField  # SymPy is slow to import

        keys = _keys(order, generators)
        if len(keys) > MOST_GENERATORS:
            raise NoNormalFormError
        self.generators = generators
        self.over = FractionField(len(keys))
        self.field = self.over.field
        self.known = dict(zip(keys, self.over.generators))
        self.positions = {key: k for k, key in enumerate(keys)}
        self.values: dict[Node, Any] = {}
        for node in order:
            table().check_work()
            value = self.values[node] = self._value(node)
            spend(TERM * (len(value.numer) + len(value.denom)))
            if len(value.numer) + len(value.denom) > MOST_TERMS:
                raise NoNormalFormError

    # --- writing expressions in the field -----------------------------------------------------

    def _value(self, node: Node) -> Any:
        match node.kind:
            case "const":
                return self.over.number(node.payload)
            case "symbol":
                return self.known["value", node]
            case "add":
                parts = zip(node.payload, node.args)
                return sum((self.over.number(c) * self.values[a] for c, a in parts), self.field(0))
            case "mul":
                return self._product(node)
            case "call" if node.payload == "exp":
                return self._exponential(node.args[0], Fraction(1))
            case "call" if node.payload in ("sin", "cos"):
                cosine, sine = self._rotation(node.args[0])
                return cosine if node.payload == "cos" else sine
            case "call":
                return self.known["value", node]
            case "case":
                return self._selection(node)
        raise NoNormalFormError

    def _product(self, node: Node) -> Any:
        total = self.field(1)
        for base, exponent in zip(node.args, node.payload):
            if base.kind == "call" and base.payload == "exp":
                total = total * self._exponential(base.args[0], exponent)
            elif exponent.denominator == 1:
                total = total * self._power(self.values[base], int(exponent))
            else:
                order = self.generators.roots[base]
                total = total * self._power(self.known["root", base], int(exponent * order))
        return total

    def _power(self, value: Any, exponent: int) -> Any:
        if abs(exponent) > LARGEST_EXPONENT:
            raise NoNormalFormError
        return value**exponent

    def _exponential(self, argument: Node, exponent: Fraction) -> Any:
        total = self.field(1)
        for c, t in terms(argument):
            scale = self.generators.scales[t]
            total = total * self._power(self.known["exp", t], int(c * exponent * scale))
        return total

    def _rotation(self, argument: Node) -> tuple[Any, Any]:
        """Return cos and sin of a sum of multiples of angles, by multiplying rotations."""
        cosine, sine = self.field(1), self.field(0)
        for c, t in terms(argument):
            u = self.known["angle", t]
            step = (1 - u**2) / (1 + u**2), 2 * u / (1 + u**2)
            count = int(c * self.generators.angles[t])
            if abs(count) > LARGEST_EXPONENT:
                raise NoNormalFormError
            a, b = step if count > 0 else (step[0], -step[1])
            for _ in range(abs(count)):
                cosine, sine = cosine * a - sine * b, cosine * b + sine * a
        return cosine, sine

    def _selection(self, node: Node) -> Any:
        subject, branches = node.args[0], [self.values[branch] for branch in node.args[1:]]
        weights = [self.known[f"{node.payload} {k}", subject] for k in range(len(branches) - 1)]
        weights.append(self.field(1) - sum(weights, self.field(0)))
        return sum((w * b for w, b in zip(weights, branches)), self.field(0))

    def keys_in(self, node: Node) -> list[Key]:
        """Return the generators that occur in the normal form of an expression."""
        value = self.values[node]
        monomials = [*value.numer.monoms(), *value.denom.monoms()]
        return [key for key, k in self.positions.items() if any(m[k] for m in monomials)]

    # --- reducing roots -------------------------------------------------------------------------

    def is_zero(self, node: Node) -> bool:
        """Whether the expression is zero once every root is reduced by its radicand."""
        from gradproof.algebra.fraction_field import Root

        roots = [Root(self.positions["root", base], order, self.values[base])
                 for base, order in self.generators.roots.items()]  # fmt: skip
        try:
            return self.over.vanishes(self.values[node], roots, LARGEST_EXPONENT)
        except OverflowError:
            raise NoNormalFormError from None


__all__ = ["NoNormalFormError", "exact_zero", "free_of_conditions"]
