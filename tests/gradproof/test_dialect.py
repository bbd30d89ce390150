"""Everyone who proves, checks or diagnoses a gradient takes the same arguments."""

from __future__ import annotations

import doctest
import inspect
from typing import Any

import numpy as np
import pytest

import gradproof.arguments.backward_calls
import gradproof.arguments.signatures
import gradproof.arguments.untouched
import gradproof.numeric.check
import gradproof.numeric.forwardmode
from gradproof import (
    Verdict,
    assert_gradient,
    assert_proved,
    check_gradient,
    check_jvp,
    diagnose,
    prove_gradient,
)

Array = np.ndarray[Any, Any]
X = np.array([0.5, -1.5, 2.0])
W = np.array([1.5, 0.5, -2.0])
SHARED = ("wrt", "labels", "positive", "seed", "time_limit", "name", "names", "parameters")
VERDICTS = (check_gradient, prove_gradient)
ASSERTIONS = (assert_gradient, assert_proved)
ALL = (*VERDICTS, *ASSERTIONS, diagnose)


def leaky(x: Array, alpha: float = 0.1) -> Array:
    return np.where(x > 0, x, alpha * x)


def leaky_backward(dy: Array, x: Array, alpha: float = 0.1) -> Array:
    return np.where(x > 0, dy, alpha * dy)


def product(x: Array, w: Array) -> Array:
    return x * w


def product_backward(dy: Array, x: Array, w: Array) -> tuple[Array, Array]:
    return dy * w, dy * x


def right(found: Any) -> bool:
    """Whether a verdict holds, or a diagnosis finds nothing."""
    return found.holds if isinstance(found, Verdict) else found is None


@pytest.mark.parametrize("who", [*VERDICTS, diagnose, check_jvp], ids=lambda f: f.__name__)
def test_the_options_have_the_same_names(who: Any) -> None:
    assert set(SHARED) <= set(inspect.signature(who).parameters)


@pytest.mark.parametrize("who", ALL, ids=lambda f: f.__name__)
def test_without_a_cache_backward_gets_the_inputs_one_by_one(who: Any) -> None:
    assert right(who(product, product_backward, X, W))
    assert right(who(product, lambda dy, x, w: dy * w, X, W, wrt="x"))
    assert right(who(product, lambda dy, x, w: {"dw": dy * x}, X, W, wrt="w"))
    assert right(who(product, product_backward, X, W, wrt=["w"], name="dw of product", seed=3))


@pytest.mark.parametrize("who", ALL, ids=lambda f: f.__name__)
def test_parameters_are_keywords_and_go_to_whoever_takes_them(who: Any) -> None:
    assert right(who(leaky, leaky_backward, X, alpha=0.3))
    assert right(who(leaky, leaky_backward, X, parameters={"alpha": 0.3}))
    wrong = lambda dy, x: leaky_backward(dy, x, 0.1)  # noqa: E731 - it does not take alpha
    if who in ASSERTIONS:
        with pytest.raises(AssertionError):
            who(leaky, wrong, X, alpha=0.3)
    else:
        assert not right(who(leaky, wrong, X, alpha=0.3))

    def backward(dy: Array, x: Array, scale: float) -> Array:
        return scale * dy * np.cos(x)

    assert right(who(lambda x: np.sin(x), backward, X, scale=1.0))


@pytest.mark.parametrize("who", ALL, ids=lambda f: f.__name__)
def test_a_parameter_that_is_called_like_an_option(who: Any) -> None:
    def forward(x: Array, seed: float) -> tuple[Array, float]:
        return seed * x, seed

    assert right(who(forward, lambda dy, seed: seed * dy, X, parameters={"seed": 3.0}))
    with pytest.raises(TypeError, match="alpha= is given both as a keyword and in parameters="):
        who(leaky, leaky_backward, X, alpha=0.1, parameters={"alpha": 0.2})


@pytest.mark.parametrize("who", ALL, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("keyword", "nearest"), [("alhpa", "alpha"), ("time_limits", "time_limit"), ("label", "labels")]
)
def test_a_keyword_that_nobody_takes_is_named_with_the_nearest(
    who: Any, keyword: str, nearest: str
) -> None:
    words = rf"unexpected keyword '{keyword}': neither forward\(x, alpha=0.1\) nor backward\(dy, x"
    with pytest.raises(TypeError, match=words) as raised:
        who(leaky, leaky_backward, X, **{keyword: 0.1})
    assert str(raised.value).endswith(f"the nearest name is '{nearest}'")


@pytest.mark.parametrize("who", ALL, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"wrt": "z"}, ValueError, "wrt: 'z' is no input of forward: it has x, w"),
        ({"wrt": 0}, TypeError, "wrt: expected names of inputs, got 0"),
        ({"positive": "z"}, ValueError, "positive: 'z' is no input"),
        ({"labels": ["x"]}, TypeError, "labels: expected a mapping"),
        ({"labels": {"t": 3}}, ValueError, "labels: 't' is no input"),
        ({"seed": -1}, ValueError, "seed: expected a whole number from 0 on, got -1"),
        ({"names": ["x"]}, ValueError, "names: expected 2, one per input, got 1"),
        ({"names": ["x", "x"]}, ValueError, "names: expected another name for each input"),
    ],
)
def test_options_that_do_not_fit(
    who: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        who(product, product_backward, X, W, **options)


@pytest.mark.parametrize("who", ALL, ids=lambda f: f.__name__)
def test_a_call_that_forward_cannot_take(who: Any) -> None:
    with pytest.raises(TypeError, match=r"cannot be called with 1 inputs and no parameters: miss"):
        who(product, product_backward, X)
    with pytest.raises(TypeError, match="backward: expected a function, got 3"):
        who(product, 3, X, W)


@pytest.mark.parametrize("who", [*VERDICTS, *ASSERTIONS], ids=lambda f: f.__name__)
def test_a_backward_written_for_a_cache_that_is_not_returned(who: Any) -> None:
    words = r"backward\(dy, cache\) cannot be called backward\(dy, x, w\)"
    with pytest.raises(TypeError, match=words) as raised:
        who(product, lambda dy, cache: (dy * cache[1], dy * cache[0]), X, W)
    assert "return (y, cache) from forward" in str(raised.value)


def test_a_backward_that_unpacks_the_inputs_is_told_how_it_is_called() -> None:
    def backward(dy: Array, inputs: Any) -> Array:
        (x,) = inputs  # it was called so once
        return dy * np.cos(x)

    with pytest.raises(ValueError, match="unpack") as raised:
        check_gradient(lambda x: np.sin(x), backward, X)
    assert raised.value.__notes__ == [
        "forward returned no cache, so backward was called backward(dy, x)"
    ]


def test_names_are_those_of_forward_unless_given() -> None:
    wrong = lambda dy, x, w: (dy * w, dy)  # noqa: E731
    for who in VERDICTS:
        assert who(product, wrong, X, W).counterexample.at.startswith("dw[")
        other = who(product, wrong, X, W, names=("a", "b"), wrt="b")
        assert other.counterexample is None or other.counterexample.at.startswith("db[")
        renamed = who(product, wrong, X, W, names=("a", "b"))
        assert renamed.counterexample.at.startswith("db[")


def test_labels_and_positive_are_kept_for_whoever_draws_inputs() -> None:
    def loss(p: Array, t: Array) -> Array:
        return -np.log(p[np.arange(len(t)), t])

    def backward(dy: Array, p: Array, t: Array) -> Array:
        dp = np.zeros_like(p)
        dp[np.arange(len(t)), t] = -dy / p[np.arange(len(t)), t]
        return dp

    p, t = np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([0, 1])
    options: dict[str, Any] = {"labels": {"t": 2}, "positive": "p"}
    for who in VERDICTS:
        assert who(loss, backward, p, t, **options).holds
    assert diagnose(loss, backward, p, t, **options) is None


def test_a_jvp_takes_the_same() -> None:
    def jvp(inputs: Any, tangents: Any, alpha: float = 0.1) -> Array:
        return leaky_backward(tangents[0], inputs[0], alpha)

    assert check_jvp(leaky, jvp, X, alpha=0.3).holds
    assert not check_jvp(leaky, lambda i, t: jvp(i, t), X, alpha=0.3).holds
    one = check_jvp(product, lambda i, t: t[0] * i[1], X, W, wrt="x", name="jvp by x")
    assert one.holds
    assert one.claim == "jvp by x"
    with pytest.raises(TypeError, match="the nearest name is 'alpha'"):
        check_jvp(leaky, jvp, X, alhpa=0.3)


def test_the_time_limit_is_a_net_and_says_so() -> None:
    verdict = check_gradient(leaky, leaky_backward, X, time_limit=0.0)
    assert str(verdict.status) == "UNDECIDED"
    assert verdict.reason.startswith("ran out of time_limit = 0 s after 0 calls of forward")
    narrow = check_gradient(leaky, leaky_backward, X.astype(np.float32), time_limit=0.0)
    assert str(narrow.status) == "UNDECIDED"
    jvp = check_jvp(np.sin, lambda i, t: np.cos(i[0]) * t[0], X, time_limit=0.0)
    assert str(jvp.status) == "UNDECIDED"


def test_the_snippet_calls_as_the_check_does() -> None:
    verdict = check_gradient(leaky, leaky_backward_of_another_slope, X, alpha=0.3)
    assert verdict.counterexample is not None
    lines = verdict.counterexample.snippet.splitlines()
    assert lines[-3:-1] == [
        "y = leaky(x, alpha=0.3)", "dx = leaky_backward_of_another_slope(dy, x)"
    ]  # fmt: skip


def leaky_backward_of_another_slope(dy: Array, x: Array) -> Array:
    return np.where(x > 0, dy, 0.2 * dy)


@pytest.mark.parametrize(
    "module",
    [
        gradproof.arguments.signatures, gradproof.arguments.backward_calls,
        gradproof.arguments.untouched, gradproof.numeric.check, gradproof.numeric.forwardmode,
    ],
    ids=lambda module: module.__name__,
)  # fmt: skip
def test_the_examples_in_docstrings_run(module: Any) -> None:
    found = doctest.testmod(module, extraglobs={"np": np})
    assert found.attempted
    assert not found.failed
