"""The page about one operation as a whole document: styles, script and font are inside."""

from __future__ import annotations

from markupsafe import Markup

from gradproof.pages.mathfont import font_face
from gradproof.pages.page import Page
from gradproof.pages.render import TEMPLATES, environment

_STYLES = ("theme.css", "page.css", "stepper.css")


def render_document(page: Page, language: str) -> str:
    """The page in one language, as a file that needs nothing else.

    Parameters
    ----------
    page : Page
        As :func:`gradproof.pages.build_page` makes it.
    language : str
        ``"en"`` or ``"ko"``.

    Returns
    -------
    str
        HTML.
    """
    made = environment(language=language)
    module = made.get_template("page.html.j2").module
    body = Markup(module.page(page))  # type: ignore[attr-defined]
    return made.get_template("document.html.j2").render(
        language=language, title=page.derivation.title.within(language), body=body,
        style=Markup("\n".join(_read(name) for name in _STYLES) + font_face(body)),
        script=Markup(_read("stepper.js")),
    )  # fmt: skip


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")
