"""The chapters: complete, in both languages, drawn from their data, and honest about failures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from gradproof.text import Text
from gradproof.verdicts import Status, Verdict
from report.board import board
from report.book import Book, versions
from report.prose import Prose, parse
from report.render import render_book
from report.story import whole_networks
from report.story.chapters import line, xor
from report.story.records import Claim, Drawn, Figure, Html, Panel, Stepped, StoryChapter, drawn
from report.story.scale import TINY
from report.story.tasks import Result, Task, start_here
from report.story.telling import CHAPTERS, Story
from tests.report.conftest import Outline


@cache
def told_of(module: ModuleType) -> StoryChapter:
    """A chapter from the smallest experiments."""
    (chapter,) = Story(scale=TINY, chapters=(module,)).begin(start_here)(True)
    return chapter


@pytest.fixture(scope="module")
def told() -> tuple[StoryChapter, ...]:
    """The whole story; what looks at it is a campaign, a chapter by itself a sample of it."""
    return tuple(map(told_of, CHAPTERS))


@pytest.fixture(scope="module")
def html(told: tuple[StoryChapter, ...]) -> str:
    """The story, printed."""
    return render_book(book(told))


@pytest.fixture(scope="module")
def korean(told: tuple[StoryChapter, ...]) -> str:
    """The same in Korean."""
    return render_book(book(told), "ko")


def book(story: tuple[StoryChapter, ...], text: str | None = None) -> Book:
    """The story in the book's own chapters, or in one chapter of this text."""
    if text is None:
        return Book((), (), 0, versions(), story, Story().prose())
    chapter = parse(text, "only", "en", {})
    return Book((), (), 0, versions(), story, Prose(("en",), {"en": (chapter,)}))


def texts(of: Any) -> Iterator[Text]:
    """Every text within records."""
    if isinstance(of, Text):
        yield of
    elif isinstance(of, tuple | list):
        for each in of:
            yield from texts(each)
    elif hasattr(of, "__dataclass_fields__"):
        for name in of.__dataclass_fields__:
            yield from texts(getattr(of, name))


@pytest.mark.campaign
def test_every_chapter_holds_with_every_figure_drawn(told: tuple[StoryChapter, ...]) -> None:
    assert len(told) == len(CHAPTERS)
    assert book(told).problems == ()
    for chapter in told:
        figures = {each.name for each in chapter.blocks if isinstance(each, Drawn | Stepped | Html)}
        assert figures - {"bn-space"} <= set(chapter.figures)


@pytest.mark.campaign
def test_every_figure_stands_in_the_page_with_its_drawings(
    told: tuple[StoryChapter, ...], html: str
) -> None:
    for chapter in told:
        for name in chapter.figures:
            found = re.search(rf'<figure[^>]*id="{name}".*?</figure>', html, re.DOTALL)
            absent = re.search(rf'<div class="absent" id="{name}">', html)
            assert found or absent, name
            if found and name not in ("digits-wrong", "whole-networks"):
                assert "<svg " in found[0]
            if found and 'class="told"' in found[0]:
                assert re.search(r'class="ran">', found[0]), f"{name} says what was run"


@pytest.mark.campaign
def test_the_story_needs_nothing_from_outside_and_ids_are_unique(html: str) -> None:
    page = Outline(html)
    assert page.attribute("src") == []
    foreign = [each for each in page.attribute("href") if not each.startswith("#")]
    assert foreign == ["book.ko.html"]
    assert len(page.ids) == len(set(page.ids))
    wanted = {each[1:] for each in page.attribute("href") if each.startswith("#")}
    wanted -= {"batch_norm-1-chain4", *(f"batch_norm-1-chain{n}" for n in range(1, 7))}
    assert wanted | set(re.findall(r"url\(#(.*?)\)", html)) <= set(page.ids)


@pytest.mark.campaign
def test_every_text_is_written_in_both_languages(told: tuple[StoryChapter, ...]) -> None:
    found = list(texts(told))
    assert len(found) > 150
    # The same in both languages are names, symbols and numbers.
    alike = r"AND|X?OR|tanh|leaky|ReLU|ELU|maxout|R|γ|η|[\d.%()— ,:e-]"
    for text in found:
        assert text.en.strip()
        assert text.ko.strip()
        assert text.en == text.ko or re.search("[가-힣]", text.ko), text
        assert text.en != text.ko or re.fullmatch(f"({alike})+", text.en), text


@pytest.mark.campaign
def test_the_words_in_drawings_are_there_in_each_language(html: str, korean: str) -> None:
    assert '<tspan lang="en">hidden layers</tspan>' in html
    assert '<tspan lang="ko">은닉층 수</tspan>' in korean
    drawings = "".join(re.findall(r'<svg class="(?:plot|graph)".*?</svg>', korean, re.DOTALL))
    plain = re.sub(
        r'<tspan lang="ko">.*?</tspan>|<text class="(?:sign|value).*?</text>', "", drawings
    )
    labels = set(re.findall(r">([^<]+)</(?:text|tspan)>", plain))
    allowed = {"dx", "dy", "dW", "mean", "pick", "exp", "log", "tanh", "max", "sign(z)"}
    names = {each.split(" =")[0] for each in labels}
    allowed |= {"dz₁", "dz₂", "dh₁", "dh₂"}
    assert not [each for each in names - allowed if re.search("[A-Za-z]{2}", each)]


@pytest.mark.campaign
def test_a_figure_that_was_not_made_is_a_problem(told: tuple[StoryChapter, ...]) -> None:
    chapter = next(each for each in told if each.name == "line")
    kept = tuple(
        each for each in chapter.blocks
        if not (isinstance(each, Drawn) and each.name == "rule-mistakes")
    )  # fmt: skip
    others = tuple(each for each in told if each is not chapter)
    without = book((replace(chapter, blocks=kept), *others))
    assert not without.holds
    assert without.problems[0] == "line, figure rule-mistakes: was not made"
    assert "chapter perceptron.en: {fig rule-mistakes}: there is none" in without.problems
    assert "figure rule-mistakes: was not made" in board(without)


@pytest.mark.campaign
def test_an_experiment_that_breaks_down_is_said_in_the_figures_place() -> None:
    def broken(task: Task) -> Any:
        if task.experiment != "delta_rule":
            return start_here(task)
        return lambda: 1 / 0

    (chapter,) = Story(scale=TINY, chapters=(line,)).begin(broken)(True)
    assert chapter.problems() == ["line, figure delta-errors: ZeroDivisionError: division by zero"]
    html = render_book(book((chapter,), "# A\n\n{fig delta-errors}\n\n{fig rule-mistakes}\n"))
    assert "ZeroDivisionError: division by zero" in html
    assert 'id="rule-mistakes"' in html


def test_a_chapter_that_breaks_down_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "_bound_claim", lambda *_: 1 / 0)
    first, second = Story(scale=TINY, chapters=(line, xor)).begin(start_here)(True)
    assert any("ZeroDivisionError" in problem for problem in first.problems())
    assert second.problems() == []


def test_a_package_that_is_absent_leaves_a_message_and_no_problem() -> None:
    result = Result(Task("digits", {}, ("scikit-learn",)), missing=("scikit-learn",))
    block = drawn("digits-curve", [result], lambda: pytest.fail("drawn all the same"))
    chapter = StoryChapter("x", ("digits-curve",), (block,))
    assert chapter.problems() == []
    html = render_book(book((chapter,), "# A\n\n{fig digits-curve}\n"))
    assert "pip install scikit-learn" in html
    assert "This figure is not drawn here." in html


def test_a_claim_that_does_not_hold_is_a_problem_and_shown() -> None:
    verdict = Verdict(Status.REFUTED, "the claim", "a look", reason="it is not so")
    claim = Claim("claimed", Text("It is so.", "그렇습니다."), verdict)
    chapter = StoryChapter("x", (), (claim,))
    assert chapter.problems() == ["x, the claim: REFUTED: it is not so"]
    page = render_book(book((chapter,), "# A\n\n{overall}\n\n{claim claimed}\n"))
    assert "it is not so" in page
    assert "Not every verdict holds" in page


@pytest.mark.campaign
def test_the_boards_have_every_claim(told: tuple[StoryChapter, ...], html: str) -> None:
    claims = book(told).claims
    assert len(claims) >= 6
    in_terminal = " ".join(board(book(told)).split())
    for claim in claims:
        assert f'href="#claim-{claim.name}"' in html
        assert f'id="claim-{claim.name}"' in html
        assert f"{claim.verdict.status.value} {claim.text.en}" in in_terminal


def test_more_mistakes_than_the_bound_are_refuted() -> None:
    task = Task("perceptron_rule", {"data": "and"})
    found = {"bound": 3.5, "mistakes": [2, 2, 0]}
    assert line._bound_claim([found], [Result(task, found)]).verdict.status is Status.REFUTED
    found = {"bound": 4.0, "mistakes": [2, 2, 0]}
    assert line._bound_claim([found], [Result(task, found)]).verdict.status is Status.CHECKED


def test_one_network_that_is_not_proved_is_enough_for_the_claim_to_fail() -> None:
    right = {"status": "PROVED", "error": None, "bound": None, "chance": 2**-100, "reason": ""}
    fine = {"status": "CHECKED", "error": 1e-16, "bound": 1e-15, "chance": None, "reason": ""}
    given = {"proved": [1], "checked": [1], "examples": 2, "activation": "elu", "batch_norm": True}
    results = [
        Result(Task("whole_network", given), {"proved": each, "checked": fine})
        for each in (right, {**right, "status": "UNDECIDED", "reason": "no time left"})
    ]
    proof, check = whole_networks.claims(results)
    assert check.verdict.status is Status.CHECKED
    assert proof.verdict.status is Status.UNDECIDED
    assert proof.verdict.reason == "elu, batch norm: no time left"


def test_a_cycle_that_is_none_is_refuted() -> None:
    path = [[0, 0, 0], [0, 1, 0], [1, 1, 0], [1, 0, 0]]
    found = {"cycle": [1, 1], "mistakes": [1, 2], "path": path}
    assert xor._cycle_claim(found).verdict.status is Status.REFUTED
    found = {"cycle": [1, 1], "mistakes": [1, 2], "path": [*path[:3], path[1]]}
    assert xor._cycle_claim(found).verdict.status is Status.PROVED
    assert xor._cycle_claim({**found, "cycle": None}).verdict.status is Status.UNDECIDED


def test_a_wrong_line_of_the_proof_is_marked_where_it_stands() -> None:
    from derivations.theorems.xor import PROOF

    wrong = (PROOF[0], replace(PROOF[1], relation=PROOF[2].relation), *PROOF[2:])
    lines = xor.proof_lines(wrong)
    assert [line_.mark.holds for line_ in lines] == [True, False, True, True, False, True, True]


def test_a_figure_whose_making_fails_says_so() -> None:
    def fails() -> Figure:
        return Figure((Panel(1 / 0),), Text("a", "가"), ())  # type: ignore[arg-type]

    block = drawn("broken", [], fails)
    assert block.figure is None
    assert block.error == "ZeroDivisionError: division by zero"
