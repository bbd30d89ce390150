"""What is said of a wrong gradient whose slip was not found: why, and what its numbers tell."""

from __future__ import annotations

from dataclasses import replace

from gradproof.diagnosis.sentences.catalogue import NOT_FOLLOWED, filled
from gradproof.diagnosis.sentences.limits import LOOKED_AT
from gradproof.slip_kinds import Kind
from gradproof.text import Text
from gradproof.verdicts import Diagnosis


def not_found(why: Text = NOT_FOLLOWED, line: int | None = None) -> Diagnosis:
    """Return what is said where no slip could be looked for, or not to the end.

    why: what stood in the way; line: where in the author's file.
    """
    message = filled(LOOKED_AT, why=why)
    return Diagnosis(str(Kind.INCONCLUSIVE), message, line=line, exact=False)


def with_numbers(found: Diagnosis, seen: Diagnosis | None) -> Diagnosis:
    """Return what is known of the steps, after what the numbers say where the steps told little.

    seen: the diagnosis by numbers alone.
    """
    if seen is None or found.exact:
        return found
    if found.kind != Kind.INCONCLUSIVE and not seen.exact:
        return found
    message = Text(*(f"{a} {b}" for a, b in zip(seen.message, found.message)))
    return replace(
        found, kind=seen.kind, message=message, term=seen.term,
        confirmation=found.confirmation if found.confirmation.en else seen.confirmation,
    )  # fmt: skip


__all__ = ["not_found", "with_numbers"]
