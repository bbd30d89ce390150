"""What the reader moves along is what the operations' code returns."""

from __future__ import annotations

import re

import numpy as np
import pytest

from report.story import along


def test_slopes_are_those_of_the_curves_away_from_kinks() -> None:
    for name, (y, slope) in along.values().items():
        measured = np.gradient(y, along.STEP)
        smooth = np.abs(np.diff(slope, prepend=slope[0], append=slope[-1])).max(initial=0) < 0.2
        inner = slice(1, -1)
        near = np.abs(measured - slope)[inner]
        # Beside a kink the measured slope is a mean of both sides; nowhere else.
        assert np.sum(near > 2e-2) <= (0 if smooth else 3), name


def test_the_still_picture_stands_at_its_x_and_carries_every_number() -> None:
    html = str(along.along())
    panels = re.findall(r'data-y="([^"]*)" data-slope="([^"]*)"', html)
    assert len(panels) == 6
    for (name, _), (y, slope) in zip(along.NAMES, panels):
        wanted = along.values()[name]
        assert np.array(y.split(), float) == pytest.approx(wanted[0], abs=1e-3)
        assert np.array(slope.split(), float) == pytest.approx(wanted[1], abs=1e-3)
    assert html.count("y = ") == 6
    assert "<output>1.00</output>" in html
