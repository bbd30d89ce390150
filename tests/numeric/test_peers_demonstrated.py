"""The other checkers at their known failures; each test needs the checker (``.[peers]``).

They say why ``test_peers_failures.py`` asks what it asks, and would notice if a peer mended it.
Every checker runs with its defaults.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tests.numeric.examples import normal

Array = np.ndarray[Any, Any]


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


class TestTorch:
    """torch.autograd.gradcheck: eps 1e-6, atol 1e-5, rtol 1e-3."""

    @pytest.fixture(autouse=True)
    def _torch(self) -> None:
        self.torch = pytest.importorskip("torch")
        self.torch.manual_seed(0)

    def passes(self, f: Any, backward: Any, x: Array, fast: bool = False) -> bool:
        torch = self.torch

        class Function(torch.autograd.Function):  # type: ignore[name-defined, misc]
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return f(x)

            @staticmethod
            def backward(ctx: Any, dy: Any) -> Any:
                return backward(dy, *ctx.saved_tensors)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of single precision before it fails
            passed: bool = torch.autograd.gradcheck(
                Function.apply, torch.tensor(x, requires_grad=True), fast_mode=fast,
                raise_exception=False,
            )  # fmt: skip
        return passed

    def test_passes_an_error_below_rtol_and_anything_below_atol(self) -> None:
        torch, x = self.torch, normal(4, 3)
        assert self.passes(torch.tanh, lambda dy, x: dy * (1 - torch.tanh(x) ** 2) * (1 + 9e-4), x)
        assert self.passes(lambda x: 1e-6 * torch.tanh(x), lambda dy, x: 0 * x, x)

    def test_refuses_right_code_beside_a_kink_and_passes_wrong_code_there(self) -> None:
        torch = self.torch
        assert not self.passes(torch.relu, lambda dy, x: dy * (x > 0), np.array([5e-7, 1.0]))
        assert not self.passes(torch.relu, lambda dy, x: dy * (x > 0), np.array([0.0, 1.0]))
        wrong = self.passes(
            torch.relu,
            lambda dy, x: dy * torch.where(x.abs() < 1e-6, 0.6, (x > 0) * 1.0),
            np.array([2e-7, 1.0]),
        )
        assert wrong

    def test_refuses_right_code_in_float32_near_an_edge_and_at_an_offset(self) -> None:
        torch = self.torch
        single = normal(4, 3).astype(np.float32)
        assert not self.passes(torch.tanh, lambda dy, x: dy * (1 - torch.tanh(x) ** 2), single)
        assert not self.passes(torch.log, lambda dy, x: dy / x, np.array([1e-5, 1.0]))
        offset = self.passes(
            lambda x: 1e9 + torch.sin(x), lambda dy, x: dy * torch.cos(x), np.array([0.3, 1.0])
        )
        assert not offset

    def test_refuses_arrays_of_stride_0(self) -> None:
        torch = self.torch
        broadcast = torch.tensor([1.0, -2.0], dtype=torch.float64).expand(3, 2).requires_grad_()
        with pytest.raises(RuntimeError, match="stride 0"):
            torch.autograd.gradcheck(torch.tanh, broadcast)

    def test_refuses_rounding_that_differs_between_calls(self) -> None:
        torch = self.torch

        def backward(dy: Any, x: Any) -> Any:
            return (2 * dy * x[torch.randperm(len(x))].sum()).expand(x.shape).clone()

        x = normal(300)
        tries = [self.passes(lambda x: x.sum() ** 2, backward, x, fast=True) for _ in range(10)]
        assert not all(tries)

    def test_fast_mode_passes_batch_norm_without_its_x_hat_term(self) -> None:
        def forward(x: Any) -> Any:
            return (x - x.mean(0)) / (((x - x.mean(0)) ** 2).mean(0) + 1e-5) ** 0.5

        def without_x_hat(dy: Any, x: Any) -> Any:
            return (dy - dy.mean(0)) / (((x - x.mean(0)) ** 2).mean(0) + 1e-5) ** 0.5

        passed = [
            self.passes(forward, without_x_hat, normal(128, 32, seed=seed), fast=True)
            for seed in range(5)
        ]
        assert all(passed)

    def test_fast_mode_passes_a_sort_that_forgets_the_order(self) -> None:
        passed = self.passes(
            lambda x: self.torch.sort(x)[0], lambda dy, x: dy.clone(), normal(3000), fast=True
        )
        assert passed


class TestJax:
    """jax.test_util.check_grads, in single precision unless told otherwise."""

    @pytest.fixture(autouse=True)
    def _jax(self) -> None:
        self.jax = pytest.importorskip("jax")
        self.check = pytest.importorskip("jax.test_util").check_grads

    def passes(self, function: Any, x: Array, mode: str) -> bool:
        try:
            self.check(function, (x,), order=1, modes=[mode])
        except AssertionError:
            return False
        return True

    def with_vjp(self, f: Any, backward: Any) -> Any:
        function = self.jax.custom_vjp(f)
        function.defvjp(lambda x: (f(x), x), lambda x, dy: (backward(dy, x),))
        return function

    def test_passes_a_zero_jvp_of_400_elements(self) -> None:
        function = self.jax.custom_jvp(self.jax.numpy.tanh)
        function.defjvp(lambda x, t: (self.jax.numpy.tanh(*x), 0 * t[0]))
        assert self.passes(function, normal(400).astype(np.float32), "fwd")
        assert not self.passes(function, normal(100).astype(np.float32), "fwd")

    def test_refuses_right_code_in_float16(self) -> None:
        tanh = self.jax.numpy.tanh
        right = self.with_vjp(tanh, lambda dy, x: dy * (1 - tanh(x) ** 2))
        assert not self.passes(right, normal(20).astype(np.float16), "rev")
        assert self.passes(right, normal(20).astype(np.float32), "rev")

    def test_passes_a_zero_gradient_of_a_small_function_and_refuses_a_kink(self) -> None:
        numpy = self.jax.numpy
        small = self.with_vjp(lambda x: 1e-5 * numpy.tanh(x), lambda dy, x: 0 * x)
        assert self.passes(small, normal(10).astype(np.float32), "rev")
        right = self.with_vjp(lambda x: numpy.maximum(x, 0), lambda dy, x: dy * (x > 0))
        assert not self.passes(right, np.array([5e-5, 1.0], np.float32), "rev")


class TestAutograd:
    """autograd.test_util.check_grads: step 1e-6, tolerances 1e-6."""

    def passes(self, f: Any, slope: Any, x: Array) -> bool:
        extend = pytest.importorskip("autograd.extend")
        check = pytest.importorskip("autograd.test_util").check_grads
        function = extend.primitive(f)
        extend.defvjp(function, lambda y, x: lambda dy: dy * slope(x))
        np.random.seed(0)  # noqa: NPY002 - it draws from NumPy's global state
        try:
            check(function, modes=["rev"], order=1)(x)
        except AssertionError:
            return False
        return True

    def test_passes_what_is_below_its_tolerance(self) -> None:
        x = normal(10)
        assert self.passes(lambda x: 1e-7 * np.tanh(x), lambda x: 0 * x, x)
        assert self.passes(np.tanh, lambda x: (1 - np.tanh(x) ** 2) * (1 + 1e-7), x)

    def test_refuses_right_code_beside_kinks_in_float32_and_at_large_values(self) -> None:
        assert not self.passes(relu, lambda x: 1.0 * (x > 0), np.array([3e-7, 1.0]))
        assert not self.passes(np.tanh, lambda x: 1 - np.tanh(x) ** 2, np.float32(normal(10)))
        assert not self.passes(lambda x: 1e9 + np.sin(x), np.cos, np.array([0.3, 1.0]))


class TestNumdifftools:
    """numdifftools.Derivative, with its own estimate of its error."""

    def derivative(self, f: Any, x: float) -> tuple[float, float]:
        numdifftools = pytest.importorskip("numdifftools")
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found, info = numdifftools.Derivative(f, full_output=True)(x)[:2]
        return float(found), float(info)

    def test_a_half_is_certain_at_a_kink(self) -> None:
        found, error = self.derivative(relu, 0.0)
        assert found == pytest.approx(0.5)
        assert error < 1e-14

    def test_a_fast_function_is_off_by_far_more_than_its_error(self) -> None:
        found, error = self.derivative(lambda x: np.sin(1e4 * x), 0.3)
        assert abs(found - 1e4 * np.cos(3e3)) > 1e4 * error

    def test_steps_leave_the_domain(self) -> None:
        assert np.isnan(self.derivative(np.log, 1e-3)[0])


class TestScipy:
    """scipy.differentiate.derivative, with its own estimate of its error, and ``success``."""

    def derivative(self, f: Any, x: float) -> Any:
        module = pytest.importorskip("scipy.differentiate")
        with np.errstate(all="ignore"):
            return module.derivative(f, x)

    @pytest.mark.parametrize(
        ("f", "x", "right"),
        [
            (relu, 0.0, None),
            (np.abs, 0.0, None),
            (lambda x: np.sin(2 * np.pi * 1024 * x) + x, 0.25, 2 * np.pi * 1024 + 1),
        ],
        ids=["relu at 0", "abs at 0", "a fast function"],
    )
    def test_success_where_there_is_no_derivative_or_another(
        self, f: Any, x: float, right: float | None
    ) -> None:
        found = self.derivative(f, x)
        assert found.success
        assert found.error < 1e-15
        assert right is None or abs(found.df - right) > 1000

    def test_steps_leave_the_domain(self) -> None:
        found = self.derivative(np.log, 1e-3)
        assert not found.success
        assert np.isnan(found.df)
