"""Power of directional mode: how often slips are caught, from small to large batch norms.

    python -m benchmarks.numeric_power --inputs 100

For every size, fresh inputs each time: right code must pass, and a dx without its x_hat term,
without gamma, with N/(N-1), or with one element off by 1e-3, must be refuted. Also prints the
detection floor: the smallest relative error in one term of the gradient that is caught.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from tqdm import tqdm

from gradproof.numeric import check_gradient
from impl import batch_norm, elu, leaky_relu, relu, sigmoid, softmax, tanh

Array = np.ndarray[Any, Any]
SIZES = ((4, 3), (32, 8), (128, 32), (512, 64))
SLIPS = ("none", "no x_hat term", "no gamma", "N/(N-1)", "one element off by 1e-3")
ACTIVATIONS = (sigmoid, tanh, relu, leaky_relu, elu, softmax)
NAMES = ("x", "gamma", "beta")


def slipped(slip: str, element: tuple[int, int]) -> Callable[..., Any]:
    """A batch-norm backward with one slip."""

    def backward(dy: Array, cache: Any) -> tuple[Array, Array, Array]:
        x_hat, _, var, gamma, eps = cache
        m = len(x_hat)
        dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
        term = 0 if slip == "no x_hat term" else x_hat * dgamma
        factor = (1 if slip == "no gamma" else gamma) / np.sqrt(var + eps) / m
        dx = factor * (m * dy - dbeta - term)
        if slip == "N/(N-1)":
            dx = dx * m / (m - 1)
        if slip == "one element off by 1e-3":
            dx[element] *= 1 + 1e-3
        return dx, dgamma, dbeta

    return backward


def draw(rng: np.random.Generator, size: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Inputs of batch norm."""
    return rng.normal(size=size), rng.normal(size=size[1]), rng.normal(size=size[1])


def power(inputs: int, seed: int) -> None:
    """Print, per size, how many of the inputs show each slip, and pass without one."""
    forward = inspect.unwrap(batch_norm.forward)
    rng = np.random.default_rng(seed)
    print(f"{'size':12}" + "".join(f"{slip:>26}" for slip in SLIPS))
    for size in SIZES:
        counts = dict.fromkeys(SLIPS, 0)
        for number in tqdm(range(inputs), desc=str(size), leave=False):
            given = draw(rng, size)
            element = (int(rng.integers(size[0])), int(rng.integers(size[1])))
            for slip in SLIPS:
                verdict = check_gradient(
                    forward, slipped(slip, element), *given,
                    names=NAMES, mode="directional", seed=seed + number,
                )  # fmt: skip
                counts[slip] += verdict.holds == (slip == "none")
        print(f"{size!s:12}" + "".join(f"{f'{counts[slip]} of {inputs}':>26}" for slip in SLIPS))


def batch_norm_term_off(by: float) -> Callable[..., Any]:
    """A batch-norm backward whose x_hat term is off by a relative error."""
    right = slipped("none", (0, 0))

    def backward(dy: Array, cache: Any) -> tuple[Array, Array, Array]:
        dx, dgamma, dbeta = right(dy, cache)
        x_hat, _, var, gamma, eps = cache
        return dx - by * gamma / np.sqrt(var + eps) / len(x_hat) * x_hat * dgamma, dgamma, dbeta

    return backward


def floor_of(check: Callable[[float], bool]) -> float:
    """The smallest power of ten, times 1 or 3, that is still refuted."""
    caught = np.inf
    for exponent in np.arange(-2, -15.5, -0.5):
        if check(float(10.0**exponent)):
            break
        caught = 10.0**exponent
    return caught


def floors(seed: int) -> None:
    """Print the detection floor for batch norm and every activation."""
    rng = np.random.default_rng(seed)
    given = draw(rng, (32, 8))
    forward = inspect.unwrap(batch_norm.forward)
    found = floor_of(
        lambda by: check_gradient(forward, batch_norm_term_off(by), *given, names=NAMES).holds
    )
    print(f"{'batch_norm (32, 8), x_hat term of dx':40} {found:.0e}")
    x = rng.normal(size=(16, 4))
    for module in ACTIVATIONS:

        def holds(by: float, module: Any = module) -> bool:
            def backward(dy: Array, cache: Any) -> Array:
                return np.asarray(module.backward(dy, cache) * (1 + by))

            return check_gradient(module.forward, backward, x).holds

        print(f"{module.__name__.removeprefix('impl.') + ', dx':40} {floor_of(holds):.0e}")


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    power(given.inputs, given.seed)
    floors(given.seed)


if __name__ == "__main__":
    main()
