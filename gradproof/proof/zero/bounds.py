"""How large the numerator and denominator of an expression can be: degree and height.

Written over its generators, an expression is a quotient of two polynomials with integer
coefficients. Bounds on their degree and on the size of their coefficients follow from the graph
by the rules of fractions, without multiplying anything out; they are what the chance of error of
a random evaluation is computed from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from gradproof.tracing.nodes import Node


@dataclass(frozen=True)
class Bound:
    """Degrees of numerator and denominator, and bits of the sum of their absolute coefficients."""

    numerator: int = 0
    denominator: int = 0
    numerator_bits: int = 1
    denominator_bits: int = 1

    @property
    def degree(self) -> int:
        """The larger degree."""
        return max(self.numerator, self.denominator)

    @property
    def bits(self) -> int:
        """The bits of the larger sum of coefficients."""
        return max(self.numerator_bits, self.denominator_bits)


GENERATOR = Bound(1, 0, 1, 1)


def _number(value: Fraction) -> Bound:
    return Bound(0, 0, value.numerator.bit_length() + 1, value.denominator.bit_length())


def _sum(coefficients: Sequence[Fraction], parts: Sequence[Bound]) -> Bound:
    common = lcm(*(c.denominator for c in coefficients))
    degree = sum(p.denominator for p in parts)
    bits = sum(p.denominator_bits for p in parts) + common.bit_length()
    largest = max(abs(c * common) for c in coefficients)
    return Bound(
        degree + max(p.numerator for p in parts),
        degree,
        bits + max(p.numerator_bits for p in parts)
        + int(largest).bit_length() + len(parts).bit_length(),
        bits,
    )  # fmt: skip


def _product(parts: Sequence[Bound], exponents: Sequence[int]) -> Bound:
    n = d = nb = db = 0
    for part, e in zip(parts, exponents):
        over, under = (part.numerator, part.denominator)
        over_bits, under_bits = part.numerator_bits, part.denominator_bits
        if e < 0:
            over, under, over_bits, under_bits = under, over, under_bits, over_bits
        n, d = n + over * abs(e), d + under * abs(e)
        nb, db = nb + over_bits * abs(e), db + under_bits * abs(e)
    return Bound(n, d, nb or 1, db or 1)


def _exponential(node: Node, exponent: Fraction, scales: Mapping[Node, int]) -> Bound:
    from gradproof.tracing.expression import terms

    total = sum(abs(c * exponent) * scales[t] for c, t in terms(node.args[0]))
    return Bound(int(total), int(total), 1, 1)


def bounds(
    order: Sequence[Node],
    scales: Mapping[Node, int],
    roots: Mapping[Node, int],
    sums: int,
) -> dict[Node, Bound]:
    """Return the bounds of every node, arguments before users.

    scales: exponent term t -> L, where exp(t / L) is the generator.
    roots:  base b -> q, where b ** (1 / q) is adjoined.
    sums:   number of sums over the batch; each is a combination of at most that many others, with
            coefficients that are quotients of determinants.
    """
    out: dict[Node, Bound] = {}
    for node in order:
        out[node] = _bound(node, out, scales, roots, sums)
    return out


def _bound(
    node: Node,
    known: Mapping[Node, Bound],
    scales: Mapping[Node, int],
    roots: Mapping[Node, int],
    sums: int,
) -> Bound:
    match node.kind:
        case "const":
            return _number(node.payload)
        case "add":
            return _sum(node.payload, [known[a] for a in node.args])
        case "mul":
            return _product_node(node, known, scales, roots)
        case "call" if node.payload == "exp":
            return _exponential(node, Fraction(1), scales)
        case "call" if node.payload in ("sin", "cos"):
            one = _exponential(node, Fraction(1), scales)
            return Bound(2 * one.degree, one.degree, 4, 4)
        case "sum":
            body = known[node.args[0]]
            n = sums + 1
            return Bound(
                4 * n * (body.degree + 1), 4 * n * (body.degree + 1),
                4 * n * (body.bits + n.bit_length()), 4 * n * (body.bits + n.bit_length()),
            )  # fmt: skip
        case "case":
            branches = [known[a] for a in node.args[1:]]
            total = _sum([Fraction(1)] * len(branches), branches)
            return Bound(total.numerator + 1, total.denominator, total.numerator_bits + 2,
                         total.denominator_bits)  # fmt: skip
    return GENERATOR


def _product_node(
    node: Node,
    known: Mapping[Node, Bound],
    scales: Mapping[Node, int],
    roots: Mapping[Node, int],
) -> Bound:
    parts, exponents = [], []
    for base, e in zip(node.args, node.payload):
        if base.kind == "call" and base.payload == "exp":
            parts.append(_exponential(base, abs(e), scales))
            exponents.append(1)
        elif e.denominator == 1:
            parts.append(known[base])
            exponents.append(int(e))
        else:  # a root counts as much as its whole radicand, which is more than it does
            inside = known[base]
            size = inside.numerator + inside.denominator + 1
            bits = inside.numerator_bits + inside.denominator_bits
            parts.append(Bound(size, size, bits, bits))
            exponents.append(int(e * roots[base]))
    return _product(parts, exponents)
