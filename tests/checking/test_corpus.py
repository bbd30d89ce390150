"""Every right gradient of the corpus holds, every planted slip is refuted, nothing is unmatched."""

import os

import pytest

from tests.checking.corpus import FOLDER, HOLDS, examined, expected, label, planted


@pytest.mark.parametrize("file", sorted(expected()))
def test_right_gradients_hold(file):
    messages = examined(FOLDER / f"{file}.py")
    values = [m["value"] for m in messages if m["type"] == "gradient"]
    assert [m for m in messages if m["type"] in ("unmatched", "error")] == []
    assert [v for v in values if v["verdict"] not in HOLDS] == []
    assert sorted(map(label, values)) == sorted(expected()[file])


def test_every_file_is_listed():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(expected())


# The default run plants a sample; EVERY_SLIP=1 in the environment plants them all.
SLIPS = planted()[:: 1 if os.environ.get("EVERY_SLIP") else 4]


@pytest.mark.parametrize("slip", SLIPS, ids=str)
def test_planted_slips_are_refuted(slip, tmp_path):
    messages = examined(slip.written(tmp_path), slip.pair)
    values = [m["value"] for m in messages if m["type"] == "gradient"]
    assert [m for m in messages if m["type"] in ("unmatched", "error")] == []
    refuted = {v["of"] for v in values if v["verdict"] == "REFUTED"}
    assert refuted >= set(slip.of)
    if slip.rest == "holds":
        others = [v for v in values if v["of"] not in slip.of]
        assert all(v["verdict"] in HOLDS for v in others), others
    wrong = [v for v in values if v["verdict"] == "REFUTED"]
    assert all(v["counterexample"] or v["reason"] for v in wrong)


def test_without_proof_the_numbers_decide():
    messages = examined(FOLDER / "activations_prime.py", prove=False)
    verdicts = {m["value"]["verdict"] for m in messages if m["type"] == "gradient"}
    assert verdicts == {"CHECKED"}
