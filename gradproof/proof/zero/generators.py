"""Which generators an expression needs: exponentials over a basis, and roots.

exp(q1*t1 + q2*t2) is a product of powers of exp(t1/L1) and exp(t2/L2), with L the common
denominator of the multiples of t that occur; these are the exponential generators. A fractional
power of b is a power of b ** (1/q), with q the common denominator of the exponents of b.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from gradproof.tracing.expression import terms
from gradproof.tracing.nodes import Node


@dataclass
class Generators:
    """What has to be adjoined to the rational numbers to write an expression down."""

    scales: dict[Node, int] = field(default_factory=dict)
    angles: dict[Node, int] = field(default_factory=dict)
    roots: dict[Node, int] = field(default_factory=dict)
    sums: int = 0
    indexed: bool = False

    @property
    def odd_roots(self) -> tuple[int, ...]:
        """The odd primes among the orders of the roots."""
        found = {p for q in self.roots.values() for p in prime_factors(q) if p > 2}
        return tuple(sorted(found))

    @property
    def square_roots(self) -> list[Node]:
        """The bases whose square root is needed, arguments before users, without numbers."""
        return [b for b, q in self.roots.items() if q % 2 == 0 and b.kind != "const"]

    @property
    def numbers_under_roots(self) -> tuple[int, ...]:
        """The integers whose square root is needed."""
        found = [b for b, q in self.roots.items() if q % 2 == 0 and b.kind == "const"]
        return tuple(sorted(int(b.payload) for b in found))


def prime_factors(n: int) -> list[int]:
    """Return the prime factors of n, repeated, in increasing order."""
    out, p = [], 2
    while n > 1:
        while n % p == 0:
            out.append(p)
            n //= p
        p += 1
    return out


def collect(order: Sequence[Node]) -> Generators:
    """Return the generators of the expressions, given in the order of evaluation."""
    found = Generators()
    for node in order:
        found.indexed = found.indexed or node.indexed
        if node.kind == "sum":
            found.sums += 1
        elif node.kind == "mul":
            for base, exponent in zip(node.args, node.payload):
                if _is_exp(base):
                    _note(found.scales, base, exponent)
                elif exponent.denominator != 1:
                    found.roots[base] = lcm(found.roots.get(base, 1), exponent.denominator)
        elif _is_exp(node):
            _note(found.scales, node, Fraction(1))
        elif node.kind == "call" and node.payload in ("sin", "cos"):
            _note(found.angles, node, Fraction(1))
    ranked = {node: k for k, node in enumerate(order)}
    found.roots = dict(sorted(found.roots.items(), key=lambda item: ranked[item[0]]))
    return found


def _is_exp(node: Node) -> bool:
    return node.kind == "call" and node.payload == "exp"


def _note(scales: dict[Node, int], node: Node, exponent: Fraction) -> None:
    for c, t in terms(node.args[0]):
        scales[t] = lcm(scales.get(t, 1), (c * exponent).denominator)
