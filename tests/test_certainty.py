"""Figures say what they rest on: PROVED how sure it is, ULPs at which inputs."""

from __future__ import annotations

import csv
import io
import json
import re
from ast import literal_eval
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gradproof import prove_gradient
from gradproof.checking.formats.failures import line_of
from gradproof.checking.formats.junit import junit
from gradproof.checking.formats.report_style import PLAIN
from gradproof.checking.formats.spreadsheet import spreadsheet
from gradproof.checking.records import GradientResult, Report
from gradproof.cli import main
from gradproof.verdicts import Status, Verdict, certainty
from gradproof.witnesses import WITNESSES
from gradproof.witnesses.arithmetic import arithmetic
from impl import tanh
from tests.catalogue import OPERATIONS
from tests.proof.programs import CASES

pytest_plugins = ["pytester"]

EXACT, RANDOM = "exact", "chance of error at most 2^-100"
EXACT_KO, RANDOM_KO = "정확", "틀릴 확률은 2^-100 이하"

FILE = """
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)

def softmax_forward(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return y, y

def softmax_backward(dout, y):
    return y * (dout - (dout * y).sum(axis=1, keepdims=True))

def tanh_forward(x):
    y = np.tanh(x)
    return y, y

def tanh_backward(dout, y):
    return dout * (1 - y)
"""


@pytest.fixture
def layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "layers.py").write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return "layers.py"


def test_a_proof_by_normal_forms_is_exact_and_one_by_a_random_point_has_a_chance() -> None:
    case = {each.module: each for each in CASES}
    relu, softmax = (
        prove_gradient(*case[name].functions(), *case[name].inputs) for name in ("relu", "softmax")
    )
    assert (relu.chance, relu.certainty.en, relu.certainty.ko) == (0.0, EXACT, EXACT_KO)
    assert (softmax.chance, softmax.certainty.en) == (2.0**-100, RANDOM)
    assert softmax.certainty.ko == RANDOM_KO
    assert str(relu).endswith(f": {EXACT}")
    assert str(softmax).endswith(f": {RANDOM}")
    for verdict in (relu, softmax):
        assert verdict.bound is None  # that is the bound on an error, and there is none
        for each in verdict.details["gradients"].values():
            assert each.certainty == verdict.certainty


def test_the_second_order_counts() -> None:
    """The first order of this one is exact; its second rests on a random point."""
    case = next(each for each in CASES if each.module == "binary_cross_entropy")
    first = prove_gradient(*case.functions(), *case.inputs, **case.options)
    second = prove_gradient(*case.functions(), *case.inputs, **case.options, order=2)
    assert first.certainty.en == EXACT
    assert second.certainty.en == RANDOM


def test_only_what_is_proved_has_a_certainty() -> None:
    proved = Verdict(Status.PROVED, "dx", "a proof", chance=2.0**-100)
    for status in (Status.CHECKED, Status.REFUTED, Status.UNDECIDED):
        assert replace(proved, status=status).certainty == ("", "")
    assert certainty(2.0**-97).en == "chance of error at most 2^-97"
    assert certainty(3 * 2.0**-100).en == "chance of error at most 2^-98"  # never rounded down


@pytest.mark.parametrize("name", ["relu", "softmax"])
def test_the_board_says_it_in_every_cell_that_is_proved(name: str) -> None:
    for witness in WITNESSES:
        if witness.name not in ("calculus", "paper", "exactly"):
            continue
        verdict = witness.run(OPERATIONS[name], 0)
        assert verdict.status is Status.PROVED
        random = witness.name == "exactly" and name != "relu"
        for told, words in zip(verdict.figure, ((EXACT, RANDOM), (EXACT_KO, "2^-100 이하"))):
            assert (words[random] in told, words[not random] in told) == (True, False)


@pytest.mark.campaign
def test_the_command_says_it(layers: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", layers, "--lang", "en", "--verbose"]) == 1
    english = capsys.readouterr().out
    assert f" s): {EXACT}; for all real x" in english
    assert f" s): {RANDOM}; for all real x" in english
    head, fix = english.partition("\nREFUTED ")[2].split("confirmed: proved")
    assert EXACT not in head
    assert RANDOM not in head
    assert f"({RANDOM})" in " ".join(fix.split())


@pytest.mark.campaign
def test_the_command_says_it_in_korean(layers: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", layers, "--lang", "ko"]) == 1
    korean = capsys.readouterr().out
    assert f"초): {EXACT_KO}; " in korean
    assert f"초): {RANDOM_KO}; " in korean


@pytest.mark.usefixtures("judged_here")
def test_programs_read_it_too(layers: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", layers, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["gradients"]
    chances = {each["backward"]: each["chance"] for each in found}
    assert chances == {
        "relu_backward": 0.0, "softmax_backward": 2.0**-100, "tanh_backward": None,
    }  # fmt: skip
    assert all(each["bound"] is None for each in found)


def test_other_forms_say_it_as_well() -> None:
    result = GradientResult(
        "a.py", 3, "f", "g", "x", "y", "input", None, "PROVED", "a proof", "for all real x",
        chance=2.0**-100,
    )  # fmt: skip
    report = Report([result])
    assert RANDOM in line_of(result, PLAIN)
    (row,) = csv.DictReader(io.StringIO(spreadsheet(report)))
    assert row["detail"] == f"{RANDOM}; for all real x"
    assert any(RANDOM in (each.text or "") for each in junit(report).iter("system-out"))
    assert RANDOM in report._repr_html_() or RANDOM_KO in report._repr_html_()
    again = Report.from_plain(report.as_plain())
    assert again.gradients[0].chance == result.chance


@pytest.mark.campaign
def test_pytest_says_it(layers: str, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(layers=FILE)
    result = pytester.runpytest_inprocess("--gradproof", "layers.py", "-rA", "-p", "no:xdist")
    result.stdout.fnmatch_lines([f"PROVED {EXACT}; for all*", f"PROVED {RANDOM}; for all*"])


def test_inputs_of_a_proof_are_no_numbers_to_be_sure_of() -> None:
    """A gradient that is wrong has neither word, however it was found out."""

    def backward(dy: np.ndarray, y: np.ndarray) -> np.ndarray:
        return dy * y

    verdict = prove_gradient(lambda x: (np.tanh(x), np.tanh(x)), backward, np.array([0.5]))
    assert verdict.status is Status.REFUTED
    assert verdict.certainty == ("", "")
    assert EXACT_KO not in str(verdict)


def test_ulps_say_at_which_inputs() -> None:
    """The worst element can be computed again from what the scope says."""
    verdict = arithmetic(OPERATIONS["tanh"], seed=1)
    assert verdict.figure.en.endswith(" ULP, ordinary inputs")
    told = re.search(
        r"the worst, (\S+) ULP in (\w+), is (?:element (\[.*?\])|the value) \(it should be "
        r"([-\de.]+)\) of (\w+) of tanh, at (.*)$", verdict.scope,
    )  # fmt: skip
    assert told is not None, verdict.scope
    ulps, dtype, place, wanted, what, at = told.groups()
    inputs = dict(re.findall(r"(\w+) = (\[.*?\]|[-\de.]+)(?=, \w+ = |$)", at))
    x, dy = (np.array(literal_eval(inputs[name]), dtype) for name in ("x", "dy"))
    y, cache = tanh.forward(x)
    got = {"y": y, "dx": tanh.backward(dy, cache)}[what]
    element = got[tuple(literal_eval(place))] if place else got[()]
    assert float(element) == pytest.approx(float(wanted), rel=1e-2)
    assert ulps in verdict.figure.en
