"""Kinds of slips that whole files have brought up: the fix makes the file the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.checking.records import GradientResult
from gradproof.diagnosis.source.verbatim import edited
from tests.checking.corpus import results
from tests.diagnosis.asked_slips import ASKED_SLIPS, AskedSlip
from tests.diagnosis.sixth_slips import SIXTH_SLIPS

EXACT = [
    ("bicycle", "dt * np.cos(th)]"),  # data are rounded: no proof against what holds
    ("cox", "(1 - share)"),  # data by their names
    ("deep_lists", "sigmoid_grad(a1)"),  # the argument of a helper
    ("dilated_conv", "dxp.shape[2] - pad]"),  # a part of an array that is shifted
    ("mish_prime", "return x\n"),  # a line, though no step was done in it
    ("policy", "(logp + 1)"),
    ("quartic_hessian", "2 * A @ x"),  # both halves of a matrix that is not symmetric
]


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("file", "wrong"), EXACT)
def test_the_fix_makes_the_file_the_right_one(file: str, wrong: str, tmp_path: Path) -> None:
    slip = next(s for s in ASKED_SLIPS if s.file == file and wrong in s.wrong)
    path = tmp_path / f"{file}.py"
    path.write_text(slip.text())
    found = [r.slip for r in results(path) if isinstance(r, GradientResult) and r.slip]
    edits = [f.edits for f in found if f.exact and f.edits]
    lines = [edited(slip.text().splitlines(), each) for each in edits]
    right = "".join(slip.right_text().split())
    assert right in {"".join("".join(each).split()) for each in lines}


@pytest.mark.parametrize(("slips", "files"), [(ASKED_SLIPS, 35), (SIXTH_SLIPS, 25)])
def test_each_slip_of_the_set_stands_in_its_file_once(slips: list[AskedSlip], files: int) -> None:
    for slip in slips:
        compile(slip.text(), slip.file, "exec")
        assert slip.lines[0] > 1
    assert len({slip.file for slip in slips}) == files
