"""A sample of the composed programs, and that the counting sees what is wrong."""

import random

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.compose import composed, run
from tests.fuzz.slips import slipped
from tests.fuzz.truth import is_right, quietly


@pytest.mark.parametrize("number", [0, 3])
def test_right_ones_hold_and_wrong_ones_do_not(number):
    found = list(fuzz.case(0, number))
    assert {each["kind"] for each in found} >= {"right"}
    assert [each["faults"] for each in found if each.get("faults")] == []


def test_programs_are_right_and_slips_are_wrong_by_a_witness_of_their_own():
    right = wrong = 0
    for number in range(40):
        rng = random.Random(number)
        program = composed(rng, 3)
        right += quietly(is_right, run(program.text(), "<right>"), program.inputs, number)
        text, slip = slipped(program.text(), rng)
        try:
            wrong += bool(slip) and not quietly(is_right, run(text, "<slip>"), program.inputs, 1)
        except Exception:
            continue
    assert right >= 38
    assert wrong >= 15


def test_what_is_wrong_is_counted(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(fuzz, "judged", lambda *_, **__: {"prove": "PROVED", "check": "CHECKED"})
    kept = tmp_path / "kept.jsonl"
    arguments = ["--count", "3", "--quiet", "--kept", str(kept)]
    assert fuzz.main(arguments) == 1
    assert "wrong PROVED by prove" in capsys.readouterr().out
    monkeypatch.setattr(fuzz, "case", lambda *_: pytest.fail("it was done"))
    assert fuzz.main(arguments) == 1
