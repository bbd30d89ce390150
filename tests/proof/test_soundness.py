"""Soundness: no wrong backward is proved, no right one refuted.

``make campaigns`` tries 300 wrong variants and 100 right ones, ``make test`` a tenth of them;
``python -m tests.proof.campaign`` runs every variant.
"""

import numpy as np
import pytest

from gradproof.verdicts import Status
from tests.proof.campaign import numerically_equal, prove, sample, trials, unsound

CAMPAIGN = pytest.mark.campaign


def test_there_are_enough_variants():
    assert len(trials("wrong")) >= 1000
    assert len(trials("right")) >= 200


@pytest.mark.parametrize("count", [32, pytest.param(304, marks=CAMPAIGN)])
def test_no_wrong_backward_is_proved(count):
    chosen = sample("wrong", count)
    assert len(chosen) == count
    assert len({str(trial.case) for trial in chosen}) == 16
    statuses = []
    for trial in chosen:
        verdict = prove(trial)
        statuses.append(verdict.status)
        assert not unsound(trial, verdict.status), f"{trial}\n{verdict}"
    assert statuses.count(Status.REFUTED) > 0.75 * len(chosen)
    assert statuses.count(Status.UNDECIDED) < 0.05 * len(chosen)


@pytest.mark.parametrize("count", [16, pytest.param(104, marks=CAMPAIGN)])
def test_no_right_rewrite_is_refuted(count):
    chosen = sample("right", count)
    assert len(chosen) == count
    statuses = []
    for trial in chosen:
        verdict = prove(trial)
        statuses.append(verdict.status)
        assert not unsound(trial, verdict.status), f"{trial}\n{verdict}"
    assert statuses.count(Status.PROVED) > 0.95 * len(chosen)


@pytest.mark.parametrize("kind", ["wrong", "right"])
def test_the_second_method_tells_them_apart(kind):
    """The finite differences that judge the campaign are no rubber stamp."""
    with np.errstate(all="ignore"):
        found = [numerically_equal(trial) for trial in sample(kind, 32, seed=1)]
    if kind == "right":
        assert all(found)
    else:
        assert sum(found) < 0.35 * len(found)
