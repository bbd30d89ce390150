"""From a repair to a diagnosis: a sentence, an equation, a line, the corrected term."""

from __future__ import annotations

from collections.abc import Sequence

from gradproof.diagnosis.catalogue import SENTENCES, TRUE, YOURS, filled, sentence
from gradproof.diagnosis.kinds import Kind
from gradproof.diagnosis.mend import Mended, mended
from gradproof.diagnosis.naming import Naming
from gradproof.diagnosis.repair import Repair
from gradproof.verdicts import Diagnosis

MOST_OTHERS = 3
FAR = 0.6  # what costs so much more than the first is no rival of it


def diagnosis_of(naming: Naming, name: str, repairs: Sequence[Repair]) -> Diagnosis:
    """Return the diagnosis that the first repair comes to, with the others named."""
    near = [r for r in repairs[:16] if r.cost <= repairs[0].cost + FAR]
    main, *rest = [_one(naming, name, repair) for repair in near]
    others: list[Diagnosis] = []
    seen = {main.fix}
    for each in rest:
        if each.fix not in seen and len(others) < MOST_OTHERS:
            others.append(each)
            seen.add(each.fix)
    return Diagnosis(main.kind, main.message, main.equation, main.line, main.fix, True,
                     tuple(others), main.term)  # fmt: skip


def _one(naming: Naming, name: str, repair: Repair) -> Diagnosis:
    words = repair.words(naming)
    found = mended(naming, repair, name)
    message = sentence(
        repair.kind, gradient=f"d{name}", old=found.old, new=found.new, term=words.term
    )
    return Diagnosis(str(repair.kind), message, equation(found), found.line, found.fix, True, (),
                     words.term)  # fmt: skip


def two_slips(parts: Sequence[Diagnosis]) -> Diagnosis:
    """Return the diagnosis of two slips at once."""
    first, second = parts
    message = filled(SENTENCES[Kind.TWO_SLIPS], first=first.message, second=second.message)
    return Diagnosis(str(Kind.TWO_SLIPS), message, "\n".join(p.equation for p in parts), first.line,
                     first.fix, True, (), first.term, tuple(parts))  # fmt: skip


def equation(found: Mended) -> str:
    """Return both statements under each other, what differs underlined."""
    rows = []
    for label, text, part in ((YOURS.en, found.yours, found.old), (TRUE.en, found.true, found.new)):
        rows.append(f"{label + ':':<7}{text}")
        at = text.find(part, max(found.at, 0))  # parentheses may have come before it
        if at >= 0 and part:
            rows.append(" " * (7 + at) + "^" * len(part))
    return "\n".join(rows)


__all__ = ["Kind", "diagnosis_of", "equation"]
