"""Python control flow on traced values, followed path by path.

``if x > 0:`` asks a traced truth value for a Python ``bool``. The first run answers True every
time; each later run replays a prefix of the answers and turns one of them round, until every
path has been taken. The results are then joined into one expression per output element, a
selection on the conditions that were asked about.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from gradproof.tracing.conditions import select
from gradproof.tracing.errors import PathLimitError
from gradproof.tracing.linear import case
from gradproof.tracing.nodes import Node, postorder, table

Result = TypeVar("Result")
Answers = list[tuple[Node, bool]]


@dataclass
class Path:
    """One way through the code: the answers to replay, and those given so far."""

    replay: list[bool] = field(default_factory=list)
    asked: list[tuple[Node, bool]] = field(default_factory=list)
    allowed: dict[tuple[str, Node], frozenset[int]] = field(default_factory=dict)

    def answer(self, condition: Node) -> bool:
        """Return the truth value this path takes for the condition."""
        possible = self._possible(condition)
        if len(possible) == 1:
            return next(iter(possible))
        position = len(self.asked)
        value = self.replay[position] if position < len(self.replay) else True
        self.asked.append((condition, value))
        self._assume(condition, value)
        return value

    def _possible(self, condition: Node) -> set[bool]:
        """Truth values still open, given the answers so far."""
        for earlier, value in self.asked:
            if earlier is condition:
                return {value}
        return self._left_open(condition, {})

    def _left_open(self, condition: Node, known: dict[Node, set[bool]]) -> set[bool]:
        """Truth values that the outcomes left by the answers allow."""
        if condition.kind == "bool":
            return {condition.payload}
        if condition not in known:
            key = (condition.payload, condition.args[0])
            branches = condition.args[1:]
            outcomes = self.allowed.get(key, frozenset(range(len(branches))))
            known[condition] = set().union(
                *(self._left_open(branches[outcome], known) for outcome in outcomes)
            )
        return known[condition]

    def contradicts_itself(self) -> bool:
        """Whether no outcomes of the conditions give all these answers."""
        return not _satisfiable(list(self.asked), [MOST_CASES])

    def _assume(self, condition: Node, value: bool) -> None:
        if any(branch.kind != "bool" for branch in condition.args[1:]):
            return
        key = (condition.payload, condition.args[0])
        agreeing = {i for i, branch in enumerate(condition.args[1:]) if branch.payload == value}
        before = self.allowed.get(key)
        self.allowed[key] = frozenset(agreeing if before is None else before & agreeing)


# How many outcomes are tried to find out whether a path is possible; beyond, it is taken to be.
MOST_CASES = 2000


def _satisfiable(facts: Answers, budget: list[int]) -> bool:
    """Whether some outcomes of the subjects give each condition its answer."""
    facts = [(c, value) for c, value in facts if c.kind != "bool" or c.payload != value]
    if any(c.kind == "bool" for c, _ in facts):
        return False
    budget[0] -= 1
    if not facts or budget[0] < 0:
        return True
    first = min(facts, key=lambda fact: len(postorder([fact[0]])))[0]
    kind, subject = first.payload, first.args[0]
    return any(
        _satisfiable([(_assume_in(c, kind, subject, k, {}), v) for c, v in facts], budget)
        for k in range(len(first.args) - 1)
    )


def _assume_in(
    condition: Node, kind: str, subject: Node, outcome: int, known: dict[Node, Node]
) -> Node:
    """Resolve a subject throughout a condition."""
    if condition.kind == "bool":
        return condition
    if condition not in known:
        q, *branches = condition.args
        if q is subject and condition.payload == kind:
            known[condition] = _assume_in(branches[outcome], kind, subject, outcome, known)
        else:
            parts = [_assume_in(branch, kind, subject, outcome, known) for branch in branches]
            known[condition] = case(condition.payload, q, parts)
    return known[condition]


class _Current(threading.local):
    path: Path | None = None


_current = _Current()


def decide(condition: Node) -> bool:
    """Return a Python bool for a traced truth value, on the path being taken."""
    if condition.kind == "bool":
        return bool(condition.payload)
    if _current.path is None:
        raise PathLimitError("a traced truth value was used outside a trace")
    return _current.path.answer(condition)


@contextmanager
def _taking(path: Path) -> Iterator[None]:
    before = _current.path
    _current.path = path
    try:
        yield
    finally:
        _current.path = before


def explore(run: Callable[[], Result], limit: int) -> list[tuple[list[tuple[Node, bool]], Result]]:
    """Run once per path; return each path's answers with its result."""
    results: list[tuple[list[tuple[Node, bool]], Result]] = []
    pending: list[list[bool]] = [[]]
    taken_paths = 0
    while pending:
        taken_paths += 1
        if taken_paths > limit:
            raise PathLimitError(
                f"more than {limit} paths through the code, which decides on traced values: "
                "give smaller inputs, or a larger max_paths"
            )
        table().check_work()
        path = Path(replay=pending.pop())
        try:
            with _taking(path):
                results.append((path.asked, run()))
        except Exception:
            if not path.contradicts_itself():
                raise
        taken = [value for _, value in path.asked]
        pending += [[*taken[:i], False] for i in range(len(path.replay), len(taken))]
    return results


def join(results: list[tuple[list[tuple[Node, bool]], Node]], depth: int = 0) -> Node:
    """Join the values that paths gave into one selection on their conditions.

    A path that is missing, because the code raised an error on it, takes its neighbour's values;
    the caller excludes its conditions from the claim.
    """
    if len(results) == 1 and len(results[0][0]) <= depth:
        return results[0][1]
    condition = results[0][0][depth][0]
    yes = [entry for entry in results if entry[0][depth][1]]
    no = [entry for entry in results if not entry[0][depth][1]]
    if not yes or not no:
        return join(yes or no, depth + 1)
    return select(condition, join(yes, depth + 1), join(no, depth + 1))
