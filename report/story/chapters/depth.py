"""Deep networks: hidden layers against train and test accuracy, overfitting, and what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gradproof.particles import with_particle
from gradproof.text import Text
from report.story import kept_runs
from report.story.decided import Comparison, compared, luck
from report.story.draw import Chart, Ranges
from report.story.records import Block, Figure, Key, Panel, Table, drawn
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import DATA, joined, mean_percent, seeds, sentence

FIGURES = ("depth-made", "depth-digits", "kept-runs", "overfitting", "remedies")
TRAIN = Text("training accuracy", "훈련 정확도")
TEST = Text("test accuracy", "테스트 정확도")
LAYERS = Text("hidden layers", "은닉층 수")
ACCURACY = Text("accuracy, %", "정확도, %")
MADE: dict[str, dict[str, Any]] = {
    "spirals": {"points": 200, "noise": 0.06, "epochs": 100},
    "moons": {"points": 100, "noise": 0.3, "epochs": 100},
}
DIGITS: dict[str, Any] = {"points": 200, "held_out": 200, "width": 32, "epochs": 40, "lr": 0.003}
DEEP, PATIENCE = 6, 20
VALUES = {"patience": str(PATIENCE)}
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
        given = {**common, "seeds": scale.paired, **parameters}
        return Task("accuracy", {**given, "epochs": scale.epochs(given["epochs"])}, needs)

    noisy = {**MADE["moons"], "data": "moons", "layers": DEEP, "epochs": 150}
    return {
        **{
            data: tuple(accuracy(data=data, layers=n, **kind) for n in scale.depths)
            for data, kind in MADE.items()
        },
        "digits": tuple(
            accuracy(("scikit-learn",), data="digits", layers=n, **DIGITS) for n in scale.depths
        ),
        "remedies": tuple(accuracy(**{**noisy, **changes}) for _, changes in REMEDIES),
        "kept": kept_runs.tasks(scale),
    }


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """What stands in the chapter, from the results of its tasks."""
    made = [results[data] for data in MADE]
    digits, remedies = results["digits"], results["remedies"]
    return (
        drawn("depth-made", [each for group in made for each in group], lambda: _made(made)),
        drawn("depth-digits", digits, lambda: _digits(digits)),
        kept_runs.block(results["kept"]),
        drawn("overfitting", remedies, lambda: _overfitting(remedies[0])),
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
        table=_depths(groups),
    )


def _digits(group: Sequence[Result]) -> Figure:
    return Figure(
        (Panel(_against_depth(group, width=5.6).svg("depth-digits"), DATA["digits"]),),
        joined([_setting(group[0].task), _common(group[0].task)], " "),
        (_reading(group),),
        keys=(Key(1, TRAIN), Key(2, TEST)),
        table=_depths([group]),
    )


def _against_depth(group: Sequence[Result], width: float = 3.3) -> Chart:
    chart = Chart(LAYERS, ACCURACY, width, 2.6)
    depths = [each.task.parameters["layers"] for each in group]
    for number, side in enumerate(("train", "test"), 1):
        chart.spread(depths, 100 * np.array([each.value[side] for each in group]).T, number)
    chart.axes.set_xticks(depths)
    return chart


def _reading(group: Sequence[Result]) -> Text:
    """What the curves say, and of what their differences decide: one effect is not the other."""
    data = DATA[str(group[0].task.parameters["data"])]
    told = [
        Text(f"{sentence(data.en)}.", f"{data.ko}."),
        *_test_compared(group),
        *_training_falls(group),
    ]
    return joined(told, " ")


def _depths(groups: Sequence[Sequence[Result]]) -> Table:
    """Mean accuracies at each number of layers: training / test."""
    names = [DATA[str(group[0].task.parameters["data"])] for group in groups]
    head = tuple(Text(f"{name.en}: training / test", f"{name.ko}: 훈련 / 테스트") for name in names)
    rows = tuple((str(_layers(each[0])), *(_means(one) for one in each)) for each in zip(*groups))
    return Table((LAYERS, *head), rows)


def _layers(result: Result) -> int:
    return int(result.task.parameters["layers"])


def _means(result: Result) -> str:
    return f"{mean_percent(result.value['train'])} / {mean_percent(result.value['test'])}"


def _test_compared(group: Sequence[Result]) -> tuple[Text, ...]:
    """Of one hidden layer and more: which are better in the test, which worse."""
    first = next((each for each in group if _layers(each) == 1), None)
    if first is None:
        return ()
    deeper = [each for each in group if _layers(each) > 1]
    signs = [compared(each.value["test"], first.value["test"]).sign for each in deeper]
    better, worse, open_ = (
        ", ".join(str(_layers(each)) for each, sign in zip(deeper, signs) if sign == wanted)
        for wanted in (1, -1, 0)
    )
    parts = [
        Text(f"{better} are more accurate", f"{better}개는 더 정확해요") if better else None,
        Text(f"{worse} are less accurate", f"{worse}개는 덜 정확해요") if worse else None,
        Text(f"of {open_} the runs do not decide", f"{open_}개는 이 실행으로 알 수 없어요")
        if open_
        else None,
    ]
    told = joined([part for part in parts if part])
    return (
        Text(
            f"In the test, seed by seed, beside 1 layer: {told.en}.",
            f"테스트에서 은닉층 1개와 시드마다 비교하면: {told.ko}.",
        ),
    )


def _training_falls(group: Sequence[Result]) -> tuple[Text, ...]:
    """Where more layers do worse on their own training examples: that is not overfitting."""
    sure, some = [], []
    for shallow, deep in pairwise(group):
        pairs = list(zip(deep.value["train"], shallow.value["train"]))
        steps = f"{_layers(shallow)} → {_layers(deep)}"
        if compared(*zip(*pairs)).sign < 0:
            sure.append(steps)
        elif np.mean(deep.value["train"]) < np.mean(shallow.value["train"]):
            fewer = sum(one < other for one, other in pairs)
            some.append((steps, fewer, len(pairs)))
    told = [
        Text(
            f"From {steps} layers the mean training accuracy is lower, in {fewer} of {seeds_} "
            "seeds.",
            f"은닉층 {steps}개에서는 훈련 정확도의 평균이 낮아지고, 시드 {seeds_}개 중 "
            f"{fewer}개에서 "
            "그래요.",
        )
        for steps, fewer, seeds_ in some
    ]
    if sure:
        named = ", ".join(sure)
        told.append(
            Text(
                f"From {named} layers the training accuracy falls in every seed: there the deeper "
                "network did not learn even its own examples. That is a failure to train, not "
                "overfitting.",
                f"은닉층 {named}개에서는 모든 시드에서 훈련 정확도까지 떨어져요. 더 깊은 신경망이 "
                "훈련 데이터조차 배우지 못한 것이에요. 이것은 과적합이 아니라 학습의 실패예요.",
            )
        )
    return tuple(told)


def _setting(task: Task) -> Text:
    given = task.parameters
    data = DATA[str(given["data"])]
    noise = given.get("noise")
    en = f", noise {noise:g}" if noise is not None else ""
    ko = f", 잡음 {noise:g}" if noise is not None else ""
    return Text(
        f"{sentence(data.en)}: {given['points']} examples to learn from{en}, {given['epochs']} "
        "epochs.",
        f"{data.ko}: 훈련 데이터 {given['points']}개{ko}, {given['epochs']}에포크.",
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
    last = f" 마지막 값은 {with_particle(f'{curves[1][-1]:.2f}', '예요')}."
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
                f"{epochs[0]}에포크에서 {epochs[-1]}에포크까지 훈련 손실은 {curves[0][0]:.2f} → "
                f"{with_particle(f'{curves[0][-1]:.2f}', '예요')}. 검증 손실은 "
                f"{epochs[least]}에포크 뒤에 "
                f"{with_particle(f'{curves[1][least]:.2f}', '로')} "
                f"가장 작아요.{last if more else ''}",
            ),
        ),
        keys=(
            Key(1, Text("training loss", "훈련 손실")),
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
    plain = results[0]
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
                f"{mean_percent(plain.value['test'])} in the test.",
                f"아무 처방이 없으면 은닉층 {given['layers']}개는 훈련 "
                f"{mean_percent(plain.value['train'])}, 테스트 "
                f"{mean_percent(plain.value['test'])}예요.",
            ),
            _helped(results),
            luck(len(results) - 1),
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


def _helped(results: Sequence[Result]) -> Text:
    """What each remedy did to the test accuracy and to the validation loss, if the runs decide."""
    plain = results[0]
    told = []
    for (name, _), each in zip(REMEDIES[1:], results[1:]):
        test = compared(each.value["test"], plain.value["test"])
        loss = compared(each.value["loss"], plain.value["loss"])
        said = joined(
            [_word(test, "test accuracy", "테스트 정확도"), _word(loss, "loss", "손실")], ", "
        )
        span = f"{100 * test.low:+.1f} to {100 * test.high:+.1f}"
        told.append(
            Text(
                f"“{name.en}”: {said.en} (test {span} points)",
                f"‘{name.ko}’: {said.ko} (테스트 {span.replace(' to ', '~')}%p)",
            )
        )
    return joined([Text("Beside no remedy, seed by seed:", "처방이 없을 때와 시드마다 비교하면:"),
                   joined(told)], " ")  # fmt: skip


def _word(found: Comparison, en: str, ko: str) -> Text:
    words = {1: ("higher", "높음"), -1: ("lower", "낮음"), 0: ("not decided", "알 수 없음")}
    return Text(f"{en} {words[found.sign][0]}", f"{ko} {words[found.sign][1]}")
