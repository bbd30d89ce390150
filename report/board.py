"""The verdict board as plain aligned text, for the terminal."""

from __future__ import annotations

import unicodedata

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
_WIDEST = 34


def board(book: Book, colour: bool = False) -> str:
    """Rows are operations, columns witnesses; below, what differs where something does not hold."""
    head = ["operation", *(witness.title.en for witness in book.witnesses)]
    rows = [[page.name, *(_cell(outcome) for outcome in page.outcomes)] for page in book.pages]
    widths = [max(_width(row[at]) for row in [head, *rows]) for at in range(len(head))]
    lines = [_aligned(head, widths), "  ".join("-" * width for width in widths)]
    for page, row in zip(book.pages, rows):
        words = ["", *(outcome.word for outcome in page.outcomes)]
        lines.append(_aligned(row, widths, words if colour else None))
    return "\n".join([*lines, *_claims(book, colour), *_differences(book)])


def _claims(book: Book, colour: bool) -> list[str]:
    """The claims of the story: verdict and figure first, since the sentences are of any length."""
    rows = [
        [claim.verdict.status.value, str(claim.verdict.figure), claim.text.en]
        for claim in book.claims
    ]
    widths = [max((_width(row[at]) for row in rows), default=0) for at in range(3)]
    words = [[row[0], "", ""] if colour else None for row in rows]
    lines = [_aligned(row, widths, word) for row, word in zip(rows, words)]
    return ["", *lines] if lines else []


def _cell(outcome: Outcome) -> str:
    text = f"{outcome.word} {outcome.figure}".strip()
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _aligned(cells: list[str], widths: list[int], words: list[str] | None = None) -> str:
    padded = [cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths)]
    if words is not None:
        padded = [_coloured(cell, word) for cell, word in zip(padded, words)]
    return "  ".join(padded).rstrip()


def _coloured(text: str, word: str) -> str:
    return f"\x1b[{_COLOURS[word]}m{text}\x1b[0m" if word in _COLOURS else text


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


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
