"""Functions of many kinds, as people write them: the right ones pass, the wrong ones do not."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status
from tests.numeric.more_kinds_of_code import CASES


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", CASES)
def test_right_code_passes_and_wrong_code_does_not(name: str) -> None:
    forward, backward, wrong, inputs = CASES[name](np.random.default_rng(11))
    verdict = check_gradient(forward, backward, *inputs)
    assert verdict.status is Status.CHECKED, str(verdict)
    assert check_gradient(forward, wrong, *inputs).status is Status.REFUTED
