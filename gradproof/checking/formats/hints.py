"""A slip told by degrees, for those who would rather find it: --hint 1, 2 or 3."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.checking.formats.command_words import word
from gradproof.slip_kinds import MEANINGS, Kind
from gradproof.verdicts import Diagnosis


def hints(slip: Diagnosis | None, level: int, language: str = "en") -> Iterator[str]:
    """As much of a slip as a level allows: 1 its line, 2 also what kind it is, 3 also the term."""
    if slip is None or slip.line is None:
        yield word("hint_no_line", language)
    else:
        yield word("hint_line", language, line=slip.line)
    if slip is None or level < 2:
        return
    yield word("hint_kind", language, kind=MEANINGS[Kind(slip.kind)].within(language))
    if level > 2:
        known = slip.exact and slip.term
        yield word("hint_term" if known else "hint_no_term", language, term=slip.term)


__all__ = ["hints"]
