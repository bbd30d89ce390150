"""Whether the step that backward takes is a plain one: a rate times the gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.instance_state import get, put
from gradproof.checking.conventions.layer_parameters import Parameter
from gradproof.checking.conventions.layer_runs import Runs
from gradproof.checking.trials.input_trials import Array, Trial


def apart(
    runs: Runs, trial: Trial, parameters: Sequence[Parameter]
) -> tuple[list[Parameter], list[str]]:
    """The parameters whose gradient can be read, and the names of those whose step is no plain one.

    A plain step doubles with the upstream gradient, and is the same when it is taken again: one of
    Adam or with weight decay does not double, one with momentum grows.
    """
    stepped = [each for each in parameters if each.stepped]
    if not stepped:
        return list(parameters), []
    first, again = _steps(runs, trial, stepped, 1.0)
    double, _ = _steps(runs, trial, stepped, 2.0)
    odd = [
        each.name for each, one, two, later in zip(stepped, first, double, again)
        if not (_close(2 * one, two) and _close(one, later))
    ]  # fmt: skip
    return [each for each in parameters if each.name not in odd], odd


def _steps(
    runs: Runs, trial: Trial, parameters: Sequence[Parameter], scale: float
) -> tuple[list[Array], list[Array]]:
    """The first step from the parameters' values, and the next one from the same values."""
    values = {path: each.value for each in parameters for path in each.places}
    taken: list[list[Array]] = []
    for _ in range(2):
        y, state = runs.forward(trial.values, values)
        dy = np.linspace(0.25, 1.0, max(np.size(y), 1)).reshape(np.shape(y)) * scale
        if runs.way.upstream not in ("dy", "packed"):
            dy = np.full(np.shape(y), 0.5)  # it is not passed on, so nothing can double
        _, done = runs.backward(dy, state)
        taken.append([np.asarray(each.value - _now(done, each)) for each in parameters])
        for path, value in values.items():
            put(done, path, value)
        runs = replace(runs, template=done)
    if runs.way.upstream not in ("dy", "packed"):
        taken = [[each * scale for each in one] for one in taken]
    return taken[0], taken[1]


def _now(done: Any, parameter: Parameter) -> Any:
    return get(done, parameter.places[0])


def _close(a: Array, b: Array) -> bool:
    return np.shape(a) == np.shape(b) and bool(
        np.allclose(a, b, rtol=1e-6, atol=1e-9 * float(np.abs(b).max(initial=0.0)))
    )
