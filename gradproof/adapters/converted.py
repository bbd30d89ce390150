"""What an adapter makes of a function of another library, and the verdict about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.numeric.relations.related import Related
from gradproof.verdicts import Counterexample, Status, Verdict

Array = np.ndarray[Any, Any]
# A check that sees errors of no less than this part of the gradient says nothing.
_COARSE = 0.25


@dataclass
class Converted:
    """A function of another library as a forward and a backward of NumPy arrays.

    name:    what messages call it.
    forward: maps arrays to ``(y, cache)``, ``backward`` maps ``(dy, cache)`` to the gradients of
             ``wrt``, as for ``check_gradient``.
    arrays:  the inputs, with their names; wrt: the names of those that have a gradient.
    scale:   the size of the largest element of any gradient; 0 where it is not known.
    numbers: scalar arguments, of which a wrong factor may be made.
    snippet: code in that library that shows one wrong element, from its place ("dx[0, 2]").
    """

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    arrays: tuple[Array, ...]
    names: tuple[str, ...]
    wrt: tuple[str, ...]
    scale: float = 0.0
    numbers: dict[str, float] = field(default_factory=dict)
    snippet: Callable[[Counterexample], str] = lambda example: ""


@dataclass
class Precision:
    """In which precision a function is called, and what is known of the one given.

    narrow:  whether only the dtypes given may be used.
    apart:   whether those draw other random numbers than double precision does.
    widened: whether arrays are handed to the check in double precision.
    unknown: why nothing is known about the values in the dtypes given.
    scale:   the size of the largest element of a gradient.
    """

    narrow: bool = False
    apart: bool = False
    widened: bool = False
    unknown: str = ""
    scale: float = 0.0

    def judged(
        self, converted: Callable[[], Converted], options: dict[str, Any], twice: bool
    ) -> Verdict:
        """The verdict about the values.

        The check compares every element in both precisions where the function is small. Else
        (twice), and where the dtypes given draw other random numbers, the formulas are checked in
        double precision, and what is returned for the dtypes given by itself, along random
        directions.
        """
        if self.narrow or not (twice or self.apart):
            return judged(converted(), options)
        self.widened = True
        verdict = judged(converted(), options)
        self.widened = False
        if not verdict.holds:
            return verdict
        self.narrow = True
        own = judged(converted(), {"mode": "directional", **options})
        self.narrow = False
        if own.status is Status.UNDECIDED:
            self.unknown = own.reason
        return own if own.status is Status.REFUTED else verdict

    def told(self, name: str, given: Sequence[str]) -> list[str]:
        """In which precision a function was checked; given: the dtypes that are not double."""
        if not given:
            return []
        own = ", ".join(given)
        if self.narrow:
            return [f"checked in {own}: {name} does not follow double precision"]
        if any(each not in ("float32", "float16") for each in given):
            return [f"formulas checked in float64; the rounding of {own} itself is not checked"]
        if self.unknown:
            return [f"formulas checked in float64; not told in {own}: {self.unknown}"]
        return [f"formulas checked in float64, values in {own}"]


# Up to so many elements with a gradient, every one is compared in the dtypes given as well.
SMALL = 100
# Two precisions of one function agree to some percent; other random numbers do not.
_ALIKE = 0.1


def alike(wide: Sequence[Array], own: Sequence[Array]) -> bool:
    """Whether two precisions lead to the same y, but for rounding: a library may draw other random
    numbers in another precision."""
    return all(
        np.allclose(a, b, rtol=_ALIKE, atol=_ALIKE * float(np.abs(a).max(initial=0.0)))
        for a, b in zip(wide, own)
        if np.isfinite(a).all() and np.isfinite(b).all()
    )


@dataclass
class Found:
    """What was seen beside the values.

    faults refute; told belongs into the first line of the verdict; notes are details.
    """

    faults: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def judged(converted: Converted, options: dict[str, Any]) -> Verdict:
    """The verdict of ``check_gradient``, in the names of the function and of its inputs."""
    from gradproof.numeric import check_gradient

    verdict = check_gradient(
        converted.forward, converted.backward, *converted.arrays,
        names=converted.names, wrt=converted.wrt, **options,
    )  # fmt: skip
    example, reason, status = verdict.counterexample, verdict.reason, verdict.status
    floor = float(verdict.details.get("floor", 0.0))
    if status is Status.CHECKED and floor > _COARSE * converted.scale > 0:
        status = Status.UNDECIDED
        reason = (
            f"{converted.name} rounds so coarsely inside that only an error of more than "
            f"{floor:.1g} would be seen, in a gradient of at most {converted.scale:.1g}"
        )
    if verdict.status is Status.REFUTED:
        reason = _by_input(reason, converted.wrt)
        if example is not None:
            example = replace(example, snippet=converted.snippet(example))
    return replace(
        verdict, status=status, claim=f"gradient of {converted.name}", reason=reason,
        counterexample=example, explain=_by_numbers(verdict, converted.numbers),
    )  # fmt: skip


def _by_numbers(verdict: Verdict, numbers: dict[str, float]) -> Related | None:
    """The diagnosis by numbers alone: another library's code is not followed, nor run again."""
    found = verdict.explain
    if not isinstance(found, Related) or verdict.program is None:
        return None
    return replace(found, numbers={**found.numbers, **numbers})


def largest(gradients: Sequence[Array]) -> float:
    """The size of the largest finite element."""
    sizes = [np.abs(each[np.isfinite(each)]) for each in gradients]
    return max((float(each.max(initial=0.0)) for each in sizes), default=0.0)


def numbers_among(names: Sequence[str], values: Sequence[Any]) -> dict[str, float]:
    """The scalars among arguments, by name."""
    return {
        name: float(value)
        for name, value in zip(names, values)
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def _by_input(reason: str, wrt: Sequence[str]) -> str:
    """The reason with the input it is about in words before it."""
    for name in sorted(wrt, key=len, reverse=True):
        called = gradient_name(name)
        if reason.startswith((f"{called}:", f"{called} ")) or f"; {called} is wrong" in reason:
            return f"gradient by `{name}`: {reason}"
    return reason


def with_findings(verdict: Verdict, found: Found) -> Verdict:
    """The verdict with what was seen beside the values; a fault refutes values that are right."""
    reason, status = verdict.reason, verdict.status
    if found.faults:
        status = Status.REFUTED
        reason = "; ".join(each for each in (verdict.reason, *found.faults) if each)
    details = dict(verdict.details)
    details["notes"] = (*details.get("notes", ()), *found.told, *found.notes)
    scope = "; ".join(each for each in (verdict.scope, *found.told) if each)
    return replace(verdict, status=status, reason=reason, scope=scope, details=details)


def positional_names(function: Any, count: int, skip: int = 0) -> list[str]:
    """The names of the first positional parameters of a function; x0, x1, ... where it has none."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[skip:]
    except (TypeError, ValueError):
        parameters = []
    names = []
    for each in parameters:
        if each.kind not in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD):
            break
        names.append(each.name)
    if len(names) >= count:
        return names[:count]
    return [*names, *(f"x{at}" for at in range(len(names), count))]


def chosen(
    wrt: str | Sequence[str] | None, names: Sequence[str], default: Sequence[str]
) -> tuple[str, ...]:
    """The names of the inputs with a gradient; ValueError for one that is not there."""
    if wrt is None:
        return tuple(default)
    asked = (wrt,) if isinstance(wrt, str) else tuple(wrt)
    for name in asked:
        if name not in names:
            raise ValueError(f"wrt: {name!r} is not among the inputs {', '.join(names)}")
    return asked


__all__ = [
    "SMALL",
    "Array",
    "Converted",
    "Found",
    "Precision",
    "alike",
    "chosen",
    "judged",
    "largest",
    "numbers_among",
    "positional_names",
    "with_findings",
]
