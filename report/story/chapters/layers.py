"""Several lines together: what hidden units draw, layer by layer, and with each activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.text import Text
from impl.network import activations
from report.story import whole_networks
from report.story.decided import decided_pairs, luck
from report.story.draw import Chart, Plane, Ranges, span
from report.story.records import (
    Block,
    Figure,
    Key,
    Panel,
    Table,
    drawn,
)
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import ACTIVATIONS, activation, joined, percent, seeds

FIGURES = (
    "xor-solved", "xor-units", "layer-by-layer", "hidden-units", "activations", "spirals",
    "activation-seeds", "whole-networks",
)  # fmt: skip
UNITS = (1, 2, 3, 4, 8)
XOR_ACTIVATIONS = ("tanh", "relu")
CLASSES = (
    Key(1, Text("class 0", "클래스 0"), "dot"),
    Key(2, Text("class 1", "클래스 1"), "dot"),
)
POINTS = 200
SEEDS: dict[str, Any] = {
    "data": "moons", "noise": 0.2, "points": POINTS, "held_out": 500, "layers": 1, "width": 8,
    "lr": 0.02,
}  # fmt: skip


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """XOR with hidden units, and boundaries of many networks."""
    epochs = scale.epochs(200)
    common = {"epochs": epochs, "lr": 0.02, "seed": 0, "points": POINTS, "grid": scale.grid}

    def boundary(**parameters: Any) -> Task:
        return Task("boundaries", {**common, **parameters})

    names = _in_order()[: scale.activations]
    return {
        "xor": (
            boundary(data="gate", hidden=[2], activation="tanh", epochs=scale.epochs(300),
                     lr=0.05, seed=1, inner=True),
        ),
        "starts": tuple(
            Task(
                "xor_units",
                {"units": units, "activation": name, "seeds": scale.starts,
                 "epochs": scale.epochs(150), "lr": 0.1},
            )
            for name in XOR_ACTIVATIONS
            for units in UNITS
        ),
        "moons": (
            boundary(data="moons", noise=0.15, hidden=[6, 4], activation="tanh", inner=True),
        ),
        "circles": tuple(
            boundary(data="circles", noise=0.1, hidden=[units], activation="relu", fine=401)
            for units in (1, 2, 3, 8)
        ),
        "activations": tuple(
            boundary(data="moons", noise=0.2, hidden=[8], activation=name)
            for name in names
        ),
        "seeds": tuple(
            Task("accuracy", {**SEEDS, "activation": name, "seeds": scale.paired,
                              "epochs": scale.epochs(60)})
            for name in names
        ),
        "whole": whole_networks.tasks(names),
        "spirals": tuple(
            boundary(data="spirals", noise=0.03, hidden=[16, 16], activation=name)
            for name in names
        ),
    }  # fmt: skip


def _in_order() -> tuple[str, ...]:
    """The activations of the course, in its order; there are more in impl/."""
    return tuple(name for name in ACTIVATIONS if name in activations())


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """What stands in the chapter, from the results of its tasks."""
    xor, starts, moons = results["xor"], results["starts"], results["moons"]
    circles, each, spirals = results["circles"], results["activations"], results["spirals"]
    return (
        drawn("xor-solved", xor, lambda: _xor(xor[0])),
        drawn("xor-units", starts, lambda: _starts(starts)),
        drawn("layer-by-layer", moons, lambda: _layers(moons[0])),
        drawn("hidden-units", circles, lambda: _units(circles)),
        drawn("activations", each, lambda: _gallery(each, "moons")),
        drawn("spirals", spirals, lambda: _gallery(spirals, "spirals")),
        drawn("activation-seeds", results["seeds"], lambda: _seeds(results["seeds"])),
        *whole_networks.blocks(results["whole"]),
    )


def _xor(result: Result) -> Figure:
    found, parameters = result.value, result.task.parameters
    lines = _plane(found)
    for number, values in enumerate(found["layers"][0]):
        lines.zero(values, f"#0a000{3 + number}", width=2.0)
    lines.examples(found["x"], found["t"], 6.5)
    hidden = Plane(*span(found["hidden_values"], 0.3), names=("h₁", "h₂"))
    w_1, w_2, w_0 = found["last_line"]
    hidden.line((w_1, w_2, w_0), width=1.8)
    hidden.examples(found["hidden_values"], found["t"], 6.5)
    whole = _plane(found)
    whole.regions(found["output"])
    whole.examples(found["x"], found["t"], 6.5)
    right = sum(1 for _ in found["t"]) * found["train_accuracy"]
    return Figure(
        (
            Panel(lines.svg("xor-lines"), Text("two lines (x₁, x₂)", "직선 둘 (x₁, x₂)")),
            Panel(hidden.svg("xor-hidden"), Text("seen as (h₁, h₂)", "(h₁, h₂)로 본 모습")),
            Panel(whole.svg("xor-whole"), Text("the answer (x₁, x₂)", "답 (x₁, x₂)")),
        ),
        Text(
            f"2 inputs, 2 tanh units, 2 outputs; Adam with η = {parameters['lr']:g}, "
            f"{parameters['epochs']} epochs, seed {parameters['seed']}.",
            f"입력 2, tanh 유닛 2, 출력 2. η = {parameters['lr']:g}인 Adam, "
            f"{parameters['epochs']}에포크, 시드 {parameters['seed']}.",
        ),
        (
            Text(
                f"After training, {right:.0f} of the 4 points are right.",
                f"학습 뒤 네 점 가운데 {right:.0f}개를 맞혀요.",
            ),
        ),
        keys=CLASSES,
        columns=3,
    )


def _starts(results: Sequence[Result]) -> Figure:
    up = Text("starts that solve XOR, %", "XOR를 푼 시작의 비율, %")
    chart = Chart(Text("hidden units", "은닉 유닛 수"), up, 5.6, 2.5)
    rows: list[tuple[Text | str, ...]] = []
    for number, name in enumerate(XOR_ACTIVATIONS, 1):
        chosen = [each for each in results if each.task.parameters["activation"] == name]
        units = [each.task.parameters["units"] for each in chosen]
        solved = [sum(each.value["solved"]) for each in chosen]
        total = len(chosen[0].value["solved"])
        chart.curve(units, [100 * each / total for each in solved], number, dots=True)
        rows.append((ACTIVATIONS[name], *(f"{s}/{total}" for s in solved)))
    chart.axes.set_ylim(-4, 104)
    parameters = results[0].task.parameters
    return Figure(
        (Panel(chart.svg("xor-units")),),
        Text(
            f"One hidden layer; {parameters['seeds']} starts each, Adam with "
            f"η = {parameters['lr']:g}, {parameters['epochs']} epochs on all four points.",
            f"은닉층 하나, 시작 {parameters['seeds']}번씩, η = {parameters['lr']:g}인 Adam, 네 점 "
            f"모두로 {parameters['epochs']}에포크.",
        ),
        (),
        keys=tuple(Key(n, ACTIVATIONS[name]) for n, name in enumerate(XOR_ACTIVATIONS, 1)),
        table=Table((Text("hidden units", "은닉 유닛 수"), *map(str, UNITS)), tuple(rows)),
    )


def _layers(result: Result) -> Figure:
    found, parameters = result.value, result.task.parameters
    panels = []
    for number, units in enumerate(found["layers"], 1):
        plane = _plane(found)
        plane.examples(found["x"], found["t"], 2.4)
        for at, values in enumerate(units):
            plane.zero(values, f"#0a000{3 + at % 3}", width=1.7)
        title = Text(f"layer {number}: {len(units)} boundaries", f"{number}층: 경계 {len(units)}개")
        panels.append(Panel(plane.svg(f"layer-{number}"), title))
    whole = _plane(found)
    whole.regions(found["output"])
    whole.examples(found["x"], found["t"], 2.4)
    panels.append(Panel(whole.svg("layer-out"), Text("output", "출력")))
    hidden = " + ".join(map(str, parameters["hidden"]))
    return Figure(
        tuple(panels),
        Text(
            f"Two moons, {POINTS} points to learn from, 500 for the test; {hidden} tanh units, "
            f"{parameters['epochs']} epochs of Adam, seed 0. Each coloured line is where one "
            "unit's score is 0.",
            f"두 초승달, 훈련용 점 {POINTS}개, 테스트용 500개. tanh 유닛 {hidden}, Adam "
            f"{parameters['epochs']}에포크, 시드 0. 색 선은 유닛 하나의 점수가 0인 곳이에요.",
        ),
        (_accuracy(found),),
        keys=CLASSES,
        columns=3,
    )


def _units(results: Sequence[Result]) -> Figure:
    titles = []
    for each in results:
        (units,) = each.task.parameters["hidden"]
        titles.append(Text(f"{units} hidden", f"은닉 {units}"))
    epochs = results[0].task.parameters["epochs"]
    return Figure(
        _maps(results, titles, "circles"),
        Text(
            f"Circles, {POINTS} points to learn from, 500 for the test; one hidden layer of ReLU "
            f"units, {epochs} epochs of Adam, seed 0. In brackets: test accuracy.",
            f"두 원, 훈련용 점 {POINTS}개, 테스트용 500개. ReLU 은닉층 하나, Adam {epochs}에포크, "
            "시드 0. 괄호 안은 테스트 정확도.",
        ),
        (_pieces(results),),
        keys=CLASSES,
        columns=4,
    )


def most_pieces(units: int) -> int:
    """Into how many regions so many lines can cut a plane; in each, one piece of boundary."""
    return 1 + units + units * (units - 1) // 2


def _pieces(results: Sequence[Result]) -> Text:
    """How many straight pieces each boundary has, and how many it could have."""
    counted = [(each.task.parameters["hidden"][0], each.value["pieces"]) for each in results]
    over = [f"{pieces} pieces from {units} units" for units, pieces in counted
            if pieces > most_pieces(units)]  # fmt: skip
    if over:
        raise ValueError(f"more pieces of boundary than regions of the plane: {', '.join(over)}")
    en = ", ".join(f"{units}: {pieces} of {most_pieces(units)}" for units, pieces in counted)
    return Text(
        "Each ReLU unit folds the plane along a line. n lines cut a plane into at most "
        "1 + n + n(n − 1)/2 regions, and in each region the boundary is one straight piece or "
        f"absent. Units: pieces seen in the drawing, of the most possible. {en}.",
        "ReLU 유닛 하나는 평면을 직선 하나를 따라 접어요. 직선 n개는 평면을 많아야 "
        "1 + n + n(n − 1)/2개의 영역으로 나누고, 영역마다 경계는 곧은 조각 하나이거나 없어요. "
        f"유닛 수: 그림에서 센 조각 수 / 가능한 최대. {en.replace(' of ', ' / ')}.",
    )


def _gallery(results: Sequence[Result], data: str) -> Figure:
    titles = [activation(each.task.parameters["activation"]) for each in results]
    parameters = results[0].task.parameters
    hidden = " + ".join(map(str, parameters["hidden"]))
    named = {
        "moons": Text("Two moons", "두 초승달"),
        "spirals": Text("Two spirals", "두 나선"),
    }[data]
    return Figure(
        _maps(results, titles, f"map-{data}"),
        Text(
            f"{named.en}, {POINTS} points to learn from, 500 for the test; {hidden} hidden units, "
            f"{parameters['epochs']} epochs of Adam, seed 0. In brackets: test accuracy.",
            f"{named.ko}, 훈련용 점 {POINTS}개, 테스트용 500개. 은닉 유닛 {hidden}, Adam "
            f"{parameters['epochs']}에포크, 시드 0. 괄호 안은 테스트 정확도.",
        ),
        (
            Text(
                "One start each: look at the shapes. Which number is larger here is luck of the "
                "start.",
                "저마다 한 번씩만 시작했어요. 모양을 보세요. 어느 수가 더 큰지는 시작점의 "
                "운이에요.",
            ),
        ),
        keys=CLASSES,
        columns=4,
    )


def _seeds(results: Sequence[Result]) -> Figure:
    """Test accuracy over several seeds, and which differences they decide."""
    names = [activation(each.task.parameters["activation"]) for each in results]
    chart = Ranges(Text("test accuracy, %", "테스트 정확도, %"), names)
    chart.row_values([[100 * v for v in each.value["test"]] for each in results], 2)
    given = results[0].task.parameters
    return Figure(
        (Panel(chart.svg("activation-seeds")),),
        Text(
            f"Two moons, noise {given['noise']:g}, {given['points']} points to learn from, "
            f"{given['held_out']} for the test; {given['width']} hidden units, {given['epochs']} "
            f"epochs of Adam, {seeds(given['seeds']).en} for the data and the start. Squares: "
            "means; bars: lowest to highest.",
            f"두 초승달, 잡음 {given['noise']:g}, 훈련 점 {given['points']}개, 테스트 점 "
            f"{given['held_out']}개. 은닉 유닛 {given['width']}개, Adam {given['epochs']}에포크, "
            f"데이터와 시작점의 {seeds(given['seeds']).ko}. 네모는 평균, 막대는 최저에서 "
            f"최고까지예요.",
        ),
        (_differences(results), luck(len(results) * (len(results) - 1) // 2)),
    )


def _differences(results: Sequence[Result]) -> Text:
    """Which activation was lower than which in every seed."""
    runs = {each.task.parameters["activation"]: each.value["test"] for each in results}
    pairs = decided_pairs(runs)
    if not pairs:
        return Text(
            "No activation is above another in every seed: these runs do not rank them.",
            "모든 시드에서 다른 것보다 높은 활성화 함수는 없어요. 이 실행으로는 순위를 정할 수 "
            "없어요.",
        )
    lower: dict[str, list[str]] = {}
    for low, high in pairs:
        lower.setdefault(low, []).append(high)
    told = [
        Text(
            f"{activation(low).en} below {', '.join(activation(each).en for each in high)}",
            f"{activation(low).ko} < {', '.join(activation(each).ko for each in high)}",
        )
        for low, high in lower.items()
    ]
    return joined(
        [
            Text("In every seed:", "모든 시드에서:"),
            joined(told),
            Text("All other pairs: not decided.", "나머지 쌍은 어느 쪽이라고 할 수 없어요."),
        ],
        " ",
    )


def _maps(results: Sequence[Result], titles: Sequence[Text], name: str) -> tuple[Panel, ...]:
    panels = []
    for number, (each, title) in enumerate(zip(results, titles)):
        plane = _plane(each.value)
        plane.regions(each.value["output"])
        plane.examples(each.value["x"], each.value["t"], 2.2)
        share = f"({percent(each.value['test_accuracy'])})"
        heading = joined([title, Text(share, share)], " ")
        panels.append(Panel(plane.svg(f"{name}-{number}"), heading))
    return tuple(panels)


def _accuracy(found: Mapping[str, Any]) -> Text:
    train, test = percent(found["train_accuracy"]), percent(found["test_accuracy"])
    return Text(
        f"Accuracy: {train} in training, {test} in the test.",
        f"정확도: 훈련 {train}, 테스트 {test}.",
    )


def _plane(found: Mapping[str, Any]) -> Plane:
    return Plane(found["low"], found["high"])
