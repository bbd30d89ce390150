"""The verdict board of a book, for the terminal: operations, claims, and what does not hold."""

from __future__ import annotations

from gradproof.columns import GAP
from gradproof.commands.board import LONGEST_WORD, WIDTH, aligned, board_lines, failures
from gradproof.pages import Page
from report.book import Book


def board(book: Book, colour: bool = False) -> str:
    """Rows are operations, columns witnesses; below, what differs where something does not hold."""
    titles = ["operation", *(witness.title.en for witness in book.witnesses)]
    lines = board_lines(titles, [(page.name, page.outcomes) for page in book.pages], colour)
    return "\n".join([*lines, *_claims(book, colour), *_differences(book)])


def _claims(book: Book, colour: bool) -> list[str]:
    """The claims of the story, each in lines of its own."""
    lines = []
    for claim in book.claims:
        word, figure = claim.verdict.status.value, str(claim.verdict.figure)
        told = f"{claim.text.en} ({figure})" if figure else claim.text.en
        lines += aligned([word, told], [LONGEST_WORD, WIDTH - LONGEST_WORD - len(GAP)], colour)
    return ["", *lines] if lines else []


def _differences(book: Book) -> list[str]:
    lines = [line for page in book.failing for line in ("", *_failures(page))]
    return [*lines, *(f"\n{problem}" for problem in book.problems)]


def _failures(page: Page) -> list[str]:
    told = failures(page.name, page.outcomes)
    broken = [error for mode in page.modes for error in mode.errors()]
    broken += [page.file.error] if page.file.error else []
    lines = [each for mode in page.modes for each in mode.marks() if not each.holds]
    if not told and lines:
        told = [f"{page.name}: {lines[0].word}: {lines[0].detail}"]
    return [*told, *(f"{page.name}, its page: {error}" for error in broken)]
