"""Every right gradient of the corpus holds, every planted slip is refuted, nothing is unmatched.

The default run takes a sample; ``python -m tests.checking.campaign`` takes all.
"""

import pytest

from tests.checking.campaign import faults_of_right, faults_of_slip
from tests.checking.corpus import FOLDER, examined, expected, planted

pytestmark = pytest.mark.usefixtures("unexplained")

FILES = sorted({*sorted(expected())[1::10], "short_names"})
SLIPS = [*planted()[7::70], *planted()[-5:]]


@pytest.mark.thorough
@pytest.mark.parametrize("file", FILES)
def test_right_gradients_hold(file):
    assert faults_of_right(file)[1] == []


def test_the_right_gradients_of_a_short_file_hold():
    assert faults_of_right("activations_prime")[1] == []


def test_every_file_is_listed():
    assert {path.stem for path in FOLDER.glob("*.py")} == set(expected())


@pytest.mark.sampled(1)
@pytest.mark.parametrize("slip", SLIPS, ids=str)
def test_planted_slips_are_refuted(slip, tmp_path):
    assert faults_of_slip(slip, tmp_path) == []


def test_every_slip_can_be_planted(tmp_path):
    for slip in planted():
        assert slip.written(tmp_path).read_text() != (FOLDER / f"{slip.file}.py").read_text()


def test_a_slip_that_passes_is_a_fault(tmp_path):
    from dataclasses import replace

    harmless = replace(planted()[0], old="def affine_backward", new="def affine_backward", after="")
    assert faults_of_slip(harmless, tmp_path) != []


def test_without_proof_the_numbers_decide():
    messages = examined(FOLDER / "activations_prime.py", prove=False)
    verdicts = {m["value"]["verdict"] for m in messages if m["type"] == "gradient"}
    assert verdicts == {"CHECKED"}
