"""A perceptron learns: the rule, the bound on its mistakes, and the delta rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from gradproof.text import Text
from gradproof.verdicts import Status, Verdict
from report.story.draw import Chart, Plane, powers, span
from report.story.records import (
    Block,
    Claim,
    Drawn,
    Figure,
    Key,
    Panel,
    Table,
    drawn,
)
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import DATA, count, joined

FIGURES = ("rule-lines", "rule-mistakes", "delta-errors")
POINTS, MARGIN = 60, 0.1
RATE = 0.1
# XOR's mistakes go on for ever; so many epochs are drawn.
SHOWN_EPOCHS = 12
EPOCH = Text("epoch", "에포크")


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """The rule on AND, OR, XOR and some clouds; the delta rule on the three tables."""
    gates = ("and", "or", "xor")
    clouds = tuple(
        Task("perceptron_rule", {"data": "cloud", "points": POINTS, "margin": MARGIN, "seed": seed})
        for seed in range(scale.seeds)
    )
    return {
        "gates": tuple(Task("perceptron_rule", {"data": gate}) for gate in gates),
        "clouds": clouds,
        "delta": tuple(
            Task("delta_rule", {"data": gate, "lr": RATE, "epochs": scale.epochs(100)})
            for gate in gates
        ),
    }


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """What stands in the chapter, from the results of its tasks."""
    rule = [*results["gates"], *results["clouds"]]
    found: list[Block] = [
        drawn("rule-lines", rule, lambda: _lines(rule)),
        drawn("rule-mistakes", rule, lambda: _mistakes(rule)),
    ]
    if all(each.value is not None for each in rule):
        found.append(_bound_claim([each.value for each in rule], rule))
    found += _delta(results["delta"])
    return tuple(found)


def _lines(rule: Sequence[Result]) -> Figure:
    shown = [rule[0], rule[1], rule[3], rule[2]]
    panels = tuple(
        Panel(_plane(each.value).svg(f"rule-{_data(each)}"), DATA[_data(each)]) for each in shown
    )
    return Figure(
        panels,
        Text(
            "From w = 0 and w₀ = 0, with the examples in a fixed order. AND, OR and XOR: the four "
            f"rows of the table. Cloud: {POINTS} points, none closer to the true line than "
            f"{MARGIN:g}, seed 0.",
            "w = 0, w₀ = 0에서 시작하고 데이터의 순서는 고정해요. AND, OR, XOR는 진리표의 네 "
            f"줄여요. 점 구름은 점 {POINTS}개이고, 참 직선까지의 거리가 모두 {MARGIN:g} "
            "이상이며, 시드는 0이에요.",
        ),
        (joined(_ending(each) for each in shown),),
        keys=(
            Key(1, Text("output should be 0", "출력이 0이어야 하는 점"), "dot"),
            Key(2, Text("output should be 1", "출력이 1이어야 하는 점"), "dot"),
            Key(3, Text("the line after each mistake, the last one strong",
                        "틀릴 때마다의 직선(진한 것이 마지막)"), "solid"),
        ),
        columns=4,
    )  # fmt: skip


def _plane(found: Mapping[str, Any]) -> Plane:
    plane = Plane(*span(found["x"], 0.35))
    for weights in found["path"][1:-1]:
        plane.line(weights, "#0a0003", width=1.0, alpha=0.35)
    plane.line(found["path"][-1], "#0a0003", width=2.2)
    plane.examples(found["x"], found["t"], 5.0 if len(found["x"]) == 4 else 3.2)
    return plane


def _ending(result: Result) -> Text:
    found, name = result.value, DATA[_data(result)]
    wrong, epochs = sum(found["mistakes"]), len(found["mistakes"])
    if found["mistakes"][-1] == 0:
        return Text(
            f"{name.en}: all right after {count(wrong, 'mistake', 'mistakes')}",
            f"{name.ko}: {wrong}번 틀린 뒤 모두 맞혀요",
        )
    if found["cycle"] is not None:
        return Text(
            f"{name.en}: the weights come back, and it will never be right",
            f"{name.ko}: 같은 가중치가 되풀이되므로 끝내 맞히지 못해요",
        )
    return Text(
        f"{name.en}: still wrong after {count(epochs, 'epoch', 'epochs')}",
        f"{name.ko}: {epochs}에포크 뒤에도 틀려요",
    )


def _mistakes(rule: Sequence[Result]) -> Figure:
    chart = Chart(EPOCH, Text("mistakes so far", "지금까지 틀린 횟수"), 5.6, 2.9)
    chart.axes.set_yscale("log")
    drawn_results = [rule[0], rule[1], rule[3], rule[2]]
    for number, each in enumerate(drawn_results, 1):
        total = list(accumulate(_continued(each.value)))
        chart.curve(range(1, len(total) + 1), total, number)
        if each.value["bound"] is not None:
            chart.level(each.value["bound"], number)
    every = [each.value["bound"] for each in drawn_results if each.value["bound"]]
    ticks, labels = powers([1.0, 1.2 * max(every, default=10.0)])
    chart.axes.set_yticks(ticks, labels)
    chart.axes.minorticks_off()
    return Figure(
        (Panel(chart.svg("rule-mistakes")),),
        Text(
            "The same runs. Dotted: Novikoff's bound for the data set of that colour. The run on "
            "XOR ends where its weights come back; from there its epochs repeat, and are drawn so.",
            "같은 실행이에요. 점선은 같은 색 데이터의 Novikoff 한계예요. XOR의 실행은 같은 "
            "가중치가 다시 나온 데서 끝나며, 그 뒤로는 같은 에포크가 되풀이되므로 그렇게 "
            "그렸어요.",
        ),
        (),
        keys=tuple(Key(n, DATA[_data(each)]) for n, each in enumerate(drawn_results, 1)),
        table=_table(rule),
    )


def _continued(found: Mapping[str, Any]) -> list[int]:
    """Mistakes per epoch; those of a cycle repeated, since from there on everything repeats."""
    mistakes: list[int] = list(found["mistakes"])
    if found["cycle"] is None:
        return mistakes + [0] * (SHOWN_EPOCHS - len(mistakes))
    _, length = found["cycle"]
    while len(mistakes) < SHOWN_EPOCHS:
        mistakes.append(mistakes[-length])
    return mistakes


def _table(rule: Sequence[Result]) -> Table:
    head = (
        Text("examples", "데이터"),
        Text("mistakes", "틀린 횟수"),
        Text("bound (R/γ)²", "한계 (R/γ)²"),
        Text("R", "R"),
        Text("γ", "γ"),
    )
    rows = []
    for each in rule:
        found, name = each.value, DATA[_data(each)]
        seed = each.task.parameters.get("seed")
        label = name if seed is None else joined([name, Text(f"seed {seed}", f"시드 {seed}")], ", ")
        endless = found["cycle"] is not None
        rows.append(
            (
                label,
                Text("without end", "끝없음") if endless else str(sum(found["mistakes"])),
                "—" if found["bound"] is None else f"{found['bound']:.1f}",
                f"{found['radius']:.3f}",
                Text("no line", "직선 없음")
                if found["bound"] is None
                else f"{found['margin']:.3f}",
            )
        )
    return Table(head, tuple(rows))


def _bound_claim(found: Sequence[Mapping[str, Any]], rule: Sequence[Result]) -> Claim:
    bounded = [each for each in found if each["bound"] is not None]
    over = [
        _data(result)
        for each, result in zip(found, rule)
        if each["bound"] is not None and sum(each["mistakes"]) > each["bound"]
    ]
    closest = max((sum(each["mistakes"]) / each["bound"] for each in bounded), default=0.0)
    verdict = Verdict(
        Status.REFUTED if over else Status.CHECKED,
        "Novikoff's bound on the mistakes",
        "mistakes counted, beside the bound from the examples",
        figure=Text(
            f"{len(bounded)} data sets, at most {100 * closest:.0f}% of the bound",
            f"데이터 {len(bounded)}개, 한계의 {100 * closest:.0f}% 이하",
        ),
        cases=len(bounded),
        reason=f"more mistakes than the bound on {', '.join(over)}" if over else "",
    )
    text = Text(
        "On every separable data set, the mistakes stay within Novikoff's bound.",
        "직선으로 갈리는 모든 데이터에서 틀린 횟수가 Novikoff의 한계를 넘지 않아요.",
    )
    return Claim("novikoff", text, verdict)


def _delta(results: Sequence[Result]) -> tuple[Drawn, ...]:
    return (drawn("delta-errors", results, lambda: _errors(results)),)


def _errors(results: Sequence[Result]) -> Figure:
    chart = Chart(EPOCH, Text("mean of (t − y)²", "(t − y)²의 평균"), 5.6, 2.7)
    for number, each in enumerate(results, 1):
        chart.curve(range(len(each.value["errors"])), each.value["errors"], number)
        chart.level(each.value["least"], number)
    epochs = results[0].task.parameters["epochs"]
    chart.axes.set(xlim=(0, epochs), ylim=(0, None))
    return Figure(
        (Panel(chart.svg("delta-errors")),),
        Text(
            f"Delta rule with η = {RATE:g}, {epochs} epochs, from w = 0, examples in the order of "
            "the table. Dotted: the least that any linear unit can reach, from the normal "
            "equations.",
            f"η = {RATE:g}인 델타 규칙, {epochs}에포크, w = 0에서 시작, 순서는 진리표의 순서대로. "
            "점선은 어떤 선형 유닛도 그 아래로 내려갈 수 없는 값(정규 방정식의 해)예요.",
        ),
        (joined(_error(each) for each in results), *_half(results)),
        keys=tuple(Key(n, DATA[_data(each)]) for n, each in enumerate(results, 1)),
    )


def _error(result: Result) -> Text:
    found, name = result.value, DATA[_data(result)]
    last, least = f"{found['errors'][-1]:.4f}", f"{found['least']:.4f}"
    return Text(
        f"{name.en} ends at {last}, the least is {least}",
        f"{name.ko}: 마지막 값 {last}, 최솟값 {least}",
    )


def _half(results: Sequence[Result]) -> tuple[Text, ...]:
    """What the best linear unit answers where it answers the same everywhere."""
    alike = [
        each for each in results
        if max(each.value["best_outputs"]) - min(each.value["best_outputs"]) < 1e-9
    ]  # fmt: skip
    return tuple(
        Text(
            f"For {DATA[_data(each)].en}, the best linear unit answers "
            f"{each.value['best_outputs'][0]:.3g} to all four points: it cannot tell them apart.",
            f"{DATA[_data(each)].ko}에서 가장 좋은 선형 유닛은 네 점 모두에 "
            f"{each.value['best_outputs'][0]:.3g}라고 답해요. 네 점을 구별하지 못해요.",
        )
        for each in alike
    )


def _data(result: Result) -> str:
    return str(result.task.parameters["data"])
