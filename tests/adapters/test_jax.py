"""check_jax holds against custom_vjp, custom_jvp and plain functions of JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed: pip install .[jax]")

from jax import numpy as jnp  # noqa: E402

from gradproof import check_jax  # noqa: E402
from gradproof.verdicts import Status  # noqa: E402
from tests.adapters.jax_cases import FUNCTIONS, WRONG, normal  # noqa: E402


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_right_function_is_checked(name: str) -> None:
    make, arguments = FUNCTIONS[name]
    verdict = check_jax(make(""), *arguments())
    assert verdict.status is Status.CHECKED, str(verdict)
    assert "formulas checked in float64, values in float32" in verdict.scope


@pytest.mark.parametrize(("name", "slip", "by", "says"), WRONG)
def test_a_wrong_function_is_refuted_by_name_and_input(
    name: str, slip: str, by: str, says: str
) -> None:
    make, arguments = FUNCTIONS[name]
    function = make(slip)
    verdict = check_jax(function, *arguments())
    assert verdict.status is Status.REFUTED, str(verdict)
    assert verdict.claim == f"gradient of {function.__name__}"
    assert f"gradient by `{by}`" in verdict.reason
    assert says in str(verdict)


class TestState:
    def test_the_x64_flag_is_as_before(self) -> None:
        make, arguments = FUNCTIONS["relu"]
        for flag in (False, True):
            with jax.enable_x64(flag):
                check_jax(make(""), *arguments())
                assert bool(jax.config.jax_enable_x64) is flag

    def test_it_is_as_before_where_the_function_fails(self) -> None:
        def fails(x: Any) -> Any:
            raise OSError("no such kernel")

        with pytest.raises(OSError, match="no such kernel"):
            check_jax(fails, normal(3))
        assert not jax.config.jax_enable_x64

    def test_with_x64_doubles_are_checked_as_they_are(self) -> None:
        make, _ = FUNCTIONS["softplus"]
        with jax.enable_x64(True):
            verdict = check_jax(make(""), np.array([0.25, -3.0]))
        assert verdict.holds
        assert "float32" not in verdict.scope


class TestArguments:
    def test_an_argument_stands_for_the_arrays_in_it(self) -> None:
        make, arguments = FUNCTIONS["mlp"]
        assert check_jax(make("mean"), *arguments(), wrt="x").holds
        assert not check_jax(make("mean"), *arguments(), wrt="params").holds
        with pytest.raises(ValueError, match="'y' is not among"):
            check_jax(make(""), *arguments(), wrt="y")

    def test_numbers_are_constants_and_told(self) -> None:
        verdict = check_jax(lambda x, s: jnp.sin(s * x), normal(4), 2.0)
        assert verdict.holds
        assert "s is a number: a constant here" in verdict.scope

    def test_functions_that_look_at_values_are_not_compiled(self) -> None:
        def f(x: Any) -> Any:
            return x**2 if float(x.sum()) > -1e9 else x

        def one_precision(x: Any) -> Any:
            return x.astype(jnp.float32) ** 2

        assert check_jax(jnp.sin, normal(4)).holds
        verdict = check_jax(one_precision, normal(4))
        assert "checked in float32" in verdict.scope
        with pytest.raises(jax.errors.JAXTypeError):  # jax.vjp cannot take it either
            check_jax(f, normal(4))

    def test_bfloat16(self) -> None:
        verdict = check_jax(jax.nn.gelu, jnp.array([0.5, -1.25], jnp.bfloat16))
        assert verdict.holds
        assert "the rounding of bfloat16 itself is not checked" in verdict.scope

    def test_random_keys_are_constants_and_other_draws_in_double_are_no_error(self) -> None:
        def dropout(key: Any, x: Any) -> Any:
            return x * jax.random.bernoulli(key, 0.6, x.shape)

        for key in (jax.random.key(0), jax.random.PRNGKey(0)):
            verdict = check_jax(dropout, key, normal(4, 5))
            assert verdict.holds, str(verdict)

    def test_what_does_not_fit_is_refused(self) -> None:
        with pytest.raises(TypeError, match="expected a function"):
            check_jax(3, normal(3))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="expected an array of floats"):
            check_jax(jnp.sin, np.array([1, 2]))

    def test_the_snippet_shows_the_wrong_element(self) -> None:
        make, arguments = FUNCTIONS["log1pexp"]
        function = make("twice")
        example = check_jax(function, *arguments()).counterexample
        assert example is not None
        seen: list[Any] = []
        before = jax.config.jax_enable_x64
        try:
            exec(example.snippet, {"log1pexp": function, "print": seen.append})
        finally:
            jax.config.update("jax_enable_x64", before)
        assert float(seen[0]) == pytest.approx(float(example.got), rel=1e-6)


Z, W = normal(2, 3) * (1 - 2j), normal(3, 2) * (2 + 1j)


def rule(forward: Any, backward: Any) -> Any:
    """A function with a rule of its own, which keeps its arguments."""
    function = jax.custom_vjp(forward)
    function.defvjp(lambda *given: (forward(*given), given), lambda kept, dy: backward(dy, *kept))
    return function


def square(z: Any) -> Any:
    return jnp.abs(z) ** 2


def product(z: Any, w: Any) -> Any:
    return z @ w


class TestComplex:
    """Of the conventions for complex gradients, one is JAX's."""

    def test_right_in_the_convention_of_jax(self) -> None:
        for function, inputs in (
            (rule(square, lambda dy, z: (2 * dy * z.conj(),)), (Z,)),
            (rule(product, lambda dy, z, w: (dy @ w.T, z.T @ dy)), (Z, W)),
            (jnp.imag, (Z,)),
            (jnp.fft.rfft, (Z.real,)),
        ):
            verdict = check_jax(function, *inputs)
            assert verdict.holds, str(verdict)
            assert "the conjugate of torch's, as in JAX" in verdict.scope

    def test_another_convention_is_wrong(self) -> None:
        verdict = check_jax(rule(square, lambda dy, z: (2 * dy * z,)), Z)
        assert verdict.status is Status.REFUTED
        assert verdict.reason == "gradient by `z`: the conjugate of what JAX wants"
        verdict = check_jax(rule(product, lambda dy, z, w: (dy @ w.T, z.conj().T @ dy)), Z, W)
        assert verdict.status is Status.REFUTED
        assert "dz is dL/dRe(z) - i dL/dIm(z), the conjugate of torch's, as in JAX" in str(verdict)
        assert "dw is dL/dRe(w) + i dL/dIm(w), as in torch" in str(verdict)
