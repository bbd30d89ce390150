"""What an adapter makes of a function of another library, and the verdict about it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.arguments.flattening import CONVENTIONS
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
    library: whose convention complex gradients are to be written in, "torch" or "JAX"; "": any.
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
    library: str = ""

    @property
    def complex(self) -> list[str]:
        """The complex inputs that have a gradient."""
        pairs = zip(self.names, self.arrays)
        return [name for name, each in pairs if name in self.wrt and np.iscomplexobj(each)]

    def pull(self, dy: Any, cache: Any) -> Any:
        """Backward in the convention of torch, which is tried first."""
        if self.library != "JAX":
            return self.backward(dy, cache)
        parts = dy if isinstance(dy, (tuple, list)) else (dy,)
        turned = [np.conj(each) if np.iscomplexobj(each) else each for each in parts]
        found = self.backward(type(dy)(turned) if parts is dy else turned[0], cache)
        return tuple(np.conj(each) if np.iscomplexobj(each) else each for each in found)


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
        converted.forward, converted.pull, *converted.arrays,
        names=converted.names, wrt=converted.wrt, **options,
    )  # fmt: skip
    verdict = _in_its_convention(converted, verdict)
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


# What is wrong with a complex gradient that is right in another convention than its library's.
_INSTEAD = {
    "JAX's": "the conjugate of",
    "half of torch's": "half of",
    "half of JAX's": "half of the conjugate of",
}


def _in_its_convention(converted: Converted, verdict: Verdict) -> Verdict:
    """The verdict on complex gradients, which a library reads in one convention only."""
    if converted.library == "JAX":  # gradients were turned into torch's
        scope, reason = (_turned(text, converted) for text in (verdict.scope, verdict.reason))
        verdict = replace(verdict, scope=scope, reason=reason)
    found = verdict.details.get("convention")
    if not converted.library or not verdict.holds or found not in _INSTEAD:
        return verdict
    which = " and ".join(f"`{name}`" for name in converted.complex or converted.wrt)
    return replace(
        verdict, status=Status.REFUTED, scope="", method=verdict.method.split(", gradients by")[0],
        reason=f"gradient by {which}: {_INSTEAD[found]} what {converted.library} wants",
    )  # fmt: skip


def _turned(text: str, converted: Converted) -> str:
    """Words about the conjugates of gradients as words about the gradients."""
    if "dL/d" not in text:
        return text
    turned = {}
    for name in (*converted.complex, "y"):
        for one in CONVENTIONS:
            other = next(c for c in CONVENTIONS if (c.sign, c.scale) == (-one.sign, one.scale))
            one_said, other_said = (
                each.words.format(d=gradient_name(name), z=name) for each in (one, other)
            )
            turned[one_said] = other_said
    longest = sorted(turned, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest)), lambda found: turned[found[0]], text)


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
        called = [gradient_name(each) for each in (name, f"{name}.real", f"{name}.imag")]
        starts = tuple(f"{each}{end}" for each in called for end in ": ")
        if reason.startswith(starts) or any(f"; {each} is wrong" in reason for each in called):
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
    "largest",
    "numbers_among",
    "positional_names",
    "with_findings",
]
