"""A failed cross-check in a few lines: what is wrong, at which numbers, and which slip it is.

The slip is looked for here, once, when Hypothesis has found the shortest example.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradproof.diagnosis import diagnose
from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation
from gradproof.operation.sampling import Case, draw_case
from tests.agreement import DisagreementError

ROOT = Path(__file__).parent.parent


def shortened(item: pytest.Item, found: pytest.ExceptionInfo[BaseException]) -> str | None:
    """What to print for a failed test of an operation; None for every other test."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    operation = parameters.get("operation")
    if not isinstance(operation, Operation):
        return None
    problem = found.value
    lines = [f"{_place(operation, parameters)}: {_message(problem)}"]
    if isinstance(problem, DisagreementError):
        lines.append(f"  at {problem.case}")
        try:
            lines += _slip(operation, parameters, problem.case)
        except Exception as trouble:  # the failure itself must be told in any case
            lines.append(f"  no diagnosis: it stopped with {trouble!r}")
    else:
        lines += [f"  at {note.partition(': ')[2]}" for note in _notes(problem, "Draw 1")]
        lines += [f"  {frame}" for frame in _frames(found)]
    return "\n".join(lines)


def _place(operation: Operation, parameters: dict[str, Any]) -> str:
    """Whose business it is: the code, or for a test of mathematics the derivation."""
    mode, chain = parameters.get("mode"), parameters.get("chain")
    if chain is not None:
        return f"derivations/{operation.name}.py, {mode}: {chain}"
    if not isinstance(mode, Mode):
        return operation.name
    return f"impl/{operation.name}.py, {parameters.get('backward', mode.forward)}"


def _message(problem: BaseException) -> str:
    text = str(problem).strip()
    return text if isinstance(problem, AssertionError) else f"{type(problem).__name__}: {text}"


def _notes(problem: BaseException, start: str) -> list[str]:
    """The lines that Hypothesis added and that begin so."""
    notes = "\n".join(getattr(problem, "__notes__", [])).splitlines()
    return [line for line in notes if line.strip().startswith(start)]


def _frames(found: pytest.ExceptionInfo[BaseException]) -> list[str]:
    """The lines of this repository on the way to the exception, the last three."""
    frames = []
    for entry in found.traceback:
        path = Path(str(entry.path))
        if path.is_relative_to(ROOT) and ".venv" not in path.parts:
            source = str(entry.statement).strip().splitlines()[0]
            frames.append(f"{path.relative_to(ROOT)}:{entry.lineno + 1}: {source}")
    return frames[-3:]


def _slip(operation: Operation, parameters: dict[str, Any], case: Case) -> list[str]:
    mode, backward = parameters.get("mode"), parameters.get("backward")
    if mode is None or backward is None:
        return []
    # Not at the shortest example: where an axis has length 1, sums and slips are hard to tell.
    case = draw_case(mode, np.random.default_rng(0), case.layout, parameters=case.parameters)
    diagnosis = diagnose(
        operation.formula(mode),
        inspect.unwrap(operation.backward(backward)),
        *case.arguments(),
        wrt=[item.name for item in mode.differentiable],
        labels={
            item.name: item.domain.choices(case.lengths)
            for item in mode.inputs
            if item.domain.whole
        },
        positive=[item.name for item in mode.inputs if item.domain.kind == "positive"],
        **case.parameters,
    )
    return [] if diagnosis is None else [f"  {line}" for line in diagnosis.lines("en")]
