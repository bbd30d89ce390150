"""A small network that a reader trains in the page: its points, its knobs and where it is drawn.

The script (``templates/playground.js``) computes every step itself. A test in a browser holds its
loss against the same steps made by the operations in ``impl``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
from markupsafe import Markup

from gradproof.pages.stepped.drawing import in_languages
from gradproof.text import Text
from impl.network import gate
from impl.network.data import circles, moons
from report.story.vector import shape, svg
from report.story.wording import ACTIVATIONS, DATA

POINTS = 60
RATES = ("0.1", "0.3", "1", "3")


def points() -> dict[str, tuple[list[list[float]], list[int]]]:
    """Each data set by its name: points of two numbers, and their classes 0 and 1."""
    made = {
        "gate": gate("xor"),
        "moons": moons(POINTS, np.random.default_rng(0), 0.1),
        "circles": circles(POINTS, np.random.default_rng(0), 0.1),
    }
    return {name: (np.round(x, 2).tolist(), t.tolist()) for name, (x, t) in made.items()}


def playground() -> Markup:
    """The figure; without a script, the points alone."""
    data = json.dumps({name: {"x": x, "t": t} for name, (x, t) in points().items()})
    count = [(str(n), str(n)) for n in range(1, 9)]
    knobs = [
        _choice(Text("points", "점"), "data", [(name, DATA[name]) for name in points()], "moons"),
        _choice(Text("hidden layers", "은닉층"), "layers", count[:3], "1"),
        _choice(Text("units in each", "층마다 유닛"), "units", count, "6"),
        _choice(Text("activation", "활성화 함수"), "activation", ACTIVATIONS.items(), "tanh"),
        _choice(Text("step size η", "걸음의 크기 η"), "eta", [(r, r) for r in RATES], "1"),
        Markup('<p><label><input type="checkbox" name="norm"> {}</label></p>').format(
            in_languages(Text("batch normalisation", "배치 정규화"))
        ),
        Markup('<p class="do">{}{}{}</p>').format(
            _button("step", Text("Step", "한 걸음")),
            _button("run", Text("Run / stop", "달리기 / 멈춤")),
            _button("again", Text("Start again", "다시 시작")),
        ),
        Markup('<p>{}: <b class="steps"></b> · {}: <b class="loss"></b> · {}: <b class="right"></b>'
               "</p>").format(*map(in_languages, (
                   Text("steps", "걸음"), Text("loss", "손실"), Text("right", "맞음")))),
    ]  # fmt: skip
    caption = Text(
        "Thick: where the network answers 1/2; thin: where a hidden unit's score is 0. One step is "
        "the whole way forward and back over all the points, and then every number moves by −η "
        "times its gradient.",
        "굵은 선은 신경망이 1/2이라고 답하는 곳, 가는 선은 은닉 유닛의 점수가 0인 곳이에요. 한 "
        "걸음은 모든 점으로 앞으로 갔다가 거꾸로 오는 것이에요. 그다음 숫자마다 −η 곱하기 "
        "기울기만큼 옮겨요.",
    )
    return Markup(
        '<figure class="playground" id="playground"><div class="pair">{}<div class="knobs">{}</div>'
        '</div><figcaption><p>{}</p></figcaption><script type="application/json">{}</script>'
        "</figure>"
    ).format(_drawing(), Markup("").join(knobs), in_languages(caption), Markup(data))


def _choice(
    text: Text, name: str, options: Iterable[tuple[str, Text | str]], chosen: str
) -> Markup:
    inside = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(
            value, Markup(" selected") if value == chosen else "",
            in_languages(said) if isinstance(said, Text) else said,
        )
        for value, said in options
    )  # fmt: skip
    return Markup('<p><label>{} <select name="{}">{}</select></label></p>').format(
        in_languages(text), name, inside
    )


def _button(does: str, text: Text) -> Markup:
    return Markup('<button type="button" data-do="{}">{}</button>').format(does, in_languages(text))


def _drawing() -> Markup:
    x, t = points()["moons"]
    low, high = np.min(x) - 0.3, np.max(x) + 0.3
    dots = []
    for (across, up), label in zip(x, t):
        cx, cy = (across - low) / (high - low) * 300, 300 - (up - low) / (high - low) * 300
        dots.append(
            shape("rect", x=cx - 4, y=cy - 4, width=8, height=8, class_="class-1")
            if label
            else shape("circle", cx=cx, cy=cy, r=4.5, class_="class-0")
        )
    parts = [
        shape("rect", x=0, y=0, width=300, height=300, class_="frame"),
        shape("path", d="", class_="side"),
        shape("path", d="", class_="trail"),
        shape("g", Markup("").join(dots), class_="points"),
        shape("path", d="", class_="learned"),
    ]
    title = Text(
        "Points of two classes, and the boundaries of a network that learns them",
        "두 클래스의 점과, 그것을 배우는 신경망의 경계",
    )
    return svg("playground", 300, 300, title, parts)


__all__ = ["RATES", "playground", "points"]
