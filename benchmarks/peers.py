"""Other gradient checkers, each asked the same question: is this backward this forward's?

Every peer is driven the way its own documentation shows, with its default tolerances, on one
thread. Those that are not installed are left out, by name. ``pip install .[peers]`` brings them.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

EPS = 1e-5
Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Problem:
    """Batch norm with one slip in its backward: ``slip`` names it, ``size`` is how large."""

    slip: str = ""
    size: float = 1.0

    def forward(self, x: Any, gamma: Any, beta: Any) -> Any:
        """y; written with operators only, so that it runs on any library's arrays."""
        mu = x.mean(0)
        var = ((x - mu) ** 2).mean(0)
        return gamma * (x - mu) / (var + EPS) ** 0.5 + beta

    def backward(self, dy: Any, x: Any, gamma: Any, beta: Any) -> tuple[Any, Any, Any]:
        """dx, dgamma, dbeta, with the slip in dx."""
        m = x.shape[0]
        mu = x.mean(0)
        std = (((x - mu) ** 2).mean(0) + EPS) ** 0.5
        x_hat = (x - mu) / std
        last = x_hat * (dy * x_hat).mean(0)
        if self.slip == "last term":  # relative error in one of the three terms
            last = last * (1 + self.size)
        if self.slip == "no x_hat term":
            last = last * 0
        dx = gamma / std * (dy - dy.mean(0) - last)
        if self.slip == "no gamma":
            dx = dx / gamma
        if self.slip == "N/(N-1)":
            dx = dx * (m / (m - 1))
        return dx, (dy * x_hat).sum(0), dy.sum(0)


Checker = Callable[[Problem, Arrays, int], bool]


def ours(mode: str) -> Checker:
    """gradproof's check_gradient."""

    def check(problem: Problem, inputs: Arrays, seed: int) -> bool:
        from gradproof.numeric import check_gradient

        verdict = check_gradient(
            lambda *arrays: (problem.forward(*arrays), arrays),
            lambda dy, arrays: problem.backward(dy, *arrays),
            *inputs,
            names=("x", "gamma", "beta"),
            mode=mode,  # type: ignore[arg-type]
            seed=seed,
        )
        return verdict.holds

    return check


def torch_gradcheck(fast: bool) -> Checker:
    """torch.autograd.gradcheck on a Function with the hand-written backward."""

    def check(problem: Problem, inputs: Arrays, seed: int) -> bool:
        import torch

        torch.set_num_threads(1)
        torch.manual_seed(seed)

        class BatchNorm(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *arrays: Any) -> Any:
                ctx.save_for_backward(*arrays)
                return problem.forward(*arrays)

            @staticmethod
            def backward(ctx: Any, dy: Any) -> Any:
                return problem.backward(dy, *ctx.saved_tensors)

        tensors = [torch.tensor(each, requires_grad=True) for each in inputs]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            passed: bool = torch.autograd.gradcheck(
                BatchNorm.apply, tensors, fast_mode=fast, raise_exception=False
            )
        return passed

    return check


def jax_check_grads(problem: Problem, inputs: Arrays, seed: int) -> bool:
    """jax.test_util.check_grads, order 1, reverse mode, in float64."""
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)
    function = jax.custom_vjp(problem.forward)
    function.defvjp(
        lambda *arrays: (problem.forward(*arrays), arrays),
        lambda arrays, dy: problem.backward(dy, *arrays),
    )
    return _passes(lambda: check_grads(function, inputs, order=1, modes=["rev"]))


def autograd_check_grads(problem: Problem, inputs: Arrays, seed: int) -> bool:
    """autograd.test_util.check_grads, order 1, reverse mode."""
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    np.random.seed(seed)  # noqa: NPY002 - it draws from NumPy's global state
    function = primitive(problem.forward)
    pulled = (
        lambda y, x, gamma, beta, at=at: lambda dy: problem.backward(dy, x, gamma, beta)[at]
        for at in range(3)
    )
    defvjp(function, *pulled)
    return _passes(lambda: check_grads(function, modes=["rev"], order=1)(*inputs))


def numdifftools_jacobian(problem: Problem, inputs: Arrays, seed: int) -> bool:
    """numdifftools.Jacobian, compared within ten times its own error estimate."""
    import numdifftools

    found = numdifftools.Jacobian(_flat(problem, inputs), full_output=True)(inputs[0].ravel())
    return _agrees(problem, inputs, np.asarray(found[0]), 10 * np.asarray(found[1]), seed)


def scipy_jacobian(problem: Problem, inputs: Arrays, seed: int) -> bool:
    """scipy.differentiate.jacobian, compared within ten times its own error estimate."""
    from scipy.differentiate import jacobian

    flat = _flat(problem, inputs)
    found = jacobian(lambda v: np.apply_along_axis(flat, 0, v), inputs[0].ravel())
    return _agrees(problem, inputs, found.df, 10 * found.error, seed)


PEERS: dict[str, tuple[str, Checker]] = {
    "gradproof, full": ("numpy", ours("full")),
    "gradproof, directional": ("numpy", ours("directional")),
    "torch gradcheck, slow": ("torch", torch_gradcheck(fast=False)),
    "torch gradcheck, fast": ("torch", torch_gradcheck(fast=True)),
    "jax check_grads": ("jax", jax_check_grads),
    "autograd check_grads": ("autograd", autograd_check_grads),
    "numdifftools Jacobian": ("numdifftools", numdifftools_jacobian),
    "scipy jacobian": ("scipy", scipy_jacobian),
}


def installed() -> dict[str, Checker]:
    """The checkers whose package is there."""
    return {
        name: check
        for name, (package, check) in PEERS.items()
        if importlib.util.find_spec(package) is not None
    }


def draw(n: int, d: int, seed: int) -> Arrays:
    """x (n, d), gamma and beta (d,), ordinary numbers."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(1.0, 0.5, d), rng.normal(size=d)


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


def _flat(problem: Problem, inputs: Arrays) -> Callable[[np.ndarray], np.ndarray]:
    x, gamma, beta = inputs
    return lambda v: problem.forward(v.reshape(x.shape), gamma, beta).ravel()


def _agrees(
    problem: Problem, inputs: Arrays, found: np.ndarray, error: np.ndarray, seed: int
) -> bool:
    """Whether dy @ J is the backward's dx, for one random dy."""
    dy = np.random.default_rng(seed).normal(size=inputs[0].shape)
    dx = problem.backward(dy, *inputs)[0].ravel()
    bound = np.abs(dy.ravel()) @ error + 1e-14
    return bool(np.all(np.abs(dy.ravel() @ found - dx) <= bound))
