"""Turn a page's records into HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from gradproof.pages.canvas import power_of_ten
from gradproof.pages.scopes import claimed, mode_name, told
from gradproof.pages.words import WORDS
from gradproof.text import LANGUAGES, Text

if TYPE_CHECKING:
    from jinja2 import Environment

    from gradproof.pages.page import Page

TEMPLATES = Path(__file__).parent / "templates"


@cache  # it compiles a template once
def environment(*folders: Path, language: str | None = None) -> Environment:
    """A Jinja environment that finds the page's templates and those in ``folders``.

    Texts are printed in one ``language``; in every one, for a stylesheet to choose, where None.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        both=partial(_in, language) if language else both,
        plain=partial(_said, language) if language else _plainly,
        each=partial(_each, language),
        number=number,
        power=power_of_ten,
        values=values,
        told=told,
        claimed=claimed,
        mode=mode_name,
        code=with_code,
    )
    made.globals.update(w=WORDS)
    return made


def render_page(page: Page) -> Markup:
    """The HTML of one page, to stand inside a document that has the page's stylesheet."""
    template = environment().get_template("page.html.j2")
    return Markup(template.module.page(page))  # type: ignore[attr-defined]


def both(text: Text) -> Markup:
    """A text in every language; the stylesheet shows one of them. `Backticks` mark code."""
    return Markup("").join(
        Markup('<span lang="{}">{}</span>').format(language, with_code(text.within(language)))
        for language in LANGUAGES
    )


def _in(language: str, text: Text) -> Markup:
    """A text in one language; in English where it is not written in that."""
    if language in LANGUAGES:
        return with_code(text.within(language))
    return Markup('<span lang="en">{}</span>').format(with_code(text.en))


def _said(language: str, text: Text) -> str:
    return text.within(language) if language in LANGUAGES else text.en


def _each(language: str | None, text: Text) -> list[tuple[str, str]]:
    """Every language that is shown, with the text in it."""
    shown = LANGUAGES if language is None else (language if language in LANGUAGES else "en",)
    return [(each, text.within(each)) for each in shown]


def _plainly(text: Text) -> str:
    """A text in every language, for where no element can stand."""
    return " · ".join(dict.fromkeys(text.within(language) for language in LANGUAGES))


def with_code(text: str) -> Markup:
    # Every second piece stood between backticks.
    pieces = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if number % 2 else piece
        for number, piece in enumerate(pieces)
    )


def number(value: float | None, digits: int = 2) -> str:
    """A number as people write it: 8.1 × 10⁻¹⁷."""
    if value is None:
        return ""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.{digits}g}".replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = power_of_ten(10.0 ** int(exponent))
    return f"{mantissa} × {power}".replace("-", "−")


def values(of: Any) -> Markup:
    """Numbers, nested lists or a mapping of them, in short."""
    if isinstance(of, Mapping):
        return Markup(", ").join(escape(f"{key} = {_plain(each)}") for key, each in of.items())
    return escape(_plain(of))


def _plain(of: Any) -> str:
    if isinstance(of, list | tuple):
        return f"[{', '.join(_plain(each) for each in of)}]"
    if isinstance(of, float) and math.isinf(of):
        return "−∞" if of < 0 else "∞"
    return f"{of:g}".replace("-", "−") if isinstance(of, int | float) else str(of)


__all__ = ["TEMPLATES", "both", "environment", "number", "render_page"]
