"""Proofs beside other threads: each finds its own answer, and NumPy is NumPy for all others."""

from __future__ import annotations

import math
import random
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

from gradproof import diagnose, prove_gradient
from gradproof.proof.zero.reals import PRECISE, evaluate
from gradproof.tracing import expression as ex
from gradproof.tracing.nodes import fresh_table, symbol

THREADS = 8
X = np.array([[0.5, -1.25], [2.0, 0.75]])


def _makes_arrays(x: Any) -> Any:
    out = np.zeros(x.shape)
    for i in range(2):
        for j in range(2):
            out[i, j] = x[i, j] if x[i, j] > 0 else math.exp(x[i, j]) - 1
    return out, x


def _makes_arrays_back(dy: Any, x: Any) -> Any:
    dx = np.empty_like(x)
    dx[...] = np.where(x > 0, dy, dy * np.exp(x))
    return dx


class _Layer:
    def __init__(self) -> None:
        self.kept: Any = None

    def forward(self, x: Any) -> Any:
        self.kept = np.array([[float(v) for v in row] for row in x])
        return np.tanh(self.kept)

    def backward(self, dy: Any) -> Any:
        return dy * (1 - np.tanh(self.kept) ** 2)


def _softmax(x: Any) -> Any:
    p = np.exp(x - np.max(x, axis=1, keepdims=True))
    return p / np.sum(p, axis=1, keepdims=True), x


def _softmax_back(dy: Any, x: Any) -> Any:
    p = _softmax(x)[0]
    return p * (dy - np.sum(dy * p, axis=1, keepdims=True))


def _wrong(dy: Any, x: Any) -> Any:
    return _makes_arrays_back(dy, x) * np.ones(x.shape) * 2


layer = _Layer()
PAIRS: list[tuple[Callable[..., Any], Callable[..., Any], str]] = [
    (_makes_arrays, _makes_arrays_back, "PROVED"),
    (_Layer().forward, _Layer().backward, "UNDECIDED"),  # of two objects: nothing was kept
    (layer.forward, layer.backward, "PROVED"),
    (_softmax, _softmax_back, "PROVED"),
    (_makes_arrays, _wrong, "REFUTED"),
]


def _statuses() -> list[str]:
    return [prove_gradient(f, b, X).status.name for f, b, _ in PAIRS]


def _plain(turns: list[int]) -> Callable[[], list[str]]:
    """Ordinary NumPy, for as long as there are proofs: what was not as usual."""

    def work() -> list[str]:
        odd: list[str] = []
        made = {"zeros": np.zeros, "ones": np.ones, "empty": np.empty}
        while turns[0]:
            turns[1] += 1
            for name, function in made.items():
                for value in (function((2, 2)), getattr(np, name)((2, 2))):
                    if type(value) is not np.ndarray or value.dtype != float:
                        odd.append(f"np.{name} returned {type(value)}")
            if type(np.array([1.0, 2.0]).sum()) is not np.float64:
                odd.append("np.array")
            if type(math.exp(0.0)) is not float or math.exp(0.0) != 1.0:
                odd.append("math.exp")
            if np.stack([np.zeros(2)] * 2).dtype != float or np.float32 is np.float64:
                odd.append("np.stack or np.float32")
        return odd

    return work


@pytest.mark.parametrize("threads", [2, pytest.param(THREADS, marks=pytest.mark.campaign)])
def test_proofs_beside_threads_of_ordinary_numpy(threads: int) -> None:
    turns = [1, 0]
    with ThreadPoolExecutor(2 * threads) as pool:
        others = [pool.submit(_plain(turns)) for _ in range(threads)]
        try:
            proofs = [pool.submit(_statuses) for _ in range(threads)]
            found = [proof.result() for proof in proofs]
        finally:
            turns[0] = 0
        odd = [line for other in others for line in other.result()]
    assert odd == []
    assert turns[1] > threads
    assert found == [[status for _, _, status in PAIRS]] * threads


def test_fifty_digits_are_fifty_whatever_other_threads_want() -> None:
    with fresh_table(1000):
        third = ex.exp(ex.linear([(Fraction(1, 3), symbol("x"))]))
    point, start = {"x": Fraction(1)}, threading.Barrier(2)

    def coarse() -> None:
        start.wait()
        for _ in range(200):
            with mpmath.workdps(5):
                mpmath.exp(mpmath.mpf(1) / 3)

    other = threading.Thread(target=coarse)
    other.start()
    start.wait()
    found = {str(evaluate([third], point, PRECISE)[0]) for _ in range(200)}
    other.join()
    with mpmath.workdps(50):
        assert found == {str(mpmath.exp(mpmath.mpf(1) / 3))}


def _identities() -> list[dict[str, int]]:
    modules = sys.modules["numpy"], sys.modules["numpy.random"], sys.modules["math"]
    return [{k: id(v) for k, v in vars(each).items()} for each in modules]


seen: list[Any] = []


def _looks(x: Any) -> Any:
    own = sys.modules[__name__]
    codes = [id(each.__code__) for each in (own._looks, own._softmax, own._Layer.forward)]
    own.seen.append((_identities(), codes, sys.getprofile(), sys.gettrace()))
    return np.tanh(x), x


@pytest.mark.parametrize("factor", [1, 3])
def test_nothing_is_another_object_while_code_is_traced_or_diagnosed(factor: int) -> None:
    watch = sys.getprofile(), sys.gettrace()
    before = _identities(), [id(f.__code__) for f in (_looks, _softmax, _Layer.forward)], *watch
    seen.clear()

    def backward(dy: Any, x: Any) -> Any:
        return dy * (1 - np.tanh(x) ** 2) * factor

    verdict = prove_gradient(_looks, backward, X)
    assert verdict.status.name == ("PROVED" if factor == 1 else "REFUTED")
    diagnose(_looks, backward, X)
    assert len(seen) > 5
    assert all(each == before for each in seen)
    assert (_identities(), sys.getprofile(), sys.gettrace()) == (before[0], *watch)


def test_a_trace_leaves_random_numbers_to_others() -> None:
    def draws(x: Any) -> Any:
        mask = np.random.rand(*x.shape) < 0.5  # noqa: NPY002
        random.random()
        return x * mask, mask

    state = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    verdict = prove_gradient(draws, lambda dy, mask: dy * mask, X)
    assert "draw random numbers" in verdict.reason
    assert (np.random.get_state()[1].tolist(), random.getstate()) == state  # noqa: NPY002


def test_code_that_uses_threads_itself_is_no_trouble_for_others() -> None:
    stop = threading.Event()
    odd: list[Any] = []

    def background() -> None:
        while not stop.is_set():
            value = np.zeros(3)
            if type(value) is not np.ndarray:
                odd.append(value)

    worker = threading.Thread(target=background, daemon=True)
    worker.start()
    try:
        assert _statuses() == [status for _, _, status in PAIRS]
    finally:
        stop.set()
        worker.join()
    assert odd == []
