"""Inputs as people have them: structures, numbers, complex and sparse arrays; their gradients."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from gradproof import (
    assert_gradient,
    assert_proved,
    check_gradient,
    check_jvp,
    diagnose,
    prove_gradient,
)
from gradproof.arguments.signatures import CallError
from gradproof.arguments.trees import Made, leaves_called, tree_of
from tests.gradproof.inputs import (
    CASES,
    LAYERS,
    Case,
    X,
    net,
    net_backward,
    net_backward_partial,
    net_forward,
)


class Pair(NamedTuple):
    a: Any
    b: Any


@pytest.mark.sampled(3)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_inputs_as_people_have_them(case: Case) -> None:
    assert not case.fault()


VALUES = {
    "x": np.ones((2, 3)),
    "p": {"W": np.eye(2), "b": [1.0, 2.0], "n": 3, "on": True, "kind": "relu", "none": None},
    "layers": [(np.eye(2), np.zeros(2)), Pair(np.ones(1), 0.5)],
    "z": {"c": np.array([1 + 2j, 3.0]), "one": 2j},
}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_built_again_is_the_same(name: str) -> None:
    tree = tree_of(VALUES[name], name)
    arrays = iter([leaf.value for leaf in tree.leaves()])
    assert repr(tree.build(arrays, Made())) == repr(VALUES[name])
    assert next(arrays, None) is None


def test_names_are_those_that_one_writes() -> None:
    names = [leaf.name for key, value in VALUES.items() for leaf in tree_of(value, key).leaves()]
    assert names == [
        "x", 'p["W"]', 'p["b"]', "layers[0][0]", "layers[0][1]", "layers[1].a", "layers[1].b",
        'z["c"].real', 'z["c"].imag', 'z["one"].real', 'z["one"].imag',
    ]  # fmt: skip


def test_a_name_means_what_is_in_it() -> None:
    tree = tree_of({"W": np.eye(2), "W1": {"a": 0.5, "b": 1.0}}, "p")
    assert leaves_called([tree], "p['W']") == ['p["W"]']
    assert leaves_called([tree], 'p["W1"]') == ['p["W1"]["a"]', 'p["W1"]["b"]']
    assert leaves_called([tree], "p") == ['p["W"]', 'p["W1"]["a"]', 'p["W1"]["b"]']
    assert leaves_called([tree], "q") == []
    both = [tree_of(1.0, "fc"), tree_of(1.0, "fc.weight")]  # two inputs
    assert leaves_called(both, "fc") == ["fc"]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", ["auto", "full", "sketch", "directional"])
def test_every_mode_sees_structures(mode: Any) -> None:
    def wrong(dy: Any, cache: Any) -> Any:
        found = net_backward(dy, cache)
        found["b1"] = 1.01 * found["b1"]
        return found

    assert check_gradient(net_forward, net_backward, net(), X, wrt="params", mode=mode).holds
    verdict = check_gradient(net_forward, wrong, net(), X, wrt="params", mode=mode)
    assert str(verdict.status) == "REFUTED"
    assert 'd(params["b1"])' in str(verdict)


@pytest.mark.parametrize("ask", [assert_gradient, assert_proved])
def test_assertions_take_structures(ask: Any) -> None:
    ask(net_forward, net_backward, net(), X[:2], wrt="params")
    with pytest.raises(AssertionError, match=r'no gradient for params\["b2"\]'):
        ask(net_forward, net_backward_partial, net(), X[:2], wrt="params")


def test_nothing_of_the_caller_is_changed() -> None:
    params = net()
    before = {key: value.copy() for key, value in params.items()}

    def forward(params: Any, X: Any) -> Any:
        params["more"] = params.pop("W1")
        params["more"] *= 2
        return np.tanh(X @ params["more"]), params["more"]

    def backward(dy: Any, params: Any, X: Any) -> Any:  # pragma: no cover - not reached
        return {}

    verdict = check_gradient(
        forward, lambda dy, W: {"W1": 2 * X.T @ (dy * (1 - np.tanh(X @ W) ** 2))}, params, X,
        wrt='params["W1"]',
    )  # fmt: skip
    assert verdict.holds, str(verdict)
    assert "forward changes params in place" in verdict.scope
    assert params.keys() == before.keys()
    for key, value in before.items():
        np.testing.assert_array_equal(params[key], value)


def test_what_a_function_writes_into_a_structure_is_told_and_compared_with_nothing() -> None:
    def forward(p: Any) -> Any:
        return p["w"] ** 2, p["w"]

    def backward(dy: Any, w: Any) -> Any:
        dy *= 2 * w
        return {"w": dy}

    verdict = check_gradient(forward, backward, {"w": np.array([1.0, 3.0])})
    assert verdict.holds
    assert "backward changes dy in place" in verdict.scope


def test_one_tuple_is_an_output_and_a_cache_for_all() -> None:
    def forward(x: Any, w: Any) -> Any:
        return x * w, x, w

    def backward(dy: Any, cache: Any) -> Any:
        return dy * cache[1], dy * cache[0]

    assert check_gradient(forward, backward, X[0], X[1]).holds
    assert prove_gradient(forward, backward, X[0], X[1]).holds
    for ask in (check_gradient, prove_gradient):
        with pytest.raises(CallError, match=r"forward returned 3 things and backward.* takes 3"):
            ask(forward, lambda dy, a, b: (dy * b, dy * a), X[0], X[1])


def test_layers_are_proved() -> None:
    def forward(layers: Any, x: Any) -> Any:
        (W, b), (V, c) = layers
        h = np.tanh(x @ W + b)
        return h @ V + c, (layers, x, h)

    def backward(dy: Any, cache: Any) -> Any:
        ((W, _), (V, _)), x, h = cache
        da = (dy @ V.T) * (1 - h * h)
        return [(x.T @ da, da.sum(0)), (h.T @ dy, dy.sum(0))], da @ W.T

    def wrong(dy: Any, cache: Any) -> Any:
        (first, (dV, _)), dx = backward(dy, cache)
        return [first, (dV, dy.mean(0))], dx

    verdict = prove_gradient(forward, backward, LAYERS, X[:2])
    assert str(verdict.status) == "PROVED"
    assert "layers[0][0]" in verdict.scope
    verdict = prove_gradient(forward, wrong, LAYERS, X[:2])
    assert str(verdict.status) == "REFUTED"
    assert "d(layers[1][1])[" in str(verdict)


# --- right and wrong, side by side ----------------------------------------------------------------

THREE = np.array([1.0, 2.0, 3.0])
Z = np.array([1 + 2j, 0.5 - 1j, 2j])
W = np.array([1j, 2.0, 0.3])


def power(z: Any, w: Any) -> Any:
    return np.sum(np.abs(z * w) ** 2)


def by_z(dy: Any, z: Any, w: Any) -> Any:
    return 2 * dy * z * np.abs(w) ** 2


def by_w(dy: Any, z: Any, w: Any) -> Any:
    return 2 * dy * w * np.abs(z) ** 2


PAIRS: dict[str, tuple[Any, Any, tuple[Any, ...], bool]] = {
    "a list of numbers for an array": (
        lambda x: np.sum(x * x), lambda dy, x: [2 * dy * each for each in x], (THREE,), True),
    "a wrong list of numbers for an array": (
        lambda x: np.sum(x * x), lambda dy, x: [dy * each for each in x], (THREE,), False),
    "a tuple of numbers for one": (
        lambda x: x[0] * x[1], lambda dy, x: (dy * x[1], dy * x[0]), ((2.0, 3.0),), True),
    "a wrong tuple of numbers for one": (
        lambda x: x[0] * x[1], lambda dy, x: (dy * x[1], dy * x[1]), ((2.0, 3.0),), False),
    "what is masked in y is no output": (
        lambda x: 2 * np.ma.masked_less(x, 1.5),
        lambda dy, x: np.where(x < 1.5, 0, 2 * dy), (THREE,), True),
    "wrong where y is not masked": (
        lambda x: 2 * np.ma.masked_less(x, 1.5),
        lambda dy, x: np.where(x < 1.5, 0, 3 * dy), (THREE,), False),
    "complex by its dtype alone": (
        lambda z: np.vdot(z, THREE * z), lambda dy, z: 2 * dy * THREE * z, (Z,), True),
    "complex by its dtype alone, wrong": (
        lambda z: np.vdot(z, THREE * z), lambda dy, z: 3 * dy * THREE * z, (Z,), False),
    "two complex inputs": (power, lambda dy, z, w: (by_z(dy, z, w), by_w(dy, z, w)), (Z, W), True),
    "two complex inputs, each in another convention": (
        power, lambda dy, z, w: (by_z(dy, z, w), np.conj(by_w(dy, z, w))), (Z, W), False),
    "two complex inputs, half of one": (
        power, lambda dy, z, w: (by_z(dy, z, w), by_w(dy, z, w) / 2), (Z, W), False),
    "half of a complex y is no convention": (
        lambda z: z * W, lambda dy, z: dy * np.conj(W) / 2, (Z,), False),
    "longdouble inside": (
        lambda x: np.sin(x.astype(np.longdouble)), lambda dy, x: dy * np.cos(x), (THREE,), True),
    "longdouble inside, wrong": (
        lambda x: np.sin(x.astype(np.longdouble)),
        lambda dy, x: dy * np.cos(x) * (1 + 1e-9), (THREE,), False),
    "gradients of an input and of what is in another, in one dictionary": (
        lambda x, p: x * p["w"], lambda dy, x, p: {"dx": dy * p["w"], "dw": dy * x},
        (THREE, {"w": Z.real}), True),
}  # fmt: skip


@pytest.mark.sampled(5)
@pytest.mark.parametrize("name", PAIRS)
def test_right_and_wrong(name: str) -> None:
    forward, backward, inputs, right = PAIRS[name]
    verdict = check_gradient(forward, backward, *inputs)
    assert str(verdict.status) == ("CHECKED" if right else "REFUTED"), str(verdict)


@pytest.mark.parametrize("factor", [1, 2])
def test_the_structure_of_an_upstream_gradient_that_is_given(factor: int) -> None:
    def forward(x: Any) -> Any:
        return {"a": 2 * x, "b": x.sum()}

    def backward(dy: Any, x: Any) -> Any:
        return 2 * dy["a"] + factor * dy["b"]

    verdict = check_gradient(forward, backward, Z.real, dy={"a": np.ones(3), "b": 1.0})
    assert str(verdict.status) == ("CHECKED" if factor == 1 else "REFUTED")


def test_points_that_the_functions_refuse_change_nothing() -> None:
    def near_one(x: Any, scale: float = 1.0) -> Any:
        if abs(x[0] - 1) > 0.05:
            raise ValueError("too far from 1")
        if scale != 1:
            raise ValueError("scale has to be 1")
        return scale * x**2, x

    ones = np.ones(2)
    assert check_gradient(near_one, lambda dy, x: 2 * dy * x, ones, scale=1.0).holds
    assert not check_gradient(near_one, lambda dy, x: 3 * dy * x, ones, scale=1.0).holds


@pytest.mark.parametrize("factor", [1, 2])
def test_outputs_of_other_shapes_are_proved_together(factor: int) -> None:
    verdict = prove_gradient(
        lambda x: {"a": 2 * x, "b": x.sum()},
        lambda dy, x: 2 * dy["a"] + factor * dy["b"], THREE,
    )  # fmt: skip
    assert str(verdict.status) == ("PROVED" if factor == 1 else "REFUTED")


def test_a_complex_jvp_has_no_convention() -> None:
    verdict = check_jvp(lambda z: z**2, lambda i, t: 2 * i[0] * t[0], Z)
    assert verdict.holds
    assert "torch" not in verdict.scope
    assert not check_jvp(lambda z: z**2, lambda i, t: 2 * np.conj(i[0]) * t[0], Z).holds


def product_of_lists(w: Any, x: Any) -> Any:
    total = 0.0
    for a, b in zip(w + [0.5], x + [1.0]):  # noqa: RUF005 - of arrays, this is a sum
        total = total + a * b
    return total


def product_twice_too_large(dy: Any, w: Any, x: Any) -> Any:
    return [dy * b for b in x], [2 * dy * a for a in w]


def test_lists_are_followed_as_lists_on_symbols_too() -> None:
    def backward(dy: Any, w: Any, x: Any) -> Any:
        return [dy * b for b in x], [dy * a for a in w]

    verdict = prove_gradient(product_of_lists, backward, [0.5, -1.0], [2.0, 3.0])
    assert str(verdict.status) == "PROVED"
    assert "w, x as lists" in verdict.scope
    wrong = prove_gradient(product_of_lists, product_twice_too_large, [0.5, -1.0], [2.0, 3.0])
    assert str(wrong.status) == "REFUTED"


@pytest.mark.campaign
def test_slips_in_lists_are_named() -> None:
    found = diagnose(product_of_lists, product_twice_too_large, [0.5, -1.0], [2.0, 3.0])
    assert found is not None
    assert found.message.en.startswith("dx has a wrong number in a factor: `2`")


def test_names_with_dots_and_brackets_may_be_given() -> None:
    verdict = check_gradient(
        lambda x, w: x * w, lambda dy, x, w: (dy * w, 2 * dy * x), THREE, THREE,
        names=("fc.weight", "layers[0]"), wrt="layers[0]",
    )  # fmt: skip
    assert "d(layers[0])[" in verdict.reason
