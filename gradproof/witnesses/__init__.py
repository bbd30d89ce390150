"""The witnesses: independent ways to hold an operation's gradient against its derivation.

Each witness answers one question about one operation with a :class:`Verdict`. Everything that
loops over witnesses (the book's board, the tests) reads ``WITNESSES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradproof.operation.operations import Operation
from gradproof.text import Text
from gradproof.verdicts import Verdict
from gradproof.witnesses.arithmetic import arithmetic
from gradproof.witnesses.exactly import exactly
from gradproof.witnesses.floating import floating
from gradproof.witnesses.special import special
from gradproof.witnesses.symbolic import calculus, paper


@dataclass(frozen=True)
class Witness:
    """One column of the verdict board: what it asks, and what it cannot see.

    Attributes
    ----------
    name : str
        Its identifier, such as ``"code"``.
    title, question : Text
        The heading of its column, and the question it answers, in both languages.
    run : callable
        ``run(operation, seed)`` gives its Verdict.
    blind_to : Text or None
        The faults that it cannot see.
    """

    name: str
    title: Text
    question: Text
    run: Callable[[Operation, int], Verdict]
    blind_to: Text | None = None


WITNESSES = (
    Witness(
        "calculus",
        Text("calculus", "미적분"),
        Text(
            "Does SymPy's derivative of the definition equal the closed form?",
            "정의를 SymPy로 미분한 결과가 닫힌 꼴과 같은가?",
        ),
        lambda operation, seed: calculus(operation.derivation, operation.name),
        Text(
            "The code. It speaks of the definition as it is stated.",
            "코드는 보지 않아요. 적어 둔 정의에 대해서만 말해요.",
        ),
    ),
    Witness(
        "paper",
        Text("paper", "손계산"),
        Text(
            "Does each step of the derivation follow from the one before it?",
            "유도의 각 단계가 바로 앞 단계와 같은가?",
        ),
        lambda operation, seed: paper(operation.derivation, operation.name),
        Text(
            "The code; and whether a step is explained well: only that it is true.",
            "코드는 보지 않아요. 단계의 설명이 좋은지도 모르고, 참인지만 알아요.",
        ),
    ),
    Witness(
        "exactly",
        Text("code, exactly", "코드(정확한 증명)"),
        Text(
            "Does the unmodified NumPy backward, run on symbols, compute the derivative of its "
            "forward on every branch?",
            "고치지 않은 NumPy 역전파를 기호로 실행하면, 모든 구간에서 순전파의 도함수와 같은가?",
        ),
        exactly,
        Text(
            "Rounding, overflow and underflow: 0.1 stands for 1/10, and every value is a finite "
            "real number, so branches for NaN and infinity are not taken. Wrap-around of "
            "integers; arrays that share memory with other code; code that behaves differently "
            "from one call to the next.",
            "반올림, 오버플로, 언더플로는 보지 못해요. 0.1은 1/10이고 모든 값은 유한한 "
            "실수이므로, NaN과 무한대를 위한 분기는 지나지 않아요. 정수 오버플로, 다른 "
            "코드와 메모리를 함께 쓰는 배열, 호출할 때마다 다르게 움직이는 코드도 보지 못해요.",
        ),
    ),
    Witness(
        "floating",
        Text("code, in floating point", "코드(부동소수점)"),
        Text(
            "Does the hand-written backward agree with complex step and finite differences of the "
            "hand-written forward, within the error bound of both?",
            "손으로 쓴 역전파가 순전파의 복소 스텝, 유한 차분과 "
            "양쪽의 오차 한계 안에서 일치하는가?",
        ),
        floating,
        Text(
            "Inputs that were not tried. What it finds is evidence, not proof.",
            "시험하지 않은 입력은 보지 못해요. 찾은 것은 증거이지 증명이 아니에요.",
        ),
    ),
    Witness(
        "arithmetic",
        Text("arithmetic", "산술"),
        Text(
            "How far are forward and backward from the 50-digit value, in ULPs, in float16, "
            "float32 and float64?",
            "순전파와 역전파가 50자리 값에서 몇 ULP 떨어져 있는가? (float16, float32, float64)",
        ),
        arithmetic,
        Text(
            "Inputs that were not tried; and errors so small that rounding explains them.",
            "시험하지 않은 입력과, 반올림으로 설명되는 만큼 작은 오차는 보지 못해요.",
        ),
    ),
    Witness(
        "special",
        Text("special values", "특별한 값"),
        Text(
            "Are zeros, infinities, NaN and the overflow points handled, without a warning?",
            "0, 무한대, NaN, 오버플로 지점을 경고 없이 바르게 다루는가?",
        ),
        special,
        Text(
            "Everything between the values it tries.",
            "시험하는 값들의 사이는 보지 못해요.",
        ),
    ),
)
