"""The largest of many: known by its members, and not only as the selections that find it.

Finding the largest of n elements one after the other makes a selection for each pair of them, and a
question about it ("is this one the largest?") would go through every order of all n. What is known
of it as a whole is short: it is one of its members, and none is larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from gradproof.tracing import conditions as co
from gradproof.tracing.linear import is_const, terms
from gradproof.tracing.nodes import NEG, POS, ZERO, Node, table, truth
from gradproof.tracing.upwards import up


@dataclass(frozen=True)
class Extreme:
    """The largest (``better`` is POS) or smallest (NEG) of its members; of equal ones the first."""

    members: tuple[Node, ...]
    better: int

    def wins(self, k: int) -> Node:
        """Return the truth value of: member k is the first of those that no other one beats."""
        condition = truth(True)
        for j in range(len(self.members) - 1, -1, -1):
            if j != k:
                signs = self.better if j < k else self.better | ZERO
                condition = co.both(co.compare(self.members[k], self.members[j], signs), condition)
        return condition

    def equals(self, k: int) -> Node:
        """Return the truth value of: no other member beats member k."""
        condition = truth(True)
        for j in range(len(self.members) - 1, -1, -1):
            if j != k:
                least = co.compare(self.members[k], self.members[j], self.better | ZERO)
                condition = co.both(least, condition)
        return condition


def note(node: Node, members: Sequence[Node], better: int) -> Node:
    """Remember what a node is the largest or smallest of."""
    if node.kind == "case" and len(set(members)) == len(members) > 2:
        table().memo["extreme", node] = Extreme(tuple(members), better)  # type: ignore[assignment]
    return node


def extreme(node: Node) -> Extreme | None:
    """Return what a node is the largest or smallest of, where that is known."""
    found = table().memo.get(("extreme", node)) if node.kind == "case" else None
    return found if isinstance(found, Extreme) else None


def note_position(node: Node, members: Sequence[Node], better: int) -> Node:
    """Remember whose position a node is."""
    if node.kind == "case" and len(set(members)) == len(members) > 2:
        table().memo["position", node] = Extreme(tuple(members), better)  # type: ignore[assignment]
    return node


def is_at(node: Node, position: int) -> Node | None:
    """Return the truth value of: the extreme one is at this position; None for other nodes."""
    found = table().memo.get(("position", node)) if node.kind == "case" else None
    if not isinstance(found, Extreme):
        return None
    return found.wins(position) if 0 <= position < len(found.members) else truth(False)


def sign_beside(q: Node, signs: int) -> Node | None:
    """Return the truth value of: the sign of a member minus its extreme is among ``signs``.

    So, too, of a position minus a number. None where the difference is none of these.
    """
    parts = terms(q)
    if signs in (ZERO, NEG | POS):
        at = _position_in(parts)
        if at is not None:
            return at if signs == ZERO else co.negate(at)
    if len(parts) != 2 or parts[0][0] != -parts[1][0]:
        return None
    for (c, member), (_, node) in (parts, parts[::-1]):
        found = extreme(node)
        if found is None or member not in found.members:
            continue
        # Members are on one side of it: below the largest, above the smallest.
        beside = found.better ^ (NEG | POS) if c > 0 else found.better
        if bool(signs & beside) == bool(signs & ZERO):
            return truth(bool(signs & ZERO))
        same = found.equals(found.members.index(member))
        return same if signs & ZERO else co.negate(same)
    return None


def _position_in(parts: Sequence[tuple[Fraction, Node]]) -> Node | None:
    """Return the truth value of: a position and a number, added, are 0."""
    places = [(c, node) for c, node in parts if not is_const(node)]
    offset = sum((c for c, node in parts if is_const(node)), Fraction(0))
    if len(places) != 1:
        return None
    ((scale, node),) = places
    wanted = -offset / scale
    return is_at(node, int(wanted)) if wanted.denominator == 1 else None


up.sign_beside = sign_beside
__all__ = ["Extreme", "extreme", "is_at", "note", "note_position", "sign_beside"]
