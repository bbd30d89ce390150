"""Why one line is not enough: the proof for XOR beside the run that goes round in circles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from derivations.theorems import xor as theorem
from gradproof.algebra import Decision
from gradproof.pages.equations import EquationPrinter, mathml, settled
from gradproof.pages.marks import Mark
from gradproof.pages.page import Line
from gradproof.particles import with_particle
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict
from report.story.draw import Chart, Plane, span
from report.story.records import (
    Beside,
    Block,
    Claim,
    Drawn,
    Figure,
    Key,
    Panel,
    Proof,
    drawn,
)
from report.story.scale import Scale
from report.story.tasks import Result, Task

FIGURES = ("xor-cycle", "xor-weights", "sixteen-tables")
ROUNDS = 3


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """The rule on XOR: the same run as in the chapter before."""
    return {"xor": (Task("perceptron_rule", {"data": "xor"}),)}


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """What stands in the chapter, from the results of its tasks."""
    runs = results["xor"]
    verdict = theorem.proved()
    proof: tuple[Any, ...] = (
        Proof("xor-proof", Text("The proof", "증명"), proof_lines()),
        Claim(
            "xor",
            Text(
                "No perceptron with one line computes XOR.",
                "직선이 하나인 퍼셉트론은 XOR를 계산하지 못해요.",
            ),
            verdict,
        ),
    )
    run: tuple[Any, ...] = (drawn("xor-cycle", runs, lambda: _cycle(runs[0])),)
    if runs[0].value is not None:
        run += (_cycle_claim(runs[0].value),)
    return (
        Beside("xor-beside", proof, run),
        drawn("xor-weights", runs, lambda: _weights(runs[0])),
        *_sixteen(),
    )


def proof_lines(proof: Sequence[theorem.Line] = theorem.PROOF) -> tuple[Line, ...]:
    """The proof as the book prints lines: the relation, its reason, and what its check found."""
    printer = EquationPrinter()
    return tuple(
        Line(
            mathml("0 > 0" if line.relation is None else settled(printer.doprint(line.relation))),
            _mark(finding.decision, finding.detail),
            branch=str(number),
            note=line.reason,
        )
        for number, (line, finding) in enumerate(zip(proof, theorem.findings(proof)), 1)
    )


def _mark(decision: Decision, detail: str) -> Mark:
    word = Status.PROVED if decision is Decision.ZERO else Status.REFUTED
    return Mark(word.value, detail)


def _cycle(result: Result) -> Figure:
    found = result.value
    plane = Plane(*_all_lines(found), side=2.6)
    for number, weights in enumerate(_visited(found)):
        plane.line(weights, f"#0a000{3 + number % 3}", width=1.6)
    plane.examples(found["x"], found["t"], 6.5)
    start, length = found["cycle"]
    flat = sum(weights[:2] == [0, 0] for weights in _visited(found))
    outside = sum(not plane.shows(weights) for weights in _visited(found)) - flat
    lineless = Text(
        (f" ({flat} of them, with w = 0, has no line.)" if flat else "")
        + (f" ({outside} of their lines lies outside the drawing.)" if outside else ""),
        (f" (그중 {flat}개는 w = 0이어서 직선이 없어요.)" if flat else "")
        + (f" (그중 {outside}개의 직선은 그림 밖에 있어요.)" if outside else ""),
    )
    return Figure(
        (Panel(plane.svg("xor-cycle")),),
        Text(
            "Perceptron learning rule on XOR from w = 0, rows in the order of the table.",
            "XOR에 적용한 퍼셉트론 학습 규칙. w = 0에서 시작, 순서는 진리표의 순서대로.",
        ),
        (
            Text(
                f"At the end of epoch {start + length} the weights are those at the end of epoch "
                f"{start}, bit for bit. The {len(_visited(found))} weights of this circle follow "
                f"one another for ever, and each gets some point wrong.{lineless.en}",
                f"{start + length}번째 에포크가 끝날 때의 가중치는 {start}번째 에포크가 끝날 때와 "
                f"비트까지 같아요. 이 순환의 가중치 {len(_visited(found))}개가 끝없이 "
                f"되풀이되고, 저마다 어떤 점을 틀려요.{lineless.ko}",
            ),
        ),
        keys=(
            Key(1, Text("should be 0", "0이어야 하는 점"), "dot"),
            Key(2, Text("should be 1", "1이어야 하는 점"), "dot"),
        ),
    )


def _all_lines(found: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """The corners of a plane in which every line of the circle can be seen."""
    low, high = span(found["x"], 0.45)
    while high[0] < 8 and not all(
        Plane(low, high).shows(weights) or weights[:2] == [0, 0] for weights in _visited(found)
    ):
        low, high = [each - 0.5 for each in low], [each + 0.5 for each in high]
    return low, high


def _visited(found: Mapping[str, Any]) -> list[list[float]]:
    """The weights of one round of the cycle, in order, each once as long as it lasts."""
    start, length = found["cycle"]
    first = sum(found["mistakes"][:start])
    steps = sum(found["mistakes"][start : start + length])
    path: list[list[float]] = found["path"]
    return path[first : first + steps]


def _cycle_claim(found: Mapping[str, Any]) -> Claim:
    cycle, path = found["cycle"], found["path"]
    text = Text("The run on XOR never ends.", "XOR에서 학습은 끝나지 않아요.")
    claim, method = "the run on XOR never ends", "equal weights at the end of two epochs"
    if cycle is None:
        reason = "the weights did not come back"
        return Claim("xor-run", text, Verdict(Status.UNDECIDED, claim, method, reason=reason))
    start, length = cycle
    first, again = (path[sum(found["mistakes"][:epoch])] for epoch in (start, start + length))
    wrong = sum(found["mistakes"][start : start + length])
    holds = first == again and wrong > 0
    figure = Text(
        f"period {length} epoch, {wrong} mistakes in it, exact"
        if length == 1
        else f"period {length} epochs, {wrong} mistakes in it, exact",
        f"주기 {length}에포크, 그동안 {wrong}번 틀림, 정확",
    )
    return Claim(
        "xor-run",
        text,
        Verdict(
            Status.PROVED if holds else Status.REFUTED,
            claim,
            method,
            figure=figure,
            chance=0.0,  # bit for bit the same weights: nothing is estimated
            reason="" if holds else f"{first} after epoch {start}, {again} after {start + length}",
        ),
    )


def _weights(result: Result) -> Figure:
    found = result.value
    visited = _visited(found)
    first = sum(found["mistakes"][: found["cycle"][0]])
    path = found["path"][:first] + visited * ROUNDS + visited[:1]
    chart = Chart(
        Text("mistakes so far", "지금까지 틀린 횟수"), Text("weights", "가중치"), 5.6, 2.3
    )
    for number in range(3):
        chart.curve(range(len(path)), [weights[number] for weights in path], number + 1, dots=True)
    for turn in range(ROUNDS + 1):
        chart.axes.axvline(first + turn * len(visited), color="#010203", linewidth=0.6)
    return Figure(
        (Panel(chart.svg("xor-weights")),),
        Text(
            f"The same run; the circle is drawn {ROUNDS} times, between upright lines.",
            f"같은 실행이에요. 순환을 {ROUNDS}번 그렸고, 세로선이 그 경계예요.",
        ),
        (),
        keys=(Key(1, "w₁"), Key(2, "w₂"), Key(3, "w₀")),
    )


def _sixteen() -> tuple[Drawn | Claim, ...]:
    decided = [(table, theorem.separability(table)) for table in theorem.all_tables()]
    without = [table for table, found in decided if found.line is None]
    names = ", ".join("".join(map(str, table.values())) for table in without)
    verdict = Verdict(
        Status.PROVED,
        "which tables of two inputs a line separates",
        "a line put into the inequalities, or multipliers that add them up to 0 > 0",
        figure=Text(
            f"{len(decided) - len(without)} lines, {len(without)} contradictions, exact",
            f"직선 {len(decided) - len(without)}개, 모순 {len(without)}개, 정확",
        ),
        chance=0.0,
    )
    text = Text(
        f"Of the sixteen tables, {len(decided) - len(without)} have a line. The others: {names}.",
        f"열여섯 표 가운데 {len(decided) - len(without)}개는 직선으로 갈려요. 나머지는 "
        f"{with_particle(names, '예요')}.",
    )
    return (
        drawn("sixteen-tables", (), lambda: _tables(decided)),
        Claim("sixteen", text, verdict),
    )


def _tables(decided: Sequence[tuple[theorem.Table, theorem.Separability]]) -> Figure:
    panels = []
    for table, found in decided:
        outputs = "".join(map(str, table.values()))
        plane = Plane([-0.8, -0.8], [1.8, 1.8], side=1.0, names=())
        if found.line is not None:
            plane.line([float(each) for each in found.line], "#0a0003", width=2.2)
        plane.examples(list(table), list(table.values()), 6.5)
        panels.append(Panel(plane.svg(f"table-{outputs}"), outputs))
    return Figure(
        tuple(panels),
        Text(
            "Above each square: the outputs at (0,0), (0,1), (1,0), (1,1). Each line was put into "
            "the four inequalities of its table, exactly.",
            "네모 위의 숫자는 (0,0), (0,1), (1,0), (1,1)에서의 출력이에요. 직선은 모두 그 표의 네 "
            "부등식에 정확하게 대입해 확인했어요.",
        ),
        (),
        keys=(
            Key(1, "0", "dot"),
            Key(2, "1", "dot"),
            Key(3, Text("a line that separates", "가르는 직선"), "solid"),
        ),
        columns=8,
    )
