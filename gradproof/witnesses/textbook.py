"""The lines that a book has, beside the code that loses nothing: the same function, and where
floats tell them apart.

An operation's file may hold ``textbook_forward`` and ``textbook_backward`` (where forward is called
``forward_inference``, ``textbook_forward_inference``). They are plain functions:
``textbook_forward(*inputs, **parameters) -> (y, cache)``, ``textbook_backward(dy, cache)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.operation.derivation import Mode
from gradproof.operation.exact_outcome import exact_gradients, exact_outputs
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Array, Case, draw_case, smallest_case
from gradproof.witnesses.arithmetic import deviation
from gradproof.witnesses.runs import run_backward, run_forward

PREFIX = "textbook_"

# How far the two are moved apart in search of a difference: each real input times such a number.
# First far from 0, then close to it.
_REACH = np.concatenate(
    [np.arange(0.25, 100.0, 0.25), 10.0 ** np.arange(2, 309, 2), 10.0 ** -np.arange(1.0, 17.0)]
)

# Half of the digits of a float64: whoever has lost those has lost the number.
_HALF = float(np.finfo(np.float64).eps) ** 0.5


@dataclass(frozen=True)
class Textbook:
    """The pair of functions as a book has them."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]


@dataclass(frozen=True)
class Difference:
    """From which input on the textbook's lines are wrong in float64.

    what: "y" or "dx"; at: the input there, as "x = 37.25"; book and robust: the two numbers.
    """

    what: str
    at: str
    book: float
    robust: float


@dataclass(frozen=True)
class Audit:
    """Both forms measured: the largest error at ordinary inputs, in ULPs, and where they part."""

    book_ulps: float
    robust_ulps: float
    differences: tuple[Difference, ...]


def textbook_of(operation: Operation, mode: Mode) -> Textbook | None:
    """The textbook's pair for ``mode``; None where the file has none."""
    forward = getattr(operation.implementation, PREFIX + mode.forward, None)
    backward = [
        getattr(operation.implementation, PREFIX + name, None) for name in mode.backwards[:1]
    ]
    if forward is None or not backward or backward[0] is None:
        return None
    return Textbook(forward, backward[0])


def constant_difference_of(
    book: Textbook, formula: Callable[..., Any], wrt: Sequence[int]
) -> tuple[Any, Any]:
    """The difference of both outputs, and zeros for its gradients by the inputs at ``wrt``.

    The pair is right only if the difference does not depend on those inputs.
    """
    first = book.forward

    def forward(*inputs: Array, **parameters: Any) -> Any:
        return first(*inputs, **parameters)[0] - formula(*inputs, **parameters)[0], inputs

    def backward(dy: Array, inputs: Any) -> Any:
        found = tuple(np.zeros_like(inputs[place]) for place in wrt)
        return found if len(found) > 1 else found[0]

    return forward, backward


def difference_of(book: Textbook, formula: Callable[..., Any]) -> tuple[Any, Any]:
    """A forward whose gradient by its first argument is zero only if both outputs are equal."""
    first = book.forward

    def forward(times: Array, /, *inputs: Array, **parameters: Any) -> Any:
        return times * (first(*inputs, **parameters)[0] - formula(*inputs, **parameters)[0])

    def backward(dy: Array, times: Array, /, *inputs: Array, **parameters: Any) -> Any:
        return np.zeros_like(times)

    return forward, backward


def audit(operation: Operation, mode: Mode, seed: int) -> Audit | None:
    """Measure both forms in float64; None where there is no textbook form."""
    book = textbook_of(operation, mode)
    if book is None:
        return None
    case = draw_case(mode, np.random.default_rng(seed), mode.layouts[0])
    ulps = [_ulps(mode, case, run) for run in (_of_book(mode, book), _of_code(operation, mode))]
    return Audit(ulps[0], ulps[1], tuple(_differences(operation, mode, book, seed)))


Run = Callable[[Case], Mapping[str, Array]]


def _of_book(mode: Mode, book: Textbook) -> Run:
    names = [item.name for item in mode.differentiable]

    def run(case: Case) -> Mapping[str, Array]:
        with np.errstate(all="ignore"):
            y, cache = book.forward(*case.arguments(), **case.parameters)
            found = book.backward(case.dy, cache)
        values = found if isinstance(found, tuple) else (found,)
        return {"y": np.asarray(y), **dict(zip(names, map(np.asarray, values)))}

    return run


def _of_code(operation: Operation, mode: Mode) -> Run:
    def run(case: Case) -> Mapping[str, Array]:
        (y,), cache = run_forward(operation, mode, case)
        assert case.dy is not None
        return {"y": y, **run_backward(operation, mode, mode.backwards[0], case.dy, cache)}

    return run


def _ulps(mode: Mode, case: Case, run: Run) -> float:
    found = run(case)
    exact = {"y": exact_outputs(mode, case)[0], **exact_gradients(mode, case)}
    return max(
        deviation(name, value, exact[name], np.float64, case).ulps for name, value in found.items()
    )


def _differences(
    operation: Operation, mode: Mode, book: Textbook, seed: int
) -> Iterator[Difference]:
    """The first input on each side of 0 at which half of the digits of an output are lost."""
    runs = _of_book(mode, book), _of_code(operation, mode)
    for sign in (1.0, -1.0):
        found: dict[str, Difference] = {}
        for size in _REACH:
            case, told = _scaled(mode, sign * float(size), seed)
            if not all(np.isfinite(each).all() for each in case.inputs.values()):
                continue
            written, robust = (run(case) for run in runs)
            for name in robust:
                label = name if name == "y" else f"d{name}"
                if label not in found:
                    place = _lost(written[name], robust[name])
                    if place is not None:
                        pair = written[name][place], robust[name][place]
                        found[label] = Difference(label, told, *map(float, pair))
            if len(found) == len(robust):
                break
        yield from found.values()


def _scaled(mode: Mode, size: float, seed: int) -> tuple[Case, str]:
    """A single number where one is all there is, else a drawn case times ``size``."""
    reals = [item for item in mode.inputs if item.domain.kind == "real"]
    if mode.local and len(mode.inputs) == 1:
        return smallest_case(mode, {reals[0].name: size}), f"{reals[0].name} = {size:g}"
    parameters = {item.name: item.default for item in mode.parameters}
    rng = np.random.default_rng(seed)
    case = draw_case(mode, rng, mode.layouts[0], parameters=parameters)
    with np.errstate(over="ignore"):
        moved = {item.name: case.inputs[item.name] * size for item in reals}
    told = f"{', '.join(moved)} {size:g} times as large as ordinary ones"
    return replace(case, inputs={**case.inputs, **moved}), told


def _lost(book: Array, robust: Array) -> tuple[int, ...] | None:
    """Where the textbook's number has lost half of its digits; None where it has nowhere."""
    with np.errstate(all="ignore"):
        close = np.abs(book - robust) <= _HALF * np.abs(robust)
    wrong = ~(close | (book == robust)) & np.isfinite(robust)
    return tuple(map(int, np.argwhere(wrong)[0])) if wrong.any() else None


__all__ = [
    "Audit",
    "Difference",
    "Textbook",
    "audit",
    "constant_difference_of",
    "difference_of",
    "textbook_of",
]
