"""Print a book: a page for each chapter, operation and language, or all of one language in a file.

Every page is self-contained: styles, script, plots, equations and their font are inside. Links are
written as ``#id`` wherever the thing may stand; which page has it is known when all are printed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from gradproof.pages.mathfont import font_face
from gradproof.pages.render import TEMPLATES as PAGES
from gradproof.text import LANGUAGES
from report import words
from report.book import Book
from report.leaves import Leaf, leaves_of
from report.pulling import environment_of, terms

TEMPLATES = Path(__file__).parent / "templates"
# Which shapes the font needs is known when the equations are: it goes in last.
MATH_FONT = "/* math-font */"
_STYLES = (
    PAGES / "theme.css", PAGES / "page.css", PAGES / "stepper.css", TEMPLATES / "book.css",
    TEMPLATES / "story.css", TEMPLATES / "more.css",
)  # fmt: skip
_SCRIPTS = (
    TEMPLATES / "book.js",
    PAGES / "stepper.js",
    TEMPLATES / "play.js",
    TEMPLATES / "playground.js",
)
_HREF = re.compile(r'href="#([^"]+)"')
_ID = re.compile(r'\bid="([^"]+)"')


def render_site(book: Book, only: Sequence[str] | None = None) -> dict[str, str]:
    """Every file of the book by its path: ``index.html`` chooses a language.

    ``only`` these languages, by default all; LookupError for one that the book has not.
    """
    for language in only or ():
        if language not in book.languages:
            raise LookupError(
                f"--lang: no language {language!r}; there are: {', '.join(book.languages)}"
            )
    printed = {language: leaves_of(book, language) for language in only or book.languages}
    font = font_face("".join(leaf.body for leaves in printed.values() for leaf in leaves))
    files = {"index.html": _chooser(book)}
    files |= {f"book.{language}.html": _one_file(book, language, leaves)
              for language, leaves in printed.items()}  # fmt: skip
    for language, leaves in printed.items():
        where = _where(leaves)
        for number, leaf in enumerate(leaves):
            html = _page(book, language, leaves, number, font)
            files[f"{language}/{leaf.file}"] = _linked(html, leaf, where)
    return files


def render_book(book: Book, language: str = "en") -> str:
    """The whole book in one language as one file."""
    return _one_file(book, language, leaves_of(book, language))


def _one_file(book: Book, language: str, leaves: Sequence[Leaf]) -> str:
    body = Markup("\n").join(leaf.body for leaf in leaves)
    contents = _contents(leaves, lambda leaf: f"#{leaf.anchor}", None)
    index = _index(leaves, language, whole=True)
    others = [(each, words.LANGUAGE_NAMES.get(each, each), f"book.{each}.html")
              for each in book.languages if each != language]  # fmt: skip
    return _whole(
        book, language, _text(words.TITLE, language), body, contents, others, "#text",
        font_face(body), index, whole=True,
    )  # fmt: skip


def _page(book: Book, language: str, leaves: Sequence[Leaf], number: int, font: str) -> str:
    leaf = leaves[number]
    contents = _contents(leaves, lambda each: each.file, leaf)
    others = [
        (each, words.LANGUAGE_NAMES.get(each, each), f"../{each}/{leaf.file}")
        for each in book.languages
        if each != language
    ]
    return _whole(
        book, language, leaf.title, leaf.body, contents, others, "index.html", font,
        _index(leaves, language, whole=False), before=_turn(leaves, number - 1),
        after=_turn(leaves, number + 1),
    )  # fmt: skip


def _turn(leaves: Sequence[Leaf], number: int) -> Mapping[str, Any] | None:
    if not 0 <= number < len(leaves):
        return None
    return {"title": leaves[number].title, "address": leaves[number].file}


def _whole(
    book: Book, language: str, title: str, body: Markup, contents: Any, others: Any, home: str,
    font: str, index: Markup, before: Any = None, after: Any = None, whole: bool = False,
) -> str:  # fmt: skip
    made = environment_of(language)
    parts = made.get_template("parts.html.j2").module
    html = made.get_template("leaf.html.j2").render(
        language=language, title=title, book_title=_text(words.TITLE, language), body=body,
        contents=contents, others=others, home=home, before=before, after=after, index=index,
        whole=whole,
        style=Markup(_style()), script=Markup(_script()),
        foot=parts.versions(book),  # type: ignore[attr-defined]
    )  # fmt: skip
    return html.replace(MATH_FONT, font, 1)


def _contents(leaves: Sequence[Leaf], address: Any, here: Leaf | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for leaf in leaves:
        entry = {"title": Markup(escape(leaf.title)), "address": address(leaf),
                 "number": leaf.number, "here": leaf is here, "below": []}  # fmt: skip
        if leaf.parent and found:
            inside = here is not None and here.chapter == leaf.parent
            if inside or here is None:
                found[-1]["below"].append(entry)
            continue
        if leaf is here:
            entry["below"] = [
                {"title": Markup(each.title), "address": f"#{each.anchor}", "here": False}
                for each in leaf.sections
            ]
        found.append(entry)
    return found


def _index(leaves: Sequence[Leaf], language: str, whole: bool) -> Markup:
    """What a reader can search for: titles, headings and terms, each with its address."""
    found: list[tuple[str, str]] = []
    for leaf in leaves:
        page = "" if whole else leaf.file
        found.append((leaf.title, f"#{leaf.anchor}" if whole else page))
        found += [(_plain(each.title), f"{page}#{each.anchor}") for each in leaf.sections]
        if 'class="terms"' in leaf.body:
            other = "ko" if language == "en" else "en"
            found += [
                (f"{each.get(language, each['en'])} ({each[other]})", f"{page}#term-{each['name']}")
                for each in terms()
            ]
    # "<" would end the element that holds it.
    return Markup(json.dumps(found, ensure_ascii=False).replace("<", "\\u003c"))


def _plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html)).strip()


def _where(leaves: Sequence[Leaf]) -> dict[str, Leaf]:
    """On which page each id stands."""
    return {found: leaf for leaf in leaves for found in _ID.findall(leaf.body)}


def _linked(html: str, leaf: Leaf, where: Mapping[str, Leaf]) -> str:
    """``html`` with links to what stands on another page leading there."""

    def address(found: re.Match[str]) -> str:
        target = where.get(found[1], leaf)
        return found[0] if target is leaf else f'href="{target.file}#{found[1]}"'

    return _HREF.sub(address, html)


def _chooser(book: Book) -> str:
    made = environment_of("en")
    names = [(each, words.LANGUAGE_NAMES.get(each, each)) for each in book.languages]
    return made.get_template("chooser.html.j2").render(
        languages=names, title=words.TITLE, titles=[_text(words.TITLE, each) for each, _ in names]
    )


def _text(text: Any, language: str) -> str:
    return str(text.within(language)) if language in LANGUAGES else str(text.en)


def _style() -> str:
    css = "\n".join(path.read_text(encoding="utf-8") for path in _STYLES)
    dark = re.search(r"@media \(prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}\s*\}", css, re.S)
    assert dark is not None
    chosen = (
        f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{{dark[1]}}} }}\n'
        f':root[data-theme="dark"] {{ color-scheme: dark; {dark[1]}}}\n'
        ':root[data-theme="light"] { color-scheme: light; }'
    )
    return css.replace(dark[0], chosen)


def _script() -> str:
    # Without indentation and lines that only say why: one copy stands in every page.
    text = "\n".join(path.read_text(encoding="utf-8") for path in _SCRIPTS)
    return re.sub(r"(?m)^\s+|^\s*//.*\n", "", text)


__all__ = ["render_book", "render_site"]
