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

from gradproof.proof.evaluate import Evaluation, VanishingDenominatorError
from gradproof.proof.generators import collect
from gradproof.proof.identity import TooLargeError, draw_point
from gradproof.proof.primes import random_prime
from gradproof.proof.regions import Assumption, Branches, innermost, restrict, transform
from gradproof.tracing import expression as ex
from gradproof.tracing.nodes import ANY_SIGN, NEG, POS, ZERO, Node, postorder

SMALL = 200


@dataclass(frozen=True)
class Kink:
    """The outcome at subject = 0: how far from the left derivative (0) to the right one (1)."""

    subject: Node
    kind: str  # smooth, subgradient, jump, excluded or wrong
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


def depends_on_conditions(nodes: Sequence[Node], seed: int) -> list[bool]:
    """Whether each expression changes when only the weights of its selections do."""
    order = postorder(nodes)
    generators = collect(order)
    from gradproof.proof.identity import prime_bits

    bits = prime_bits(order, generators, nodes, len(nodes)) + 64
    p = random_prime(bits, seed, generators.odd_roots, bool(generators.angles))
    try:
        first = draw_point(p, str(seed), generators, order)
        second = _redrawn(p, first, generators, order)
    except (TooLargeError, VanishingDenominatorError):
        return [True] * len(nodes)
    if second is None:
        return [True] * len(nodes)
    return [first.at_element(node) != second.at_element(node) for node in nodes]


def _redrawn(p: int, first: Evaluation, generators: object, order: Sequence[Node]) -> object:
    from gradproof.proof.evaluate import NoSquareRootError
    from gradproof.proof.generators import Generators

    assert isinstance(generators, Generators)
    again = Evaluation(p, first.seed, generators, lambda kind, node: "outcome" in kind or node.cases)
    try:
        again.run(order)
    except NoSquareRootError:
        return None
    return again


class Kinks:
    """Examines gradients at the points where conditions hold with equality."""

    def __init__(self, branches: Branches) -> None:
        self.branches = branches

    def examine(self, code: Node, true: Node, subject: Node) -> Kink:
        """Compare the code's gradient at subject = 0 with the derivatives of the two sides."""
        solved = solve(subject)
        if solved is None:
            return Kink(subject, "excluded", reason="not linear in any variable")
        sides = self._sides(code, true, subject, solved)
        if any(side.kind == "undefined" for side in sides):
            return Kink(subject, "excluded", reason="a side has no derivative")
        value, left, right = sides
        try:
            found = self._position(value, left, right, ())
        except TooLargeError:
            return Kink(subject, "excluded", reason="too large")
        if found is None:
            return Kink(subject, "wrong", None, left, right, value)
        kind = "smooth" if found == "both" else "subgradient"
        return Kink(subject, kind, None if found == "both" else found, left, right, value)

    def _sides(
        self, code: Node, true: Node, subject: Node, solved: tuple[Node, Node]
    ) -> list[Node]:
        here = restrict([code], Assumption("sign", subject, 1))[0]
        left = restrict([true], Assumption("sign", subject, 0))[0]
        right = restrict([true], Assumption("sign", subject, 2))[0]
        variable, expression = solved
        return transform([here, left, right], {variable: expression})

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
            parts = restrict([value, left, right], assumption)
            answer = self._position(*parts, (*region, assumption))
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
