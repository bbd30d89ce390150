"""The six activations side by side, with one x that a reader moves along all of them.

The script draws nothing but what stands in the data: outputs and slopes that the operations' own
code returned, point by point. Without a script the picture stands at one x.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gradproof.pages.stepped.drawing import in_languages
from gradproof.text import Text
from impl import elu, leaky_relu, maxout, relu, sigmoid, tanh
from report.story.vector import polyline, shape, svg

Array = NDArray[Any]
REACH, STEP, START = 4.0, 0.05, 1.0
X: Array = np.round(np.arange(-REACH, REACH + STEP / 2, STEP), 2)
_WIDTH, _HEIGHT = 190.0, 150.0
NAMES = (
    ("sigmoid", Text("sigmoid", "시그모이드")), ("tanh", Text("tanh", "tanh")),
    ("relu", Text("ReLU", "ReLU")), ("leaky", Text("leaky ReLU, 0.1", "leaky ReLU, 0.1")),
    ("maxout", Text("maxout of x and (1 − x)/2", "x와 (1 − x)/2의 maxout")),
    ("elu", Text("ELU, α = 1", "ELU, α = 1")),
)  # fmt: skip


def values() -> dict[str, tuple[Array, Array]]:
    """Of each activation, y and dy/dx at every x, from its own forward and backward."""
    found = {name: _elementwise(module) for name, module in
             (("sigmoid", sigmoid), ("tanh", tanh), ("relu", relu), ("leaky", leaky_relu),
              ("elu", elu))}  # fmt: skip
    W, b = np.array([[[1.0]], [[-0.5]]]), np.array([[0.0], [0.5]])
    y, cache = maxout.forward(X[:, None], W, b)
    found["maxout"] = (y[:, 0], maxout.backward(np.ones_like(y), cache)[0][:, 0])
    return found


def _elementwise(module: ModuleType) -> tuple[Array, Array]:
    y, cache = module.forward(X)
    return y, module.backward(np.ones_like(X), cache)


def along() -> Markup:
    """The figure."""
    found = values()
    at = int(np.argmin(np.abs(X - START)))
    panels = Markup("").join(_panel(name, title, *found[name], at=at) for name, title in NAMES)
    slider = Markup(
        '<p class="slider"><label>x <input type="range" min="0" max="{}" value="{}"></label> '
        "<output>{:.2f}</output></p>"
    ).format(len(X) - 1, at, X[at])
    caption = Text(
        "Move x: the dot is the output y, the line through it has the slope y′. Both are what the "
        "NumPy code returned.",
        "x를 움직여 보세요. 점이 출력 y이고, 점을 지나는 직선의 기울기가 y′이에요. 둘 다 NumPy "
        "코드가 "
        "돌려준 값이에요.",
    )
    return Markup(
        '<figure class="along" id="along-x" data-x="{}">{}<div class="six">{}</div>'
        "<figcaption><p>{}</p></figcaption></figure>"
    ).format(_numbers(X), slider, panels, in_languages(caption))


def _panel(name: str, title: Text, y: Array, slope: Array, at: int) -> Markup:
    points = [place(x, value) for x, value in zip(X, y)]
    (cx, cy), (left, right) = place(X[at], y[at]), tangent(X[at], y[at], slope[at])
    parts = [
        polyline([place(-REACH, 0), place(REACH, 0)], class_="axis"),
        polyline([place(0, -1.6), place(0, 4)], class_="axis"),
        polyline(points, class_="fall"),
        shape("line", x1=left[0], y1=left[1], x2=right[0], y2=right[1], class_="tangent"),
        shape("circle", cx=cx, cy=cy, r=5, class_="dot"),
    ]
    drawing = svg(f"along-{name}", _WIDTH, _HEIGHT, title, parts)
    return Markup(
        '<div class="panel" data-y="{}" data-slope="{}"><p class="of">{}</p>{}'
        '<p class="read">y = <span class="y">{:.2f}</span>, y′ = <span class="slope">{:.2f}</span>'
        "</p></div>"
    ).format(_numbers(y), _numbers(slope), in_languages(title), drawing, y[at], slope[at])


def place(x: float, y: float) -> tuple[float, float]:
    """Where a point stands in a panel; the script computes the same."""
    return 95 + 22 * float(x), 102 - 22 * float(y)


def tangent(x: float, y: float, slope: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Both ends of the line through a point with this slope, 1.6 units long on each side."""
    run = 1.6 / float(np.hypot(1, slope))
    return place(x - run, y - run * slope), place(x + run, y + run * slope)


def _numbers(array: Array) -> str:
    return " ".join(f"{value:.4g}" for value in array)


__all__ = ["along", "values"]
