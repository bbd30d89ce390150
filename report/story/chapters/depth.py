"""Deep networks: hidden layers against train and test accuracy, overfitting, and what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.text import Text
from report.story.draw import Chart, Ranges
from report.story.records import Block, Figure, Heading, Key, Panel, Table, Words, drawn
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import DATA, joined, mean_percent, seeds, sentence

TITLE = Text("Deep: more layers, and overfitting", "깊이: 더 많은 층, 그리고 과적합")
INTRO = Text(
    "A network with two or more hidden layers is called deep. Do more layers classify more "
    "accurately? On the examples it learned from is one question; on examples it never saw is "
    "another.",
    "은닉층이 둘 이상이면 깊은 신경망이라고 합니다. 층이 많으면 더 정확하게 분류합니까? 배운 "
    "예에서의 정확도와 처음 보는 예에서의 정확도는 서로 다른 물음입니다.",
)
FIGURES = ("depth-made", "depth-digits", "overfitting", "remedies")
TRAIN = Text("training accuracy", "학습 정확도")
TEST = Text("test accuracy", "시험 정확도")
LAYERS = Text("hidden layers", "은닉층 수")
ACCURACY = Text("accuracy, %", "정확도, %")
MADE: dict[str, dict[str, Any]] = {
    "spirals": {"points": 200, "noise": 0.06, "epochs": 120},
    "moons": {"points": 100, "noise": 0.3, "epochs": 120},
}
DIGITS: dict[str, Any] = {"points": 200, "held_out": 200, "width": 32, "epochs": 60, "lr": 0.003}
DEEP, PATIENCE = 6, 20
REMEDIES: tuple[tuple[Text, dict[str, Any]], ...] = (
    (Text(f"{DEEP} layers", f"은닉층 {DEEP}개"), {}),
    (Text("+ batch norm", "+ 배치 정규화"), {"batch_norm": True}),
    (Text("+ early stopping", "+ 조기 종료"), {"patience": PATIENCE}),
    (Text("+ both", "+ 둘 다"), {"batch_norm": True, "patience": PATIENCE}),
    (Text("1 layer", "은닉층 1개"), {"layers": 1}),
)


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """Depths on three data sets; a deep network on noisy moons with each remedy."""

    def accuracy(needs: tuple[str, ...] = (), **parameters: Any) -> Task:
        common = {"width": 16, "held_out": 500, "lr": 0.01, "activation": "relu"}
        given = {**common, "seeds": scale.seeds, **parameters}
        return Task("accuracy", {**given, "epochs": scale.epochs(given["epochs"])}, needs)

    noisy = {**MADE["moons"], "data": "moons", "layers": DEEP, "epochs": 200}
    return {
        **{
            data: tuple(accuracy(data=data, layers=n, **kind) for n in scale.depths)
            for data, kind in MADE.items()
        },
        "digits": tuple(
            accuracy(("scikit-learn",), data="digits", layers=n, **DIGITS) for n in scale.depths
        ),
        "remedies": tuple(accuracy(**{**noisy, **changes}) for _, changes in REMEDIES),
    }


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """What stands in the chapter, from the results of its tasks."""
    made = [results[data] for data in MADE]
    digits, remedies = results["digits"], results["remedies"]
    return (
        Heading(Text("How many hidden layers?", "은닉층은 몇 개가 좋습니까?")),
        Words(
            Text(
                "Each network below is trained several times, from different starts and on "
                "different draws of the data. The line is the mean, the band reaches from the "
                "lowest to the highest. Where the two lines part, the network has learned its "
                "examples and not what is behind them: that is overfitting.",
                "아래의 신경망은 저마다 시작점과 자료를 바꾸어 여러 번 학습했습니다. 선은 "
                "평균이고, 띠는 가장 낮은 값에서 가장 높은 값까지입니다. 두 선이 벌어지는 곳에서 "
                "신경망은 예 뒤에 있는 규칙이 아니라 예 자체를 외운 것입니다. 이것이 과적합입니다.",
            )
        ),
        drawn("depth-made", [each for group in made for each in group], lambda: _made(made)),
        drawn("depth-digits", digits, lambda: _digits(digits)),
        Heading(Text("Watching it happen", "과적합이 일어나는 모습")),
        Words(
            Text(
                "The loss shows overfitting before the accuracy does: the network grows ever more "
                "certain, of wrong answers as well.",
                "과적합은 정확도보다 손실에서 먼저 드러납니다. 신경망은 점점 더 확신하는데, 틀린 "
                "답에도 확신하기 때문입니다.",
            )
        ),
        drawn("overfitting", remedies, lambda: _overfitting(remedies[0])),
        Heading(Text("What helps", "무엇이 도움이 됩니까?")),
        Words(
            Text(
                f"Batch norm, early stopping (no better validation loss in {PATIENCE} epochs, then "
                "back to the best weights), and simply fewer layers. The validation examples that "
                "decide when to stop are never the test examples that judge.",
                f"배치 정규화, 조기 종료(검증 손실이 {PATIENCE}에포크 동안 나아지지 않으면 가장 "
                "좋았던 가중치로 되돌립니다), 그리고 그저 더 적은 층입니다. 멈출 때를 정하는 검증 "
                "예와 평가하는 시험 예는 서로 다른 예입니다.",
            )
        ),
        drawn("remedies", remedies, lambda: _remedies(remedies)),
    )


def _made(groups: Sequence[Sequence[Result]]) -> Figure:
    panels, ran = [], []
    for group in groups:
        data = str(group[0].task.parameters["data"])
        panels.append(Panel(_against_depth(group).svg(f"depth-{data}"), DATA[data]))
        ran.append(_setting(group[0].task))
    return Figure(
        tuple(panels),
        joined([*ran, _common(groups[0][0].task)], " "),
        tuple(_reading(group) for group in groups),
        keys=(Key(1, TRAIN), Key(2, TEST)),
        columns=2,
    )


def _digits(group: Sequence[Result]) -> Figure:
    return Figure(
        (Panel(_against_depth(group, width=5.6).svg("depth-digits"), DATA["digits"]),),
        joined([_setting(group[0].task), _common(group[0].task)], " "),
        (_reading(group),),
        keys=(Key(1, TRAIN), Key(2, TEST)),
    )


def _against_depth(group: Sequence[Result], width: float = 3.3) -> Chart:
    chart = Chart(LAYERS, ACCURACY, width, 2.6)
    depths = [each.task.parameters["layers"] for each in group]
    for number, side in enumerate(("train", "test"), 1):
        chart.spread(depths, 100 * np.array([each.value[side] for each in group]).T, number)
    chart.axes.set_xticks(depths)
    return chart


def _reading(group: Sequence[Result]) -> Text:
    """What the curves say: at the fewest layers, at the best number of them, and at the most."""
    data = DATA[str(group[0].task.parameters["data"])]
    first, last = group[0], group[-1]
    best = max(group, key=lambda each: float(np.mean(each.value["test"])))
    en, ko = [], []
    for each in (first, best, last):
        layers = each.task.parameters["layers"]
        train, test = mean_percent(each.value["train"]), mean_percent(each.value["test"])
        what = f"{layers} layer" + ("" if layers == 1 else "s")
        mark = (" (best in the test)", "(시험에서 최고)") if each is best else ("", "")
        en.append(f"{what}{mark[0]}: {train} in training, {test} in the test")
        ko.append(f"은닉층 {layers}개{mark[1]}: 학습 {train}, 시험 {test}")
    if best in (first, last):
        position = 0 if best is first else 2
        del en[position], ko[position]
    return Text(f"{sentence(data.en)}. {'; '.join(en)}.", f"{data.ko}. {'; '.join(ko)}.")


def _setting(task: Task) -> Text:
    given = task.parameters
    data = DATA[str(given["data"])]
    noise = given.get("noise")
    en = f", noise {noise:g}" if noise is not None else ""
    ko = f", 잡음 {noise:g}" if noise is not None else ""
    return Text(
        f"{sentence(data.en)}: {given['points']} examples to learn from{en}, {given['epochs']} "
        "epochs.",
        f"{data.ko}: 학습 예 {given['points']}개{ko}, {given['epochs']}에포크.",
    )


def _common(task: Task) -> Text:
    given = task.parameters
    return Text(
        f"ReLU layers of {given['width']} units, Adam with η = {given['lr']:g}, "
        f"{seeds(given['seeds']).en}.",
        f"유닛 {given['width']}개의 ReLU 층, η = {given['lr']:g}인 Adam, "
        f"{seeds(given['seeds']).ko}.",
    )


def _overfitting(result: Result) -> Figure:
    given = result.task.parameters
    curves = np.mean(result.value["curves"], axis=0)
    epochs = np.arange(1, curves.shape[1] + 1)
    chart = Chart(Text("epoch", "에포크"), Text("loss", "손실"), 5.6, 2.8)
    chart.curve(epochs, curves[0], 1)
    chart.curve(epochs, curves[1], 2)
    least = int(np.argmin(curves[1]))
    chart.mark(epochs[least], curves[1][least], 2)
    chart.axes.set_ylim(bottom=0)
    more = curves[1][-1] > curves[1][least]
    return Figure(
        (Panel(chart.svg("overfitting")),),
        joined(
            [
                _setting(result.task),
                Text(f"{given['layers']} hidden layers.", f"은닉층 {given['layers']}개."),
                _common(result.task),
                Text("Means over the seeds.", "시드에 걸친 평균."),
            ],
            " ",
        ),
        (
            Text(
                f"From epoch {epochs[0]} to {epochs[-1]} the training loss goes from "
                f"{curves[0][0]:.2f} to {curves[0][-1]:.2f}. The validation loss is least after "
                f"epoch {epochs[least]}, at {curves[1][least]:.2f}"
                + (f"; at the end it is {curves[1][-1]:.2f}." if more else "."),
                f"{epochs[0]}에포크에서 {epochs[-1]}에포크까지 학습 손실은 {curves[0][0]:.2f} → "
                f"{curves[0][-1]:.2f}입니다. 검증 손실은 {epochs[least]}에포크 뒤에 "
                f"{curves[1][least]:.2f}로 "
                "가장 작습니다." + (f" 마지막 값은 {curves[1][-1]:.2f}입니다." if more else ""),
            ),
        ),
        keys=(
            Key(1, Text("training loss", "학습 손실")),
            Key(2, Text("validation loss; dot: least", "검증 손실(점: 최솟값)")),
        ),
    )


def _remedies(results: Sequence[Result]) -> Figure:
    names = [name for name, _ in REMEDIES]
    chart = Ranges(ACCURACY, names)
    for number, side in enumerate(("train", "test"), 1):
        chart.row_values([[100 * v for v in each.value[side]] for each in results], number)
    rows = []
    for name, each in zip(names, results):
        value = each.value
        rows.append(
            (
                name,
                mean_percent(value["train"]),
                mean_percent(value["test"]),
                f"{100 * (np.mean(value['train']) - np.mean(value['test'])):.1f}",
                f"{np.mean(value['loss']):.2f}",
                f"{np.mean(value['epochs']):.0f}",
            )
        )
    plain, others = results[0], list(zip(names, results))[1:]
    best_name, best = max(others, key=lambda pair: float(np.mean(pair[1].value["test"])))
    gain = float(np.mean(best.value["test"]) - np.mean(plain.value["test"]))
    given = plain.task.parameters
    return Figure(
        (Panel(chart.svg("remedies")),),
        joined(
            [
                _setting(plain.task),
                _common(plain.task),
                Text(
                    "Dots: means; bars: lowest to highest.", "점은 평균, 막대는 최저에서 최고까지."
                ),
            ],
            " ",
        ),
        (
            Text(
                f"Without a remedy, {given['layers']} layers reach "
                f"{mean_percent(plain.value['train'])} in training and "
                f"{mean_percent(plain.value['test'])} in the test. Best in the test is "
                f"“{best_name.en}” with {mean_percent(best.value['test'])}, a difference of "
                f"{100 * gain:+.1f} percentage points.",
                f"아무 처방이 없으면 은닉층 {given['layers']}개는 학습 "
                f"{mean_percent(plain.value['train'])}, 시험 "
                f"{mean_percent(plain.value['test'])}입니다. 시험에서 가장 좋은 것은 "
                f"‘{best_name.ko}’({mean_percent(best.value['test'])})이고, 차이는 "
                f"{100 * gain:+.1f}%p입니다.",
            ),
        ),
        keys=(Key(1, TRAIN, "dot"), Key(2, TEST, "dot")),
        table=Table(
            (
                Text("network", "신경망"),
                TRAIN,
                TEST,
                Text("gap, points", "차이, %p"),
                Text("validation loss", "검증 손실"),
                Text("epochs", "에포크"),
            ),
            tuple(rows),
        ),
    )
