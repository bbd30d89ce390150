"""The judge of the diagnosis, judged itself, and a sample of the campaign.

``python -m tests.diagnosis.campaign`` runs all of it.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cache

import pytest

from gradproof import check_gradient
from gradproof.diagnosis import Kind
from gradproof.text import Text
from gradproof.verdicts import Diagnosis, Status
from tests.diagnosis.campaign import Runner
from tests.diagnosis.generate import doubles, rewrites, singles
from tests.diagnosis.held_out_slips import FRESH_SLIPS
from tests.diagnosis.held_out_subjects import FRESH
from tests.diagnosis.mistakes import MISTAKES, RIGHT
from tests.diagnosis.open_slips import OPEN_SLIPS
from tests.diagnosis.open_subjects import OPEN
from tests.diagnosis.planting import Slip, text_of
from tests.diagnosis.scoring import Score, scored
from tests.diagnosis.screening import Outcome, differing, outcome
from tests.diagnosis.subjects import HELD_OUT, SUBJECTS

SIZE = 18


@cache  # not while the tests are collected: it takes a second
def sample() -> list[Slip]:
    found = singles(12, only="elu") + singles(6, only="dense")
    assert len(found) == SIZE
    return found


def from_label(slip: Slip) -> Diagnosis:
    """What a diagnosis that knows the label would say."""
    parts = tuple(from_label(part) for part in slip.parts)
    return Diagnosis(slip.kinds[0], Text("", ""), "", slip.line, slip.old, term=slip.new,
                     parts=parts)  # fmt: skip


@pytest.mark.sampled(9)
@pytest.mark.parametrize("number", range(SIZE))
def test_a_diagnosis_that_knows_the_label_is_right(number: int) -> None:
    slip = sample()[number]
    assert scored(slip, from_label(slip)) is Score.RIGHT, slip


@pytest.mark.parametrize("number", range(6))
def test_another_kind_or_another_term_is_not_right(number: int) -> None:
    slip = sample()[number]
    known = from_label(slip)
    other = next(kind for kind in Kind if kind not in slip.kinds)
    assert scored(slip, replace(known, kind=other, fix="0")) is not Score.RIGHT
    nonsense = replace(known, term="0.123", fix="0.456", line=1)
    assert scored(slip, nonsense) is Score.WRONG
    assert scored(slip, replace(nonsense, exact=False)) is Score.HEDGED
    assert scored(slip, None) is Score.MISSED
    assert scored(slip, replace(nonsense, others=(known,))) is Score.OTHERS
    assert scored(slip, replace(known, kind=Kind.UNEXPLAINED)) is Score.OPEN


def test_a_repair_under_another_kind_is_true_in_other_words() -> None:
    slip = sample()[0]
    other = next(kind for kind in Kind if kind not in slip.kinds)
    assert scored(slip, replace(from_label(slip), kind=other)) is Score.OTHER_WORDS


def test_both_slips_of_two_must_be_named() -> None:
    slip = doubles(1, only="mean_squared_error")[0]
    known = from_label(slip)
    assert scored(slip, known) is Score.RIGHT
    half = replace(known.parts[0])
    assert scored(slip, half) is not Score.RIGHT


def test_subjects_are_right_and_slips_keep_the_lines() -> None:
    for subject in (*SUBJECTS, *HELD_OUT):
        assert differing(subject.file, subject) == set(), str(subject)
    for slip in sample():
        assert slip.text.count("\n") == text_of(slip.subject.file).count("\n")


def test_listed_mistakes_are_wrong_and_listed_rewrites_right() -> None:
    for mistake in MISTAKES[::6]:
        assert mistake.forward or outcome(mistake.slip()) is Outcome.WRONG, mistake
    for mistake in RIGHT[::4]:
        assert outcome(mistake.slip()) is Outcome.EQUAL, mistake


def test_right_code_of_the_trial_is_right_and_its_slips_are_wrong() -> None:
    for subject in (*FRESH[::12], *OPEN[::14]):
        forward, backward = subject.load()
        names = list(inspect.signature(forward).parameters)[: len(subject.inputs())]
        verdict = check_gradient(forward, backward, *subject.inputs(), names=names, wrt=subject.wrt)
        assert verdict.status is Status.CHECKED, str(subject)
    for mistake in (*FRESH_SLIPS[::38], *OPEN_SLIPS[::80]):
        assert outcome(mistake.slip()) is Outcome.WRONG, mistake


def test_the_same_seed_draws_the_same_slips() -> None:
    drawn = [[str(s) for s in singles(5, seed, only="tanh")] for seed in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(rewrites(3, only="relu")) == 3


@pytest.mark.campaign
def test_trials_side_by_side_are_the_same_as_one_by_one() -> None:
    chosen = singles(3, only="tanh")
    one, two = (Runner(True, jobs).trials(chosen, "") for jobs in (1, 2))
    assert [(t.slip, t.found, t.score) for t in one] == [(t.slip, t.found, t.score) for t in two]
