"""The table of weights: every entry is used, and a fit puts what is labelled first."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gradproof import diagnosis
from gradproof.diagnosis.weights import FILE, read_weights, write_weights
from tests.diagnosis.weights import Change, fitted, placed, report


def _asked() -> set[str]:
    found = set()
    for file in Path(diagnosis.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "weight":
                found.add(ast.literal_eval(node.args[0]))
    return found


def test_the_table_has_what_the_code_asks_for_and_nothing_else() -> None:
    assert _asked() == set(read_weights())


def test_a_table_is_written_as_it_is_read(tmp_path: Path) -> None:
    copy = tmp_path / "weights.toml"
    copy.write_bytes(FILE.read_bytes())
    write_weights(read_weights(), copy)
    assert copy.read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8")


BEFORE = {"sign": 1.0, "factor": 0.9, "mask": 0.5}
WRONG = [("x", [Change(True, 0.1, {"sign": 1.0}), Change(False, 0.1, {"factor": 1.0})])]
RIGHT = [("y", [Change(True, 0.0, {"mask": 1.0}), Change(False, 0.3, {"sign": 1.0})])]


def test_a_fit_puts_the_labelled_change_first_and_leaves_other_weights() -> None:
    after = fitted(WRONG + RIGHT, BEFORE)
    assert (placed(WRONG, BEFORE), placed(WRONG, after)) == (0, 1)
    assert placed(RIGHT, after) == 1
    assert after["mask"] == BEFORE["mask"]


def test_what_is_in_order_is_left_alone() -> None:
    assert fitted(RIGHT, BEFORE) == BEFORE


def test_the_report_says_what_would_move(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([*WRONG, *RIGHT], BEFORE, write=False) == 0
    told = capsys.readouterr().out
    assert "the labelled kind first in" in told
