"""A numeric check at inputs as they were given: what is right in one of their ways is right.

Lists of numbers may be meant as lists or as arrays, and the gradient by a complex number is written
in more than one way: the verdict says in which it was found right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gradproof.arguments.flattening import CONVENTIONS, Call, Convention, Flattened
from gradproof.arguments.passing import joined, missing, ways, with_notes
from gradproof.arguments.returned import NoGradientError, gradient_name
from gradproof.numeric.calls import BesideError, NotPlainError
from gradproof.verdicts import Status, Verdict

Check = Callable[[Flattened], Verdict]


def checked_as_given(call: Call, check: Check, strict: bool = False) -> Verdict:
    """The verdict of ``check``, which is called with the plain arrays of a call.

    strict: refute functions that change what their inputs hold. Raises ValueError where backward
    returns nothing for an input, and the caller did not say which have a gradient.
    """
    first: Verdict | None = None
    for way in ways(call):
        found = _in_a_convention(way, check, strict)
        if found.holds:
            return found
        first = found if first is None else first
    assert first is not None
    return first


def _in_a_convention(call: Call, check: Check, strict: bool) -> Verdict:
    """The verdict by the first convention of complex gradients that holds."""
    first, flat = _with(call, CONVENTIONS[0], check, strict)
    if call.jvp or (not flat.complex and not flat.complex_y):
        return first
    if first.status is not Status.REFUTED:
        return _said(first, flat, CONVENTIONS[0])
    halves = bool(flat.complex) and not flat.complex_y
    others = list(CONVENTIONS[1:] if halves else CONVENTIONS[1:2])
    if flat.complex_y and flat.real_y:
        others += [replace(each, real=True) for each in CONVENTIONS]
    tried = [(CONVENTIONS[0], first, flat)]
    for convention in others:
        found, again = _with(call, convention, check, strict)
        if found.holds:
            return _said(found, again, convention)
        tried.append((convention, found, again))
    for convention, found, again in tried:
        if found.error is not None and found.counterexample is None:  # its values are right
            return _said(found, again, convention)
    if first.counterexample is None or first.error is None:  # of a wrong shape, or missing
        return first
    words = "written as dL/dRe + i dL/dIm, nor conjugated" + ", nor as half of either" * halves
    told = _in_several(flat.complex, tried) or f"neither {words}, is it the gradient"
    return replace(first, reason=f"{first.reason}\n    {told}")


def _in_several(
    names: Sequence[str], tried: Sequence[tuple[Convention, Verdict, Flattened]]
) -> str:
    """What is to be said of complex gradients that are right, but not all in one convention."""
    said: list[str] = []
    used: set[str] = set()
    for name in names:
        right = [
            convention for convention, found, _ in tried
            if "wrong" in found.details
            and {f"{name}.real", f"{name}.imag"}.isdisjoint(found.details["wrong"])
        ]  # fmt: skip
        if not right:
            return ""
        used.add(right[0].words)
        said.append(right[0].words.format(d=gradient_name(name), z=name))
    if len(used) < 2:
        return ""
    return f"each is right by itself, but not in one convention: {'; '.join(said)}"


def _with(
    call: Call, convention: Convention, check: Check, strict: bool
) -> tuple[Verdict, Flattened]:
    try:
        flat = call.flattened(convention)
        found = _caught(flat, call, check)
    except NotPlainError:
        flat = call.flattened(convention, outputs=True)
        found = _caught(flat, call, check)
    return with_notes(found, flat, strict), flat


def _caught(flat: Flattened, call: Call, check: Check) -> Verdict:
    """The verdict, also where backward returns no gradient or a function refuses other points."""
    try:
        return check(flat)
    except BesideError as error:
        reason = (
            f"{error}; so there is no derivative to compare with: pass a forward that takes points "
            "around the given one, without its validation or of other parameters"
        )
        return Verdict(Status.UNDECIDED, "", "numeric check", reason=reason)
    except NoGradientError as error:
        return missing(error, call, "numeric check")


def _said(verdict: Verdict, flat: Flattened, convention: Convention) -> Verdict:
    """The verdict, which says how complex gradients are written."""
    names = flat.complex or ("y",)
    real = ["y is complex, with imaginary part 0: its real part was looked at"] * convention.real
    words = [convention.words.format(d=gradient_name(name), z=name) for name in names[:3]]
    more = [f"and so are {len(names) - 3} more"] if len(names) > 3 else []
    scope = joined([verdict.scope, *words, *more, *real])
    # A factor 1/2 that is a slip looks the same: what it was taken for stands in the first line.
    halved = "gradients by complex numbers taken as Wirtinger's, half of torch's and JAX's"
    method = f"{verdict.method}, {halved}" if convention.scale != 1 else verdict.method
    details = {**verdict.details, "convention": convention.name}
    return replace(verdict, scope=scope, method=method, details=details)


__all__ = ["checked_as_given"]
