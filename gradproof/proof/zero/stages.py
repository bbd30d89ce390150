"""In which order to draw a point at which many radicands have roots.

To draw all of it until all radicands are squares takes 2**k tries for k of them. Most of them
depend on a part of what is drawn: so that part is drawn first, until its radicands are squares,
then the next. Each stage has at most 2**(k + 6) tries for its own k radicands. Whichever of these
tries a point is made of, it is drawn evenly: that an expression which is not zero vanishes at the
point that is taken is likelier than at a single one by no more than the product of all tries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gradproof.proof.zero.generators import Generators
from gradproof.tracing.expression import terms
from gradproof.tracing.nodes import Node

FEWEST = 4  # radicands; fewer are quickly drawn all at once
_MOST_OF_ONE = 9  # radicands of one stage
_SPARE = 6  # bits: a stage fails with a chance of at most exp(-2**6)


@dataclass(frozen=True)
class Stage:
    """What is drawn at once: the nodes that numbers are drawn for, those that can be evaluated
    then, in order, and the radicands among them."""

    drawn: frozenset[Node]
    nodes: tuple[Node, ...]
    radicands: tuple[Node, ...]

    @property
    def tries(self) -> int:
        """How often it may be drawn."""
        return 1 << self.bits

    @property
    def bits(self) -> int:
        """By how many bits the tries make an error likelier."""
        return len(self.radicands) + _SPARE


def stages(order: Sequence[Node], generators: Generators) -> list[Stage] | None:
    """The stages for expressions, given in the order of evaluation; None where there are few
    radicands, where too many come in one stage, and for batches of any size."""
    radicands = generators.square_roots
    if len(radicands) < FEWEST or generators.indexed or generators.sums:
        return None
    sources = _sources(order)
    left, known, ordered = list(radicands), set[Node](), list[frozenset[Node]]()
    while left:
        chosen = min(left, key=lambda base: len(sources[base] - known))
        ordered.append(frozenset(sources[chosen] - known))
        known |= sources[chosen]
        left = [base for base in left if not sources[base] <= known]
    ordered.append(frozenset(set().union(*sources.values()) - known))
    at = {node: number for number, drawn in enumerate(ordered) for node in drawn}
    inside: list[list[Node]] = [[] for _ in ordered]
    for node in order:
        inside[max((at[each] for each in sources[node]), default=0)].append(node)
    found = [
        Stage(drawn, tuple(nodes), tuple(base for base in radicands if base in set(nodes)))
        for drawn, nodes in zip(ordered, inside)
    ]
    most = max(len(stage.radicands) for stage in found)
    return found if most <= _MOST_OF_ONE and len(found) > 2 else None


def _sources(order: Sequence[Node]) -> dict[Node, frozenset[Node]]:
    """For what nodes numbers are drawn on which the value of each node depends."""
    out: dict[Node, frozenset[Node]] = {}
    for node in order:
        own: set[Node] = set()
        if node.kind == "symbol" or (node.kind == "call" and not _is_exponential(node)):
            out[node] = frozenset([node])
            continue
        if node.kind == "call":
            out[node] = frozenset(t for _, t in terms(node.args[0]))
            continue
        for place, arg in enumerate(node.args):
            if node.kind == "mul" and arg.kind == "call" and arg.payload == "exp":
                own |= {t for _, t in terms(arg.args[0])}
            elif node.kind == "case" and place == 0:
                own.add(arg)
            else:
                own |= out[arg]
        out[node] = frozenset(own)
    return out


def _is_exponential(node: Node) -> bool:
    return node.payload in ("exp", "sin", "cos")


__all__ = ["FEWEST", "Stage", "stages"]
