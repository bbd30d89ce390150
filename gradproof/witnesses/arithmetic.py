"""The witness "arithmetic": forward and backward against 50-digit values, in ULPs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from gradproof.operation.derivation import Mode
from gradproof.operation.evaluation import DIGITS
from gradproof.operation.exact_outcome import Exact, exact_gradients, exact_outputs
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import ORDINARY, SCALES, Array, Case, Scale, draw_case
from gradproof.text import Text
from gradproof.verdicts import Counterexample, Status, Verdict
from gradproof.witnesses.runs import cast, label, run_backward, run_forward

SCOPE = (
    "float16 / float32 / float64; ULPs at ordinary inputs (normally distributed, spread 1), bounds "
    "also at larger and extreme ones"
)
DTYPES = (np.float16, np.float32, np.float64)
METHOD = "50-digit evaluation"


@dataclass(frozen=True)
class Deviation:
    """How far one computed array is from the exact one, at its worst element.

    place: which element it is, and what it should be; case: at which inputs.
    """

    what: str
    dtype: str
    ulps: float
    share: float
    case: Case
    place: str = ""
    counterexample: Counterexample | None = None

    @property
    def kind(self) -> str:
        """The name of the scale of its inputs."""
        return self.case.kind

    def __str__(self) -> str:
        arrays = {**self.case.inputs, **self.case.parameters, "dy": self.case.dy}
        at = [f"{name} = {_shortest(value)}" for name, value in arrays.items() if value is not None]
        where = f"{self.place} of {self.what}, at {', '.join(at)}"
        return f"the worst, {_ulps(self.ulps)} ULP in {self.dtype}, is {where}"


def arithmetic(operation: Operation, seed: int = 0) -> Verdict:
    """Measure the rounding error of forward and of every backward, in three precisions."""
    claim = f"accuracy of {operation.name}"
    deviations: list[Deviation] = []
    failed: Deviation | None = None
    for found in deviations_of(operation, seed):
        deviations.append(found)
        if found.counterexample is not None:
            failed = found
            break
    # Where large terms cancel, ULPs of the small rest say little: the bound judges those cases.
    ordinary = [each for each in deviations if each.kind == ORDINARY.kind]
    worst = {
        dtype: max((each.ulps for each in ordinary if each.dtype == dtype), default=0.0)
        for dtype in (np.dtype(each).name for each in DTYPES)
    }
    ulps = " / ".join(map(_ulps, worst.values())) + " ULP"
    figure = Text(f"{ulps}, ordinary inputs", f"{ulps}, 보통 입력에서")
    if failed is not None:
        return Verdict(
            Status.REFUTED,
            claim,
            METHOD,
            figure=f"{failed.ulps:.2g} ULP",
            reason=f"{failed.what} in {failed.dtype} is farther off than rounding explains",
            counterexample=failed.counterexample,
            seed=seed,
        )
    return Verdict(
        Status.CHECKED,
        claim,
        METHOD,
        scope=f"{SCOPE}; {max(ordinary, key=lambda each: each.ulps)}" if ordinary else SCOPE,
        figure=figure,
        error=max((each.share for each in deviations), default=0.0),
        bound=1.0,
        cases=len(deviations),
        seed=seed,
        details={"ulps": worst},
    )


def _shortest(value: Any) -> Any:
    """Numbers as short as their dtype allows: 1.47 for the float32 nearest to it."""
    if np.ndim(value):
        return [_shortest(each) for each in value]
    return float(str(np.asarray(value)[()]))


def _ulps(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def deviations_of(operation: Operation, seed: int) -> Iterator[Deviation]:
    """Measure every array that the operation returns, for each layout, scale and precision."""
    for mode in operation.derivation.modes:
        rng = np.random.default_rng(seed)
        first, *others = mode.layouts
        for dtype in DTYPES:
            # float16 is rounded once, at the end: what is left to try is float32's business.
            scales = SCALES if dtype != np.float16 else (ORDINARY,)
            tried = [(first, scale) for scale in (*scales, *extreme_scales(dtype))]
            tried += [(layout, ORDINARY) for layout in others]
            for layout, scale in tried:
                case = cast(draw_case(mode, rng, layout, scale), dtype)
                yield from case_deviations(operation, mode, case, dtype)


def extreme_scales(dtype: Any) -> tuple[Scale, ...]:
    """Inputs and upstream gradients whose products and squares leave the range of ``dtype``.

    None for float16, which is computed in float32: the extremes are float32's.
    """
    if dtype == np.float16:
        return ()
    info = np.finfo(dtype)
    huge, tiny = float(info.max), float(info.tiny)
    return (
        Scale("huge inputs", spread=huge**0.7),
        Scale("huge upstream gradient", cotangent=0.9 * huge, signs_only=True),
        Scale("tiny inputs", spread=tiny**0.7),
    )


def case_deviations(
    operation: Operation, mode: Mode, case: Case, dtype: Any
) -> Iterator[Deviation]:
    """Measure forward's outputs and each backward's gradients at one case."""
    outputs, cache = run_forward(operation, mode, case)
    for node, got, exact in zip(mode.output_nodes, outputs, exact_outputs(mode, case)):
        name = f"{node.symbol} of {label(operation, mode)}"
        yield deviation(name, got, exact, dtype, case)
    if not mode.backwards:
        return
    assert case.dy is not None
    truth = exact_gradients(mode, case)
    for backward in mode.backwards:
        for item, got in run_backward(operation, mode, backward, case.dy, cache).items():
            name = f"d{item} of {label(operation, mode, backward)}"
            yield deviation(name, got, truth[item], dtype, case)


def deviation(what: str, got: Array, exact: Exact, dtype: Any, case: Case) -> Deviation:
    """Compare one array element by element; the bound is rounding's own."""
    kind = np.dtype(dtype).name
    worst: tuple[int, ...] = ()
    if got.shape != exact.value.shape or got.dtype != dtype:
        was, wanted = f"{got.dtype}{got.shape}", f"{kind}{exact.value.shape}"
        example = Counterexample(case.described(), "the array", was, wanted)
        return Deviation(what, kind, float("inf"), float("inf"), case, counterexample=example)
    ulps, share, at = 0.0, 0.0, ()
    bound = exact.bound(dtype)
    with mpmath.workdps(DIGITS):
        for place in np.ndindex(got.shape):
            here = _element(float(got[place]), exact.value[place], bound[place], dtype)
            ulps = max(ulps, here[0])
            if here[1] >= share:
                share, at = here[1], place
            if here[0] == ulps:
                worst = place
        place_of_worst = ""
        if exact.value.size:
            true = mpmath.nstr(exact.value[worst or next(np.ndindex(got.shape))], 3)
            element = f"element {list(worst)}" if worst else "the value"
            place_of_worst = f"{element} (it should be {true})"
        found: Counterexample | None = None
        if not share <= 1.0:
            wanted = mpmath.nstr(exact.value[at], 12)
            place_name = f"element {list(at)}" if at else "the value"
            found = Counterexample(case.described(), place_name, f"{float(got[at])!r}", wanted)
    return Deviation(what, kind, ulps, share, case, place_of_worst, found)


def _element(got: float, exact: Any, bound: Any, dtype: Any) -> tuple[float, float]:
    """The distance in ULPs, and as a share of the bound."""
    info = np.finfo(dtype)
    largest = float(info.max)
    # Infinity is right where rounding may carry the result over the largest float on that side.
    if np.isinf(got) and (exact if got > 0 else -exact) + bound >= largest:
        return 0.0, 0.0
    if not np.isfinite(got):
        return float("inf"), float("inf")
    tiny = float(info.smallest_subnormal)
    with np.errstate(over="ignore"):  # of np.spacing, which looks beyond the largest float
        ulp = float(np.spacing(np.asarray(min(abs(float(exact)), largest / 2), dtype)))
    distance = abs(mpmath.mpf(got) - exact)
    return float(distance / max(ulp, tiny)), float(distance / bound)
