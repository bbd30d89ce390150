"""The diagnosis of a gradient from its numbers alone, where the code cannot be followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.compare import Comparison
from gradproof.numeric.problem import Array, Problem
from gradproof.numeric.relations.ratios import ratio_of
from gradproof.text import Text
from gradproof.verdicts import Diagnosis

_SEEN = Text(
    "by the numbers at these inputs, within their error bounds; the code was not looked at",
    "이 입력에서 나온 수치가 오차 한계 안에서 그래요. 코드를 살펴본 것은 아니에요",
)


@dataclass(frozen=True)
class Related:
    """Looks for what the wrong gradients of a check are, compared with the true ones.

    numbers: scalar constants by name, of which a factor may be made.
    """

    comparisons: Sequence[Comparison]
    shapes: Mapping[str, tuple[int, ...]]
    known: Mapping[str, Array]
    numbers: Mapping[str, float] = field(default_factory=dict)

    def __call__(self) -> Diagnosis | None:
        """One sentence for each wrong gradient of which there is anything to say; where there is
        nothing, between how many times the true ones its elements are."""
        from gradproof.numeric.relations.relation import Setting, relations
        from gradproof.slip_kinds import Kind

        found: list[Any] = []
        true = {
            each.name: each.wanted.reshape(each.shape)
            for each in self.comparisons
            if not each.precision
        }
        for each in self.comparisons:
            if not each.wrong.any():
                continue
            others = {name: value for name, value in true.items() if name != each.name}
            setting = Setting(each.name, self.shapes, self.known, self.numbers, others)
            wanted = np.where(each.low == each.high, each.wanted, np.nan)  # a kink says nothing
            room = np.where(each.cannot_tell, np.inf, each.bound)
            got, wanted, bound = (values.reshape(each.shape) for values in (each.got, wanted, room))
            relation = relations(got, wanted, bound, setting)
            if relation is not None and all(relation.text != one.text for one in found):
                found.append(relation)
        if not found:
            return self._unrelated()
        told = Text(
            " ".join(each.text.en for each in found), " ".join(each.text.ko for each in found)
        )
        first = found[0]
        exact = first.kind is not Kind.UNEXPLAINED
        return Diagnosis(
            str(first.kind), told, exact=exact, term=first.term, confirmation=_SEEN
        )  # fmt: skip

    def _unrelated(self) -> Diagnosis | None:
        from gradproof.slip_kinds import Kind

        told = [_unrelated(each) for each in self.comparisons if each.wrong.any()]
        if not told:
            return None
        message = Text(" ".join(each.en for each in told), " ".join(each.ko for each in told))
        return Diagnosis(str(Kind.UNEXPLAINED), message, exact=False, confirmation=_SEEN)


def _unrelated(each: Comparison) -> Text:
    name, times = gradient_name(each.name), ratio_of(each.got[each.wrong], each.wanted[each.wrong])
    return Text(
        f"{name} is related to the true gradient in no simple way.{times.en}",
        f"{name}와 참 기울기 사이에 간단한 관계가 없어요.{times.ko}",
    )


def related(problem: Problem, comparisons: Sequence[Comparison], dy: Array) -> Related:
    """The search for what the wrong gradients of a check are, to be made when somebody reads it."""
    shapes = dict(zip(problem.names, (x.shape for x in problem.inputs)))
    known = {name: x for name, x in zip(problem.names, problem.inputs) if x.dtype.kind in "fiu"}
    if len(problem.shapes) == 1:
        shapes.setdefault("y", problem.shapes[0])
        known.setdefault("dy", dy.reshape(problem.shapes[0]))
    else:
        shapes.update({f"y{at}": shape for at, shape in enumerate(problem.shapes)})
    numbers = {
        name: float(value)
        for name, value in problem.parameters.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
    if dy.size == 1:
        numbers["dy"] = float(dy[0])
    return Related(tuple(comparisons), shapes, known, numbers)


__all__ = ["Related", "related"]
