"""The verdict board as plain aligned text, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from gradproof.columns import GAP, fitted, padded, wrapped
from gradproof.pages import Outcome, Page
from gradproof.pages.outcomes import FAILED
from gradproof.verdicts import Status
from report.book import Book

_COLOURS = {
    Status.PROVED.value: "32",
    Status.CHECKED.value: "36",
    Status.REFUTED.value: "31;1",
    Status.UNDECIDED.value: "33",
    FAILED: "31;1",
}
WIDTH = 100
_WORD = max(map(len, _COLOURS))


def board(book: Book, colour: bool = False) -> str:
    """Rows are operations, columns witnesses; below, what differs where something does not hold.

    The table is at most WIDTH columns wide: the parts of a figure stand below their verdict.
    """
    head = ["operation", *(witness.title.en for witness in book.witnesses)]
    rows = [[page.name, *(_cell(outcome) for outcome in page.outcomes)] for page in book.pages]
    widths = fitted([head, *rows], WIDTH)
    lines = [*_aligned(head, widths), *_aligned(["-" * width for width in widths], widths)]
    for row in rows:
        lines += _aligned(row, widths, colour)
    return "\n".join([*lines, *_claims(book, colour), *_differences(book)])


def _claims(book: Book, colour: bool) -> list[str]:
    """The claims of the story, each in lines of its own."""
    lines = []
    for claim in book.claims:
        word, figure = claim.verdict.status.value, str(claim.verdict.figure)
        told = f"{claim.text.en} ({figure})" if figure else claim.text.en
        lines += _aligned([word, told], [_WORD, WIDTH - _WORD - len(GAP)], colour)
    return ["", *lines] if lines else []


def _cell(outcome: Outcome) -> str:
    return "\n".join([outcome.word, *str(outcome.figure).split(", ")]).strip()


def _aligned(cells: Sequence[str], widths: Sequence[int], colour: bool = False) -> list[str]:
    """The lines of one row."""
    columns = [wrapped(cell, width) for cell, width in zip(cells, widths)]
    return [
        GAP.join(
            _coloured(padded(text, width), text) if colour else padded(text, width)
            for text, width in zip(line, widths)
        ).rstrip()
        for line in zip_longest(*columns, fillvalue="")
    ]


def _coloured(shown: str, word: str) -> str:
    return f"\x1b[{_COLOURS[word]}m{shown}\x1b[0m" if word in _COLOURS else shown


def _differences(book: Book) -> list[str]:
    lines = [line for page in book.failing for line in ("", *_failures(page))]
    return [*lines, *(f"\n{problem}" for problem in book.problems)]


def _failures(page: Page) -> list[str]:
    told = [
        f"{page.name}, {outcome.title.en}: {outcome.word}: {outcome.difference}"
        + (f"\n  {counterexample}" if (counterexample := _counterexample(outcome)) else "")
        for outcome in page.outcomes
        if not outcome.holds
    ]
    broken = [error for mode in page.modes for error in mode.errors()]
    broken += [page.file.error] if page.file.error else []
    lines = [each for mode in page.modes for each in mode.marks() if not each.holds]
    if not told and lines:
        told = [f"{page.name}: {lines[0].word}: {lines[0].detail}"]
    return [*told, *(f"{page.name}, its page: {error}" for error in broken)]


def _counterexample(outcome: Outcome) -> str:
    found = outcome.verdict.counterexample if outcome.verdict is not None else None
    return str(found) if found else ""
