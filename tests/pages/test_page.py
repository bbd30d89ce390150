"""One operation's page by itself, and the font that travels with it."""

from __future__ import annotations

import base64
import io
import re

from gradproof.pages import build_page, render_page
from gradproof.pages.equations import mathml
from gradproof.pages.mathfont import NAME, font_face
from gradproof.pages.render import number
from gradproof.pages.stepsize import measure_step_sizes
from tests.catalogue import OPERATIONS


def test_a_page_can_be_printed_alone() -> None:
    html = render_page(build_page(OPERATIONS["relu"], (), seed=0))
    assert html.count("<article") == 1
    assert "impl/relu.py" in html


def test_the_font_has_sizes_for_what_the_equations_use() -> None:
    from fontTools.ttLib import TTFont

    rule = font_face(mathml(r"\left(\frac{\gamma}{\sqrt{x}}\right)"))
    assert NAME in rule
    data = re.search(r"base64,([^)]*)\)", rule)
    assert data is not None
    font = TTFont(io.BytesIO(base64.b64decode(data.group(1))))
    assert {0x28, 0x221A, 0x1D465, 0x1D6FE} <= set(font.getBestCmap())
    assert font["MATH"].table.MathConstants.AxisHeight.Value == 253
    assert "STIX" not in str(font["name"].getDebugName(1))
    assert "Open Font License" in str(font["name"].getDebugName(13))


def test_the_v_curve_has_its_bottom_where_theory_puts_it() -> None:
    operation = OPERATIONS["sigmoid"]
    found = measure_step_sizes(operation, operation.derivation.modes[0], seed=0)
    assert found is not None
    # sqrt and cube root of the rounding unit, within two decades: the point is drawn.
    assert 1e-10 < found.forward.best[0] < 1e-6
    assert 1e-7 < found.central.best[0] < 1e-3
    assert found.complex_step.floor < 1e-15 < found.forward.best[1]


def test_numbers_are_written_as_people_write_them() -> None:
    assert [number(each) for each in (0.0, 0.25, 8.13e-17, -1e-5, None)] == [
        "0", "0.25", "8.1 × 10⁻¹⁷", "−1.0 × 10⁻⁵", "",
    ]  # fmt: skip
