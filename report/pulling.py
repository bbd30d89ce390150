"""Put in the place of each ``{pull}`` what was computed for it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from gradproof.pages import Page
from gradproof.pages.outcomes import SIGNS, one_line
from gradproof.pages.render import environment
from report import words
from report.book import Book
from report.missing import STORY_KINDS
from report.prose import CHAPTERS, Pull

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


@cache
def environment_of(language: str) -> Environment:
    """Templates that print in one language."""
    made = environment(TEMPLATES, language=language)
    made.globals.update(t=words, signs=SIGNS)
    made.filters["thumb"] = _thumb
    return made


def _thumb(svg: Markup, name: str) -> Markup:
    """A drawing once more, smaller: with ids of its own."""
    return Markup(svg.replace(f"{name}-f-y-", f"{name}-thumb-"))


class Puller:
    """Prints what chapters pull in, in one language."""

    def __init__(self, book: Book, language: str) -> None:
        self.book, self.language = book, language
        made = environment_of(language)
        self.parts: Any = made.get_template("parts.html.j2").module
        self.story: Any = made.get_template("story.html.j2").module
        self.page: Any = made.get_template("page.html.j2").module
        self.blocks = {name: block for chapter in book.story for name, block in
                       chapter.parts.items()}  # fmt: skip

    def pulled(self, pull: Pull) -> Markup:
        """What stands in the place of ``pull``; what cannot be is said there."""
        try:
            return Markup(self._made(pull))
        except Exception as raised:  # the book goes on, and the board says so
            return Markup(self.page.broken(f"{pull}: {one_line(raised)}"))

    def operation(self, page: Page) -> Markup:
        """The page about one operation."""
        return Markup(self.page.page(page))

    def _made(self, pull: Pull) -> Any:
        if pull.kind in STORY_KINDS:
            return self.story.block(self.blocks[pull.name])
        made: dict[str, Callable[[], Any]] = {
            "ops": lambda: self.parts.cards(self.book.pages_of(pull.name)),
            "eq": lambda: self._equation(pull.name),
            "board": lambda: self.parts.board(self.book),
            "overall": lambda: self.parts.overall(self.book),
            "witnesses": lambda: self.parts.witnesses(self.book),
            "timings": lambda: self.parts.timings(self.book),
            "terms": lambda: self.parts.terms(terms(), self.language),
        }
        return made[pull.kind]()

    def _equation(self, name: str) -> Markup:
        """``sigmoid.1``: the last line of the first derivation of an operation."""
        operation, _, number = name.partition(".")
        page = next(page for page in self.book.pages if page.name == operation)
        chains = [chain for mode in page.modes for chain in mode.chains]
        chain = chains[int(number or 1) - 1]
        if len(chain.lines) < 2:
            return Markup('<div class="eq">{}</div>').format(chain.lines[0].math)
        return Markup('<div class="eq">{} {}</div>').format(chain.title, chain.lines[-1].math)


@cache
def terms(path: Path = CHAPTERS / "terms.toml") -> Sequence[Any]:
    """The glossary, in the alphabet of English."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return sorted(({"symbol": "", "read": {}, **each, "name": name} for name, each in
                   found.items()), key=lambda each: str(each["en"]).lower())  # fmt: skip


__all__ = ["Puller", "environment_of", "terms"]
