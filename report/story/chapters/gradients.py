"""What becomes of the gradient in deep networks: it vanishes, units saturate, units die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.pages.render import number as written
from gradproof.text import Text
from report.story.decided import compared
from report.story.draw import Chart, powers
from report.story.experiments.dead_units import DEAD
from report.story.experiments.saturation import FLAT
from report.story.records import Block, Figure, Key, Panel, Say, drawn
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import ACTIVATIONS, joined, mean_percent, percent, seeds

FIGURES = ("gradient-norms", "sigmoid-depth", "saturation", "dead-units")
VALUES = {"flat": percent(FLAT), "dead": f"{DEAD:g}"}
INITS = {"sigmoid": "glorot", "tanh": "glorot", "relu": "he"}
LAYERS, WIDTH, POINTS = 10, 32, 200
STEEPEST = {"sigmoid": 0.25, "tanh": 1.0}
SCALES = (1, 2, 4, 8)
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
DYING = (("relu", False), ("relu", True), ("leaky_relu", False), ("elu", False))
DEPTHS = (1, 2, 4, 8)
LEARNERS = (("sigmoid", False), ("sigmoid", True), ("relu", False))


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """Gradient norms before training; depth under SGD; flat values; dead units."""
    size = {"layers": LAYERS, "width": WIDTH, "data": "moons", "points": POINTS}
    return {
        "norms": tuple(
            Task(
                "gradient_norms",
                {**size, "activation": name, "batch_norm": norm, "init": INITS[name],
                 "seeds": scale.paired},
            )
            for norm in (False, True)
            for name in INITS
        ),
        "learning": tuple(
            Task(
                "accuracy",
                {"data": "moons", "noise": 0.15, "points": POINTS, "held_out": 500, "width": 16,
                 "layers": layers, "activation": name, "batch_norm": norm, "optimizer": "sgd",
                 "init": "glorot", "lr": 0.1, "epochs": scale.epochs(60),
                 "seeds": min(3, scale.seeds)},
            )
            for name, norm in LEARNERS
            for layers in DEPTHS
        ),
        "flat": tuple(
            Task(
                "saturation",
                {**size, "layers": 5, "activation": name, "steepest": STEEPEST[name],
                 "scales": SCALES, "batch_norm": norm, "init": "glorot", "seeds": scale.seeds},
            )
            for name in STEEPEST
            for norm in (False, True)
        ),
        "dead": tuple(
            Task(
                "dead_units",
                {**size, "layers": 3, "noise": 0.2, "activation": name, "batch_norm": norm,
                 "rates": RATES, "epochs": scale.epochs(30), "seeds": min(3, scale.seeds)},
            )
            for name, norm in DYING
        ),
    }  # fmt: skip


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """What stands in the chapter, from the results of its tasks."""
    norms, learning = results["norms"], results["learning"]
    flat, dead = results["flat"], results["dead"]
    return (
        drawn("gradient-norms", norms, lambda: _norms(norms)),
        Say("sigmoid-fails", _comes_of_it(learning)),
        drawn("sigmoid-depth", learning, lambda: _learning(learning)),
        drawn("saturation", flat, lambda: _flat(flat)),
        drawn("dead-units", dead, lambda: _dead(dead)),
    )


def _comes_of_it(learning: Sequence[Result]) -> Text:
    if not _fails(learning):
        return Text(
            "What comes of it, under plain gradient descent:",
            "그 결과를 단순한 경사 하강법에서 보아요.",
        )
    return Text(
        "What comes of it: under plain gradient descent, deep sigmoid networks do not get off the "
        "ground. (Adam divides each step by the size of its gradients, and hides some of this.)",
        "그 결과, 단순한 경사 하강법에서 깊은 시그모이드 신경망은 시작조차 하지 못해요. (Adam은 "
        "걸음을 기울기의 크기로 나누므로 이 현상을 어느 정도 감춰요.)",
    )


def _label(task: Task) -> Text:
    name = ACTIVATIONS[task.parameters["activation"]]
    if not task.parameters["batch_norm"]:
        return name
    return Text(f"{name.en} with batch norm", f"{name.ko} + 배치 정규화")


def _norms(results: Sequence[Result]) -> Figure:
    panels = []
    means = {id(each): np.exp(np.log(each.value["norms"]).mean(axis=0)) for each in results}
    every = [value for each in results for norms in each.value["norms"] for value in norms]
    ticks, labels = powers(every)
    titles = (
        Text("without batch norm", "배치 정규화 없이"),
        Text("with batch norm", "배치 정규화와 함께"),
    )
    for norm, title in zip((False, True), titles):
        chart = Chart(Text("layer", "층"), Text("norm of dW", "dW의 노름"), 3.3, 2.7)
        chart.axes.set_yscale("log")
        chosen = [each for each in results if each.task.parameters["batch_norm"] is norm]
        for colour, each in enumerate(chosen, 1):
            layers = range(1, len(means[id(each)]) + 1)
            chart.band(layers, np.array(each.value["norms"]), colour)
            chart.curve(layers, means[id(each)], colour, dots=True)
        chart.axes.set_yticks(ticks, labels)
        chart.axes.set_ylim(min(every) / 2, max(every) * 2)
        chart.axes.minorticks_off()
        panels.append(Panel(chart.svg(f"norms-{norm}"), title))
    given = results[0].task.parameters
    return Figure(
        tuple(panels),
        Text(
            f"{given['layers']} hidden layers of {given['width']} units, before any training; two "
            f"moons, one batch of {given['points']}, {seeds(given['seeds']).en}. Glorot's start "
            "for sigmoid and tanh, He's for ReLU. Layer 1 is next to the input. Geometric means.",
            f"유닛 {given['width']}개의 은닉층 {given['layers']}개, 학습 전. 두 초승달, "
            f"{given['points']}개를 한 배치로, {seeds(given['seeds']).ko}. 시그모이드와 tanh는 "
            "Glorot, ReLU는 He 초기화. 1층이 입력 쪽이에요. 기하 평균.",
        ),
        (
            joined(
                [
                    Text("First layer over last:", "첫 층과 마지막 층의 비율:"),
                    joined(_ratio(each, means[id(each)]) for each in results),
                ],
                " ",
            ),
            *_growing(results, smaller=True),
            *_growing(results, smaller=False),
        ),
        keys=tuple(Key(n, ACTIVATIONS[name]) for n, name in enumerate(INITS, 1)),
        columns=2,
    )


def _growing(results: Sequence[Result], smaller: bool) -> tuple[Text, ...]:
    """Where the first layer's gradient is smaller than the last's in every seed, or larger."""
    wanted = -1 if smaller else 1
    found = [
        _label(each.task)
        for each in results
        if compared(
            [norms[0] for norms in each.value["norms"]],
            [norms[-1] for norms in each.value["norms"]],
        ).sign
        == wanted
    ]
    if not found:
        return ()
    named = joined(found, ", ")
    if smaller:
        return (
            Text(
                f"On its way back from layer {LAYERS + 1} to 1 it shrinks in every seed with "
                f"{named.en}: vanishing.",
                f"{LAYERS + 1}층에서 1층까지 거슬러 오는 동안 모든 시드에서 작아진 것(소실): "
                f"{named.ko}.",
            ),
        )
    return (
        Text(
            f"It grows in every seed with {named.en}: over many more layers such growth is called "
            "exploding. Batch norm can do that before any training: it divides by the spread of "
            "what comes in, and where the spread is small, that multiplies the gradient.",
            f"모든 시드에서 커진 것: {named.ko}. 층이 훨씬 많을 때 이렇게 커지는 것을 기울기 "
            f"폭주라고 "
            "해요. 배치 정규화는 학습 전에 이런 일을 일으킬 수 있어요. 들어온 값의 퍼진 정도로 "
            "나누므로, 퍼진 정도가 작으면 기울기가 커져요.",
        )
        if any(each.task.parameters["batch_norm"] for each in results) and "batch norm" in named.en
        else Text(
            f"It grows in every seed with {named.en}: over many more layers such growth is called "
            "exploding.",
            f"모든 시드에서 커진 것: {named.ko}. 층이 훨씬 많을 때 이렇게 커지는 것을 기울기 "
            f"폭주라고 "
            "해요.",
        ),
    )


def _ratio(result: Result, mean: Any) -> Text:
    label, ratio = _label(result.task), written(mean[0] / mean[-1])
    return Text(f"{label.en} {ratio}", f"{label.ko} {ratio}")


def _fails(results: Sequence[Result]) -> bool:
    """Whether the deepest sigmoid network without batch norm stays below 60% in training."""
    plain = [each for each in results if each.value and _is(each.task, "sigmoid", False)]
    return bool(plain) and float(np.mean(plain[-1].value["train"])) < 0.6


def _is(task: Task, activation: str, norm: bool) -> bool:
    given = task.parameters
    return given["activation"] == activation and given["batch_norm"] is norm


def _learning(results: Sequence[Result]) -> Figure:
    chart = Chart(
        Text("hidden layers", "은닉층 수"), Text("training accuracy, %", "훈련 정확도, %"), 5.6, 2.7
    )
    keys, seen = [], []
    for number, (name, norm) in enumerate(LEARNERS, 1):
        chosen = [each for each in results if _is(each.task, name, norm)]
        shares = np.array([each.value["train"] for each in chosen]).T
        chart.spread([each.task.parameters["layers"] for each in chosen], 100 * shares, number)
        label = _label(chosen[0].task)
        keys.append(Key(number, label))
        ends = f"{mean_percent(shares[:, 0])} → {mean_percent(shares[:, -1])}"
        seen.append(Text(f"{label.en}: {ends}", f"{label.ko}: {ends}"))
    chart.axes.set_xticks(DEPTHS)
    given = results[0].task.parameters
    return Figure(
        (Panel(chart.svg("sigmoid-depth")),),
        Text(
            f"Two moons, {given['points']} examples, layers of {given['width']} units, Glorot's "
            f"start, SGD with η = {given['lr']:g}, {given['epochs']} epochs, "
            f"{seeds(given['seeds']).en}. Lines: means; bands: lowest to highest.",
            f"두 초승달, 데이터 {given['points']}개, 유닛 {given['width']}개의 층, Glorot 초기화, "
            f"η = "
            f"{given['lr']:g}인 SGD, {given['epochs']}에포크, {seeds(given['seeds']).ko}. 선은 "
            "평균, 띠는 최저에서 최고까지.",
        ),
        (
            joined(
                [
                    Text(
                        f"From {DEPTHS[0]} layer to {DEPTHS[-1]}.",
                        f"은닉층 {DEPTHS[0]}개 → {DEPTHS[-1]}개.",
                    ),
                    joined(seen),
                ],
                " ",
            ),
        ),
        keys=tuple(keys),
    )


def _flat(results: Sequence[Result]) -> Figure:
    chart = Chart(
        Text("initial weights times", "초기 가중치의 배수"),
        Text("flat hidden values, %", "평평한 은닉값, %"), 5.6, 2.6,
    )  # fmt: skip
    keys, seen = [], []
    for number, each in enumerate(results, 1):
        shares = np.array(each.value["shares"]).mean(axis=2)
        chart.spread(SCALES, 100 * shares.T, number)
        label = _label(each.task)
        keys.append(Key(number, label))
        end = mean_percent(shares[-1])
        seen.append(Text(f"{label.en} {end}", f"{label.ko} {end}"))
    chart.axes.set_xticks(SCALES)
    given = results[0].task.parameters
    return Figure(
        (Panel(chart.svg("saturation")),),
        Text(
            f"{given['layers']} hidden layers of {given['width']} units, before any training, "
            f"Glorot's start; two moons, one batch of {given['points']}, "
            f"{seeds(given['seeds']).en}. All layers together.",
            f"유닛 {given['width']}개의 은닉층 {given['layers']}개, 학습 전, Glorot 초기화. 두 "
            f"초승달, {given['points']}개를 한 배치로, {seeds(given['seeds']).ko}. 모든 층을 합한 "
            "값.",
        ),
        (joined([Text(f"At {SCALES[-1]} times:", f"{SCALES[-1]}배에서:"), joined(seen)], " "),),
        keys=tuple(keys),
    )


def _dead(results: Sequence[Result]) -> Figure:
    dead = Chart(Text("η", "η"), Text("dead units, %", "죽은 유닛, %"), 3.3, 2.6)
    right = Chart(Text("η", "η"), Text("training accuracy, %", "훈련 정확도, %"), 3.3, 2.6)
    keys, seen = [], []
    for number, each in enumerate(results, 1):
        label = _label(each.task)
        keys.append(Key(number, label))
        for chart, values in ((dead, each.value["dead"]), (right, each.value["accuracy"])):
            finished = [(lr, v) for lr, v in zip(RATES, values) if None not in v]
            chart.spread(
                [lr for lr, _ in finished], 100 * np.array([v for _, v in finished]).T, number
            )
        last = [(lr, v) for lr, v in zip(RATES, each.value["dead"]) if None not in v][-1]
        share = mean_percent(last[1])
        lost = [f"{lr:g}" for lr, v in zip(RATES, each.value["dead"]) if None in v]
        en = f", not finite at η = {', '.join(lost)}" if lost else ""
        ko = f", η = {', '.join(lost)}에서는 손실이 유한하지 않음" if lost else ""
        seen.append(
            Text(
                f"{label.en}: {share} at η = {last[0]:g}{en}",
                f"{label.ko}: η = {last[0]:g}에서 {share}{ko}",
            )
        )
    for chart in (dead, right):
        chart.axes.set_xscale("log")
        chart.axes.set_xticks(RATES, [f"{lr:g}" for lr in RATES])
        chart.axes.minorticks_off()
    given = results[0].task.parameters
    return Figure(
        (Panel(dead.svg("dead-share")), Panel(right.svg("dead-accuracy"))),
        Text(
            f"Two moons, {given['points']} examples, {given['layers']} hidden layers of "
            f"{given['width']} units, He's start, SGD, {given['epochs']} epochs, "
            f"{seeds(given['seeds']).en}. A rate at which some run's loss stopped being finite is "
            "not drawn.",
            f"두 초승달, 데이터 {given['points']}개, 유닛 {given['width']}개의 은닉층 "
            f"{given['layers']}개, He 초기화, SGD, {given['epochs']}에포크, "
            f"{seeds(given['seeds']).ko}. 손실이 유한하지 않게 된 실행이 있는 η는 그리지 "
            "않았어요.",
        ),
        (joined([Text("Dead units.", "죽은 유닛의 비율."), joined(seen)], " "),),
        keys=tuple(keys),
        columns=2,
    )
