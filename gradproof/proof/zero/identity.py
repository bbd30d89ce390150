"""Deciding whether expressions vanish identically, by one evaluation in a large prime field.

Written over its generators, an expression is a quotient of polynomials. If its numerator is not
zero, it vanishes at a random point of a large field only by a rare accident (Schwartz-Zippel),
whose chance is bounded by its degree over the size of the field, plus the chance that the random
prime divides all its coefficients. The prime is chosen large enough for the sum of both to be so
small that all decisions of a proof together err with a chance of at most 2**-100.

Square roots. Each radicand b gets a root s in the field. With k of them, the norm of the
numerator has at most 2**k times its degree, and points where every radicand is a square are drawn
by rejection, which costs another factor of at most 2**k. The norm is not zero if no product of
radicands is a square of an expression. That is certified by the quadratic residues at random
points: a square would be a residue everywhere. Without the certificate, every choice of signs of
the roots is evaluated instead. An integer under a root gets its root from the prime, which is
chosen to have one; reduction then is modulo a prime ideal of the number field with these roots.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd, isqrt

from gradproof.proof.zero.bounds import bounds
from gradproof.proof.zero.generators import Generators, collect
from gradproof.proof.zero.prime_field import (
    Evaluation,
    NoSquareRootError,
    VanishingDenominatorError,
)
from gradproof.proof.zero.primes import random_prime
from gradproof.proof.zero.stages import stages
from gradproof.tracing.nodes import Node, postorder, table
from gradproof.work import EVALUATED, spend

ERROR_BITS = 100
DECISION_BITS = 20  # a proof takes fewer decisions than 2**20: no more than a few for each branch
LARGEST_PRIME_BITS = 4096
MOST_SIGN_CHOICES = 64
MOST_DRAWS = 4096
MOST_NUMBERS_UNDER_ROOTS = 8

RootKey = tuple[Node, int, int]


@dataclass(frozen=True)
class Identity:
    """Which of the expressions are identically zero, and how that was found out."""

    zero: list[bool]
    prime_bits: int
    error_bits: int = ERROR_BITS


class IdenticallyUndefinedError(Exception):
    """A denominator of the expressions is identically zero."""


class TooLargeError(Exception):
    """The degree is too large for a decision, or too many square roots occur together."""


def decide_zero(
    nodes: Sequence[Node], seed: int, reseeded: Callable[[str, Node], bool] | None = None
) -> Identity:
    """Return which of the expressions vanish identically, in error with a chance below 2**-100."""
    if not nodes:
        return Identity([], 0)
    order = postorder(nodes)
    generators = collect(order)
    if len(nodes) == 1 or not generators.square_roots:
        return _decide_group(nodes, order, generators, seed, len(nodes), reseeded)
    groups: dict[frozenset[Node], list[int]] = {}
    for k, node in enumerate(nodes):
        roots = frozenset(collect(postorder([node])).square_roots)
        groups.setdefault(roots, []).append(k)
    zero = [False] * len(nodes)
    largest = 0
    for members in groups.values():
        chosen = [nodes[k] for k in members]
        order = postorder(chosen)
        decision = _decide_group(chosen, order, collect(order), seed, len(nodes), reseeded)
        largest = max(largest, decision.prime_bits)
        for k, answer in zip(members, decision.zero):
            zero[k] = answer
    return Identity(zero, largest)


def _decide_group(
    nodes: Sequence[Node],
    order: Sequence[Node],
    generators: Generators,
    seed: int,
    total: int,
    reseeded: Callable[[str, Node], bool] | None,
) -> Identity:
    table().check_work()
    bits = prime_bits(order, generators, nodes, total)
    p = prime_for(generators, bits, seed)
    point = draw_point(p, str(seed), generators, order, reseeded)
    answers = [point.at_element(node) == 0 for node in nodes]
    if point.residues and any(answers):
        if independent_numbers(generators) and independent_roots(p, seed, generators, order):
            return Identity(answers, bits)
        for flips in sign_choices(list(point.residues)):
            other = draw_point(p, f"{seed} signs", generators, order, reseeded, flips)
            answers = [a and other.at_element(n) == 0 for a, n in zip(answers, nodes)]
    return Identity(answers, bits)


def prime_for(generators: Generators, bits: int, seed: int) -> int:
    """Return a random prime modulo which the generators exist."""
    squares = generators.numbers_under_roots
    if len(squares) > MOST_NUMBERS_UNDER_ROOTS:
        raise TooLargeError("too many different numbers under square roots")
    return random_prime(bits, seed, generators.odd_roots, bool(generators.angles), squares)


def independent_numbers(generators: Generators) -> bool:
    """Whether no product of the integers under square roots is a square.

    It suffices that they are no squares and have no common factors.
    """
    numbers = generators.numbers_under_roots
    coprime = all(gcd(a, b) == 1 for a, b in itertools.combinations(numbers, 2))
    return coprime and all(isqrt(n) ** 2 != n for n in numbers)


def prime_bits(
    order: Sequence[Node], generators: Generators, nodes: Sequence[Node], total: int
) -> int:
    """Return how large a prime makes 2**20 such decisions err with a chance of at most 2**-100."""
    scales = {**generators.scales, **generators.angles}
    known = bounds(order, scales, generators.roots, generators.sums)
    degree = max(known[node].degree for node in order) * (len(order) + 1)
    height = max(known[node].bits for node in order) * (len(order) + 1)
    elements = generators.sums + 3 if generators.indexed else 1
    roots = sum(elements if base.indexed else 1 for base in generators.square_roots)
    roots += len(generators.numbers_under_roots)
    # degree * 2**(2k) / p for the numerator's zeros, and as much for every denominator's;
    # (height * 2**k) primes of about 2**(bits - 12) may divide all coefficients.
    # Where a point is drawn in stages, the tries of each are in place of one of these 2**k.
    tries = sum(stage.bits for stage in stages(order, generators) or ())
    growth = tries + (degree + 1).bit_length() + (height + 1).bit_length() + 2 * roots
    bits = ERROR_BITS + DECISION_BITS + growth + total.bit_length() + 16
    if bits > LARGEST_PRIME_BITS:
        raise TooLargeError("the degree of the difference is too large")
    return -(-bits // 32) * 32


def draw_point(
    p: int,
    seed: str,
    generators: Generators,
    order: Sequence[Node],
    reseeded: Callable[[str, Node], bool] | None = None,
    flips: dict[RootKey, int] | None = None,
) -> Evaluation:
    """Evaluate at a random point where every radicand has a root."""
    plan = stages(order, generators)
    for attempt in range(MOST_DRAWS):
        point = Evaluation(p, f"{seed} point {attempt}", generators, reseeded)
        point.flips = flips or {}
        try:
            point.run(order) if plan is None else point.run_stages(plan)
        except NoSquareRootError:
            if attempt % 64 == 63:
                table().check_work()
            continue
        except VanishingDenominatorError:
            raise IdenticallyUndefinedError from None
        return point
    raise TooLargeError("too many square roots occur together")


def sign_choices(keys: Sequence[RootKey]) -> list[dict[RootKey, int]]:
    """Return every choice of signs of the roots."""
    if 2 ** len(keys) > MOST_SIGN_CHOICES:
        raise TooLargeError("too many square roots that may depend on one another")
    return [dict(zip(keys, signs)) for signs in itertools.product((1, -1), repeat=len(keys))]


def independent_roots(p: int, seed: int, generators: Generators, order: Sequence[Node]) -> bool:
    """Certify that no product of the radicands is a square.

    Points are drawn and the quadratic character of every radicand noted, as a vector over the
    field of two elements. If the vectors of the radicands (in order, each evaluated at points
    where the roots inside it exist) have full rank, no product of them is a square.
    """
    needed = postorder(generators.square_roots)
    keys: list[RootKey] = []
    columns: list[dict[RootKey, int]] = []
    for attempt in range(MOST_SIGN_CHOICES + 8 * len(generators.square_roots)):
        point = _Characters(p, f"{seed} character {attempt}", generators)
        point.run(needed)
        point.take_roots()
        columns.append(point.residues)
        keys += [key for key in point.residues if key not in keys]
        if len(columns) >= len(keys) + 8 and _full_rank(keys, columns):
            return True
    return _full_rank(keys, columns)


class _Characters(Evaluation):
    """An evaluation that notes the characters of radicands and goes on with a made-up root.

    What depends on a made-up root is no evidence, so its characters are left out.
    """

    def take_roots(self) -> None:
        """Ask for the root of every base, so that each character is noted."""
        self.made_up: set[Node]
        for base in self.generators.square_roots:
            for k in range(self.elements if base.indexed else 1):
                try:
                    self._root(base, self.generators.roots[base], k)
                except NoSquareRootError:
                    continue

    def run(self, order: Sequence[Node]) -> None:
        """Evaluate what can be evaluated."""
        spend(EVALUATED * len(order) * max(self.elements, 1))
        for node in order:
            if node in self.values or any(arg not in self.values for arg in node.args):
                continue
            try:
                self.values[node] = self._value(node)
            except (NoSquareRootError, VanishingDenominatorError):
                continue

    def _root(self, base: Node, order: int, k: int) -> int:
        if base not in self.values:
            raise NoSquareRootError
        return super()._root(base, order, k)


def _level(key: RootKey, roots: set[Node]) -> int:
    """How deeply roots are nested below this one."""
    depth: dict[Node, int] = {}
    for node in postorder([key[0]]):
        inside = max((depth[arg] for arg in node.args), default=0)
        has_root = node.kind == "mul" and any(
            b in roots and e.denominator != 1 for b, e in zip(node.args, node.payload)
        )
        depth[node] = inside + has_root
    return depth[key[0]] * 8 + key[2]


def _full_rank(keys: Sequence[RootKey], columns: Sequence[dict[RootKey, int]]) -> bool:
    roots = {key[0] for key in keys}
    levels: dict[int, list[RootKey]] = {}
    for key in keys:
        levels.setdefault(_level(key, roots), []).append(key)
    return all(_rank_is_full(group, columns) for group in levels.values())


def _rank_is_full(group: Sequence[RootKey], columns: Sequence[dict[RootKey, int]]) -> bool:
    """Whether the rows of the group, over the points that know them all, are independent."""
    usable = [c for c in columns if all(key in c for key in group)]
    rows = [sum((c[key] < 0) << k for k, c in enumerate(usable)) for key in group]
    while rows:
        row = rows.pop()
        if row == 0:
            return False
        low = row & -row
        rows = [other ^ row if other & low else other for other in rows]
    return True
