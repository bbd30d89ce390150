"""The witness "special values": zeros, infinities, NaN, overflow points, and no warnings.

Two sweeps. The derivation's own special values are held against what the code returns; and at
magnitudes from the smallest subnormal to the largest float, the code must neither warn nor turn
finite inputs into NaN.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.operation.derivation import Mode, SpecialValue
from gradproof.operation.layouts import lengths_from, shape_of
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Array, Case, draw_case
from gradproof.text import Text
from gradproof.verdicts import Counterexample, Status, Verdict
from gradproof.witnesses.arithmetic import DTYPES
from gradproof.witnesses.runs import cast, label, run_backward, run_forward

METHOD = "special values, with floating-point errors raised"
MAGNITUDES = (5e-324, 1e-310, 1e-200, 1e-30, 1e30, 1e154, 1e200, 1e300, 1.7e308)
_ULPS = 8


def special(operation: Operation, seed: int = 0) -> Verdict:
    """Try the stated special values in three precisions, then sweep the magnitudes."""
    claim = f"special values of {operation.name}"
    tried, swept = 0, 0
    for mode in operation.derivation.modes:
        for stated in mode.special_values:
            for dtype in DTYPES:
                tried += 1
                wrong = check_special_value(operation, mode, stated, dtype)
                if wrong is not None:
                    return replace(wrong, claim=claim)
        for case in extreme_cases(mode, seed):
            swept += 1
            wrong = check_extreme_case(operation, mode, case)
            if wrong is not None:
                return replace(wrong, claim=claim, seed=seed)
    if not any(mode.special_values for mode in operation.derivation.modes):
        return Verdict(Status.UNDECIDED, claim, METHOD, reason="the derivation states none")
    return Verdict(
        Status.CHECKED,
        claim,
        METHOD,
        scope=f"{tried} stated values, {swept} extreme cases",
        figure=Text(f"{tried} values, {swept} extremes", f"값 {tried}개, 극단적인 경우 {swept}개"),
        cases=tried + swept,
        seed=seed,
    )


def check_special_value(
    operation: Operation, mode: Mode, stated: SpecialValue, dtype: Any
) -> Verdict | None:
    """Return a REFUTED verdict if the code's outcome at ``stated`` is another, else None."""
    case = _special_case(mode, stated, dtype)
    if case is None:
        return None
    try:
        outputs, gradients = _run(operation, mode, case)
    except (FloatingPointError, Warning) as problem:
        return _refuted(case, label(operation, mode), f"{problem}", "no warning")
    wanted = stated.output if mode.outputs > 1 else (stated.output,)
    pairs = [
        (str(node.symbol), got, value)
        for node, got, value in zip(mode.output_nodes, outputs, wanted)
    ]
    pairs += [
        (f"d{name} ({backward})", found[name], value)
        for backward, found in gradients.items()
        for name, value in stated.gradients.items()
    ]
    for what, got, value in pairs:
        expected = np.asarray(value, dtype=np.float64)
        if not _same(got, expected, dtype):
            return _refuted(case, what, f"{got.tolist()}", f"{expected.tolist()}")
    return None


def extreme_cases(mode: Mode, seed: int) -> Iterator[Case]:
    """Finite inputs and upstream gradients of every magnitude, alone and together."""
    rng = np.random.default_rng(seed)
    reals = [item.name for item in mode.inputs if item.domain.kind == "real"]
    for magnitude in MAGNITUDES:
        case = draw_case(mode, rng)
        for name in reals:
            yield replace(case, inputs={**case.inputs, name: _signs(case, name, magnitude, rng)})
        everything = {name: _signs(case, name, magnitude, rng) for name in reals}
        yield replace(case, inputs={**case.inputs, **everything})
        if case.dy is not None:
            huge = np.full(case.dy.shape, magnitude) * rng.choice([-1.0, 1.0], case.dy.shape)
            yield replace(case, dy=huge)
            yield replace(case, inputs={**case.inputs, **everything}, dy=huge)


def check_extreme_case(operation: Operation, mode: Mode, case: Case) -> Verdict | None:
    """Return a REFUTED verdict if finite arguments give a NaN or a warning, else None."""
    try:
        outputs, gradients = _run(operation, mode, case)
    except (FloatingPointError, Warning) as problem:
        return _refuted(case, label(operation, mode), f"{problem}", "no warning")
    named = {str(node.symbol): got for node, got in zip(mode.output_nodes, outputs)}
    for backward, found in gradients.items():
        named.update({f"d{name} ({backward})": got for name, got in found.items()})
    for what, got in named.items():
        if np.isnan(got).any():
            return _refuted(case, what, f"{got.tolist()}", "no NaN for finite inputs")
    return None


def _run(
    operation: Operation, mode: Mode, case: Case
) -> tuple[tuple[Array, ...], dict[str, dict[str, Array]]]:
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        outputs, cache = run_forward(operation, mode, case)
        gradients = {
            name: run_backward(operation, mode, name, case.dy, cache)
            for name in mode.backwards
            if case.dy is not None
        }
    return outputs, gradients


def _special_case(mode: Mode, stated: SpecialValue, dtype: Any) -> Case | None:
    """The case that ``stated`` describes, or None where ``dtype`` cannot hold its numbers."""
    inputs: dict[str, Array] = {}
    for item in mode.inputs:
        kind = int if item.domain.whole else float
        inputs[item.name] = np.asarray(stated.inputs[item.name], kind)
    parameters = {item.name: item.default for item in mode.parameters} | dict(stated.parameters)
    layout = mode.layouts[0]
    shapes = {name: value.shape for name, value in inputs.items()}
    lengths = lengths_from(layout, shapes, parameters)
    dy = np.asarray(stated.cotangent, dtype=np.float64) if mode.dy is not None else None
    if dy is not None:
        any_shape = next(iter(inputs.values())).shape
        dy = np.broadcast_to(dy, shape_of(layout.output, {**parameters, **lengths}, any_shape))
    case = Case(layout, inputs, parameters, lengths, dy, "special")
    held = [case.dy, *case.inputs.values()]
    with np.errstate(over="ignore", under="ignore"):
        rounded = cast(case, dtype)
        fits = all(
            _holds(before, after)
            for before, after in zip(held, [rounded.dy, *rounded.inputs.values()])
        )
    return rounded if fits else None


def _holds(before: Array | None, after: Array | None) -> bool:
    if before is None or after is None or before.dtype.kind != "f":
        return True
    kept = (np.isfinite(before) == np.isfinite(after)) & ((before == 0) == (after == 0))
    return bool(kept.all())


def _same(got: Array, expected: Array, dtype: Any) -> bool:
    if got.shape != expected.shape:
        return False
    with np.errstate(over="ignore", under="ignore"):
        rounded = expected.astype(dtype)
    tolerance = _ULPS * np.maximum(
        np.finfo(dtype).eps * np.abs(rounded.astype(np.float64)),
        float(np.finfo(dtype).smallest_subnormal),
    )
    with np.errstate(invalid="ignore"):
        close = np.abs(got.astype(np.float64) - rounded.astype(np.float64)) <= tolerance
    exact = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    # A stated zero is exact, and a stated -0.0 has its sign.
    negative_zero = (rounded == 0) & np.signbit(rounded) & (expected == 0)
    right_zero = ~negative_zero | np.signbit(got)
    stated_exactly = ~np.isfinite(rounded) | (expected == 0)
    return bool((np.where(stated_exactly, exact, exact | close) & right_zero).all())


def _signs(case: Case, name: str, magnitude: float, rng: np.random.Generator) -> Array:
    shape = case.inputs[name].shape
    return np.full(shape, magnitude) * rng.choice([-1.0, 1.0], shape)


def _refuted(case: Case, what: str, got: str, wanted: str) -> Verdict:
    example = Counterexample(case.described(), what, got, wanted)
    return Verdict(
        Status.REFUTED, "", METHOD, reason=f"{what}: got {got}, wanted {wanted}",
        counterexample=example,
    )  # fmt: skip
