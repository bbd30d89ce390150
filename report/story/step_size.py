"""A slope by two numbers: how its error goes with the step h, on a slider.

Every number was computed here; the script only chooses which are shown.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gradproof.pages.canvas import power_of_ten
from gradproof.pages.stepped.drawing import in_languages
from gradproof.text import Text
from impl import sigmoid
from report.story.vector import polyline, shape, svg

Array = NDArray[Any]
H: Array = 10.0 ** -np.arange(0.0, 14.01, 0.5)
AT, START = 1.0, 4
_LEFT, _TOP, _WIDTH, _HEIGHT, _LEAST = 46.0, 14.0, 320.0, 220.0, 13.0


def quotients() -> tuple[Array, Array, float]:
    """The forward and the central quotient of the sigmoid at 1 for each h, and its slope there."""
    y = sigmoid.forward(np.array([AT]))[0][0]
    above, below = (sigmoid.forward(AT + sign * H)[0] for sign in (1, -1))
    slope = sigmoid.backward(np.ones(1), sigmoid.forward(np.array([AT]))[1])[0]
    return (above - y) / H, (above - below) / (2 * H), float(slope)


def place(h: float, error: float) -> tuple[float, float]:
    """Where an error stands: logarithms both ways."""
    across = _LEFT + _WIDTH * (14 + np.log10(h)) / 14
    deep = min(-np.log10(max(error, 1e-300)), _LEAST)
    return round(float(across), 1), round(float(_TOP + _HEIGHT * deep / _LEAST), 1)


def v_curve() -> Markup:
    """The figure."""
    forward, central, slope = quotients()
    paths = [[place(h, abs(each - slope)) for h, each in zip(H, found)]
             for found in (forward, central)]  # fmt: skip
    foot = _TOP + _HEIGHT
    parts = [polyline([(_LEFT, _TOP), (_LEFT, foot), (_LEFT + _WIDTH, foot)], class_="axis")]
    for power in (0, -4, -8, -12):
        x, y = place(10.0**power, 10.0**power)
        parts.append(shape("text", power_of_ten(10.0**power), x=x, y=foot + 16,
                           class_="label middle small"))  # fmt: skip
        parts.append(shape("text", power_of_ten(10.0**power), x=_LEFT - 5, y=y + 4,
                           class_="label end small"))  # fmt: skip
    parts.append(shape("text", "h", x=_LEFT + _WIDTH, y=foot + 30, class_="label end"))
    parts.append(shape("text", Text("error", "오차"), x=_LEFT + 8, y=_TOP + 10, class_="label"))
    for number, path in enumerate(paths):
        parts.append(polyline(path, class_=("fall", "tangent")[number], fill="none"))
        cx, cy = path[START]
        parts.append(shape("circle", cx=cx, cy=cy, r=6, class_=("ball", "dot")[number]))
    title = Text("The error of two quotients against the step h, each in the shape of a V",
                 "걸음 h에 따른 두 몫의 오차. 둘 다 V 모양이에요.")  # fmt: skip
    drawing = svg("v-curve", 380, 270, title, parts)
    rows = Markup("").join(
        Markup('<tr class="{}"><th scope="row">{}</th><td class="is">{!r}</td>'
               '<td class="off">{:.1e}</td></tr>').format(
            name, in_languages(text), float(found[START]), abs(found[START] - slope))
        for name, text, found in (
            ("ball", Text("(f(1 + h) − f(1)) / h", "(f(1 + h) − f(1)) / h"), forward),
            ("dot", Text("(f(1 + h) − f(1 − h)) / (2h)", "(f(1 + h) − f(1 − h)) / (2h)"), central),
        )
    )  # fmt: skip
    names = (Text("quotient", "몫"), Text("value", "값"), Text("error", "오차"))
    head = Markup("").join(
        Markup('<th scope="col">{}</th>').format(in_languages(each)) for each in names
    )
    data = " ".join(f"{h:.1e}" for h in H), *(
        " ".join(repr(float(each)) for each in found) for found in (forward, central))  # fmt: skip
    return Markup(
        '<figure class="v-curve" id="v-curve" data-h="{}" data-forward="{}" data-central="{}" '
        'data-slope="{!r}"><p class="slider"><label>h <input type="range" min="0" max="{}" '
        'value="{}"></label> <output>{:.1e}</output></p>{}<div class="scroll"><table class="plain">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div><figcaption><p>{}</p>"
        "</figcaption></figure>"
    ).format(
        *data, slope, len(H) - 1, START, H[START], drawing, head, rows,
        in_languages(Text(
            f"The sigmoid at x = 1, where its slope is {slope!r}. Blue: the forward quotient; "
            "orange: the central one.",
            f"x = 1에서의 시그모이드. 기울기는 {slope!r}이에요. 파랑은 전진 몫, 주황은 중앙 "
            "몫이에요.")),
    )  # fmt: skip


__all__ = ["H", "place", "quotients", "v_curve"]
