"""What an adapter makes of a function of another library, and the verdict about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.numeric.related import Explained, Related
from gradproof.verdicts import Counterexample, Status, Verdict

Array = np.ndarray[Any, Any]


@dataclass
class Converted:
    """A function of another library as a forward and a backward of NumPy arrays.

    name:    what messages call it.
    forward: maps arrays to ``(y, cache)``, ``backward`` maps ``(dy, cache)`` to the gradients of
             ``wrt``, as for ``check_gradient``.
    arrays:  the inputs, with their names; wrt: the names of those that have a gradient.
    numbers: scalar arguments, of which a wrong factor may be made.
    snippet: code in that library that shows one wrong element, from its place ("dx[0, 2]").
    """

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    arrays: tuple[Array, ...]
    names: tuple[str, ...]
    wrt: tuple[str, ...]
    numbers: dict[str, float] = field(default_factory=dict)
    snippet: Callable[[Counterexample], str] = lambda example: ""


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
    example = verdict.counterexample
    reason = verdict.reason
    if verdict.status is Status.REFUTED:
        reason = _by_input(reason, converted.wrt)
        if example is not None:
            example = replace(example, snippet=converted.snippet(example))
    return replace(
        verdict, claim=f"gradient of {converted.name}", reason=reason, counterexample=example,
        explain=_by_numbers(verdict, converted.numbers),
    )  # fmt: skip


def _by_numbers(verdict: Verdict, numbers: dict[str, float]) -> Related | None:
    """The diagnosis by numbers alone: another library's code is not followed, nor run again."""
    found = verdict.explain
    if not isinstance(found, Explained):
        return None
    return replace(found.numbers, numbers={**found.numbers.numbers, **numbers})


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
        if reason.startswith((f"d{name}:", f"d{name} ")):
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
    "Array",
    "Converted",
    "Found",
    "chosen",
    "judged",
    "numbers_among",
    "positional_names",
    "with_findings",
]
