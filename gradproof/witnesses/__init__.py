"""The witnesses: independent ways to hold an operation's gradient against its derivation.

Each witness answers one question about one operation with a :class:`Verdict`. Everything that
loops over witnesses (the book's board, the tests) reads ``WITNESSES``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradproof.operations import Operation
from gradproof.text import Text
from gradproof.verdicts import Verdict
from gradproof.witnesses.arithmetic import arithmetic
from gradproof.witnesses.exactly import exactly
from gradproof.witnesses.floating import floating
from gradproof.witnesses.special import special
from gradproof.witnesses.symbolic import calculus, paper


@dataclass(frozen=True)
class Witness:
    """One column of the verdict board."""

    name: str
    title: Text
    question: Text
    run: Callable[[Operation, int], Verdict]


WITNESSES = (
    Witness(
        "calculus",
        Text("calculus", "미적분"),
        Text(
            "Does SymPy's derivative of the definition equal the closed form?",
            "정의를 SymPy로 미분한 결과가 닫힌 꼴과 같은가?",
        ),
        lambda operation, seed: calculus(operation.derivation, operation.name),
    ),
    Witness(
        "paper",
        Text("paper", "손계산"),
        Text(
            "Does each step of the derivation follow from the one before it?",
            "유도의 각 단계가 바로 앞 단계와 같은가?",
        ),
        lambda operation, seed: paper(operation.derivation, operation.name),
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
    ),
    Witness(
        "special",
        Text("special values", "특별한 값"),
        Text(
            "Are zeros, infinities, NaN and the overflow points handled, without a warning?",
            "0, 무한대, NaN, 오버플로 지점을 경고 없이 바르게 다루는가?",
        ),
        special,
    ),
)
