"""The page about one operation: its derivation, its evidence, its plots and its code, as HTML.

    outcomes = [ask(witness, operation, seed=0) for witness in WITNESSES]
    html = render_page(build_page(operation, outcomes, seed=0))

Needs the ``report`` extra (``pip install gradproof[report]``): jinja2, matplotlib, latex2mathml
and pygments, each imported where it is first used.
"""

from gradproof.pages.outcomes import Outcome, ask
from gradproof.pages.page import Page, build_page
from gradproof.pages.render import render_page

__all__ = ["Outcome", "Page", "ask", "build_page", "render_page"]
