"""Gradient checkers, each asked the same question: is this backward this forward's?

Every peer is driven the way its own documentation shows, at its best: gradcheck and JAX with a step
for central differences in double precision and the tightest tolerances by powers of ten at which
right code passes, JAX jitted, SciPy on many points at once. All in double precision, on one thread.
``pip install .[peers]`` brings them.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from benchmarks.problems import Arrays, Problem

# Numeric derivatives of numdifftools and SciPy are believed within this many of their own errors.
_TRUST = 10
# The step at which rounding and truncation of central differences are alike, and what is left then.
STEP, ATOL, RTOL = 6e-6, 1e-8, 1e-7
# check_grad takes forward differences, each off by about the root of the rounding error.
FORWARD_RTOL = 1e-4
SETTINGS = (
    f"peers at their best: gradcheck with eps={STEP:g}, atol={ATOL:g}, rtol={RTOL:g}, in both "
    f"modes; JAX jitted, eps={2 * STEP:g} and the same tolerances; scipy.differentiate with all "
    "points of a step in one call; scipy.optimize.check_grad of <dy, y> by x, all elements, up to "
    f"{FORWARD_RTOL:g} of the gradient's norm; autograd and numdifftools have nothing to set"
)


@dataclass(frozen=True)
class Checker:
    """A way to check a gradient.

    check:   (problem, inputs, seed) -> whether it passes.
    once:    one forward and one backward in the checker's own library, to measure it by.
    every:   whether every element of dx is compared, or only sums along random directions.
    growth:  exponent of the time against the number of elements of x, roughly.
    compiled: whether forward is compiled, so that its calls cannot be counted.
    """

    name: str
    package: str
    check: Callable[[Problem, Arrays, int], bool]
    once: Callable[[Problem, Arrays], object]
    every: bool
    growth: float
    growth_elementwise: float = 1.0
    compiled: bool = False

    def growth_for(self, problem: Problem) -> float:
        """The exponent for this problem."""
        return self.growth_elementwise if problem.elementwise else self.growth


def _ours(mode: str) -> Callable[[Problem, Arrays, int], bool]:
    def check(problem: Problem, inputs: Arrays, seed: int) -> bool:
        from gradproof.numeric import check_gradient

        return check_gradient(
            lambda *arrays: (problem.forward(np, *arrays), arrays),
            lambda dy, arrays: problem.backward(np, dy, *arrays),
            *inputs,
            names=problem.names,
            mode=mode,  # type: ignore[arg-type]
            seed=seed,
        ).holds

    return check


def _numpy_once(problem: Problem, inputs: Arrays) -> object:
    return problem.backward(np, problem.forward(np, *inputs), *inputs)


def _torch_function(problem: Problem) -> Any:
    import torch

    torch.set_num_threads(1)

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *arrays: Any) -> Any:
            ctx.save_for_backward(*arrays)
            return problem.forward(torch, *arrays)

        @staticmethod
        def backward(ctx: Any, dy: Any) -> Any:
            return problem.backward(torch, dy, *ctx.saved_tensors)

    return Function.apply


def _torch_tensors(inputs: Arrays) -> list[Any]:
    import torch

    return [torch.tensor(each, requires_grad=True) for each in inputs]


def _gradcheck(fast: bool) -> Callable[[Problem, Arrays, int], bool]:
    def check(problem: Problem, inputs: Arrays, seed: int) -> bool:
        import torch

        torch.manual_seed(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            passed: bool = torch.autograd.gradcheck(
                _torch_function(problem), _torch_tensors(inputs), fast_mode=fast,
                raise_exception=False, eps=STEP, atol=ATOL, rtol=RTOL,
            )  # fmt: skip
        return passed

    return check


def _torch_once(problem: Problem, inputs: Arrays) -> object:
    y = _torch_function(problem)(*_torch_tensors(inputs))
    return y.backward(y.detach())


@cache
def _jax_function(problem: Problem) -> Any:
    """Compiled once for each problem, as a test that runs again would have it."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    function = jax.custom_vjp(lambda *arrays: problem.forward(jnp, *arrays))
    function.defvjp(
        lambda *arrays: (problem.forward(jnp, *arrays), arrays),
        lambda arrays, dy: problem.backward(jnp, dy, *arrays),
    )
    return jax.jit(function)


def _jax_check(problem: Problem, inputs: Arrays, seed: int) -> bool:
    from jax.test_util import check_grads

    np.random.seed(seed)  # noqa: NPY002 - it draws from NumPy's global state
    function = _jax_function(problem)
    return _passes(
        lambda: check_grads(
            function, inputs, order=1, modes=["rev"], atol=ATOL, rtol=RTOL, eps=2 * STEP
        )
    )


def _jax_once(problem: Problem, inputs: Arrays) -> object:
    import jax

    y, pull = jax.vjp(_jax_function(problem), *inputs)
    return jax.block_until_ready(pull(y))


def _autograd_check(problem: Problem, inputs: Arrays, seed: int) -> bool:
    from autograd.extend import defvjp, primitive
    from autograd.test_util import check_grads

    np.random.seed(seed)  # noqa: NPY002 - it draws from NumPy's global state
    function = primitive(lambda *arrays: problem.forward(np, *arrays))
    pulled = (
        lambda y, *arrays, at=at: lambda dy: problem.backward(np, dy, *arrays)[at]
        for at in range(len(inputs))
    )
    defvjp(function, *pulled)
    return _passes(lambda: check_grads(function, modes=["rev"], order=1)(*inputs))


def _numdifftools_check(problem: Problem, inputs: Arrays, seed: int) -> bool:
    import numdifftools

    flat, x = _flat(problem, inputs), inputs[0].ravel()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if problem.elementwise:
            found = numdifftools.Derivative(flat, full_output=True)(x)
        else:
            found = numdifftools.Jacobian(flat, full_output=True)(x)
    return _agrees(problem, inputs, np.asarray(found[0]), np.asarray(found[1]), seed)


def _scipy_check(problem: Problem, inputs: Arrays, seed: int) -> bool:
    from scipy.differentiate import derivative, jacobian

    flat, x = _flat(problem, inputs), inputs[0].ravel()
    if problem.elementwise:
        found = derivative(lambda v: problem.forward(np, v), x)
    else:
        found = jacobian(_many(problem, inputs, flat), x)
    return _agrees(problem, inputs, found.df, found.error, seed)


def _many(problem: Problem, inputs: Arrays, flat: Any) -> Callable[[np.ndarray], np.ndarray]:
    """y at many x at once, which lie along further axes."""
    if problem.many_of is None:
        return lambda v: np.apply_along_axis(flat, 0, v)
    x, *others = inputs
    many = problem.many_of
    return lambda v: many(np, v.reshape(*x.shape, *v.shape[1:]), *others).reshape(-1, *v.shape[1:])


def _check_grad(problem: Problem, inputs: Arrays, seed: int) -> bool:
    from scipy.optimize import check_grad

    flat, x = _flat(problem, inputs), inputs[0]
    dy = np.random.default_rng(seed).normal(size=problem.forward(np, *inputs).shape)
    rest = inputs[1:]

    def gradient(v: np.ndarray) -> np.ndarray:
        return problem.backward(np, dy, v.reshape(x.shape), *rest)[0].ravel()

    error = check_grad(lambda v: float(dy.ravel() @ flat(v)), gradient, x.ravel())
    return bool(error <= FORWARD_RTOL * np.linalg.norm(gradient(x.ravel())))


def _flat(problem: Problem, inputs: Arrays) -> Callable[[np.ndarray], np.ndarray]:
    x, *others = inputs
    return lambda v: problem.forward(np, v.reshape(x.shape), *others).ravel()


def _agrees(
    problem: Problem, inputs: Arrays, found: np.ndarray, error: np.ndarray, seed: int
) -> bool:
    """Whether dy @ J is the backward's dx, for one random dy."""
    dy = np.random.default_rng(seed).normal(size=problem.forward(np, *inputs).shape)
    dx = problem.backward(np, dy, *inputs)[0].ravel()
    if problem.elementwise:
        wanted, bound = dy.ravel() * found, np.abs(dy.ravel()) * error
    else:
        wanted, bound = dy.ravel() @ found, np.abs(dy.ravel()) @ error
    return bool(np.all(np.abs(wanted - dx) <= _TRUST * bound + 1e-14))


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return False
    return True


CHECKERS = (
    Checker("gradproof\nfull", "gradproof", _ours("full"), _numpy_once, True, 1.5),
    Checker("gradproof\nsketch", "gradproof", _ours("sketch"), _numpy_once, False, 1),
    Checker("gradproof\ndirectional", "gradproof", _ours("directional"), _numpy_once, False, 1),
    Checker("gradcheck\nslow", "torch", _gradcheck(False), _torch_once, True, 2, 2),
    Checker("gradcheck\nfast", "torch", _gradcheck(True), _torch_once, False, 1),
    Checker("check_grads\njax", "jax", _jax_check, _jax_once, False, 1, compiled=True),
    Checker("check_grads\nautograd", "autograd", _autograd_check, _numpy_once, False, 1),
    Checker("numdifftools", "numdifftools", _numdifftools_check, _numpy_once, True, 2),
    Checker("scipy\ndifferentiate", "scipy", _scipy_check, _numpy_once, True, 2),
    Checker("scipy\ncheck_grad", "scipy", _check_grad, _numpy_once, True, 2, 2),
)


def chosen(packages: Sequence[str] | None) -> tuple[list[Checker], list[str]]:
    """The checkers of these packages (None: of all), and the packages that are not installed.

    Raises ValueError for a package that there is no checker of.
    """
    known = dict.fromkeys(each.package for each in CHECKERS)
    unknown = [each for each in packages or () if each not in known]
    if unknown:
        raise ValueError(f"no checker of {unknown[0]!r}; there are: {', '.join(known)}")
    asked = [name for name in known if packages is None or name in (*packages, "gradproof")]
    missing = [name for name in asked if importlib.util.find_spec(name) is None]
    return [c for c in CHECKERS if c.package in asked and c.package not in missing], missing


def versions(checkers: Sequence[Checker]) -> dict[str, str]:
    """The version of each package."""
    packages = dict.fromkeys(each.package for each in checkers)
    return {name: importlib.metadata.version(name) for name in packages if name != "gradproof"}
