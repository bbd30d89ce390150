"""The calibration on functions that are not ours: its truth is one, its wrong rules are wrong."""

from __future__ import annotations

import ast

import mpmath
import numpy as np
import pytest

from benchmarks.strangers import judged, trials
from benchmarks.strangers.changes import changes
from benchmarks.strangers.draws import Draw
from benchmarks.strangers.kinds import Kind, every_kind
from benchmarks.strangers.passed import run_wrong, wrong_trial
from benchmarks.strangers.tape import Tape
from benchmarks.strangers.textbook import KINDS, elementwise
from benchmarks.strangers.truth import apart, truth

ORDINARY = Draw(np.random.default_rng(5), "normal", 1.0, 12)


def _case(kind: Kind) -> trials.Trial:
    inputs, extra = kind.draw(ORDINARY)
    return trials.Trial(0, 0, kind, inputs, extra, "float64", "", "full", "normal", 1.0, True)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_rule_agrees_with_the_derivative_of_its_forward_to_50_digits(kind: Kind) -> None:
    case = _case(kind)
    dy = np.random.default_rng(1).normal(size=np.shape(case.forward(*case.inputs)))
    exact = truth(case, dy)
    assert exact is not None
    for got, slope, size in zip(case.backward(dy, *case.inputs), exact.slope, exact.size):
        assert (apart(got, slope) <= 1e3 * case.eps * size.ravel()).all()


def test_the_tape_differentiates_what_numpy_runs_on_it() -> None:
    tape = Tape()
    with mpmath.workdps(50):
        x = tape.array(np.array([0.5, 2.0]))
        y = np.array([np.exp(x[0]) * x[1] ** 2, np.maximum(x[0], x[1])], dtype=object)
        tape.pull(y, np.array([1.0, 3.0]))
        assert abs(x[0].slope - 4 * mpmath.exp(0.5)) < mpmath.mpf(10) ** -45
        assert abs(x[1].slope - 4 * mpmath.exp(0.5) - 3) < mpmath.mpf(10) ** -45
    assert not tape.tied
    assert tape.array(np.zeros(2))[0] >= 0
    assert tape.tied


def test_a_case_comes_from_its_seed_turn_and_kind_alone() -> None:
    one, two = (trials.trial(2, 3, "softmax") for _ in range(2))
    assert str(one) == str(two)
    assert all((a == b).all() for a, b in zip(one.inputs, two.inputs))
    assert one.name == "2:3:softmax"
    with pytest.raises(ValueError, match="no kind 'softmix'"):
        trials.trial(2, 3, "softmix")


def test_half_precision_inside_rounds_to_eight_bits() -> None:
    rounded = trials.NARROW["bfloat16"](np.array([1.0, 1 + 2**-9, 1 + 3 * 2**-9, -3.1415926]))
    assert rounded.tolist() == [1.0, 1.0, 1 + 2**-7, -3.140625]


def test_right_code_passes_and_an_accusation_of_it_is_false(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    work = (4, 0, "tanh")
    found = judged.run(work)
    assert not found.false_alarm
    assert found.command == "python -m benchmarks.strangers --case '4:0:tanh'"
    check = judged.check_gradient

    def doubled(forward, backward, *arguments, **options):  # type: ignore[no-untyped-def]
        return check(
            forward, lambda dy, c: tuple(2 * g for g in backward(dy, c)), *arguments, **options
        )

    monkeypatch.setattr(judged, "check_gradient", doubled)
    accused = [judged.run((4, turn, "tanh")) for turn in range(8)]
    assert any(each.judgement == "false" for each in accused)


def test_a_rule_that_is_off_is_accused_fairly(monkeypatch: pytest.MonkeyPatch) -> None:
    off = elementwise("off", np.tanh, lambda x: 1.001 - np.tanh(x) ** 2)
    monkeypatch.setattr(trials, "kind_of", lambda name: off)
    found = [judged.run((0, turn, "off")) for turn in range(8)]
    assert {each.judgement for each in found if each.status == "REFUTED"} == {"fair"}


def test_every_place_of_a_rule_is_changed_once() -> None:
    tree = ast.parse("lambda dy, x: dy * (1 - np.tanh(x) ** 2)", mode="eval").body
    made = [ast.unparse(make()) for _, make in changes(tree, ("dy", "x"))]
    assert "lambda dy, x: dy * (1 + np.tanh(x) ** 2)" in made
    assert "lambda dy, x: dy * (1 - np.tan(x) ** 2)" in made
    assert "lambda dy, x: dy * (1 - np.tanh(x) ** 3)" in made
    assert "lambda dy, x: dy" in made
    assert ast.unparse(tree) not in made
    assert ast.unparse(tree) == "lambda dy, x: dy * (1 - np.tanh(x) ** 2)"


@pytest.mark.parametrize("count", [3, pytest.param(12, marks=pytest.mark.campaign)])
def test_wrong_rules_are_caught_and_repeat(count: int) -> None:
    found = [run_wrong((7, number)) for number in range(count)]
    assert not [each.command for each in found if each.status == "passed"]
    assert sum(each.status == "REFUTED" for each in found) >= count / 3
    number = next(each.number for each in found if each.status == "REFUTED")
    assert wrong_trial(7, number)[1] == wrong_trial(7, number)[1]


def test_kinds_have_names_of_their_own_and_draw_what_forward_takes() -> None:
    kinds = every_kind()
    assert len({each.name for each in kinds}) == len(kinds)
    for kind in kinds[:40]:
        case = _case(kind)
        with np.errstate(all="ignore"):
            y = case.forward(*case.inputs)
        dy = np.ones(np.shape(y))
        with np.errstate(all="ignore"):
            shapes = [np.shape(g) for g in case.backward(dy, *case.inputs)]
        assert shapes == [x.shape for x in case.inputs]
