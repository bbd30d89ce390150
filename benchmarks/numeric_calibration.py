"""Calibration of the numeric check: right code must never be refuted, by bounds that bind.

    python -m benchmarks.numeric_calibration --cases 10000

Draws operations of ``impl`` at random inputs, in float64, float32 and float16 and in small and
larger shapes, checks each backward, and counts what is not CHECKED. In float64 the numeric
gradient is also held against the same formulas in extended precision (np.longdouble), which gives
the true error beside the bound.
"""

from __future__ import annotations

import argparse
import inspect
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

import derivations
import impl
from gradproof.derivation import Mode
from gradproof.numeric import check_gradient
from gradproof.numeric.full import full_comparisons, structures
from gradproof.numeric.hygiene import Findings, quiet, run_backward, run_forward
from gradproof.numeric.prepare import build, measure
from gradproof.operations import Operation, load_operations
from gradproof.sampling import SCALES, Case, draw_case

Array = np.ndarray[Any, Any]
DTYPES = (np.float64, np.float64, np.float32, np.float16)
# Lengths of named axes beside those that are drawn: batches that real code sees.
LONGER = {"N": (16, 40), "D": (7, 12), "C": (5, 9), "M": (6,)}


@dataclass(frozen=True)
class Trial:
    """One right backward at one input."""

    operation: Operation
    mode: Mode
    backward: str
    case: Case
    dtype: Any
    seed: int

    def __str__(self) -> str:
        return (
            f"{self.operation.name} {self.mode.forward} {self.backward} {self.case.kind} "
            f"{np.dtype(self.dtype).name} {[x.shape for x in self.case.arguments()]} {self.seed}"
        )

    def arguments(self) -> list[Array]:
        """The inputs in the trial's dtype; labels stay integers."""
        return [
            np.asarray(x, self.dtype) if x.dtype.kind == "f" else x for x in self.case.arguments()
        ]

    def options(self) -> dict[str, Any]:
        """What check_gradient is told."""
        return {
            "names": tuple(self.case.inputs),
            "wrt": tuple(item.name for item in self.mode.differentiable),
            "parameters": self.case.parameters,
        }


def trials(count: int, seed: int) -> Iterator[Trial]:
    """Draw operations, modes, backwards, layouts, scales, shapes and dtypes."""
    everything = [
        (operation, mode, backward)
        for operation in load_operations(derivations, impl).values()
        for mode in operation.derivation.modes
        for backward in mode.backwards
    ]
    rng = np.random.default_rng(seed)
    for number in range(count):
        operation, mode, backward = everything[number % len(everything)]
        layout = mode.layouts[int(rng.integers(len(mode.layouts)))]
        lengths = {}
        if rng.random() < 0.3:
            lengths = {axis: int(rng.choice(sizes)) for axis, sizes in LONGER.items()}
        scale = SCALES[int(rng.integers(len(SCALES)))]
        case = draw_case(mode, rng, layout, scale, lengths)
        dtype = DTYPES[int(rng.integers(len(DTYPES)))]
        yield Trial(operation, mode, backward, case, dtype, seed + number)


def true_ratios(trial: Trial) -> Array:
    """Bound over true error of every element of the numeric gradient, by extended precision."""
    forward = inspect.unwrap(trial.operation.forward(trial.mode))
    backward = inspect.unwrap(trial.operation.backward(trial.backward))
    options = trial.options()
    problem, _ = build(
        forward, backward, trial.arguments(), options["wrt"], options["names"],
        options["parameters"], None,
    )  # fmt: skip
    rng = np.random.default_rng(trial.seed)
    outputs, cache = run_forward(problem, Findings())
    problem.shapes = tuple(y.shape for y in outputs)
    dy = np.round(rng.normal(size=problem.size), 2)
    first = run_backward(problem, outputs, cache, dy, Findings())
    measured = measure(problem, first, dy, rng)
    found = structures(problem, measured.outputs, rng, limited=False)
    compared = full_comparisons(problem, dy, measured, found, rng, given_dy=False)
    assert compared is not None
    _, numeric = compared
    problem.dtype = np.longdouble
    wide = [x.astype(np.longdouble) if x.dtype.kind == "f" else x for x in problem.inputs]
    truth = problem.gradients(wide, dy.astype(np.longdouble))
    ratios = []
    for name, each in numeric.items():
        error = np.abs(each.value - truth[name]).astype(float).ravel()
        bound, kinked = each.bound.ravel(), each.kinked.ravel()
        known = ~kinked & (error > 0)
        ratios.append(bound[known] / error[known])
    return np.concatenate(ratios)


def main() -> None:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--truth", type=int, default=1_000, help="cases held against longdouble")
    given = parser.parse_args()
    outcomes: Counter[str] = Counter()
    medians: list[float] = []
    least = np.inf
    drawn = tqdm(trials(given.cases, given.seed), total=given.cases, mininterval=5)
    for number, trial in enumerate(drawn):
        verdict = check_gradient(
            trial.operation.forward(trial.mode), trial.operation.backward(trial.backward),
            *trial.arguments(), seed=trial.seed, **trial.options(),
        )  # fmt: skip
        outcomes[f"{np.dtype(trial.dtype).name} {verdict.status}"] += 1
        if not verdict.holds:
            tqdm.write(f"{trial}\n  {str(verdict)[:600]}")
        if trial.dtype is np.float64 and number < given.truth:
            with quiet():
                ratios = true_ratios(trial)
            if ratios.size:
                medians.append(float(np.median(ratios)))
                least = min(least, float(ratios.min()))
                if ratios.min() < 1:
                    tqdm.write(f"bound below the true error, by {ratios.min():.2g}: {trial}")
    for outcome, count in sorted(outcomes.items()):
        print(f"{outcome:20} {count}")
    if medians:
        print(f"median bound / true error {np.median(medians):.0f}, least {least:.2g}")


if __name__ == "__main__":
    main()
