"""Deciding an identity on every branch of its conditions.

First all selections are treated as weighted averages of their branches with arbitrary weights: an
identity that holds then holds on every branch at once. Otherwise the conditions are resolved one
after another, branches that cannot occur are left out, and each remaining one is decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gradproof.proof.zero.identity import IdenticallyUndefinedError, decide_zero
from gradproof.proof.zero.monotone import contradictory
from gradproof.proof.zero.normal_form import exact_zero
from gradproof.tracing.conditions import compare, rebuild
from gradproof.tracing.linear import case
from gradproof.tracing.nodes import ANY_SIGN, NEG, POS, ZERO, Node, number, postorder, table

OUTCOME_SIGNS = (NEG, ZERO, POS)


class TooManyBranchesError(Exception):
    """There are more branches than the caller allowed."""


@dataclass(frozen=True)
class Assumption:
    """One resolved condition: the outcome of a subject."""

    kind: str
    subject: Node
    outcome: int

    @property
    def signs(self) -> int:
        """The sign of the subject."""
        return OUTCOME_SIGNS[self.outcome]

    def __str__(self) -> str:
        if self.kind == "label":
            return f"{self.subject} = {self.outcome}"
        return f"{self.subject} {'<=>'[self.outcome]} 0"


Region = tuple[Assumption, ...]


def transform(
    roots: Sequence[Node], replace: Mapping[Node, Node], known: Region = ()
) -> list[Node]:
    """Rebuild expressions with nodes replaced and the outcomes of subjects known."""
    outcome = {(a.kind, a.subject): a.outcome for a in known}
    done: dict[Node, Node] = dict(replace)
    for node in postorder(roots):
        if node in done:
            continue
        if node.kind == "case":
            found = outcome.get((node.payload, node.args[0]))
            if found is not None:
                done[node] = done[node.args[1 + found]]
                continue
        args = [done[arg] for arg in node.args]
        same = all(a is b for a, b in zip(args, node.args))
        done[node] = node if same else rebuild(node, args)
    return [done[root] for root in roots]


def restrict(roots: Sequence[Node], assumption: Assumption) -> list[Node]:
    """Resolve one condition throughout the expressions."""
    return transform(roots, {}, (assumption,))


def subjects(roots: Sequence[Node]) -> list[tuple[str, Node]]:
    """Return the subjects of selections, innermost first."""
    found: dict[tuple[str, Node], None] = {}
    for node in postorder([root for root in roots if root.cases]):
        if node.kind == "case":
            found.setdefault((node.payload, node.args[0]))
    return list(found)


def innermost(roots: Sequence[Node]) -> tuple[str, Node, int] | None:
    """Return a condition whose subject contains no other, and its number of outcomes."""
    for node in postorder([root for root in roots if root.cases]):
        if node.kind == "case" and not node.args[0].cases:
            return node.payload, node.args[0], len(node.args) - 1
    return None


def beside_equalities(root: Node) -> Node:
    """Return an expression in which what holds for a positive quantity holds for 0 as well."""
    done: dict[Node, Node] = {}
    for node in postorder([root]):
        args = [done[arg] for arg in node.args]
        if node.kind == "case" and node.payload == "sign":
            done[node] = case("sign", args[0], [args[1], args[3], args[3]])
        else:
            same = all(a is b for a, b in zip(args, node.args))
            done[node] = node if same else rebuild(node, args)
    return done[root]


def contains_undefined(root: Node) -> bool:
    """Whether a value that does not exist occurs in the expression."""
    return any(node.kind == "undefined" for node in postorder([root]))


class Branches:
    """Decides expressions branch by branch, counting the branches."""

    def __init__(self, seed: int, most: int) -> None:
        self.seed, self.most, self.count = seed, most, 0
        self.prime_bits = 0

    def zero(self, nodes: Sequence[Node]) -> list[bool]:
        """Return which expressions vanish whatever the weights of their selections."""
        defined = [k for k, node in enumerate(nodes) if not contains_undefined(node)]
        answers = [False] * len(nodes)
        for k, answer in zip(defined, self._decide([nodes[k] for k in defined])):
            answers[k] = answer
        return answers

    def _decide(self, nodes: Sequence[Node]) -> list[bool]:
        """Decide in a prime field, where a value that is not 0 settles it; confirm zeros exactly.

        One by one where a denominator vanishes, which is not a zero.
        """
        try:
            decision = decide_zero(nodes, self.seed)
        except IdenticallyUndefinedError:
            if len(nodes) == 1:
                return [False]
            return [self._decide([node])[0] for node in nodes]
        return [
            zero and self._confirmed(node, decision.prime_bits)
            for node, zero in zip(nodes, decision.zero)
        ]

    def _confirmed(self, node: Node, bits: int) -> bool:
        """Settle by its normal form, where that is small, what vanishes in a prime field."""
        exact = exact_zero(node)
        if exact is None:
            self.prime_bits = max(self.prime_bits, bits)
        return exact is not False

    def nonzero_region(self, node: Node, region: Region = ()) -> Region | None:
        """Return a branch on which the expression is not identically zero, or None."""
        if self.zero([node])[0] or (not region and self._zero_beside_equalities(node)):
            return None
        choice = innermost([node])
        if choice is None:
            return region
        for assumption in self.outcomes(*choice, region):
            self.count += 1
            if self.count > self.most:
                raise TooManyBranchesError
            table().check_work()
            found = self.nonzero_region(restrict([node], assumption)[0], (*region, assumption))
            if found is not None:
                return found
        return None

    def _zero_beside_equalities(self, node: Node) -> bool:
        """Whether an expression vanishes on every branch on which no equality holds.

        There the branch for equality may be any; of a quantity that is 0 everywhere it is the one.
        """
        found = [q for kind, q in subjects([node]) if kind == "sign"]
        if not found or any(self.zero(found)):
            return False
        return self.zero([beside_equalities(node)])[0]

    def outcomes(self, kind: str, subject: Node, count: int, region: Region) -> list[Assumption]:
        """Return the outcomes of a condition that are possible on an open part of the region."""
        if kind == "label":
            return [Assumption(kind, subject, k) for k in range(count)]
        if self.zero([subject])[0]:
            return [Assumption(kind, subject, 1)]
        both = [Assumption(kind, subject, 0), Assumption(kind, subject, 2)]
        return [a for a in both if a.signs & subject.signs and not impossible((*region, a))]


def impossible(region: Region) -> bool:
    """Whether the conditions of a region contradict one another."""
    signs = [(a.subject, a.signs) for a in region if a.kind == "sign"]
    return contradictory(signs)


__all__ = ["ANY_SIGN", "Assumption", "Branches", "Region", "compare", "number", "transform"]
