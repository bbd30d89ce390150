"""The examples run as they stand, and say what their README promises."""

import runpy
from pathlib import Path

import pytest

from gradproof.checking.processes.isolate import Options, check_file

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_right_layers_are_proved() -> None:
    report = check_file(EXAMPLES / "right_layers.py", Options())
    assert [found.verdict for found in report.gradients] == ["PROVED"] * 5
    assert not report.unmatched


def test_each_slip_of_the_wrong_layers_is_found() -> None:
    report = check_file(EXAMPLES / "wrong_layers.py", Options())
    wrong = {found.backward: found for found in report.gradients if found.verdict == "REFUTED"}
    assert set(wrong) == {"dense_backward", "leaky_relu_backward", "softmax_loss"}
    assert len(report.gradients) == 5
    for name, line in (("dense_backward", 12), ("leaky_relu_backward", 21), ("softmax_loss", 33)):
        slip = wrong[name].slip
        assert slip is not None
        assert (slip.line, slip.exact) == (line, True)
    slip = wrong["softmax_loss"].slip
    assert slip is not None
    assert "yours: return loss, dx\n" in slip.equation
    assert "dx / x.shape[0]" in slip.fix


def test_a_proof_for_every_batch(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "prove_for_every_batch.py"))
    printed = capsys.readouterr().out
    assert printed.startswith("PROVED")
    assert "for every batch size m" in printed


def test_the_error_bars_hold(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "error_bars.py"))  # asserts it itself
    assert "largest error" in capsys.readouterr().out


def test_tests_of_ones_own_pass() -> None:
    for name, test in runpy.run_path(str(EXAMPLES / "own_test.py")).items():
        if name.startswith("test_"):
            test()


def test_every_example_is_in_the_table() -> None:
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [f.name for f in EXAMPLES.glob("*.py") if f"`{f.name}`" not in table] == []
