"""The expression graph: immutable nodes, each built once.

A traced computation is a directed acyclic graph whose equal subexpressions are one object
(hash-consing), so comparing nodes is comparing identities and a (32, 1) batch norm has a few
hundred nodes where an expanded tree would have millions. Kinds of node:

======== ======================= ==============================================================
kind     payload                 value
======== ======================= ==============================================================
const    Fraction                the number
bool     bool                    a truth value
symbol   Symbol                  an input element, a parameter, or pi
add      coefficients            sum of coefficient * argument
mul      exponents               product of argument ** exponent
call     name                    exp, log, sin, cos, arctan or erf of the argument
sum      None                    sum of the argument over every element of the batch
case     "sign" or "label"       args[0] is the subject, the others its branches, one per outcome:
                                 negative, zero, positive for "sign"; 0, 1, ... for "label"
undefined None                   a value that does not exist, such as 1/0; absorbs everything
======== ======================= ==============================================================
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradproof.tracing.upwards import up
from gradproof.work import MADE, SOUGHT, VISITED, Budget, meter, spend

# The possible signs of a real number, as bits of a mask.
NEG, ZERO, POS = 1, 2, 4
ANY_SIGN = NEG | ZERO | POS


class SizeLimitError(Exception):
    """The expression graph grew past the size the caller allowed."""


@dataclass(frozen=True)
class Symbol:
    """A variable of the expression: its printed name, its possible signs, its batch index.

    An ``indexed`` symbol stands for one element of the batch, the same one throughout an
    expression, and is bound by an enclosing ``sum`` node.
    """

    name: str
    signs: int = ANY_SIGN
    indexed: bool = False
    choices: int = 0


class Node:
    """One vertex of the expression graph; compare with ``is``."""

    __slots__ = ("args", "cases", "id", "indexed", "kind", "payload", "signs")

    kind: str
    args: tuple[Node, ...]
    payload: Any
    id: int
    indexed: bool
    cases: bool
    signs: int

    def __repr__(self) -> str:
        return up.text(self)


class Table:
    """Every node of one proof, and the partial operations met while building them."""

    def __init__(
        self,
        size_limit: int = 2_000_000,
        budget: Budget | None = None,
    ) -> None:
        self.nodes: dict[Any, Node] = {}
        self.memo: dict[Any, Node] = {}
        self.size_limit = size_limit
        self.budget = budget
        self.meter = meter()
        # (node, signs it must have) for each division, logarithm and root: see proof/domain.py.
        self.obligations: dict[tuple[Node, int], None] = {}
        # Computed floats that were taken for another number: see tracing/literals.py.
        self.literals: dict[float, str] = {}
        # Rows whose order was asked for where NumPy leaves open which of equal elements is first.
        self.open_orders: dict[tuple[Node, ...], None] = {}

    def check_work(self) -> None:
        """Raise WorkLimitError once the budget is spent, TimeLimitError once its net is hit."""
        if self.budget is not None:
            self.budget.check()

    def intern(self, kind: str, payload: Any, args: tuple[Node, ...], signs: int) -> Node:
        """Return the node with these parts, making it if it is new."""
        self.meter.units += SOUGHT
        key = (kind, payload, args)
        node = self.nodes.get(key)
        if node is None:
            node = self._make(kind, payload, args, signs)
            self.nodes[key] = node
        return node

    def _make(self, kind: str, payload: Any, args: tuple[Node, ...], signs: int) -> Node:
        count = len(self.nodes)
        if count >= self.size_limit:
            raise SizeLimitError
        if count % 1024 == 0:
            self.check_work()
        self.meter.units += MADE
        node = Node()
        node.kind, node.payload, node.args, node.id, node.signs = kind, payload, args, count, signs
        node.cases = kind == "case" or any(arg.cases for arg in args)
        if kind == "symbol":
            node.indexed = payload.indexed
        else:
            node.indexed = kind != "sum" and any(arg.indexed for arg in args)
        return node

    def oblige(self, node: Node, signs: int) -> None:
        """Note that the expression exists only where ``node`` has one of ``signs``."""
        if node.signs & ~signs:
            self.obligations.setdefault((node, signs))


class _Current(threading.local):
    def __init__(self) -> None:
        self.table = Table()


_current = _Current()


def table() -> Table:
    """Return the table that new nodes go into."""
    return _current.table


@contextmanager
def fresh_table(size_limit: int, budget: Budget | None = None) -> Iterator[Table]:
    """Build nodes in a table of their own, which is dropped at the end.

    budget: the work that may be done with them; then WorkLimitError or TimeLimitError is raised.
    """
    before = _current.table
    _current.table = Table(size_limit, budget)
    try:
        yield _current.table
    finally:
        _current.table = before


def postorder(
    roots: Iterable[Node], below: Callable[[Node], Sequence[Node]] | None = None
) -> list[Node]:
    """Return every node below ``roots``, arguments before the nodes that use them.

    below: what counts as the arguments of a node, where that is something else.
    """
    done: set[Node] = set()
    order: list[Node] = []
    for root in roots:
        stack: list[Node | None] = [root]
        while stack:
            node = stack.pop()
            if node is None:  # all arguments of the node before it are in order
                ready = stack.pop()
                assert ready is not None
                order.append(ready)
            elif node not in done:
                done.add(node)
                args = node.args if below is None else below(node)
                if args:
                    stack += (node, None, *args)
                else:
                    order.append(node)
    spend(VISITED * len(order))
    return order


def number(value: int | Fraction) -> Node:
    """Return the constant node of a rational number."""
    if not isinstance(value, Fraction):
        value = Fraction(value)
    signs = POS if value > 0 else NEG if value < 0 else ZERO
    return table().intern("const", value, (), signs)


def truth(value: bool) -> Node:
    """Return the node of a truth value."""
    return table().intern("bool", bool(value), (), ANY_SIGN)


def undefined() -> Node:
    """Return the node of a value that does not exist, such as 1/0."""
    return table().intern("undefined", None, (), ANY_SIGN)


def symbol(name: str, signs: int = ANY_SIGN, indexed: bool = False, choices: int = 0) -> Node:
    """Return a variable; ``choices`` makes it a label that takes the values 0 .. choices - 1."""
    return table().intern("symbol", Symbol(name, signs, indexed, choices), (), signs)
