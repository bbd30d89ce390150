"""The last section of the chapter on layers: whole networks, proved and checked end to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.text import Text
from gradproof.verdicts import Status, Verdict, certainty
from report.story.records import Block, Claim, Figure, Table, drawn
from report.story.tasks import Result, Task
from report.story.wording import activation, joined


def tasks(activations: Sequence[str]) -> tuple[Task, ...]:
    """Each activation without and with batch norm."""
    return tuple(
        Task(
            "whole_network",
            {"activation": name, "batch_norm": norm, "proved": [1, 1, 2],
             "checked": [3, 4, 3, 3], "examples": 6, "seed": 0},
        )
        for name in activations
        for norm in (False, True)
    )  # fmt: skip


def blocks(results: Sequence[Result]) -> tuple[Block, ...]:
    """What stands in the section."""
    return (
        *claims(results),
        drawn("whole-networks", results, lambda: _table(results)),
    )


def claims(results: Sequence[Result]) -> tuple[Claim, ...]:
    """The two verdicts on all networks: each holds only if it does for every one of them."""
    if any(each.value is None for each in results):
        return ()  # the figure says why
    small, large = (_arrows(results[0].task.parameters[name]) for name in ("proved", "checked"))
    examples = results[0].task.parameters["examples"]
    chance = max(each.value["proved"]["chance"] or 0.0 for each in results)
    proof = Verdict(
        _worst(results, "proved", Status.PROVED),
        "gradients of small networks",
        "tracing, and exact normal forms or evaluation in a prime field",
        "for every batch size m",
        Text(
            f"{len(results)} networks, {certainty(chance, each=True).en}",
            f"신경망 {len(results)}개, {certainty(chance, each=True).ko}",
        ),
        chance=chance,
        reason=_first_reason(results, "proved", Status.PROVED),
    )
    closest = max(results, key=lambda each: _share(each.value["checked"])).value["checked"]
    check = Verdict(
        _worst(results, "checked", Status.CHECKED),
        "gradients of whole networks",
        "finite differences and complex step",
        figure=Text(
            f"{len(results)} networks, error / bound {_error(closest)}",
            f"신경망 {len(results)}개, 오차 / 한계 {_error(closest)}",
        ),
        reason=_first_reason(results, "checked", Status.CHECKED),
    )
    return (
        Claim(
            "whole-proved",
            Text(
                f"Backward propagation is the derivative of whole networks ({small} units), for "
                "every batch size m; where compared values tie, a one-sided one.",
                f"역전파는 신경망 전체(유닛 {small})의 도함수예요. 배치 크기 m이 무엇이든 "
                "그렇고, 비교하는 값이 같은 곳에서는 한쪽 도함수예요.",
            ),
            proof,
        ),
        Claim(
            "whole-checked",
            Text(
                f"It agrees with numeric derivatives on larger ones ({large} units, {examples} "
                "examples).",
                f"더 큰 신경망(유닛 {large}, 데이터 {examples}개)에서는 수치 미분과 일치해요.",
            ),
            check,
        ),
    )


def _table(results: Sequence[Result]) -> Figure:
    """A table of every verdict: the figures of the two claims."""
    norms = (
        Text("without batch norm", "배치 정규화 없이"),
        Text("with batch norm", "배치 정규화와 함께"),
    )
    head = (
        Text("activation", "활성화 함수"),
        *(joined([Text("proof", "증명"), norm], ", ") for norm in norms),
        *(joined([Text("check", "확인"), norm], ", ") for norm in norms),
    )
    rows: list[tuple[Text | str, ...]] = []
    for plain, normed in zip(results[::2], results[1::2]):
        pair = (plain.value, normed.value)
        rows.append(
            (
                activation(plain.task.parameters["activation"]),
                *(_proof(each["proved"]) for each in pair),
                *(_error(each["checked"]) for each in pair),
            )
        )
    return Figure(
        (),
        Text(
            "Mean squared error, seed 0. Check: largest error of a gradient beside the bound on "
            "it.",
            "평균 제곱 오차, 시드 0. 확인: 기울기의 가장 큰 오차와 그 한계.",
        ),
        (),
        table=Table(head, tuple(rows)),
    )


def _proof(told: Mapping[str, Any]) -> Text:
    sure = certainty(told["chance"])
    status = told["status"]
    return Text(*(f"{status}, {each}" if each else status for each in sure))


def _worst(results: Sequence[Result], side: str, wanted: Status) -> Status:
    """``wanted`` if every network has it; else the first that it is not."""
    found = [Status(each.value[side]["status"]) for each in results]
    return next((status for status in found if status is not wanted), wanted)


def _first_reason(results: Sequence[Result], side: str, wanted: Status) -> str:
    for each in results:
        told, given = each.value[side], each.task.parameters
        if told["status"] != wanted.value:
            norm = ", batch norm" if given["batch_norm"] else ""
            return f"{given['activation']}{norm}: {told['reason']}"
    return ""


def _error(told: Mapping[str, Any]) -> str:
    if told["error"] is None or told["bound"] is None:
        return str(told["status"])
    return f"{told['error']:.0e} / {told['bound']:.0e}"


def _share(told: Mapping[str, Any]) -> float:
    return float(told["error"] or 0) / float(told["bound"] or 1)


def _arrows(sizes: Sequence[int]) -> str:
    return " → ".join(map(str, sizes))
