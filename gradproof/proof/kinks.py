"""What the code returns where a condition holds with equality.

There the forward may have a kink, where any value between the derivatives of the two sides is a
subgradient and the code's choice is a convention; it may be smooth; or it may jump, and then has
no derivative. The point is put into the expressions exactly, by solving the condition for a
variable in which it is linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradproof.proof.branch_regions import Assumption, Branches, innermost, restrict, transform
from gradproof.proof.zero.generators import collect
from gradproof.proof.zero.identity import (
    IdenticallyUndefinedError,
    TooLargeError,
    draw_point,
    prime_bits,
    prime_for,
)
from gradproof.proof.zero.normal_form import free_of_conditions
from gradproof.proof.zero.prime_field import (
    Evaluation,
    NoSquareRootError,
    UndefinedValueError,
    VanishingDenominatorError,
)
from gradproof.tracing import expression as ex
from gradproof.tracing.nodes import ANY_SIGN, NEG, POS, ZERO, Node, postorder

SMALL = 200


@dataclass(frozen=True)
class Kink:
    """The outcome at subject = 0: how far from the left derivative (0) to the right one (1)."""

    subject: Node
    kind: str  # smooth, subgradient, partial, both, jump, excluded or wrong
    position: Fraction | None = None
    left: Node | None = None
    right: Node | None = None
    value: Node | None = None
    reason: str = ""


def solve(subject: Node) -> tuple[Node, Node] | None:
    """Solve subject = 0 for a variable in which it is linear: (variable, expression)."""
    parts = ex.terms(subject)
    inside: dict[Node, int] = {}
    for _, t in parts:
        for node in postorder([t]):
            inside[node] = inside.get(node, 0) + 1
    for c, t in sorted(parts, key=lambda part: (abs(part[0]) != 1, part[1].id)):
        free = t.kind == "symbol" and t.signs == ANY_SIGN and not t.payload.choices
        if free and inside[t] == 1 and t.payload.name not in ("pi", "m", "i"):
            rest = ex.linear([(-a / c, s) for a, s in parts if s is not t])
            return t, rest
    return None


def depends_on_conditions(
    nodes: Sequence[Node], branches: Branches, subject: Node | None = None
) -> list[bool]:
    """Whether each expression changes when only the outcomes of conditions are weighted anew.

    With a subject, only the outcomes of that condition are. An expression that does not change is
    the same function on every side of the condition.
    """
    touched = _containing(postorder(nodes), subject)
    inside = [node for node in nodes if node in touched]
    found = iter(_depends_in_field(inside, branches, touched, subject) if inside else ())
    return [node in touched and next(found) for node in nodes]


def _depends_in_field(
    nodes: Sequence[Node], branches: Branches, touched: set[Node], subject: Node | None
) -> list[bool]:
    """Evaluate twice, with other random weights of the selections and all else the same.

    A change settles it; no change is confirmed by the normal form, where that is small.
    """
    order = postorder(nodes)
    generators = collect(order)

    def redrawn(kind: str, node: Node) -> bool:
        if kind.startswith("sign outcome"):
            return subject is None or node is subject
        return node in touched and not kind.startswith("label outcome")

    try:
        bits = prime_bits(order, generators, nodes, len(nodes)) + 64
        p = prime_for(generators, bits, branches.seed)
        first = draw_point(p, str(branches.seed), generators, order)
        again = Evaluation(p, first.seed, generators, redrawn)
        again.tries = first.tries
        again.run(order)
    except (
        TooLargeError,
        IdenticallyUndefinedError,
        UndefinedValueError,
        NoSquareRootError,
        VanishingDenominatorError,
    ):
        return [True] * len(nodes)
    depends = [first.at_element(node) != again.at_element(node) for node in nodes]
    for k, node in enumerate(nodes):
        if not depends[k]:
            free = free_of_conditions(node, touched, subject)
            depends[k] = free is False
            branches.prime_bits = max(branches.prime_bits, 0 if free else bits)
    return depends


def _containing(order: Sequence[Node], subject: Node | None) -> set[Node]:
    """Return the nodes with a selection on the sign of the subject, or of any, in them."""
    found: set[Node] = set()
    for node in order:
        own = node.kind == "case" and node.payload == "sign" and subject in (None, node.args[0])
        if own or any(arg in found for arg in node.args):
            found.add(node)
    return found


class Kinks:
    """Examines gradients at the points where conditions hold with equality."""

    def __init__(self, branches: Branches) -> None:
        self.branches = branches

    def examine(self, pairs: Sequence[tuple[Node, Node]], subject: Node) -> list[Kink]:
        """Compare gradients (code, true) at subject = 0 with the derivatives of the two sides."""
        solved = solve(subject)
        if solved is None:
            return [Kink(subject, "excluded", reason="not linear in any variable")] * len(pairs)
        code, true = [c for c, _ in pairs], [t for _, t in pairs]
        # On each side of the condition first, then at the point itself.
        sides = [
            transform(restrict(nodes, Assumption("sign", subject, k)), dict([solved]))
            for nodes, k in ((code, 1), (true, 0), (true, 2))
        ]
        triples = list(zip(*sides))
        same = self.branches.zero(
            [ex.sub(value, side) for value, *both in triples for side in both]
        )
        return [
            self._kink(subject, triple, same[2 * k], same[2 * k + 1])
            for k, triple in enumerate(triples)
        ]

    def at_equality(
        self, pairs: Sequence[tuple[Node, Node]], subject: Node
    ) -> list[tuple[Node, Node]] | None:
        """Gradients (code, true) where subject = 0, on the branch that forward takes there.

        None where it cannot be solved for a variable.
        """
        solved = solve(subject)
        if solved is None:
            return None
        sides = [
            transform(restrict([pair[k] for pair in pairs], Assumption("sign", subject, 1)),
                      dict([solved])) for k in (0, 1)
        ]  # fmt: skip
        return list(zip(*sides))

    def _kink(self, subject: Node, triple: tuple[Node, ...], at_left: bool, at_right: bool) -> Kink:
        value, left, right = triple
        if at_left and at_right:
            return Kink(subject, "smooth", None, left, right, value)
        if any(side.kind == "undefined" for side in triple):
            return Kink(subject, "excluded", reason="a side has no derivative")
        if at_left or at_right:
            return Kink(subject, "subgradient", Fraction(int(at_right)), left, right, value)
        try:
            found = self._position(value, left, right, ())
        except TooLargeError:
            return Kink(subject, "excluded", reason="too large")
        if found is None:
            return Kink(subject, "wrong", None, left, right, value)
        if isinstance(found, str):
            return Kink(subject, "smooth", None, left, right, value)
        return Kink(subject, "subgradient", found, left, right, value)

    def _position(
        self, value: Node, left: Node, right: Node, region: tuple[Assumption, ...]
    ) -> Fraction | str | None:
        """Return "both" where smooth, the weight of the right side, or None if there is none."""
        at_right, at_left, same = self.branches.zero(
            [ex.sub(value, right), ex.sub(value, left), ex.sub(right, left)]
        )
        if at_right and at_left:
            return "both"
        if at_right or at_left:
            return Fraction(int(at_right))
        choice = innermost([value, left, right])
        if choice is None:
            return None if same else self._between(value, left, right)
        found: set[Fraction | str] = set()
        for assumption in self.branches.outcomes(*choice, region):
            here, low, high = restrict([value, left, right], assumption)
            answer = self._position(here, low, high, (*region, assumption))
            if answer is None:
                return None
            found.add(answer)
        weights = found - {"both"}
        if not weights:
            return "both"
        return weights.pop() if len(weights) == 1 else Fraction(-1)

    def _between(self, value: Node, left: Node, right: Node) -> Fraction | None:
        """Find the constant weight t in [0, 1] with value = t * right + (1 - t) * left."""
        for denominator in range(2, 13):
            for numerator in range(1, denominator):
                t = Fraction(numerator, denominator)
                if t.denominator != denominator:
                    continue
                mixed = ex.linear([(1, value), (-t, right), (t - 1, left)])
                if self.branches.zero([mixed])[0]:
                    return t
        return None

    def jumps(self, y: Node, subject: Node) -> bool | None:
        """Whether y is discontinuous at subject = 0; None where that is not decided."""
        solved = solve(subject)
        if solved is None:
            return None
        variable, expression = solved
        parts = [restrict([y], Assumption("sign", subject, k))[0] for k in range(3)]
        left, middle, right = transform(parts, {variable: expression})
        same = self.branches.zero([ex.sub(left, right), ex.sub(middle, right)])
        if all(same):
            return False
        if any(part.cases for part in (left, middle, right)):
            region = self.branches.nonzero_region(ex.sub(left, right))
            other = self.branches.nonzero_region(ex.sub(middle, right))
            return region is not None or other is not None
        return True


__all__ = ["NEG", "POS", "ZERO", "Kink", "Kinks", "depends_on_conditions", "solve"]
