"""Run an operation's code on a case, and put the outcomes of several cases into one verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Array, Case
from gradproof.verdicts import Verdict


def modes_with_backward(operation: Operation) -> Iterator[tuple[Mode, str]]:
    """Every pair of a mode and the name of one of its backward functions."""
    for mode in operation.derivation.modes:
        for name in mode.backwards:
            yield mode, name


def run_forward(operation: Operation, mode: Mode, case: Case) -> tuple[tuple[Array, ...], Any]:
    """Call forward on ``case``; return its outputs and, if it has a backward, its cache."""
    found = operation.forward(mode)(*case.arguments(), **case.parameters)
    if not mode.backwards:
        return tuple(np.asarray(each) for each in found), None
    y, cache = found
    return (np.asarray(y),), cache


def run_backward(
    operation: Operation, mode: Mode, name: str, dy: Array, cache: Any
) -> dict[str, Array]:
    """Call the backward function ``name``; return its gradients by the name of their input."""
    found = operation.backward(name)(dy, cache)
    values = found if isinstance(found, tuple) else (found,)
    names = [item.name for item in mode.differentiable]
    if len(values) != len(names):
        raise ValueError(f"{name}: expected {len(names)} gradients, got {len(values)}")
    return {each: np.asarray(value) for each, value in zip(names, values)}


def label(operation: Operation, mode: Mode, backward: str = "") -> str:
    """Name what is being checked, as briefly as its operation allows."""
    parts = [operation.name]
    if len(operation.derivation.modes) > 1:
        parts.append(mode.name)
    if backward and len(mode.backwards) > 1:
        parts.append(backward)
    return ", ".join(parts)


def cast(case: Case, dtype: Any) -> Case:
    """The case with its float arrays rounded to ``dtype``."""
    inputs = {
        name: value.astype(dtype) if value.dtype.kind == "f" else value
        for name, value in case.inputs.items()
    }
    return replace(case, inputs=inputs, dy=None if case.dy is None else case.dy.astype(dtype))


def until_failure(verdicts: Iterable[Verdict]) -> tuple[list[Verdict], Verdict | None]:
    """Collect verdicts up to the first that does not hold, and that one, if there is one."""
    held: list[Verdict] = []
    for verdict in verdicts:
        if not verdict.holds:
            return held, verdict
        held.append(verdict)
    return held, None
