"""Books to look at: one of many operations with instant witnesses, and one with planted errors."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from html.parser import HTMLParser

import pytest

from gradproof.algebra import Decision
from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation
from gradproof.pages import Outcome, Page, build_page
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict
from gradproof.witnesses import WITNESSES, Witness
from gradproof.witnesses.symbolic import Finding
from report.book import Book, write_book
from report.labour import Alone
from report.progress import Promise
from report.render import render_book
from tests.campaigns import some
from tests.catalogue import OPERATIONS


def instant(status: Status, name: str = "instant") -> Witness:
    """A witness with a ready answer."""
    return Witness(
        name,
        Text(name, f"{name} (한국어)"),
        Text("Is it there?", "있습니까?"),
        lambda operation, seed: Verdict(
            status, f"dx of {operation.name}", "a look", figure="1 look", reason="so it seems"
        ),
    )


def all_lines_hold(operation: Operation, seed: int) -> Verdict:
    """A verdict that tells, as the paper witness may, what was found for every line."""
    count = sum(lines_of(mode) for mode in operation.derivation.modes)
    findings = [Finding(f"line {number}", Decision.ZERO) for number in range(count)]
    return Verdict(Status.PROVED, "all lines", "a look", details={"findings": findings})


def lines_of(mode: Mode) -> int:
    """How many comparisons the derivation of a mode asks for."""
    others = (*mode.forms, *mode.facts, *mode.limits)
    return sum(len(c.steps) for c in mode.chains) + len(others) + 3 * len(mode.kinks)


@cache
def _relu_page() -> Page:
    """ReLU's page, with its lines checked, as they are where no witness tells what it found."""
    return build_page(OPERATIONS["relu"], (), 0)


class OnePage(Alone):
    """Every operation has ReLU's page: for tests of what is said of witnesses' answers."""

    def page(self, operation: Operation, outcomes: tuple[Outcome, ...]) -> Promise:
        return partial(replace, _relu_page(), name=operation.name, outcomes=outcomes)


def book_of_answers(witnesses: tuple[Witness, ...], *names: str) -> Book:
    """A book with the answers of these witnesses about operations, and no pages of their own."""
    chosen = {name: OPERATIONS[name] for name in names or ("relu",)}
    return write_book(chosen, witnesses=witnesses, labour=OnePage(witnesses, 0))


def _chapter(name: str) -> int:
    return OPERATIONS[name].derivation.chapter


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(some(OPERATIONS, 1, _chapter), id="an operation of each chapter"),
        pytest.param(list(OPERATIONS), id="every operation", marks=pytest.mark.campaign),
    ],
)
def whole_book(request: pytest.FixtureRequest) -> Book:
    """Operations with the true columns and ready answers in them."""
    witnesses = tuple(replace(each, run=all_lines_hold) for each in WITNESSES)
    chosen = {name: operation for name, operation in OPERATIONS.items() if name in request.param}
    book = write_book(chosen, witnesses=witnesses)
    assert {page.name for page in book.pages} == set(request.param)
    return book


@pytest.fixture(scope="session")
def whole_html(whole_book: Book) -> str:
    """The whole book, printed."""
    return render_book(whole_book)


@pytest.fixture(scope="session")
def whole_korean(whole_book: Book) -> str:
    """The whole book in Korean."""
    return render_book(whole_book, "ko")


@pytest.fixture(scope="session")
def whole_page(whole_html: str) -> Outline:
    """What is in it."""
    return Outline(whole_html)


def with_a_false_step(operation: Operation) -> Operation:
    """The operation with its first derivation's last step doubled."""
    derivation = operation.derivation
    mode = derivation.modes[0]
    chain = mode.chains[0]
    last = replace(chain.steps[-1], expression=2 * chain.steps[-1].expression)
    chains = (replace(chain, steps=(*chain.steps[:-1], last)), *mode.chains[1:])
    modes = (replace(mode, chains=chains), *derivation.modes[1:])
    return replace(operation, derivation=replace(derivation, modes=modes))


class Outline(HTMLParser):
    """What a test asks about a page: its ids and its references."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))

    def attribute(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [str(found[name]) for _, found in self.tags if found.get(name)]
