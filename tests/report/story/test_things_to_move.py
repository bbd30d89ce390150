"""What a reader moves stands on numbers computed here, and on the code that was proved."""

from __future__ import annotations

import inspect
import json
import re

import numpy as np
import pytest

from impl import batch_norm
from report.story.playground import playground, points
from report.story.six_equations import SIX, box
from report.story.step_size import H, quotients, v_curve
from tests.catalogue import OPERATIONS

MODE = OPERATIONS["batch_norm"].derivation.modes[0]
CODE = inspect.getsource(inspect.unwrap(batch_norm.backward))


def test_every_part_of_the_six_equations_has_its_counterpart_in_the_code() -> None:
    html = str(box(CODE, MODE, "batch_norm-1"))
    rows = html.split("<li ")[1:]
    assert len(rows) == len(SIX) == 6
    for row in rows:
        math, code = row.split("</math>")
        letters = [set(re.findall(r'data-part="(\w)"', each)) for each in (math, code)]
        assert letters[0] == letters[1] >= {"l", "a"}
    # Each leads to its own derivation.
    assert len(set(re.findall(r'href="#(batch_norm-1-chain\d)"', html))) == 6


def test_a_line_that_is_not_in_the_code_is_not_shown_beside_an_equation() -> None:
    with pytest.raises(ValueError, match="var: expected a line of backward"):
        box(CODE.replace("** -1.5", "** -0.5"), MODE, "batch_norm-1")


def test_the_error_of_a_quotient_has_the_shape_of_a_v() -> None:
    forward, central, slope = quotients()
    assert slope == pytest.approx(np.exp(-1) / (1 + np.exp(-1)) ** 2, rel=1e-15)
    off = np.abs(central - slope)
    bottom = int(off.argmin())
    assert 1e-7 < H[bottom] < 1e-4
    # Down by h squared, up by 1/h; the forward quotient goes down by h alone.
    assert off[0] / off[4] == pytest.approx(1e4, rel=0.2)
    assert off[-1] > 1e5 * off[bottom]
    assert np.abs(forward - slope)[0] / np.abs(forward - slope)[4] == pytest.approx(1e2, rel=0.2)
    html = str(v_curve())
    shown = re.findall(r'data-(?:forward|central)="([^"]*)"', html)
    assert [len(each.split()) for each in shown] == [len(H), len(H)]


def test_the_playground_carries_points_of_both_classes() -> None:
    found = re.search(r"<script[^>]*>(.*?)</script>", str(playground()), re.S)
    assert found is not None
    data = json.loads(found[1])
    assert set(data) == set(points()) == {"gate", "moons", "circles"}
    for each in data.values():
        assert set(each["t"]) == {0, 1}
        assert len(each["x"]) == len(each["t"])
