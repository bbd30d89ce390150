"""In which way inputs are passed on, and what a verdict says of what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.arguments.flattening import Call, Flattened
from gradproof.arguments.returned import NoGradientError, is_sparse
from gradproof.arguments.trees import Branch
from gradproof.verdicts import Status, Verdict


def ways(call: Call) -> list[Call]:
    """The ways in which lists of numbers can be passed on: as they are, as arrays, or both.

    Raises ValueError for whole numbers that forward cannot take as floats.
    """
    if call.rows:
        arrays = call.with_arrays()
        with np.errstate(all="ignore"):
            listed, arrayed = _tried(call), _tried(arrays)
        if isinstance(listed, Exception) or _alike(listed, arrayed):
            found = [arrays]
        elif isinstance(arrayed, Exception):
            found = [call]
        else:
            words = f"{', '.join(call.rows)} as {{}}: forward returns something else for {{}}"
            found = [
                replace(each, notes=(*call.notes, words.format(*two)))
                for each, two in ((call, ("lists", "arrays")), (arrays, ("arrays", "lists")))
            ]
    else:
        found = [call]
    _require_floats_taken(found[0])
    return found


def _tried(call: Call) -> Any:
    """What forward returns, as plain arrays, or the error that it raises."""
    return _run(call.flattened(outputs=True))


def _run(flat: Flattened) -> Any:
    try:
        found = flat.forward(*map(np.array, flat.inputs), **flat.asked.parameters)
    except Exception as error:
        return error
    return found[0] if isinstance(found, tuple) else found


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, list) or isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return not isinstance(other, Exception) and np.shape(one) == np.shape(other) and (
        np.allclose(one, other, equal_nan=True)
    )  # fmt: skip


def _require_floats_taken(call: Call) -> None:
    if not call.cast:
        return
    with np.errstate(all="ignore"):
        found = _tried(call)
    if isinstance(found, (IndexError, TypeError)):
        which = " and ".join(call.cast)
        raise ValueError(
            f"{which}: whole numbers, which forward does not take as floats "
            f"({type(found).__name__}: {found}): they seem "
            f"to be indices or labels, and those have no gradient; leave {which} out of wrt"
        )


def missing(error: NoGradientError, call: Call, method: str, claim: str = "") -> Verdict:
    """The verdict on a gradient that is not there.

    Raises ValueError where a whole input has none and the caller did not say which ones have.
    """
    others = [name for name in call.trees if name != error.name]
    advice = f"name in wrt the inputs that have a gradient, such as wrt={others[:1]!r}"
    if error.whole and call.asked.wrt is None:
        raise ValueError(f"{error}; {advice}") from None
    return Verdict(
        Status.REFUTED, claim, method, reason=f"{error}; if it is to have none, {advice}"
    )


def with_notes(verdict: Verdict, flat: Flattened, strict: bool = False) -> Verdict:
    """The verdict with what was done to the inputs, and what the functions do to them."""
    changed = tuple(sorted(flat.changed or ()))
    said = [note for note in flat.notes if "is data" not in note]
    if not changed and not flat.notes:
        return verdict
    details = {
        **verdict.details,
        "notes": (*verdict.details.get("notes", ()), *flat.notes),
        "side_effects": (*verdict.details.get("side_effects", ()), *changed),
    }
    scope = joined([verdict.scope, *said, *changed])
    if changed and strict:
        reason = joined([verdict.reason, *changed])
        verdict = replace(verdict, status=Status.REFUTED, reason=reason)
    return replace(verdict, scope=scope, details=details)


def proved_as_given(call: Call, prove: Callable[[Flattened], Verdict], claim: str) -> Verdict:
    """The verdict of ``prove``, which is called with the plain arrays of a call.

    Raises ValueError where backward returns nothing for an input, and the caller did not say which
    have a gradient.
    """
    first: Verdict | None = None
    for way in ways(call):
        flat = way.flattened(joined=True, outputs=not way.plain)
        try:
            found = with_notes(prove(flat), flat)
            if found.status is Status.UNDECIDED and way.plain and _returns_several(way):
                flat = way.flattened(joined=True, outputs=True)
                found = with_notes(prove(flat), flat)
        except NoGradientError as error:
            found = missing(error, call, "tracing", claim)
        sparse = [k for k, v in way.trees.items() if is_sparse(getattr(v, "value", None))]
        if found.status is Status.UNDECIDED and sparse:
            advice = f"{', '.join(sparse)} is sparse, which a proof cannot follow: pass .toarray()"
            found = replace(found, reason=joined([found.reason, advice]))
        if found.holds:
            return found
        first = found if first is None else first
    assert first is not None
    return first


def _returns_several(call: Call) -> bool:
    """Whether y is a structure, or several arrays, rather than one array."""
    flat = call.flattened(outputs=True)
    with np.errstate(all="ignore"):
        _run(flat)
    return isinstance((flat.y or {}).get("y"), Branch)


def joined(parts: Sequence[str]) -> str:
    return "; ".join(part for part in parts if part)


__all__ = ["joined", "missing", "proved_as_given", "ways", "with_notes"]
