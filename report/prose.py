"""The words of the book, read from ``report/chapters/<number>-<chapter>.<language>.md``.

A chapter is Markdown with mathematics between dollar signs. The number orders the chapters; the
first heading is the title. A line of its own in braces pulls in what is computed:

    {fig depth-made}      a figure of the story          {claim novikoff}   a claim with its verdict
    {code bars-demo}      a listing with its output      {op sigmoid}       an operation's page
    {say sigmoid-fails}   a sentence found from data     {graph batch_norm x=6,9,0 dy=1,2,0}

and ``{val patience}`` within a sentence is a computed value; a Korean particle after it, in braces
of its own, takes the form that fits how the value is read: ``{val patience}{은}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from gradproof.particles import with_particle

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

CHAPTERS = Path(__file__).parent / "chapters"
ORIGINAL = "en"  # what a chapter falls back to in a language that has no file of it
_NAME = re.compile(r"(\d+)-([\w-]+)\.(\w+)\.md")
_PULL = re.compile(r"\{(\w+)(?: ([^{}]*))?\}")
_VALUE = re.compile(r"\{val ([\w.-]+)\}(?:\{([^{}\s]+)\})?")
# A particle or a point belongs to the equation before it: no line begins with one.
_CLINGING = re.compile(
    r'(<span class="math inline">(?:(?!</span>).)*</span>(?:[\uac00-\ud7a3]+[.,;:)?]*|[.,;:)?]+))',
    re.S,
)


@dataclass(frozen=True)
class Pull:
    """Something computed that stands here."""

    kind: str
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is pulled in; "" where there is only one of its kind."""
        return self.arguments[0] if self.arguments else ""

    def __str__(self) -> str:
        return "{" + " ".join((self.kind, *self.arguments)) + "}"


@dataclass(frozen=True)
class Section:
    """A heading within a chapter."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Chapter:
    """A chapter in one language: its title, and what stands in it in order."""

    name: str
    language: str
    title: str
    pieces: tuple[Markup | Pull, ...]
    sections: tuple[Section, ...]
    equations: int
    problems: tuple[str, ...] = ()
    fallback: bool = False

    @property
    def pulls(self) -> tuple[Pull, ...]:
        """Everything that it pulls in."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Pull))


@dataclass(frozen=True)
class Prose:
    """All chapters in order, in each language."""

    languages: tuple[str, ...]
    chapters: Mapping[str, tuple[Chapter, ...]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Chapter]:
        return (chapter for each in self.chapters.values() for chapter in each)


def read_prose(values: Mapping[str, str], folder: Path = CHAPTERS) -> Prose:
    """Read every chapter in every language that any chapter is written in.

    A chapter that a language lacks is there in English, and says so. LookupError for a chapter
    without an English file.
    """
    files: dict[tuple[int, str], dict[str, Path]] = {}
    for path in sorted(folder.glob("*.md")):
        found = _NAME.fullmatch(path.name)
        if found is None:
            raise LookupError(f"{path.name}: expected <number>-<chapter>.<language>.md")
        number, name, language = found.groups()
        files.setdefault((int(number), name), {})[language] = path
    names = {language for each in files.values() for language in each}
    languages = tuple(sorted(names, key=lambda each: (each != ORIGINAL, each)))
    return Prose(
        languages,
        {
            language: tuple(_in(files[key], key[1], language, values) for key in sorted(files))
            for language in languages
        },
    )


def _in(paths: Mapping[str, Path], name: str, language: str, values: Mapping[str, str]) -> Chapter:
    if ORIGINAL not in paths:
        raise LookupError(f"chapter {name}: expected a file {name}.{ORIGINAL}.md, found none")
    path = paths.get(language, paths[ORIGINAL])
    text = path.read_text(encoding="utf-8")
    return parse(text, name, language, values, fallback=language not in paths)


def parse(
    text: str, name: str, language: str, values: Mapping[str, str], fallback: bool = False
) -> Chapter:
    """Take one chapter apart; an unknown value is a problem, and stands there as it is written."""
    problems: list[str] = []

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            problems.append(f"{name}.{language}: no value is called {found[1]}")
            return found[0]
        return with_particle(values[found[1]], found[2] or "")

    reader = _reader()
    tokens = reader.parse(_VALUE.sub(value, text))
    title, equations = "", 0
    pieces: list[Markup | Pull] = []
    sections: list[Section] = []
    for number, block in enumerate(_blocks(tokens)):
        equations += sum(_equations(token) for token in block)
        first = block[0]
        content = block[1].content.strip() if len(block) > 1 else ""
        if first.type == "heading_open" and first.tag == "h1":
            title = content
            continue
        pull = _PULL.fullmatch(content) if first.type == "paragraph_open" else None
        if pull:
            pieces.append(Pull(pull[1], tuple((pull[2] or "").split())))
            continue
        # A heading that is led to has its own name: {#several-ways} on the line above it.
        anchor = str(first.attrGet("id") or f"{name}-{number}")
        first.attrSet("id", anchor)
        if first.type == "heading_open" and first.tag == "h2":
            sections.append(Section(anchor, reader.renderer.render(
                block[1:2], reader.options, {})))  # fmt: skip
        html = reader.renderer.render(block, reader.options, {})
        pieces.append(Markup(_CLINGING.sub(r'<span class="clinging">\1</span>', html)))
    return Chapter(
        name, language, title, tuple(pieces), tuple(sections), equations, tuple(problems), fallback
    )


def _blocks(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens of each block that stands in no other."""
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting != 1:
            yield block
            block = []


def _equations(token: Token) -> int:
    return ("math" in token.type) + sum(_equations(each) for each in token.children or ())


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
    from mdit_py_plugins.container import container_plugin
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    from gradproof.pages.equations import mathml

    def math(content: str, options: Mapping[str, Any]) -> str:
        shown = mathml(content.strip(), display=bool(options["display_mode"]))
        return f'<div class="eq">{shown}</div>' if options["display_mode"] else str(shown)

    reader = MarkdownIt("commonmark", {"typographer": False}).enable("table")
    dollarmath_plugin(reader, renderer=math, allow_digits=True, double_inline=False)
    attrs_plugin(reader)
    attrs_block_plugin(reader)
    deflist_plugin(reader)
    container_plugin(reader, "note")
    container_plugin(reader, "ways")
    return reader
