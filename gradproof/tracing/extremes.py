"""Elements chosen by their order: known by their members, and not only as the selections.

Finding the largest of n elements, or putting them all into order, makes a selection for each pair
of them, and a question about it ("is this one the largest?") would go through every order of all n.
What is known of it as a whole is short: it is the member that a given number of others come before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradproof.tracing import conditions as co
from gradproof.tracing import expression as ex
from gradproof.tracing.linear import flip, is_const, terms
from gradproof.tracing.nodes import NEG, POS, ZERO, Node, number, postorder, table, truth
from gradproof.tracing.upwards import up


@dataclass(frozen=True)
class Ranked:
    """The member with ``rank`` others before it: smaller ones where ``better`` is NEG, larger ones
    where it is POS; of equal members the first comes before the others."""

    members: tuple[Node, ...]
    better: int
    rank: int = 0

    def wins(self, k: int) -> Node:
        """Return the truth value of: this is member k."""
        own = self.members[k]
        before = [co.compare(other, own, self.better | (ZERO if j < k else 0))
                  for j, other in enumerate(self.members) if j != k]  # fmt: skip
        return _count(before, self.rank, {}, exactly=True)

    def beside(self, k: int) -> tuple[Node, Node]:
        """Return the truth values of: its value comes before member k's; not after member k's."""
        own = self.members[k]
        others = [other for j, other in enumerate(self.members) if j != k]
        strict = [co.compare(other, own, self.better) for other in others]
        weak = [co.compare(other, own, self.better | ZERO) for other in others]
        return _count(strict, self.rank + 1, {}), _count(weak, self.rank, {})

    def pick(self, values: Sequence[Node]) -> Node:
        """Return the value of the member that it is, one value for each member."""
        return note(self._picked(values), self, values)

    def position(self) -> Node:
        """Return where that member stands."""
        return note_position(self._picked([number(k) for k in range(len(self.members))]), self)

    def _picked(self, values: Sequence[Node]) -> Node:
        return select_by(self.wins, values)


def select_by(condition: Callable[[int], Node], values: Sequence[Node]) -> Node:
    """Return the first value whose condition holds; the last one where none does."""
    picked = values[-1]
    for k in reversed(range(len(values) - 1)):
        picked = co.select(condition(k), values[k], picked)
    return picked


def _count(conditions: list[Node], least: int, known: dict[tuple[int, int], Node],
           exactly: bool = False) -> Node:  # fmt: skip
    """Return the truth value of: at least so many conditions hold, or exactly so many."""
    key = len(conditions), least
    if least > len(conditions) or least < 0:
        return truth(False)
    if (not exactly and least == 0) or not conditions:
        return truth(True)
    if key not in known:
        first, *rest = conditions
        known[key] = co.select(first, _count(rest, least - 1, known, exactly),
                               _count(rest, least, known, exactly))  # fmt: skip
    return known[key]


def ranks(members: Sequence[Node], better: int) -> list[Node]:
    """Return how many members come before each, of equal ones the first."""

    def counted(conditions: list[Node], found: int, known: dict[tuple[int, int], Node]) -> Node:
        if not conditions:
            return number(found)
        key = len(conditions), found
        if key not in known:
            first, *rest = conditions
            known[key] = co.select(first, counted(rest, found + 1, known),
                                   counted(rest, found, known))  # fmt: skip
        return known[key]

    return [
        counted([co.compare(other, own, better | (ZERO if j < k else 0))
                 for j, other in enumerate(members) if j != k], 0, {})
        for k, own in enumerate(members)
    ]  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """Of these values the one at the place of the ranked member.

    continuous: each value is the same continuous function of its member, so that the choice is
    continuous as well.
    """

    by: Ranked
    values: tuple[Node, ...]
    continuous: bool

    def with_each(self, apply: Callable[[Node], Node]) -> Choice:
        """Return the choice from other values, one made of each."""
        return Choice(self.by, tuple(map(apply, self.values)), self.continuous)

    @property
    def conditions(self) -> list[Node]:
        """For each value, the truth value of: it is this one."""
        return [self.by.wins(k) for k in range(len(self.values))]


def note(node: Node, by: Ranked, values: Sequence[Node]) -> Node:
    """Remember by what order a node is chosen from which values."""
    if node.kind == "case" and len(set(by.members)) == len(by.members) > 2:
        same = tuple(values) == by.members or _is_turned(values, by.members)
        found: Any = Choice(by, tuple(values), same)
        table().memo.setdefault(("choice", node), found)
    return node


def where_won(node: Node, by: Ranked, k: int) -> Node:
    """Return an expression as it reads where the ranked member is member k."""
    done: dict[Node, Node] = {}
    for each in postorder([node]) if node.cases else ():
        found = choice(each)
        if found is not None and found.by == by:
            done[each] = found.values[k]
            continue
        args = [done[arg] for arg in each.args]
        same = all(a is b for a, b in zip(args, each.args))
        done[each] = each if same else co.rebuild(each, args)
    return done.get(node, node)


def _is_turned(values: Sequence[Node], members: Sequence[Node]) -> bool:
    """Whether the values are those of the members with the other sign, as of x[argsort(-x)]."""
    return all(value is ex.neg(member) for value, member in zip(values, members))


def choice(node: Node) -> Choice | None:
    """Return by what order a node is chosen, where that is known."""
    found = table().memo.get(("choice", node)) if node.kind == "case" else None
    return found if isinstance(found, Choice) else None


def extreme(node: Node) -> Ranked | None:
    """Return what a node is the largest or smallest of, or the next ones, where that is known."""
    found = choice(node)
    if found is None:
        return None
    if found.values == found.by.members:
        return found.by
    if _is_turned(found.values, found.by.members):
        return Ranked(found.values, flip(found.by.better), found.by.rank)
    return None


def note_position(node: Node, of: Ranked) -> Node:
    """Remember whose position a node is."""
    if node.kind == "case" and len(set(of.members)) == len(of.members) > 2:
        table().memo["position", node] = of  # type: ignore[assignment]
    return node


def position_of(node: Node) -> Ranked | None:
    """Return whose position a node is, where that is known."""
    found = table().memo.get(("position", node)) if node.kind == "case" else None
    return found if isinstance(found, Ranked) else None


def is_at(node: Node, place: int) -> Node | None:
    """Return the truth value of: the ranked member stands at this place; None for other nodes."""
    found = position_of(node)
    if found is None:
        return None
    return found.wins(place) if 0 <= place < len(found.members) else truth(False)


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
        before, not_after = found.beside(found.members.index(member))
        ahead = found.better if c > 0 else flip(found.better)  # the sign where the member is first
        first = co.select(not_after, truth(bool(signs & ZERO)), truth(bool(signs & ahead)))
        return co.select(before, truth(bool(signs & flip(ahead))), first)
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
__all__ = [
    "Choice", "Ranked", "choice", "extreme", "is_at", "note", "note_position", "position_of",
    "ranks", "select_by", "sign_beside", "where_won",
]  # fmt: skip
