"""The words in Markdown: languages hold the same things, and files alone add to the book."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest

from gradproof.particles import with_particle
from report.book import Book, versions
from report.prose import Chapter, Prose, Pull, parse, read_prose
from report.pulling import terms
from report.render import render_site
from report.story.telling import Story


@cache
def written() -> Prose:
    """The words of the book."""
    return Story().prose()


def test_languages_have_the_same_chapters_sections_pulls_and_equations() -> None:
    english, *others = written().languages
    assert (english, "ko" in others) == ("en", True)
    for language in others:
        _same(written().chapters[language], written().chapters[english])


def _same(chapters: Sequence[Chapter], in_english: Sequence[Chapter]) -> None:
    assert [each.name for each in chapters] == [each.name for each in in_english]
    for chapter, english in zip(chapters, in_english):
        assert not chapter.fallback
        assert chapter.equations == english.equations, chapter.name
        assert [each.anchor for each in chapter.sections] == [
            each.anchor for each in english.sections
        ]
        for ours, theirs in zip_longest(chapter.pieces, english.pieces):
            assert isinstance(ours, Pull) == isinstance(theirs, Pull), (chapter.name, ours, theirs)
            if isinstance(ours, Pull):
                assert ours == theirs
            else:
                assert _tags(str(ours)) == _tags(str(theirs)), (chapter.name, ours)


def _tags(html: str) -> list[str]:
    """Block by block what it is, and which links it has."""
    return re.findall(r'<(?:p|h\d|ul|ol|li|table|tr|td|div)\b|href="[^"]*"', html)


def test_every_term_is_written_in_both_languages_and_links_to_terms_lead_somewhere() -> None:
    for each in terms():
        assert re.search("[가-힣A-Z]", each["ko"])
        assert re.search("[가-힣]", each["means"]["ko"])
        assert each["means"]["en"].endswith(".")
    names = {f"term-{each['name']}" for each in terms()}
    linked = {
        found
        for chapter in written()
        for piece in chapter.pieces
        if not isinstance(piece, Pull)
        for found in re.findall(r'href="#(term-[^"]*)"', piece)
    }
    assert linked <= names


def test_a_chapter_and_a_language_are_added_by_adding_files(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text, encoding="utf-8")

    write("00-start.en.md", "# Start\n\nHello.\n")
    write("00-start.ko.md", "# 시작\n\n안녕하세요.\n")
    write("05-more.en.md", "# More\n\nA sentence with $x^2$.\n")
    write("00-start.ja.md", "# はじめ\n\nこんにちは。\n")
    prose = read_prose({}, tmp_path)
    assert prose.languages == ("en", "ja", "ko")
    files = render_site(Book((), (), 0, versions(), (), prose))
    assert {"en/more.html", "ja/index.html", "ja/more.html", "ko/more.html"} <= set(files)
    assert "こんにちは" in files["ja/index.html"]
    assert "not written in this language yet" in files["ja/more.html"]
    assert "아직 이 언어로 쓰지 않았어요" in files["ko/more.html"]
    assert '<a class="language" lang="ja"' in files["en/index.html"]


def test_what_a_chapter_asks_for_and_does_not_get_is_a_problem() -> None:
    text = "# A\n\n{fig nowhere}\n\n{val no.such} epochs\n"
    chapter = parse(text, "a", "en", {})
    assert chapter.problems == ("a.en: no value is called no.such",)
    alone = Prose(("en",), {"en": (chapter,)})
    problems = Book((), (), 0, versions(), (), alone).problems
    assert problems == ("a.en: no value is called no.such",
                        "chapter a.en: {fig nowhere}: there is none")  # fmt: skip


def test_a_chapter_without_english_and_a_file_of_another_name_are_errors(tmp_path: Path) -> None:
    (tmp_path / "00-start.ko.md").write_text("# 시작\n", encoding="utf-8")
    with pytest.raises(LookupError, match=r"chapter start: expected a file start\.en\.md"):
        read_prose({}, tmp_path)
    (tmp_path / "notes.md").write_text("# x\n", encoding="utf-8")
    with pytest.raises(LookupError, match=r"notes\.md: expected <number>-<chapter>"):
        read_prose({}, tmp_path)


@pytest.mark.parametrize(
    ("word", "particle", "said"),
    [("0.36", "로", "0.36으로"), ("-1/2", "를", "-1/2을"), ("x̂", "가", "x̂이"), ("7", "으로", "7로"),
     ("95.3%", "이", "95.3%가"), ("20", "는", "20은"), ("σ", "을", "σ를"), ("값", "로", "값으로"),
     ("길", "으로", "길로"), ("3", "", "3")],
)  # fmt: skip
def test_particles_fit_how_the_end_is_read(word: str, particle: str, said: str) -> None:
    assert with_particle(word, particle) == said


def test_values_take_particles_in_the_sentence() -> None:
    chapter = parse("# 가\n\n값 {val a.b}{은} 커요.\n", "a", "ko", {"a.b": "20"})
    assert "값 20은 커요." in str(chapter.pieces[0])
