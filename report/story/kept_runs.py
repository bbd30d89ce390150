"""Boundaries of networks of several depths on noisy data: runs made before, chosen on sliders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from markupsafe import Markup

from gradproof.pages.stepped.drawing import in_languages
from gradproof.text import Text
from report.story.draw import Plane
from report.story.records import Block, Drawn, Html
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import percent

# What a reader chooses, each on a slider.
KNOBS: dict[str, tuple[float, ...]] = {
    "layers": (1, 2, 4, 8),
    "noise": (0.1, 0.4),
    "points": (40, 160),
}
_NAMES = {
    "layers": Text("hidden layers", "은닉층"), "noise": Text("noise", "잡음"),
    "points": Text("points to learn from", "훈련 점"),
}  # fmt: skip
_FIRST = (2, 1, 0)  # four layers, much noise, few points
WIDTH = 16


def tasks(scale: Scale) -> tuple[Task, ...]:
    """One run for each choice."""
    common = {"data": "moons", "activation": "relu", "epochs": scale.epochs(150), "lr": 0.01,
              "seed": 0, "grid": min(scale.grid, 41)}  # fmt: skip
    return tuple(
        Task("boundaries", {**common, "hidden": [WIDTH] * int(layers), "noise": noise,
                            "points": int(points)})
        for layers, noise, points in product(*KNOBS.values())
    )  # fmt: skip


def block(results: Sequence[Result]) -> Block:
    """The figure; without a script, one of the runs."""
    error = next((each.error for each in results if each.error), "")
    if error:
        return Drawn("kept-runs", None, error=error)
    choices = product(*(range(len(each)) for each in KNOBS.values()))
    maps = Markup("").join(_map(result, at) for result, at in zip(results, choices))
    sliders = Markup("").join(
        Markup('<p class="slider"><label>{} <input type="range" min="0" max="{}" value="{}" '
               'data-values="{}"></label> <output>{}</output></p>').format(
            in_languages(_NAMES[name]), len(values) - 1, first, " ".join(map(str, values)),
            values[first])
        for (name, values), first in zip(KNOBS.items(), _FIRST)
    )  # fmt: skip
    given = results[0].task.parameters
    caption = Text(
        f"Two moons; {WIDTH} ReLU units a layer, {given['epochs']} epochs of Adam, one start each, "
        "500 points for the test. Dots: what was learned from (at most 100 of them).",
        f"두 초승달. 층마다 ReLU 유닛 {WIDTH}개, Adam {given['epochs']}에포크, 시작은 한 번씩, "
        "테스트 점 500개. 점은 훈련 데이터예요(많아야 100개).",
    )
    return Html("kept-runs", Markup(
        '<figure class="runs" id="kept-runs"><div class="pair"><div>{}</div><div>{}</div></div>'
        "<figcaption><p>{}</p></figcaption></figure>"
    ).format(maps, sliders, in_languages(caption)))  # fmt: skip


def _map(result: Result, at: tuple[int, ...]) -> Markup:
    found, key = result.value, "".join(map(str, at))
    plane = Plane(found["low"], found["high"], side=2.6)
    plane.regions(found["output"])
    plane.examples(found["x"], found["t"], 3.4)
    train, test = percent(found["train_accuracy"]), percent(found["test_accuracy"])
    said = in_languages(Text(f"Right: {train} of what it learned from, {test} of new points.",
                             f"맞음: 훈련 점의 {train}, 새로운 점의 {test}."))  # fmt: skip
    return Markup(
        '<div class="map{}" data-run="{}"><p>{}</p><div role="img">{}</div></div>'
    ).format(" on" if at == _FIRST else "", key, said, plane.svg(f"run-{key}"))


__all__ = ["KNOBS", "block", "tasks"]
