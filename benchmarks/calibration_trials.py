"""One case of the calibration: right code at random inputs, its verdict, and the true errors."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unittest import mock

import mpmath
import numpy as np

import derivations
import impl
from gradproof.numeric import check_gradient, one_point
from gradproof.numeric.side_effects.hygiene import quiet
from gradproof.operation.derivation import Mode
from gradproof.operation.evaluation import DIGITS
from gradproof.operation.exact_outcome import exact_gradients
from gradproof.operation.operations import Operation, load_operations
from gradproof.operation.sampling import SCALES, Case, Scale, draw_case
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
DTYPES = (np.float64, np.float64, np.float32, np.float16)
# Every third case along random directions only.
MODES = ("auto", "auto", "directional")
# Inputs near zero make gradients that are small remainders of ordinary terms.
ALL_SCALES = (*SCALES, Scale("small", spread=0.03))
# Lengths of named axes beside those that are drawn: batches that real code sees.
LONGER = {"N": (16, 40), "D": (7, 12), "C": (5, 9), "M": (6,)}
# 50 digits are asked for up to this many elements of the inputs.
_DIGITS_LARGEST = 60
CRASHED = "CRASHED"
# Where longdouble is no wider than double, it is no truth.
WIDE = float(np.finfo(np.longdouble).eps) < 1e-3 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Trial:
    """One right backward at one input."""

    operation: Operation
    mode: Mode
    backward: str
    case: Case
    dtype: Any
    check_mode: str
    seed: int
    number: int

    def __str__(self) -> str:
        shapes = " ".join(str(each.shape) for each in self.case.arguments())
        return (
            f"{self.operation.name} {self.mode.forward} {self.backward} "
            f"{np.dtype(self.dtype).name} {shapes}, {self.case.kind}, {self.check_mode}"
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
            "mode": self.check_mode,
            "seed": self.number,
        }


@dataclass(frozen=True)
class Outcome:
    """What one case gave; ratios are medians over the elements, NaN where there are none."""

    seed: int
    number: int
    label: str
    operation: str
    dtype: str
    mode: str
    status: str
    text: str = ""
    ratio: float = np.nan
    least: float = np.inf
    exact: float = np.nan
    whole_ratio: float = np.nan
    digits_ratio: float = np.nan
    truths_apart: float = np.nan

    @property
    def false_alarm(self) -> bool:
        """Whether right code was called wrong, or the check crashed on it."""
        return self.status in (str(Status.REFUTED), CRASHED)

    @property
    def undecided(self) -> bool:
        """Whether the check said that it cannot tell."""
        return self.status == str(Status.UNDECIDED)

    @property
    def command(self) -> str:
        """What repeats the case."""
        return f"python -m benchmarks.numeric_calibration --case {self.seed}:{self.number}"


@cache
def _everything() -> list[tuple[Operation, Mode, str]]:
    return [
        (operation, mode, backward)
        for operation in load_operations(derivations, impl).values()
        for mode in operation.derivation.modes
        for backward in mode.backwards
    ]


def trial(seed: int, number: int) -> Trial:
    """Case ``number`` of a campaign: operation, mode, backward, layout, scale, shape and dtype."""
    operation, mode, backward = _everything()[number % len(_everything())]
    rng = np.random.default_rng([seed, number])
    layout = mode.layouts[int(rng.integers(len(mode.layouts)))]
    lengths = {}
    if rng.random() < 0.3:
        lengths = {axis: int(rng.choice(sizes)) for axis, sizes in LONGER.items()}
    scale = ALL_SCALES[int(rng.integers(len(ALL_SCALES)))]
    case = draw_case(mode, rng, layout, scale, lengths)
    dtype = DTYPES[int(rng.integers(len(DTYPES)))]
    check_mode = MODES[int(rng.integers(len(MODES)))]
    return Trial(operation, mode, backward, case, dtype, check_mode, seed, number)


def run(seed: int, number: int, digits: bool = False) -> Outcome:
    """Check one case, and hold its bounds against the true errors."""
    each = trial(seed, number)
    forward = each.operation.forward(each.mode)
    backward = each.operation.backward(each.backward)
    blank = Outcome(
        seed, number, f"{seed}:{number} {each}", each.operation.name,
        np.dtype(each.dtype).name, each.check_mode, CRASHED,
    )  # fmt: skip
    with _watched(each.arguments()) as seen:
        try:
            verdict = check_gradient(forward, backward, *each.arguments(), **each.options())
        except Exception as error:  # right code on which the check crashes: a false alarm as well
            return replace(blank, text=f"{type(error).__name__}: {error}")
    outcome = replace(
        blank,
        mode=verdict.details.get("mode", each.check_mode),
        status=str(verdict.status),
        text=str(verdict),
    )
    return _with_truth(outcome, each, *seen[-1], digits) if seen else outcome


Numeric = Mapping[str, Any]


@contextmanager
def _watched(inputs: Sequence[Array]) -> Iterator[list[tuple[Array, list[Any], Numeric]]]:
    """Collect the upstream gradient, comparisons and numeric gradients of full mode.

    Those at the point that was asked about, ``inputs``: the check may try others as well.
    """
    parameters: list[Any] = []
    seen: list[tuple[Array, list[Any], Numeric]] = []
    original: Callable[..., Any] = one_point.full_comparisons

    def full_comparisons(problem: Any, dy: Array, *rest: Any) -> Any:
        found = original(problem, dy, *rest)
        parameters.append(problem.parameters)
        here = [x for x in problem.inputs if x.dtype.kind == "f"]
        given = [np.asarray(x) for x in inputs if np.asarray(x).dtype.kind == "f"]
        same = parameters[0] == parameters[-1] and all(map(np.array_equal, given, here))
        if found is not None and same:
            seen.append((dy, *found))
        return found

    with mock.patch.object(one_point, "full_comparisons", full_comparisons):
        yield seen


def _with_truth(
    outcome: Outcome, each: Trial, dy: Array, compared: list[Any], numeric: Numeric, digits: bool
) -> Outcome:
    assert each.case.dy is not None
    dy = dy.reshape(each.case.dy.shape)
    small = sum(x.size for x in each.arguments()) <= _DIGITS_LARGEST
    exact = _in_50_digits(each, dy) if (digits or not WIDE) and small else None
    wide = _in_longdouble(each, dy) if WIDE else exact
    if wide is None:
        return outcome
    ratios = {name: _ratios(found, wide[name]) for name, found in numeric.items()}
    known = np.concatenate(list(ratios.values()))
    outcome = replace(
        outcome,
        exact=float(np.mean(np.isinf(known))) if known.size else np.nan,
        whole_ratio=_median(np.concatenate([1 / _nonzero(c.ratio) for c in compared])),
        ratio=_median(known), least=float(known.min(initial=np.inf)),
    )  # fmt: skip
    if exact is None or not WIDE:
        return replace(outcome, digits_ratio=outcome.ratio if exact is not None else np.nan)
    fifty = np.concatenate([_ratios(found, exact[name]) for name, found in numeric.items()])
    apart = [_apart(wide[name], exact[name], found) for name, found in numeric.items()]
    return replace(outcome, digits_ratio=_median(fifty), truths_apart=max(apart))


def _in_longdouble(each: Trial, dy: Array) -> dict[str, Array]:
    """The gradients by the bare formulas of forward and backward, in extended precision."""
    forward = inspect.unwrap(each.operation.forward(each.mode))
    backward = inspect.unwrap(each.operation.backward(each.backward))
    arguments = [x.astype(np.longdouble) if x.dtype.kind == "f" else x for x in each.arguments()]
    with quiet():
        _, kept = forward(*arguments, **each.case.parameters)
        found = backward(dy.astype(np.longdouble), kept)
    parts = found if isinstance(found, tuple) else (found,)
    return {item.name: np.asarray(part) for item, part in zip(each.mode.differentiable, parts)}


def _in_50_digits(each: Trial, dy: Array) -> dict[str, Array]:
    """The gradients by SymPy's derivative of the definition, as arrays of mpf."""
    inputs = dict(zip(each.case.inputs, each.arguments()))
    case = replace(each.case, inputs=inputs, dy=dy)
    return {name: found.value for name, found in exact_gradients(each.mode, case).items()}


def _ratios(found: Any, truth: Array) -> Array:
    """Bound over true error of each element that is no kink; inf where the error is 0."""
    smooth = ~found.kinked.ravel() & np.isfinite(found.bound.ravel()) & (found.bound.ravel() > 0)
    error = _distance(found.value, truth)[smooth]
    with np.errstate(divide="ignore"):
        return np.asarray(found.bound.ravel()[smooth] / error)


def _apart(wide: Array, exact: Array, found: Any) -> float:
    """How far two truths are apart, in units of the bound."""
    known = ~found.kinked.ravel() & (found.bound.ravel() > 0)
    distance = _distance(wide, exact)[known] / found.bound.ravel()[known]
    return float(distance.max(initial=0.0))


def _distance(value: Array, truth: Array) -> Array:
    if truth.dtype != object:
        return np.abs(value.ravel() - truth.ravel()).astype(float)
    with mpmath.workdps(DIGITS):
        return np.array([
            float(abs(_mpf(a) - b)) for a, b in zip(value.ravel(), truth.ravel())
        ])  # fmt: skip


def _mpf(value: Any) -> Any:
    """A float or longdouble as it is, every bit of it."""
    high = float(value)
    return mpmath.mpf(high) + mpmath.mpf(float(value - high))


def _nonzero(values: Array) -> Array:
    return values[values > 0]


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
