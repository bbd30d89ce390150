"""Cost of the numeric check: evaluations and seconds, from one run and in one thread.

    OMP_NUM_THREADS=1 python -m benchmarks.numeric_cost

Prints batch norm with every element compared, elementwise functions of 10^6 elements, and
directional mode as a multiple of one forward plus one backward.
"""

from __future__ import annotations

import argparse
import inspect
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from tqdm import tqdm

from gradproof.numeric import check_gradient
from gradproof.verdicts import Verdict
from impl import batch_norm, elu, relu, sigmoid, tanh

Array = np.ndarray[Any, Any]
NAMES = ("x", "gamma", "beta")
FULL = ((32, 32), (256, 256))
LARGE = (1024, 1024)
ELEMENTS = 10**6


def inputs(size: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Inputs of batch norm."""
    rng = np.random.default_rng(0)
    return rng.normal(size=size), rng.normal(size=size[1]), rng.normal(size=size[1])


def timed(run: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """The least of several times, and the result."""
    times, result = [], None
    for _ in range(repeats):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
    return min(times), result


def line(what: str, seconds: float, verdict: Verdict, note: str = "") -> str:
    """One row of the table."""
    return (
        f"{what:42} {seconds:8.3f} s {verdict.details['evaluations']:6} evaluations  "
        f"{verdict.status!s:9} {verdict.details['mode']:12} {note}"
    )


def rows(repeats: int) -> list[str]:
    """Measure everything."""
    found = []
    bare = inspect.unwrap(batch_norm.forward)
    bare_backward = inspect.unwrap(batch_norm.backward_fused)
    pairs = {
        "bare formula": (bare, bare_backward),
        "public": (batch_norm.forward, batch_norm.backward_fused),
    }
    work = tqdm(total=len(pairs) * (len(FULL) + 1) + 4, leave=False)
    for name, (forward, backward) in pairs.items():
        for size in FULL:
            given = inputs(size)
            seconds, verdict = timed(
                lambda f=forward, b=backward, g=given: check_gradient(  # type: ignore[misc]
                    f, b, *g, names=NAMES, mode="full"
                ),
                repeats,
            )
            found.append(line(f"batch norm {size}, {name}, full", seconds, verdict))
            work.update()
        given = inputs(LARGE)
        one, _ = timed(
            lambda f=forward, b=backward, g=given: b(g[0], f(*g)[1]),  # type: ignore[misc]
            2 * repeats + 1,
        )
        seconds, verdict = timed(
            lambda f=forward, b=backward, g=given: check_gradient(  # type: ignore[misc]
                f, b, *g, names=NAMES, mode="directional"
            ),
            repeats,
        )
        note = f"{seconds / one:.1f} times forward + backward"
        found.append(line(f"batch norm {LARGE}, {name}", seconds, verdict, note))
        work.update()
    x = np.random.default_rng(0).normal(size=ELEMENTS)
    for module in (tanh, sigmoid, relu, elu):
        name = module.__name__.removeprefix("impl.")
        seconds, verdict = timed(
            lambda m=module: check_gradient(m.forward, m.backward, x),  # type: ignore[misc]
            1,
        )
        found.append(line(f"{name}, 10^6 elements", seconds, verdict))
        work.update()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    print("\n".join(rows(parser.parse_args().repeats)))


if __name__ == "__main__":
    main()
