"""A line that the reader puts by hand between the points of AND, OR and XOR, after a bet."""

from __future__ import annotations

from markupsafe import Markup

from gradproof.pages.stepped.drawing import in_languages
from gradproof.text import Text
from impl.network import gate
from report.story.vector import shape, svg

GATES = ("and", "or", "xor")
# A line for each table with which the picture opens: it gets some point wrong.
START = (1.0, 1.0, 0.25)
_WIDTH = 260.0


def place(x: float, y: float) -> tuple[float, float]:
    """Where a point stands; the script computes the same."""
    return 65 + 130 * x, 195 - 130 * y


def by_eye() -> Markup:
    """The figure: a table to choose, three numbers to move, and how many points are right."""
    buttons = Markup("").join(
        Markup('<label><input type="radio" name="gate" value="{}"{}> {}</label>').format(
            " ".join(str(int(each)) for each in gate(name)[1]),
            Markup(" checked") if name == GATES[0] else "", name.upper(),
        )
        for name in GATES
    )  # fmt: skip
    sliders = Markup("").join(
        Markup(
            '<p><label>{} <input type="range" min="-2" max="2" step="0.05" value="{:g}" '
            'data-weight="{}"></label> <output>{:.2f}</output></p>'
        ).format(name, value, number, value)
        for number, (name, value) in enumerate(zip(("w₁", "w₂", "w₀"), START))
    )
    bet = Text(
        "Bet first: for which of the three tables can you find a line? Then move it: the unit says "
        "1 "
        "where w₁x₁ + w₂x₂ > w₀, the shaded side.",
        "먼저 걸어 보세요. 세 표 가운데 어느 것을 직선으로 가를 수 있을까요? 그다음 움직여 보세요. "
        "유닛은 "
        "w₁x₁ + w₂x₂ > w₀인 쪽, 칠한 쪽에서 1이라고 해요.",
    )
    right = Text("points right", "개 맞음")
    return Markup(
        '<figure class="by-eye" id="by-eye"><p>{}</p><div class="pair">{}<div class="knobs">'
        '<p class="gates">{}</p>{}<p class="score"><output class="right"></output> {}</p></div>'
        "</div></figure>"
    ).format(in_languages(bet), _drawing(), buttons, sliders, in_languages(right))


def _drawing() -> Markup:
    points, answers = gate(GATES[0])
    parts = [
        shape("rect", x=1, y=1, width=_WIDTH - 2, height=_WIDTH - 2, rx=6, class_="frame"),
        shape("polygon", points="", class_="side"),
        shape("line", x1=0, y1=0, x2=0, y2=0, class_="learned"),
    ]
    for (x, y), answer in zip(points, answers):
        at = place(float(x), float(y))
        parts.append(
            shape("circle", cx=at[0], cy=at[1], r=9, class_=f"class-{int(answer)}",
                  data_x=f"{x:g}", data_y=f"{y:g}")
        )  # fmt: skip
        parts.append(shape("text", f"({x:g}, {y:g})", x=at[0], y=at[1] + 26, class_="label middle"))
    title = Text("Four points and a line to move", "점 네 개와 움직일 수 있는 직선")
    return svg("by-eye", _WIDTH, _WIDTH, title, parts)


__all__ = ["by_eye"]
