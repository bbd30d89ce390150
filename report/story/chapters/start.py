"""The first picture: a line learns, and what the gradient is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from gradproof.pages.stepped.stepper import Stepper
from gradproof.text import Text
from report.story.records import Block, Drawn, Stepped
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.vector import polyline, shape, span, svg

FIGURES = ("moving-line",)
POINTS, RATE, STEPS = 40, 0.15, 24
# Steps that are shown: closer together where more happens.
SHOWN = (0, 1, 2, 3, 4, 6, 8, 11, 15, 24)
_SIDE, _LEFT, _TOP = 300.0, 24.0, 12.0


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """One run of gradient descent."""
    given = {"points": POINTS, "margin": 0.1, "seed": 0, "lr": RATE, "steps": STEPS}
    return {"descent": (Task("descent", given),)}


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """The moving picture."""
    (run,) = results["descent"]
    if run.value is None:
        return (Drawn("moving-line", None, error=run.error),)
    return (Stepped("moving-line", moving_line(run.value)),)


def moving_line(found: Mapping[str, Any]) -> Stepper:
    """The line and the loss after each step that is shown."""
    title = Text(
        "A line turns until it separates two clouds of points, while the loss falls",
        "직선이 돌면서 두 무리의 점을 가르고, 그동안 손실이 줄어드는 그림",
    )
    parts = [*_points(found), *_lines(found), *_losses(found)]
    return Stepper(
        "moving-line", svg("moving-line", 680, 330, title, parts, "graph moving"),
        tuple(_said(found, step) for step in SHOWN), loop=True, keys=False,
    )  # fmt: skip


def _said(found: Mapping[str, Any], step: int) -> Text:
    loss, wrong = found["losses"][step], found["wrong"][step]
    slopes = ", ".join(f"{each:+.2f}".replace("-", "−") for each in found["gradients"][step])
    return Text(
        f"Step {step}: loss {loss:.3f}, {wrong} of {len(found['t'])} points on the wrong side. "
        f"Gradient ({slopes}): how the loss would grow with w₁, w₂ and w₀. The next step goes the "
        "other way.",
        f"{step}걸음: 손실 {loss:.3f}, 점 {len(found['t'])}개 중 {wrong}개가 틀린 쪽에 있어요. "
        f"기울기 "
        f"({slopes})는 w₁, w₂, w₀을 늘리면 손실이 얼마나 커지는지 알려 줘요. 다음 걸음은 그 반대로 "
        f"가요.",
    )


def _at(point: Sequence[float]) -> tuple[float, float]:
    return _LEFT + (point[0] + 1.1) / 2.2 * _SIDE, _TOP + (1.1 - point[1]) / 2.2 * _SIDE


def _points(found: Mapping[str, Any]) -> list[Markup]:
    frame = shape("rect", x=_LEFT, y=_TOP, width=_SIDE, height=_SIDE, rx=6, class_="frame")
    clip = shape("clipPath", shape("rect", x=_LEFT, y=_TOP, width=_SIDE, height=_SIDE),
                 id="moving-line-frame")  # fmt: skip
    dots = []
    for point, label in zip(found["x"], found["t"]):
        x, y = _at(point)
        dots.append(
            shape("rect", x=x - 4, y=y - 4, width=8, height=8, class_="class-1")
            if label
            else shape("circle", cx=x, cy=y, r=4.6, class_="class-0")
        )
    return [shape("defs", clip), frame, *dots]


def _lines(found: Mapping[str, Any]) -> list[Markup]:
    """Where the unit answers 1/2, at each step that is shown."""
    lines = []
    for number, step in enumerate(SHOWN):
        w_1, w_2, w_0 = found["path"][step]
        length = (w_1**2 + w_2**2) ** 0.5 or 1.0
        foot = [w_1 * (0.5 - w_0) / length**2, w_2 * (0.5 - w_0) / length**2]
        ends = [
            _at([foot[0] - sign * 4 * w_2 / length, foot[1] + sign * 4 * w_1 / length])
            for sign in (-1, 1)
        ]
        until = number + 1 if number + 1 < len(SHOWN) else None
        lines.append(polyline(ends, class_="learned", **span(number, until)))
        if number:
            lines.insert(0, polyline(ends, class_="trail", **span(number + 1)))
    return [shape("g", Markup("").join(lines), clip_path="url(#moving-line-frame)")]


def _losses(found: Mapping[str, Any]) -> list[Markup]:
    left, width, height = _LEFT + _SIDE + 62, 270.0, _SIDE - 40
    most = max(found["losses"])

    def at(step: int) -> tuple[float, float]:
        return (
            left + width * step / STEPS,
            _TOP + 20 + height * (1 - found["losses"][step] / most),
        )

    floor = _TOP + 20 + height
    parts = [
        polyline([(left, _TOP + 14), (left, floor), (left + width, floor)], class_="axis"),
        shape("text", Text("loss", "손실"), x=left + 6, y=_TOP + 16, class_="label"),
        shape("text", Text("step", "걸음"), x=left + width, y=floor + 18, class_="label end"),
    ]
    for number, step in enumerate(SHOWN):
        if number:
            before = range(SHOWN[number - 1], step + 1)
            parts.append(polyline([at(each) for each in before], class_="fall", **span(number)))
        x, y = at(step)
        until = number + 1 if number + 1 < len(SHOWN) else None
        parts.append(shape("circle", cx=x, cy=y, r=6, class_="ball", **span(number, until)))
    return parts
