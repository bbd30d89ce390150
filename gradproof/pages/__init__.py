"""The page about one operation: its derivation, its evidence, its plots and its code, as HTML.

    page = build_page(operation, ask_all(operation, WITNESSES, seed=0), seed=0)
    html = render_page(page)

Needs the ``report`` extra (``pip install gradproof[report]``): jinja2, matplotlib, latex2mathml
and pygments, each imported where it is first used.
"""

from gradproof.pages.outcomes import Outcome, ask
from gradproof.pages.page import Page, build_page

__all__ = ["Outcome", "Page", "ask", "build_page"]
