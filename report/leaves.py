"""The pages of the book in one language: chapters in their order, operations after theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from gradproof.pages import Page
from gradproof.text import LANGUAGES
from report import words
from report.book import Book
from report.prose import Chapter, Pull, Section
from report.pulling import Puller, environment_of

FIRST = "index.html"


@dataclass(frozen=True)
class Leaf:
    """One page: ``parent`` is the chapter below which it stands, "" for a chapter itself."""

    file: str
    anchor: str
    title: str
    body: Markup
    chapter: str
    number: int = 0
    parent: str = ""
    sections: tuple[Section, ...] = field(default=())


def leaves_of(book: Book, language: str) -> tuple[Leaf, ...]:
    """Every page, printed but for what is the same around all."""
    puller = Puller(book, language)
    found: list[Leaf] = []
    chapters = book.prose.chapters[language] if book.prose is not None else ()
    if not chapters:
        found += [_without_prose(book, puller)]
        found += [_operation(page, puller, "index") for page in book.pages]
    for number, chapter in enumerate(chapters):
        found.append(_chapter(chapter, number, puller))
        for pull in chapter.pulls:
            if pull.kind == "ops":
                found += [
                    _operation(page, puller, chapter.name) for page in book.pages_of(pull.name)
                ]
    return tuple(
        Leaf(**{**vars(leaf), "body": Markup(_only(leaf.body, language))}) for leaf in found
    )


def _chapter(chapter: Chapter, number: int, puller: Puller) -> Leaf:
    pieces = [
        puller.pulled(piece) if isinstance(piece, Pull) else piece for piece in chapter.pieces
    ]
    label = _said(words.chapter_label(number), puller.language) if number else ""
    head = Markup('<article class="chapter{}" id="chapter-{}">').format(
        "" if number else " first", chapter.name
    )
    if chapter.fallback:
        head += Markup('<p class="fallback">{}</p>').format(
            _said(words.NOT_TRANSLATED, puller.language)
        )
    title = Markup('<header class="chapter-head"><p class="number">{}</p><h1>{}</h1></header>')
    body = head + title.format(label, chapter.title) + Markup("\n").join(pieces)
    return Leaf(
        FIRST if number == 0 else f"{chapter.name}.html", f"chapter-{chapter.name}", chapter.title,
        body + Markup("</article>"), chapter.name, number, sections=chapter.sections,
    )  # fmt: skip


def _operation(page: Page, puller: Puller, chapter: str) -> Leaf:
    title = _said(page.derivation.title, puller.language)
    return Leaf(f"{page.name}.html", page.name, title, puller.operation(page), chapter,
                parent=chapter)  # fmt: skip


def _without_prose(book: Book, puller: Puller) -> Leaf:
    title = _said(words.TITLE, puller.language)
    pulls: Sequence[Pull] = (Pull("board", ()), Pull("witnesses", ()), Pull("timings", ()))
    body = Markup('<article class="chapter first" id="chapter-index"><h1>{}</h1>').format(title)
    body += Markup("\n").join(puller.pulled(pull) for pull in pulls)
    return Leaf(FIRST, "chapter-index", title, body + Markup("</article>"), "index")


def _said(text: object, language: str) -> str:
    made = environment_of(language)
    return str(made.filters["plain"](text))


def _only(html: str, language: str) -> str:
    """``html`` without what drawings and equations say in other languages."""
    shown = language if language in LANGUAGES else "en"
    for other in LANGUAGES:
        if other != shown:
            html = re.sub(rf'<(span|tspan) lang="{other}">[^<]*</\1>', "", html)
    return html


__all__ = ["Leaf", "leaves_of"]
