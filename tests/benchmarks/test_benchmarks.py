"""The benchmarks measure what they say: slips are slips, alarms are counted, figures reproduce."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import calibration_trials, numeric_calibration
from benchmarks.__main__ import main
from benchmarks.measure import counted, extrapolated
from benchmarks.peers import CHECKERS, chosen
from benchmarks.problems import ACTIVATIONS, BATCH_NORM, RIGHT, SLIPS, TANH, Problem, Slip, term_off
from benchmarks.table import Table

PROBLEMS = (BATCH_NORM, *ACTIVATIONS)
FULL = CHECKERS[0]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_right_code_is_right_and_an_error_in_a_term_is_one(problem: Problem) -> None:
    inputs = problem.draw(8, 4, 3)
    assert FULL.check(problem.slipped(RIGHT), inputs, 3)
    assert not FULL.check(problem.slipped(term_off(1e-6)), inputs, 3)


@pytest.mark.parametrize("kind", SLIPS)
def test_every_slip_is_planted_in_dx_alone(kind: str) -> None:
    inputs = BATCH_NORM.draw(8, 4, 0)
    dy = np.random.default_rng(1).normal(size=(8, 4))
    right = BATCH_NORM.backward(np, dy, *inputs)
    wrong = BATCH_NORM.slipped(Slip(kind, at=(2, 1))).backward(np, dy, *inputs)
    differs = [int((a != b).sum()) for a, b in zip(right, wrong)]
    assert differs[1:] == [0, 0]
    assert differs[0] == (1 if kind == SLIPS[3] else 32)


def test_evaluations_are_counted_by_the_outputs_computed() -> None:
    watched, count = counted(TANH)
    watched.forward(np, np.ones((4, 5)))
    watched.forward(np, np.ones(10))
    assert count(20) == 1.5


@pytest.mark.parametrize("powers", [(3e-4, 0.0), (0.0, 2e-8), (3e-4, 2e-8)])
def test_extrapolation_finds_the_law_it_assumes(powers: tuple[float, float]) -> None:
    def law(n: int) -> float:
        return powers[0] * n + powers[1] * n**2

    known = [(n, law(n)) for n in (64, 256, 1024)]
    assert extrapolated(known, 65536) == pytest.approx(law(65536), rel=1e-6)


def test_peers_are_chosen_by_package_and_unknown_ones_are_an_error() -> None:
    checkers, missing = chosen([])
    assert {each.package for each in checkers} == {"gradproof"}
    assert not missing
    with pytest.raises(ValueError, match="no checker of 'tensorflow'; there are: gradproof, torch"):
        chosen(["tensorflow"])


@pytest.mark.campaign
def test_the_command_prints_tables_and_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.power.SIZES", ((4, 3),))
    monkeypatch.setattr("benchmarks.power.FLOOR_SIZE", (4, 2))
    monkeypatch.setattr("benchmarks.power.ACTIVATIONS", (TANH,))
    written = tmp_path / "tables.json"
    given = ["--quick", "--only", "power,floors", "--peers", "none", "--inputs", "2", "--quiet"]
    assert main([*given, "--json", str(written)]) == 0
    printed = capsys.readouterr().out
    assert "Detection floor" in printed
    assert max(len(line) for line in printed.splitlines()) <= 160
    floors, power = json.loads(written.read_text(encoding="utf-8"))["tables"]
    assert floors["rows"][1]["row"] == "tanh"
    assert 0 < floors["rows"][1]["gradproof full"] < 1e-8
    assert power["rows"][1]["row"] == "(4, 3)    no gamma"
    assert power["rows"][1]["gradproof directional"] == [2, 2]


def test_a_section_that_there_is_not_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "speed"])
    assert "no section 'speed'; there are: times, blocks, floors" in capsys.readouterr().err


def test_cells_are_aligned_and_infinities_are_no_json() -> None:
    table = Table("title", ("a\nhead", "b"))
    table.add("row", ["1", "-"], [1, float("inf")])
    table.note("a note")
    assert str(table).splitlines()[1:] == [
        "title", "          a", "       head  b", "  row     1  -", "  a note",
    ]  # fmt: skip
    assert table.as_dict()["rows"] == [{"row": "row", "a head": 1, "b": "inf"}]


@pytest.mark.campaign
def test_a_sample_of_the_calibration_has_no_false_alarm_and_binding_bounds() -> None:
    found = numeric_calibration.campaign(30, seed=7, digits=3, silent=True)
    assert [each.command for each in found if each.false_alarm] == []
    assert min(each.least for each in found) >= 1
    assert 1 < np.nanmedian([each.ratio for each in found]) < 1000
    assert np.nanmax([each.truths_apart for each in found]) < 1e-2


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", range(6))
def test_right_code_in_the_calibration_is_no_alarm_and_draws_repeat(number: int) -> None:
    assert not calibration_trials.run(7, number).false_alarm
    assert str(calibration_trials.trial(7, number)) == str(calibration_trials.trial(7, number))


@pytest.mark.sampled(1)
@pytest.mark.parametrize("number", [2, 4, 6])
def test_wrong_code_in_the_calibration_is_counted(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm must ring: right code is refuted here because it has been made wrong."""
    check = calibration_trials.check_gradient

    def doubled(forward: Any, backward: Any, *arguments: Any, **options: Any) -> Any:
        return check(forward, lambda dy, cache: backward(2 * dy, cache), *arguments, **options)

    monkeypatch.setattr(calibration_trials, "check_gradient", doubled)
    outcome = calibration_trials.run(7, number)
    assert outcome.false_alarm
    assert outcome.command == f"python -m benchmarks.numeric_calibration --case 7:{number}"
