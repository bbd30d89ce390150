"""The verdict board as plain aligned text: a row an operation, a column a witness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from gradproof.columns import GAP, fitted, padded, wrapped
from gradproof.pages.outcomes import FAILED, Outcome
from gradproof.verdicts import Status

WIDTH = 100

_COLOURS = {
    Status.PROVED.value: "32",
    Status.CHECKED.value: "36",
    Status.REFUTED.value: "31;1",
    Status.UNDECIDED.value: "33",
    FAILED: "31;1",
}
LONGEST_WORD = max(map(len, _COLOURS))


def board_lines(
    titles: Sequence[str], rows: Sequence[tuple[str, Sequence[Outcome]]], colour: bool = False
) -> list[str]:
    """The table, at most WIDTH columns wide: the parts of a figure stand below their verdict.

    ``titles``: the headings of all columns; ``rows``: the name of an operation, and what each
    witness said about it.
    """
    cells = [[name, *(_cell(outcome) for outcome in outcomes)] for name, outcomes in rows]
    widths = fitted([list(titles), *cells], WIDTH)
    lines = [*aligned(titles, widths), *aligned(["-" * width for width in widths], widths)]
    for row in cells:
        lines += aligned(row, widths, colour)
    return lines


def aligned(cells: Sequence[str], widths: Sequence[int], colour: bool = False) -> list[str]:
    """The lines of one row."""
    columns = [wrapped(cell, width) for cell, width in zip(cells, widths)]
    return [
        GAP.join(
            _coloured(padded(text, width), text) if colour else padded(text, width)
            for text, width in zip(line, widths)
        ).rstrip()
        for line in zip_longest(*columns, fillvalue="")
    ]


def failures(name: str, outcomes: Sequence[Outcome], language: str = "en") -> list[str]:
    """What each witness has against an operation, with its counterexample; empty if nothing."""
    lines = []
    for outcome in outcomes:
        if not outcome.holds:
            title = outcome.title.within(language)
            lines.append(f"{name}, {title}: {outcome.word}: {outcome.difference}")
            found = outcome.verdict.counterexample if outcome.verdict is not None else None
            lines += [f"  {found}"] if found else []
    return lines


def _cell(outcome: Outcome) -> str:
    return "\n".join([outcome.word, *str(outcome.figure).split(", ")]).strip()


def _coloured(shown: str, word: str) -> str:
    return f"\x1b[{_COLOURS[word]}m{shown}\x1b[0m" if word in _COLOURS else shown
