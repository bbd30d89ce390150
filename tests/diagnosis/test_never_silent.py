"""A REFUTED of the API says what the slip is, or what is known and what stood in the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import assert_gradient, check_gradient, prove_gradient
from gradproof.verdicts import Status

Pair = tuple[Callable[..., Any], Callable[..., Any]]
_X = np.array([0.5, -1.25, 2.0, 0.75])


def _outside_numpy() -> Pair:
    def forward(x: Any) -> Any:
        return np.float64(np.sum(x**3)), x

    def backward(dy: Any, x: Any) -> Any:
        return dy * np.array([2 * math.pow(v, 2) for v in x.tolist()])

    return forward, backward


def _plain_numbers() -> Pair:
    def forward(x: Any) -> Any:
        return float(sum(v * v * v for v in x)), x

    def backward(dy: Any, x: Any) -> Any:
        return [dy * 2 * v * v for v in x]

    return forward, backward


def _without_rule() -> Pair:
    def forward(x: Any) -> Any:
        a = x.reshape(2, 2)
        values, vectors = np.linalg.eigh(a @ a.T)
        return values, (a, vectors)

    def backward(dy: Any, cache: Any) -> Any:
        a, vectors = cache
        return (vectors @ np.diag(dy) @ vectors.T @ a).ravel()

    return forward, backward


def _in_no_simple_way() -> Pair:
    def forward(x: Any) -> Any:
        return np.linalg.norm(x.reshape(2, 2), "nuc"), x

    def backward(dy: Any, x: Any) -> Any:
        return dy * (np.sin(x) + 3)

    return forward, backward


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (_outside_numpy(), "dx is 2/3 times the true gradient"),
        (_plain_numbers(), "dx is 2/3 times the true gradient"),
        (_without_rule(), "dx is 1/2 times the true gradient"),
        (_in_no_simple_way(), "dx is related to the true gradient in no simple way"),
    ],
)
def test_what_cannot_be_followed_is_told_by_its_numbers_and_by_what_is_in_the_way(
    pair: Pair, told: str
) -> None:
    for call in (prove_gradient, check_gradient):
        verdict = call(*pair, _X)
        if verdict.status is Status.UNDECIDED:  # a proof needs a formula
            continue
        assert verdict.status is Status.REFUTED
        found = verdict.diagnosis
        assert found is not None
        assert found.message.en.startswith(told)
        assert found.message.en.count(told) == 1
        assert "Which slip it is was not found: " in found.message.en
        assert "어떤 실수인지는 찾지 못했어요." in found.message.ko
        each = verdict.details.get("gradients", {"x": verdict})["x"]
        assert each.diagnosis is not None
    with pytest.raises(AssertionError, match="Which slip it is was not found"):
        assert_gradient(*pair, _X)


def test_a_right_gradient_beside_a_wrong_one_is_not_spoken_of() -> None:
    def forward(x: Any, w: Any) -> Any:
        return np.linalg.eigvalsh(np.outer(x, x)).sum() + w @ w, (x, w)

    def backward(dy: Any, cache: Any) -> Any:
        x, w = cache
        return dy * 2 * x, dy * w

    verdict = check_gradient(forward, backward, _X, _X + 0.5)
    assert verdict.status is Status.REFUTED
    assert verdict.diagnosis is not None
    assert "dw is 1/2 times the true gradient" in verdict.diagnosis.message.en
    assert "dx" not in verdict.diagnosis.message.en
