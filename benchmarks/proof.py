"""Time of the proofs, beside sympy.simplify on the same differences.

``python -m benchmarks.proof`` prints, from one run: batch norm for every batch size; batch norm at
fixed sizes, its growth with N, and SymPy's; all operations together. ``--plot FILE`` also draws
the growth; ``--limit`` is the number of seconds that each call of SymPy is given.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("benchmarks.proof")

import argparse
import importlib
import inspect
import math
import multiprocessing
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from tqdm import tqdm

from gradproof import prove_gradient
from gradproof.proof.differentiate import vjp
from gradproof.tracing import Program, fresh_table, to_sympy, trace
from gradproof.tracing import expression as ex
from gradproof.verdicts import Status, Verdict

BACKWARDS = ("backward", "backward_fused")
SIZES = (2, 4, 8, 16, 32, 64)
SYMPY_SIZES = (2, 4, 8, 16, 32)
DENSE = (np.ones((2, 3)) / 2, np.ones((3, 4)) / 4, np.ones(4))


def short(*shape: int) -> np.ndarray:
    """Return short numbers of either sign."""
    rng = np.random.default_rng(list(shape))
    return rng.choice([-1.0, 1.0], shape) * rng.integers(1, 25, shape) / 8


def batch_norm_inputs(n: int, d: int) -> tuple[np.ndarray, ...]:
    """Return x, gamma and beta for a batch of n elements with d features."""
    return short(n, d), short(d), short(d)


def functions(module: str, backward: str = "backward") -> tuple[Callable[..., Any], ...]:
    """Return the bare forward and backward of an operation."""
    found = importlib.import_module(f"impl.{module}")
    return inspect.unwrap(found.forward), inspect.unwrap(getattr(found, backward))


OPERATIONS: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    *((name, "backward", (short(2, 3),), {}) for name in ("sigmoid", "tanh", "relu", "elu")),
    ("leaky_relu", "backward", (short(2, 3),), {}),
    ("maxout", "backward", (short(2, 3), short(3, 3, 2), short(3, 2)), {}),
    ("perceptron_step", "backward", (short(2, 3), short(3), short()), {}),
    ("perceptron_sign", "backward", (short(2, 3), short(3), short()), {}),
    ("perceptron_linear", "backward", (short(2, 3), short(3), short()), {"batch": "x"}),
    ("dense", "backward", DENSE, {"batch": "x"}),
    *(("batch_norm", b, batch_norm_inputs(4, 3), {"batch": "x"}) for b in BACKWARDS),
    ("softmax", "backward", (short(2, 3),), {"batch": "x"}),
    ("softmax_cross_entropy", "backward", (short(2, 3), np.array([0, 2])),
     {"batch": ("x", "t"), "labels": {"t": 3}}),
    ("binary_cross_entropy", "backward", (short(5), abs(short(5)) / 4),
     {"batch": ("x", "t"), "wrt": "x"}),
    ("mean_squared_error", "backward", (short(3, 2), short(3, 2)),
     {"batch": ("x", "t"), "wrt": "x"}),
]  # fmt: skip


def timed(module: str, backward: str, inputs: tuple[Any, ...], **options: Any) -> Verdict:
    """Prove one operation and insist on the outcome."""
    forward, back = functions(module, backward)
    verdict = prove_gradient(forward, back, *inputs, **options)
    if verdict.status is not Status.PROVED:
        raise SystemExit(f"{module}.{backward}: {verdict}")
    return verdict


def seconds(verdict: Verdict) -> float:
    """Return the time a proof took."""
    return verdict.seconds or 0.0


def difference(backward: str, n: int) -> Any:
    """Return dx[0, 0] of the code less the true one, as a SymPy expression."""
    forward, back = functions("batch_norm", backward)
    names = ("x", "gamma", "beta")
    program = Program(forward, back, dict(zip(names, batch_norm_inputs(n, 1))), names)
    with fresh_table(1_000_000):
        record = trace(program)
        (true,) = vjp(record.y, record.dy, [record.inputs["x"]])
        return to_sympy(ex.sub(record.gradients["x"].data[0, 0], true.data[0, 0]))


def _simplify(backward: str, n: int, answers: Any) -> None:
    import sympy

    expression = difference(backward, n)
    start = time.monotonic()
    zero = sympy.simplify(expression) == 0
    answers.put((time.monotonic() - start, zero))


def sympy_time(backward: str, n: int, limit: float) -> tuple[float, bool] | None:
    """Return how long sympy.simplify took and whether it found 0; None past the limit."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=_simplify, args=(backward, n, answers))
    process.start()
    process.join(limit)
    if process.is_alive():
        process.kill()
        process.join()
        return None
    return answers.get() if not answers.empty() else None


def growth(sizes: tuple[int, ...], times: list[float]) -> float:
    """Return the exponent k of the best fit time ~ N**k."""
    slope, _ = np.polyfit([math.log(n) for n in sizes], [math.log(t) for t in times], 1)
    return float(slope)


def draw(path: str, series: dict[str, dict[int, float]]) -> None:
    """Plot time against N with both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4))
    for label, points in series.items():
        axes.loglog(list(points), list(points.values()), marker="o", label=label)
    axes.set_xlabel("batch size N, D = 1")
    axes.set_ylabel("seconds")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser("python -m benchmarks.proof", description=__doc__)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each SymPy call")
    parser.add_argument("--plot", default="", help="file to draw the growth into")
    arguments = parser.parse_args()

    print("batch norm, every batch size m, every eps > 0 (goal: both under 2 s)")
    both = [
        seconds(timed("batch_norm", b, batch_norm_inputs(4, 3), batch="x",
                      symbolic={"eps": "positive"}))
        for b in BACKWARDS
    ]  # fmt: skip
    print(f"  {both[0]:.3f} s + {both[1]:.3f} s = {sum(both):.3f} s")

    print("batch norm, fixed (N, D) (goals: (8, 4) under 2 s, (32, 1) under 5 s)")
    for n, d in ((8, 4), (32, 1)):
        times = [seconds(timed("batch_norm", b, batch_norm_inputs(n, d))) for b in BACKWARDS]
        print(f"  ({n}, {d}): " + ", ".join(f"{b} {t:.3f} s" for b, t in zip(BACKWARDS, times)))

    print("batch norm backward, (N, 1)")
    ours: dict[int, float] = {}
    for n in tqdm(sorted({*SIZES, *SYMPY_SIZES}), desc="gradproof", leave=False):
        ours[n] = seconds(timed("batch_norm", "backward", batch_norm_inputs(n, 1)))
    theirs: dict[int, float] = {}
    stopped = ""
    for n in tqdm(SYMPY_SIZES, desc="sympy.simplify", leave=False):
        found = sympy_time("backward", n, arguments.limit)
        if found is None:
            stopped = f"no answer for N = {n} within {arguments.limit:g} s"
            break
        theirs[n] = found[0]
        if not found[1]:
            stopped = f"for N = {n} it did not find 0"
    for n, t in ours.items():
        beside = f", sympy.simplify of dx[0, 0] alone {theirs[n]:.2f} s" if n in theirs else ""
        ratio = f", {theirs[n] / t:.0f} times as long" if n in theirs else ""
        print(f"  N = {n:2d}: all of dx, dgamma, dbeta {t:.3f} s{beside}{ratio}")
    if stopped:
        print(f"  sympy.simplify: {stopped}")
    print(
        f"  growth of gradproof from N = 2 to 64: N**{growth(SIZES, [ours[n] for n in SIZES]):.2f}"
    )
    if arguments.plot:
        draw(arguments.plot, {"gradproof": ours, "sympy.simplify": theirs})

    print("all operations (goal: under 15 s)")
    start = time.monotonic()
    for module, backward, inputs, options in tqdm(OPERATIONS, desc="operations", leave=False):
        timed(module, backward, inputs, **options)
    print(f"  {len(OPERATIONS)} backwards: {time.monotonic() - start:.2f} s")


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "benchmarks.proof")
