"""Every exercise: its solution and other right ways pass, and typical slips are told truly."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from gradproof.learn.exercise_text import exercises
from gradproof.learn.learners_file import answered, written

ENGLISH, KOREAN = exercises("en"), exercises("ko")
_RIGHT = [(each, "solution", each.solution) for each in ENGLISH]
_RIGHT += [(each, f"also {n}", code) for each in ENGLISH for n, code in enumerate(each.also)]
_WRONG = [(each, key, code) for each in ENGLISH for key, code in each.wrong]
_HANGUL = re.compile("[가-힣]")


def _cases(found):
    return [pytest.param(*each, id=f"{each[0].name} {each[1]} {n}") for n, each in enumerate(found)]


def _verdicts(lines):
    """The verdicts among what is said; beside them stand notes and what an exercise adds."""
    return {word for line in lines if (word := line.partition(" ")[0]).isupper() and word != "NOTE"}


@pytest.mark.sampled(8, of="test")
@pytest.mark.parametrize(("exercise", "what", "code"), _cases(_RIGHT))
def test_right_ways_pass(judging, exercise, what, code):
    found = judging.judge(exercise, answered(exercise, code))
    assert found.state == "pass", found.lines
    assert found.lines
    if exercise.kind == "fill" and what == "solution":
        assert _verdicts(found.lines) == {"PROVED"}, found.lines


@pytest.mark.sampled(8, of="test")
@pytest.mark.parametrize(("exercise", "key", "code"), _cases(_WRONG))
def test_typical_slips_are_told(judging, exercise, key, code):
    found = judging.judge(exercise, answered(exercise, code))
    assert found.state == "wrong", found.lines
    assert found.slips, found.lines
    assert "no simple slip" not in found.slips, found.lines
    if key:
        assert key in [each.replace(" ", "-") for each in found.slips], found.lines
    assert "judged_" not in " ".join(found.lines)


@pytest.mark.parametrize("exercise", [pytest.param(e, id=f"{e.name} {e.language}")
                                      for e in (*ENGLISH, *KOREAN)])  # fmt: skip
def test_an_exercise_is_whole(judging, exercise):
    """What is handed out is open, in both languages, with three slips and two further ways."""
    assert judging.judge(exercise, written(exercise)).state == "open"
    assert len(exercise.wrong) >= 3
    assert len(exercise.also) >= (0 if exercise.kind == "find" else 2)
    korean = exercise.language == "ko"
    read = (exercise.title, exercise.task, exercise.book, exercise.hints[0])
    for text in (*read, *exercise.said.values()):
        assert text == "" or bool(_HANGUL.search(text)) == korean, text
    assert korean or not any(map(_HANGUL.search, exercise.hints))
    assert len(exercise.hints) == 3
    if exercise.kind in ("predict", "run", "stable"):
        assert {key for key, _ in exercise.wrong} - {""} <= {*exercise.said, "raised"} | {
            key for key, _ in exercise.wrong if exercise.kind == "stable"
        }


def test_every_exercise_is_there_in_both_languages():
    assert [each.name for each in ENGLISH] == [each.name for each in KOREAN]
    assert all(each.language == "ko" for each in KOREAN)


_PREDICTED = [each for each in ENGLISH if each.kind == "predict" and each.check]


@pytest.mark.sampled(2, of="test")
@pytest.mark.parametrize("exercise", [pytest.param(each, id=each.name) for each in _PREDICTED])
def test_what_numbers_are_held_against_is_proved(judging, exercise):
    """The gradient that works out the fractions is that of the function in the file."""
    code = _without_numbers(exercise)
    found = judging.judge(replace(exercise, kind="fill", file=code), code)
    held = [each for each in found.lines if not each.startswith("NOTE")]  # the convention, by y
    assert held
    assert all(each.startswith("PROVED") for each in held), found.lines


def _without_numbers(exercise):
    """The function alone, as what asks for numbers is none."""
    tree = ast.parse(exercise.file)
    kept = [n for n in tree.body if isinstance(n, (ast.Import, ast.FunctionDef))]
    return "\n".join(ast.unparse(n) for n in kept) + "\n"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_exercise_names_a_chapter_of_the_book(language):
    chapters = Path(__file__).resolve().parents[2] / "report" / "chapters"
    texts = (path.read_text("utf-8") for path in chapters.glob(f"*.{language}.md"))
    titles = {title for text in texts for title in re.findall(r"^# (.+?)(?: \{.*\})?$", text, re.M)}
    assert {each.book for each in exercises(language)} <= titles


def test_a_slip_that_is_found_is_told_with_its_fix(judging):
    exercise = next(each for each in exercises("en") if each.kind == "find")
    found = judging.judge(exercise, answered(exercise, exercise.solution))
    assert found.passed
    assert any("yours:" in line for line in found.lines)
