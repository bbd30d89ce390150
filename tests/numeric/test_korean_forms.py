"""What the numeric checks say is said in Korean as well, whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp
from gradproof.checking.formats.korean_scopes import in_korean
from gradproof.particles import settled

X = np.random.default_rng(4).normal(size=6)
SAID = (
    "cannot be told here in float16: 5 of 12 elements of dx, such as dx[0, 0] (bound 4e+01): "
    "forward loses the digits by which a wrong gradient would show; choose inputs where it does "
    "not, or a form of it that rounds less",
    "ran out of time_limit = 3 s after 20 calls of forward; give it more, smaller inputs, or "
    "mode='directional', which takes a handful of calls",
    "in double precision it is off by less than one rounding of float16, as constants of the code "
    "may be",
    "order 2: a second derivative could not be bounded: a kink or the domain's edge",
)


def found() -> Iterator[str]:
    still = check_gradient(np.tanh, lambda dy, x: dy * (1 - np.tanh(x) ** 2), np.full(5, 30.0))
    yield still.scope
    yield check_gradient(np.tanh, lambda dy, x: 0 * dy, np.full(5, 30.0)).reason.split(": ", 1)[0]
    yield check_gradient(lambda x: np.round(x), lambda dy, x: 0 * dy, X).scope
    yield check_gradient(lambda x: np.log(x), lambda dy, x: dy / x, X).reason
    yield check_jvp(np.sin, lambda xs, ts: ts[0], X).reason
    wrong = check_gradient(np.sin, lambda dy, x: dy, X, mode="directional").reason
    yield wrong.split("\n")[0]
    yield check_gradient(np.sin, lambda dy, x: dy * np.cos(x), X, mode="directional").scope
    yield from SAID


def test_everything_said_has_a_korean_form() -> None:
    for text in found():
        korean = settled(in_korean(text + ": dx is wrong" * text.startswith("no error")))
        left = re.findall(r"\b(?:the|of|is|are|and|where|at|by)\b", korean)
        assert not left, (text, korean)
        assert "(를)" not in korean, korean


@pytest.mark.parametrize("text", ["2 at a jump, where there is no derivative: dx[0]"])
def test_numbers_and_names_stay(text: str) -> None:
    assert in_korean(text) == "도함수가 없는, 뛰는 점 2개: dx[0]"
