"""Print a book as one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from gradproof.pages.mathfont import font_face
from gradproof.pages.outcomes import SIGNS
from gradproof.pages.render import TEMPLATES as PAGES
from gradproof.pages.render import environment
from report import chapters
from report.book import Book

TEMPLATES = Path(__file__).parent / "templates"
# Which shapes the font needs is known when the equations are: it goes in last.
MATH_FONT = "/* math-font */"
_STYLES = (PAGES / "theme.css", PAGES / "page.css", TEMPLATES / "book.css", TEMPLATES / "story.css")


def render_book(book: Book) -> str:
    """The book's HTML: styles, script, plots and equations are all inside."""
    template = environment(TEMPLATES).get_template("book.html.j2")
    html = template.render(
        book=book,
        t=chapters,
        signs=SIGNS,
        style="\n".join(path.read_text(encoding="utf-8") for path in _STYLES),
        script=(TEMPLATES / "language.js").read_text(encoding="utf-8"),
    )
    return html.replace(MATH_FONT, font_face(html), 1)
