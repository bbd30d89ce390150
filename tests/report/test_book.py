"""The printed book: self-contained, complete, in both languages, and honest about failures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from gradproof.columns import text_width
from gradproof.operation.operations import Operation
from gradproof.pages.words import WORDS
from gradproof.text import Text
from gradproof.verdicts import Counterexample, Status, Verdict
from gradproof.witnesses import WITNESSES, Witness
from report import words
from report.board import board
from report.book import Book, write_book
from report.labour import Together
from report.render import render_book, render_site
from tests.catalogue import OPERATIONS
from tests.report.conftest import (
    Outline,
    all_lines_hold,
    book_of_answers,
    instant,
    with_a_false_step,
)
from tests.report.dying import die

MOST_BYTES = 450_000  # of a page
PAPER = tuple(witness for witness in WITNESSES if witness.name == "paper")


def test_the_file_needs_nothing_from_outside(whole_html: str, whole_page: Outline) -> None:
    page = whole_page
    assert page.attribute("src") == []
    foreign = [each for each in page.attribute("href") if not each.startswith("#")]
    assert foreign == ["book.ko.html"]  # the same book in the other language
    assert "@import" not in whole_html
    assert all(each.startswith(("#", "data:")) for each in re.findall(r"url\((.*?)\)", whole_html))
    assert not [tag for tag, _ in page.tags if tag in ("link", "iframe", "object", "img")]


def test_ids_are_unique_and_every_reference_leads_somewhere(
    whole_html: str, whole_page: Outline
) -> None:
    page = whole_page
    assert len(page.ids) == len(set(page.ids))
    wanted = {each[1:] for each in page.attribute("href") if each.startswith("#")}
    wanted |= set(re.findall(r"url\(#(.*?)\)", whole_html))
    assert wanted <= set(page.ids)


def test_every_operation_has_a_cell_from_every_witness(
    whole_book: Book, whole_page: Outline
) -> None:
    cells = [
        (found["data-operation"], found["data-witness"])
        for tag, found in whole_page.tags
        if tag == "td" and "data-operation" in found
    ]
    expected = [(page.name, each.name) for page in whole_book.pages for each in WITNESSES]
    assert sorted(cells) == sorted(expected)


def test_every_operation_has_a_page_with_its_whole_derivation(whole_book: Book) -> None:
    assert whole_book.pages
    for page in whole_book.pages:
        assert page.holds, page.name
        assert page.file.value is not None, page.name
        modes = OPERATIONS[page.name].derivation.modes
        assert len(page.modes) == len(modes), page.name
        for mode, view in zip(modes, page.modes):
            assert len(view.chains) == len(mode.chains), page.name
            lines = [len(chain.lines) for chain in view.chains]
            assert lines == [len(chain.steps) for chain in mode.chains], page.name
            assert view.listings.value is not None, page.name
            assert (view.picture.value is None) == (mode.loss is None), page.name


def test_each_language_has_a_book_of_its_own(whole_html: str, whole_korean: str) -> None:
    english, korean = (re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.S)
                       for html in (whole_html, whole_korean))  # fmt: skip
    assert '<html lang="en" class="whole">' in english
    assert '<html lang="ko" class="whole">' in korean
    # What is Korean in the English book is the link to the other.
    assert set(re.findall("[가-힣]+", english)) == {"한국어"}
    # The same things stand in both, under the same ids: links lead to the same place.
    assert Outline(english).ids == Outline(korean).ids


_ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z]+\b[ ,]+){3,}[A-Za-z][a-z]+")


def test_the_korean_book_has_no_english_sentences(whole_korean: str) -> None:
    """But for code, mathematics, titles of papers and the names of what is claimed."""
    left = re.sub(
        r"<(script|style|svg|math|code|pre|summary)\b.*?</\1>"
        r'|<ul class="references">.*?</ul>|<span lang="en">.*?</span>',
        " ", whole_korean, flags=re.S,
    )  # fmt: skip
    texts = re.sub(r"<[^>]+>", "\n", left).splitlines()
    assert [text.strip() for text in texts if _ENGLISH.search(text)] == []


def test_words_and_chapters_are_written_in_both_languages() -> None:
    found = [*WORDS.values()]
    found += [each for each in vars(words).values() if isinstance(each, Text)]
    found += [text for each in words.GROUPS for text in (each.title,)]
    assert all(text.en.strip() and text.ko.strip() for text in found)
    assert all(re.search("[가-힣]", text.ko) for text in found)


def test_two_runs_print_the_same_but_for_the_seconds() -> None:
    chosen = {name: OPERATIONS[name] for name in ("leaky_relu", "perceptron_linear")}
    first, second = (render_book(write_book(chosen, 3, PAPER)) for _ in range(2))
    assert _timeless(first) == _timeless(second)


@pytest.mark.campaign
def test_several_processes_print_the_book_that_one_prints() -> None:
    chosen = {name: OPERATIONS[name] for name in ("leaky_relu", "relu")}
    alone = write_book(chosen, 1)
    together = write_book(chosen, 1, labour=Together(chosen, 1, jobs=2))
    assert _timeless(render_book(alone)) == _timeless(render_book(together))


def test_a_process_that_dies_is_a_failed_cell_and_not_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("report.labour._outcome", die)
    chosen = {"relu": OPERATIONS["relu"]}
    book = write_book(chosen, labour=Together(chosen, 0, jobs=1))
    assert not book.holds
    assert all(outcome.word == "ERROR" for outcome in book.pages[0].outcomes)
    assert book.pages[0].modes[0].listings.value is not None


def _timeless(html: str) -> str:
    """The page without its one block of timings."""
    parts = re.split(r'(<section id="timings">.*?</section>)', html, flags=re.S)
    before, timings, rest = parts
    assert re.search(r"<td>\d+\.\d\d</td>", timings)
    return before + rest


def test_a_false_step_is_shown_in_red_where_it_stands() -> None:
    operation = with_a_false_step(OPERATIONS["relu"])
    book = write_book({"relu": operation, "elu": OPERATIONS["elu"]}, witnesses=PAPER)
    assert not book.holds
    assert [page.name for page in book.failing] == ["relu"]
    html = render_book(book)
    last = len(operation.derivation.modes[0].chains[0].steps)
    assert f"step {last} (" in html
    assert re.search(r'<li class="line fails">.*?REFUTED.*?differs from', html, flags=re.S)
    article = html[html.index('id="elu"') :].split("</article>")[0]
    assert "REFUTED" not in article


def test_the_terminal_board_names_the_operation_and_what_differs() -> None:
    book = write_book({"relu": with_a_false_step(OPERATIONS["relu"])}, witnesses=PAPER)
    text = board(book)
    assert "\x1b" not in text
    assert re.search(r"^relu +REFUTED\n +\d+ of \d+ fail$", text, flags=re.M)
    assert re.search(r"^relu, paper: REFUTED: .*step \d.* differs from", text, flags=re.M)
    assert "\x1b[31" in board(book, colour=True)


def test_columns_of_the_terminal_board_line_up() -> None:
    witnesses = (instant(Status.PROVED, "short"), instant(Status.CHECKED, "a longer name"))
    lines = board(book_of_answers(witnesses, "relu", "leaky_relu")).splitlines()
    starts = [line.find("a longer") + 1 or line.find("CHECKED") + 1 for line in lines]
    assert len(set(starts) - {0}) == 1
    assert len([start for start in starts if start]) == 3


def test_the_terminal_board_fits_a_hundred_columns() -> None:
    long = "25 proofs, 17 for every m, chance of error at most 2^-100 each, and 모든 배치 크기"
    witnesses = tuple(
        replace(
            instant(Status.PROVED, f"a witness called number {number}"),
            run=lambda operation, seed: Verdict(Status.PROVED, "", "", figure=long),
        )
        for number in range(6)
    )
    lines = board(book_of_answers(witnesses, "relu", "softmax_cross_entropy")).splitlines()
    assert max(map(text_width, lines)) <= 100
    words = " ".join(lines).split()
    assert words.count("2^-100") == 12  # nothing is cut off
    assert words.count("PROVED") == 12


def test_lines_are_not_checked_twice_where_a_witness_tells_what_it_found() -> None:
    operation = with_a_false_step(OPERATIONS["relu"])
    trusted = replace(instant(Status.PROVED), run=all_lines_hold)
    (page,) = write_book({"relu": operation}, witnesses=(trusted,)).pages
    assert all(mark.holds for mode in page.modes for mark in mode.marks())
    # The short code is written from the last step, and notices all the same.
    assert "dx: the short code gives" in page.modes[0].short.error
    # Too few findings belong to some other derivation: then every line is checked here.
    short = Verdict(Status.PROVED, "", "", details={"findings": []})
    doubted = replace(instant(Status.PROVED), run=lambda operation, seed: short)
    assert not write_book({"relu": operation}, witnesses=(doubted,)).holds


def test_a_witness_that_breaks_down_is_a_failed_cell_with_its_error() -> None:
    def breaks(operation: Operation, seed: int) -> NoReturn:
        raise RuntimeError("the witness\nbroke")

    witness = Witness("broken", Text("broken", "고장"), Text("?", "?"), breaks)
    book = book_of_answers((witness,))
    html = render_book(book)
    assert not book.holds
    assert "RuntimeError: the witness broke" in html
    assert "Traceback" not in html
    assert "relu, broken: ERROR: RuntimeError: the witness broke" in board(book)


@pytest.mark.parametrize("status", list(Status))
def test_only_proved_and_checked_count_as_holding(status: Status) -> None:
    book = book_of_answers((instant(status),))
    assert book.holds is (status in (Status.PROVED, Status.CHECKED))
    assert f"{status.value}</span>" in render_book(book)


def test_a_counterexample_is_printed_with_what_reproduces_it() -> None:
    counterexample = Counterexample({"x": [0.5]}, "dx[0]", "1", "2", snippet="backward(0.5) < 3")
    verdict = Verdict(
        Status.REFUTED, "dx", "a look", reason="<wrong>", counterexample=counterexample, seed=7
    )
    witness = replace(instant(Status.REFUTED), run=lambda operation, seed: verdict)
    html = render_book(book_of_answers((witness,)))
    assert "&lt;wrong&gt;" in html
    assert "dx[0] is 1, but the derivative is 2" in html
    assert "backward(0.5) &lt; 3" in html
    assert "seed 7" in html


def test_code_that_cannot_be_run_leaves_a_page_that_says_so() -> None:
    operation = OPERATIONS["relu"]
    empty = type(operation.implementation)("impl.empty")
    book = write_book(
        {"relu": replace(operation, implementation=empty)}, witnesses=(instant(Status.CHECKED),)
    )
    assert not book.holds
    assert "expected a function forward()" in render_book(book)
    assert "relu, its page: " in board(book)


@pytest.fixture(scope="module")
def site(whole_book: Book) -> dict[str, str]:
    """Every file of the book without the story."""
    return render_site(whole_book)


@pytest.fixture(scope="module")
def outlines(site: dict[str, str]) -> dict[str, Outline]:
    """What is in each file."""
    return {name: Outline(html) for name, html in site.items()}


def test_every_operation_has_a_page_in_each_language(
    site: dict[str, str], whole_book: Book
) -> None:
    names = {"index.html", "book.en.html", "book.ko.html"}
    for language in ("en", "ko"):
        names |= {f"{language}/index.html"}
        names |= {f"{language}/{page.name}.html" for page in whole_book.pages}
    assert set(site) == names


def test_every_link_leads_to_an_id_that_is_there(outlines: dict[str, Outline]) -> None:
    ids = {name: set(outline.ids) for name, outline in outlines.items()}
    for name, outline in outlines.items():
        for target in outline.attribute("href"):
            file, _, anchor = target.partition("#")
            path = (Path(name).parent / file).as_posix() if file else name
            path = re.sub(r"^(en|ko)/\.\./", "", path)
            assert path in outlines, f"{name} links to {target}"
            assert not anchor or anchor in ids[path], f"{name} links to {target}"


def test_a_page_says_its_language_and_links_to_the_same_page_in_the_other(
    site: dict[str, str], outlines: dict[str, Outline]
) -> None:
    for name, html in site.items():
        language, _, page = name.partition("/")
        if page:
            other = {"en": "ko", "ko": "en"}[language]
            assert f'<html lang="{language}">' in html
            assert f'hreflang="{other}" rel="alternate" href="../{other}/{page}"' in html
            assert outlines[name].ids == outlines[f"{other}/{page}"].ids


def test_pages_are_light_and_the_way_to_the_text_is_short(site: dict[str, str]) -> None:
    for name, html in site.items():
        if "/" not in name:
            continue
        assert len(html.encode()) < MOST_BYTES, name
        before = html[: html.index('<nav class="contents"')]
        assert len(re.findall("<(?:a|button|input|select) ", before)) <= 5
        assert 'href="#text"' in before  # past the contents at once


def test_pictures_have_a_name_for_those_who_do_not_see_them(site: dict[str, str]) -> None:
    for name, html in site.items():
        for svg in re.findall(r"<svg\b[^>]*>(?:\s*<title)?", html):
            named = "aria-hidden" in svg or ("aria-labelledby" in svg and "<title" in svg)
            assert named or 'aria-label="' in svg, f"{name}: {svg}"


def test_titles_can_be_searched_for_and_lead_somewhere(
    site: dict[str, str], whole_book: Book
) -> None:
    for name, html in site.items():
        found = re.search(r'<script type="application/json" class="index">(.*?)</script>', html)
        if name == "index.html":
            continue
        assert found is not None, name
        entries = json.loads(found[1])
        titles = {each for each, _ in entries}
        assert all(
            {page.derivation.title.en, page.derivation.title.ko} & titles
            for page in whole_book.pages
        )
        folder = Path(name).parent
        for _, address in entries:
            file, _, anchor = address.partition("#")
            page = site[(folder / file).as_posix() if file else name]
            assert not anchor or f'id="{anchor}"' in page
