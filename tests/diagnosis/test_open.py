"""Slips of the open trial that once were called right, or explained in other words."""

from __future__ import annotations

import pytest

from tests.diagnosis.campaign import diagnosed
from tests.diagnosis.open_slips import OPEN_SLIPS
from tests.diagnosis.planting import Slip


def planted(subject: str, new: str) -> Slip:
    """The slip of a subject that begins with this text."""
    return next(m.slip() for m in OPEN_SLIPS if subject in m.subject and m.new.startswith(new))


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("subject", "new", "kind", "fix"),
    [
        ("maxout_pair", "return dx, dW2", "other argument", "(dx, dW1, db1, dW2, db2)"),
        ("SigmoidLayer", 'self.cache["x"]', "wrong variable", "self.cache['out']"),
        ("DropoutLayer", "dout", "extra factor", "dout * self.mask"),
        ("softmax_jac", "np.diag(s * (1", "elementwise or matrix", "np.diag(s) - np.outer(s, s)"),
    ],
)
def test_slips_of_the_open_trial(subject: str, new: str, kind: str, fix: str) -> None:
    found = diagnosed(planted(subject, new))
    assert found is not None
    assert (found.kind, found.fix) == (kind, fix)
