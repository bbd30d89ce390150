"""After any verdict, no object of the caller holds anything of the check's."""

from __future__ import annotations

import copy
import functools
import importlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient, check_jvp, diagnose, jacobian, prove_gradient
from gradproof.arguments.untouched import untouched

Array = np.ndarray[Any, Any]
X = np.array([[0.5, -1.5, 2.0], [-0.25, 1.0, -3.0]])
KEPT: dict[str, Any] = {}
STATE: Any = None


class Network:
    """Keeps activations, statistics and gradients on itself and on its layers."""

    slope = 0.1
    last: Any = None

    def __init__(self, slip: float = 1.0) -> None:
        self.slip, self.calls, self.training = slip, 0, True
        self.w, self.grads = np.array([1.0, 2.0, 3.0]), {"w": np.zeros(3)}
        self.running, self.history = np.zeros(3), [0.5]
        self.head = Head()

    def forward(self, x: Array) -> Array:
        self.calls += 1
        self.x, self.shape = x, x.shape
        self.running *= 0.9
        self.running += x.mean(axis=0)
        self.history.append(float(np.abs(x).max()))
        Network.last = x
        return self.head.forward(x * self.w)

    def backward(self, dy: Array, *_: Any) -> Array:
        dh = self.head.backward(dy)
        self.grads["w"] += (dh * self.x).sum(axis=0)
        self.grads["x"] = dh
        return np.asarray(self.slip * dh * self.w)


class Head:
    __slots__ = ("y",)

    def forward(self, h: Array) -> Array:
        self.y = np.tanh(h)
        return self.y

    def backward(self, dy: Array) -> Array:
        return np.asarray(dy * (1 - self.y**2))


def same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, np.ndarray):
        return np.array_equal(left, right)
    return bool(left == right) or isinstance(left, Head)


CHECKS: dict[str, Callable[[Network], Any]] = {
    "check_gradient": lambda net: str(check_gradient(net.forward, net.backward, X)),
    "prove_gradient": lambda net: str(prove_gradient(net.forward, net.backward, X)),
    "diagnose": lambda net: diagnose(net.forward, net.backward, X),
    "check_jvp": lambda net: check_jvp(net.forward, lambda i, t: net.backward(net.forward(*i)), X),
    "jacobian": lambda net: jacobian(net.forward, X),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("slip", [1.0, 1.1])
def test_a_network_is_as_it_was(check: Callable[[Network], Any], slip: float) -> None:
    net = Network(slip)
    before = copy.deepcopy(vars(net))
    w = net.w
    check(net)
    assert net.calls > 0  # it is true that it was called
    before["calls"] = net.calls
    assert same(vars(net), before)
    assert net.w is w
    assert not hasattr(net.head, "y")
    assert Network.last is None


class Tanh:
    def forward(self, x: Array) -> Array:
        self.y = Tanh.last = np.tanh(x)
        return self.y

    def backward(self, dy: Array, *_: Any) -> Array:
        return np.asarray(dy * (1 - self.y))


@pytest.mark.parametrize("check", [check_gradient, prove_gradient])
def test_the_diagnosis_looked_for_later_leaves_it_so_too(check: Any) -> None:
    layer = Tanh()
    verdict = check(layer.forward, layer.backward, X)
    random_state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert verdict.diagnosis is not None
    assert not vars(layer)
    assert "last" not in vars(Tanh)
    np.testing.assert_array_equal(random_state, np.random.get_state()[1])  # noqa: NPY002


def test_closures_globals_defaults_and_memos() -> None:
    global STATE
    STATE = "as it was"
    held = np.zeros(3)
    memo: dict[bytes, Array] = {}
    last: Any = None

    @functools.cache
    def known(key: bytes) -> Array:
        return np.frombuffer(key)

    def forward(x: Array, kept: Any = [None]) -> Array:  # noqa: B006
        global STATE
        nonlocal last
        last = STATE = x
        kept[0] = x
        held[...] = x[0]
        KEPT["x"] = memo[x.tobytes()] = x
        known(x.tobytes())
        return np.asarray(x * 2)

    verdict = check_gradient(forward, lambda dy, *_: 2 * dy, X)
    assert verdict.holds
    assert STATE == "as it was"
    assert last is None
    assert forward.__defaults__ == ([None],)
    assert not held.any()
    assert not KEPT
    assert not memo
    assert known.cache_info().currsize == 0


def test_modules_slots_memos_of_methods_and_function_attributes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "STATE = [None]\nLAST = None\nclass Box:\n    kept = None\n"
    (tmp_path / "their_module.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    their_module = importlib.import_module("their_module")

    class Layer:
        @functools.cache  # noqa: B019 - as people write it
        def ones(self, count: int) -> Array:
            return np.ones(count)

        @functools.cached_property
        def twos(self) -> Array:
            return np.full(3, 2.0)

    layer = Layer()

    def forward(x: Array) -> Array:
        their_module.STATE[0] = their_module.LAST = their_module.Box.kept = x
        forward.last = x  # type: ignore[attr-defined]
        return np.asarray(x * layer.ones(3) * layer.twos)

    assert check_gradient(forward, lambda dy, *_: 2 * dy, X).holds
    assert their_module.STATE == [None]
    assert their_module.LAST is their_module.Box.kept is None
    assert Layer.ones.cache_info().currsize == 0
    assert not vars(layer)
    assert not vars(forward)


def test_random_numbers_of_other_threads_come_once() -> None:
    def draws() -> Any:
        return np.random.rand()  # noqa: NPY002

    named = np.random.rand
    for function, again in ((np.tanh, False), (draws, True), (lambda: named(), True)):
        state = np.random.get_state()  # noqa: NPY002
        with untouched(function):
            other = ThreadPoolExecutor(1)  # it stays, so that the process has two threads
            first = other.submit(draws).result()
        assert (draws() == first) is again
        other.shutdown()
        np.random.set_state(state)  # noqa: NPY002


def test_random_states_are_as_before() -> None:
    own, old, third = np.random.default_rng(0), np.random.RandomState(0), random.Random(0)

    def forward(x: Array) -> Array:
        np.random.rand()  # noqa: NPY002
        random.random()
        own.normal()
        old.normal()
        third.random()
        return np.asarray(2 * x)

    expected = (
        np.random.default_rng(0).normal(), np.random.RandomState(0).normal(),
        random.Random(0).random(),
    )  # fmt: skip
    before = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    assert check_gradient(forward, lambda dy, *_: 2 * dy, X).holds
    assert check_jvp(forward, lambda i, t: forward(t[0]), X).holds
    jacobian(forward, X)
    with untouched(forward):  # an odd number of calls, where the generator keeps a second number
        forward(X)
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert (own.normal(), old.normal(), third.random()) == expected


def test_arrays_given_and_parameters_stay() -> None:
    def forward(x: Array, *, gamma: Array) -> tuple[Array, Any]:
        y = gamma * x
        x[...] = gamma[...] = 0
        return y, None

    x, gamma, dy = X.copy(), np.array([1.0, 2.0, 3.0]), np.ones_like(X)

    def backward(dy: Array, cache: Any) -> Array:
        dx = dy * [1.0, 2.0, 3.0]
        dy[...] = 0
        return dx

    assert check_gradient(forward, backward, x, dy=dy, parameters={"gamma": gamma}).holds
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(gamma, [1, 2, 3])
    assert dy.all()


def test_a_log_beside_the_functions_stays() -> None:
    seen: list[Any] = []

    def forward(x: Array) -> Array:
        seen.append(x.shape)
        return np.asarray(2 * x)

    check_gradient(forward, lambda dy, *_: 2 * dy, X)
    assert seen


def test_it_is_put_back_after_an_error_too() -> None:
    net = Network()

    def broken() -> None:
        with untouched(net.forward):
            net.forward(X)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert "x" not in vars(net)
