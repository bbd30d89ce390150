"""Nothing that the check reads again is handed out: what functions do to it changes no verdict."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradproof.numeric
from gradproof import assert_gradient, check_gradient, check_jvp, jacobian
from gradproof.numeric.one_point import Mode
from gradproof.verdicts import Status, Verdict
from tests.numeric.examples import batch_norm, batch_norm_backward, normal
from tests.numeric.in_place import CASES, Case, leaky, leaky_masked_in_dout

Array = np.ndarray[Any, Any]
MODES: tuple[Mode, ...] = ("auto", "full", "sketch", "directional")
THEIRS = {"forward", "backward", "formula", "jvp", "f"}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("mode", MODES)
def test_what_is_right_passes_and_what_is_wrong_does_not(
    make: Callable[[], Case], mode: Mode
) -> None:
    forward, backward, right = make()
    x = normal(40, 50)
    given = x.copy()
    verdict = check_gradient(forward, backward, x, mode=mode)
    assert verdict.status is (Status.CHECKED if right else Status.REFUTED), str(verdict)
    np.testing.assert_array_equal(x, given)


def destroying(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, which then destroys whatever it was given."""

    def ruin(value: Any) -> None:
        if isinstance(value, np.ndarray):
            value[...] = 7
        elif isinstance(value, (tuple, list)):
            for each in value:
                ruin(each)

    def copied(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.copy()
        return tuple(map(copied, value)) if isinstance(value, tuple) else value

    @functools.wraps(function)
    def destroys(*given: Any, **parameters: Any) -> Any:
        found = copied(function(*given, **parameters))
        ruin([*given, *parameters.values()])
        return found

    return destroys


def numbers(verdict: Verdict) -> tuple[Any, ...]:
    details = {k: verdict.details.get(k) for k in ("mode", "floor", "relative_floor", "kinks")}
    return verdict.status, verdict.error, verdict.bound, verdict.figure, details


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("slip", ["", "one element"])
@pytest.mark.parametrize("shape", [(6, 4), (40, 30)])
def test_functions_that_destroy_everything_get_the_same_numbers(
    mode: Mode, slip: str, shape: tuple[int, int]
) -> None:
    def forward(x: Array, beta: Array, *, gamma: Array) -> tuple[Array, Any]:
        return batch_norm(x, gamma, beta)

    def backward(dy: Array, cache: Any) -> tuple[Array, Array]:
        dx, _, dbeta = batch_norm_backward(dy, cache, slip)
        return dx, dbeta

    x, beta, gamma = normal(*shape), normal(shape[1], seed=1), normal(shape[1], seed=2)
    options: dict[str, Any] = {"parameters": {"gamma": gamma}, "mode": mode}
    clean = check_gradient(forward, backward, x, beta, **options)
    ruined = check_gradient(destroying(forward), destroying(backward), x, beta, **options)
    assert clean.status is (Status.REFUTED if slip else Status.CHECKED)
    assert numbers(ruined) == numbers(clean)
    assert any("changes the parameter gamma in place" in e for e in ruined.details["side_effects"])


def test_single_precision_and_second_order_that_destroy_everything() -> None:
    def pair(f: Callable[..., Any]) -> tuple[Any, Any]:
        return f(lambda x: (np.tanh(x), np.tanh(x))), f(lambda dy, y: dy * (1 - y * y))

    for x, order in ((normal(5, 3).astype(np.float32), 1), (normal(5, 3), 2)):
        clean = check_gradient(*pair(lambda f: f), x, order=order)
        assert clean.holds, str(clean)
        assert numbers(check_gradient(*pair(destroying), x, order=order)) == numbers(clean)


def test_a_formula_that_destroys_everything() -> None:
    def formula(x: Array) -> Array:
        return np.exp(x) * x

    def backward(dy: Array, x: Array) -> Array:
        return np.asarray(dy * np.exp(x) * (1 + x))

    def forward(x: Array) -> tuple[Array, Array]:
        return formula(x), x

    x = normal(4, 3)
    clean = check_gradient(forward, backward, x, formula=formula)
    assert clean.holds
    assert clean.method.startswith("complex step")
    ruined = destroying(forward), destroying(backward)
    assert numbers(check_gradient(*ruined, x, formula=destroying(formula))) == numbers(clean)


@pytest.mark.parametrize("factor", [1.0, 1.01])
def test_a_jvp_that_destroys_everything(factor: float) -> None:
    def jvp(inputs: Any, tangents: Any) -> Array:
        return np.asarray(factor * np.cos(inputs[0]) * tangents[0])

    x = normal(4, 3)
    clean = check_jvp(np.sin, jvp, x)
    ruined = check_jvp(destroying(np.sin), destroying(jvp), x)
    assert clean.status is (Status.CHECKED if factor == 1 else Status.REFUTED)
    assert (ruined.status, ruined.error, ruined.bound) == (clean.status, clean.error, clean.bound)
    assert "the JVP changes the tangent of x" in ruined.scope


def test_a_wrong_jvp_in_place_is_refuted() -> None:
    def jvp(inputs: Any, tangents: Any) -> Array:
        (x,), (t,) = inputs, tangents
        t[x <= 0] = 0  # 0.1 * t is true
        return np.asarray(t)

    tangent = normal(3, 4, seed=1)
    kept = tangent.copy()
    verdict = check_jvp(lambda x: leaky(x)[0], jvp, normal(3, 4), tangents=[tangent])
    assert verdict.status is Status.REFUTED
    np.testing.assert_array_equal(tangent, kept)


def test_jacobian_of_a_function_that_writes_over_its_input() -> None:
    def f(x: Array) -> Array:
        x *= 2
        return x * x

    x = np.array([1.0, 2.0])
    found = jacobian(f, x)
    assert (np.abs(np.diag(found.value) - [8, 16]) <= np.diag(found.bound)).all()
    clean = jacobian(lambda x: 4 * x * x, x)
    ruined = jacobian(destroying(lambda x: 4 * x * x), x)
    np.testing.assert_array_equal(clean.value, ruined.value)
    np.testing.assert_array_equal(x, [1, 2])


def test_jacobian_of_a_function_that_writes_into_one_buffer() -> None:
    buffer = np.empty(3)

    def f(x: Array) -> Array:
        return np.sin(x, out=buffer)

    x = normal(3)
    found = jacobian(f, x)
    assert (np.abs(np.diag(found.value) - np.cos(x)) <= np.diag(found.bound)).all()
    other = jacobian(np.sin, x)  # whose digits may be known by another way
    assert (np.abs(found.value - other.value) <= found.bound + other.bound).all()


def test_the_first_line_says_what_is_changed_and_what_to_write() -> None:
    def backward(dout: Array, x: Array) -> Array:
        dout[x <= 0] *= 0.1
        return dout

    text = str(check_gradient(leaky, backward, normal(3, 4))).splitlines()[0]
    assert text.startswith("CHECKED")
    assert "backward changes dy in place (write dx = dout.copy())" in text
    assert "shares memory with dy" in text
    with pytest.raises(AssertionError) as raised:
        assert_gradient(leaky, backward, normal(3, 4))
    first = str(raised.value).splitlines()[0]
    assert "backward changes dy in place (write dx = dout.copy())" in first
    forward, wrong, _ = leaky_masked_in_dout()
    assert "write dx = dout.copy()" in str(check_gradient(forward, wrong, normal(3, 4)))


def test_a_function_that_changes_nothing_is_not_accused() -> None:
    verdict = assert_gradient(lambda x: (np.tanh(x), np.tanh(x)), lambda dy, y: dy * (1 - y * y),
                              normal(3, 4))  # fmt: skip
    assert verdict.details["side_effects"] == verdict.details["notes"] == ()
    assert "in place" not in str(verdict)


def test_no_other_file_calls_the_functions_under_check() -> None:
    folder = Path(gradproof.numeric.__file__).parent
    for file in folder.rglob("*.py"):
        if file.name == "calls.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                name = getattr(called, "attr", None) or getattr(called, "id", None)
                assert name not in THEIRS, f"{file.name}:{node.lineno}"
