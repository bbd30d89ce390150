"""A trace beside real runs of the code: the guard against errors of the tracing itself."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.proof.reals import FLOATS, evaluate
from gradproof.tracing.nodes import Node
from gradproof.tracing.record import Program, Trace

RUNS = 3
MORE_RUNS = 20
TOLERANCE = 1e-6


def disagreement(program: Program, record: Trace, seed: int) -> str:
    """Return what differs between the trace and runs in floats; "" if they agree.

    The runs are at the example inputs and at short random numbers. Where either has no finite
    value (outside the domain, or an overflow), there is nothing to compare.
    """
    rng = random.Random(f"validate {seed}")
    compared = 0
    for attempt in range(RUNS + MORE_RUNS):
        if attempt >= RUNS and compared:
            break
        inputs = {name: np.array(value) for name, value in program.inputs.items()}
        if attempt:
            inputs = {k: _redrawn(k, v, program, record, rng) for k, v in inputs.items()}
        text, count = _compare(program, record, inputs, rng)
        compared += count
        if text:
            return text
    return "" if compared else "no input was found at which the code gives a finite number"


def _redrawn(
    name: str, value: np.ndarray, program: Program, record: Trace, rng: random.Random
) -> np.ndarray:
    if name not in record.inputs:
        return value
    if name in program.labels:
        labels = [rng.randrange(program.labels[name]) for _ in range(value.size)]
        return np.array(labels, dtype=value.dtype).reshape(value.shape)
    draws = [rng.choice([-1, 1]) * rng.randrange(1, 40) / 16 for _ in range(value.size)]
    array = np.array(draws, dtype=float).reshape(value.shape)
    return np.abs(array) if name in program.positive else array


def _compare(
    program: Program, record: Trace, inputs: dict[str, np.ndarray], rng: random.Random
) -> tuple[str, int]:
    point: dict[str, Any] = {}
    for name, array in record.inputs.items():
        _assign(point, array.data, array.batch, np.asarray(inputs[name], dtype=float))
        if inputs[name].dtype.kind == "f":
            inputs[name] = inputs[name].astype(np.float64)
    parameters = dict(program.constants)
    for name, (example, _) in program.symbolic.items():
        parameters[name] = example
        point[name] = Fraction(example)
    made: dict[str, np.ndarray] = {}

    def cotangent(y: Any) -> Any:
        made["y"] = np.array(y, dtype=float)
        draws = [rng.randrange(-20, 21) / 8 for _ in range(made["y"].size)]
        made["dy"] = np.array(draws, dtype=float).reshape(made["y"].shape)
        return made["dy"].copy() if made["y"].ndim else float(made["dy"])

    arrays = {name: value.copy() for name, value in inputs.items()}
    try:
        with np.errstate(all="ignore"):
            _, _, grads = program.run(arrays, parameters, cotangent)
    except Exception as error:
        return ("" if record.refused else f"the code raises {type(error).__name__}: {error}"), 0
    size = next((len(inputs[n]) for n, a in record.inputs.items() if a.batch), 0)
    _assign(point, record.dy.data, record.dy.batch, made["dy"])
    results = {"y": (record.y, made["y"])}
    results |= {f"d{k}": (record.gradients[k], np.asarray(v, float)) for k, v in grads.items()}
    compared = 0
    for label, (traced, real) in results.items():
        text, count = _differs(label, traced.data, traced.batch, real, point, size)
        compared += count
        if text:
            return text, compared
    return "", compared


def _assign(point: dict[str, Any], nodes: Any, batch: frozenset[int], values: np.ndarray) -> None:
    for index in np.ndindex(*nodes.shape):
        node: Node = nodes[index]
        if batch:
            (axis,) = batch
            where: tuple[Any, ...] = (*index[:axis], slice(None), *index[axis + 1 :])
            point[node.payload.name] = [Fraction(float(v)) for v in values[where]]
        else:
            point[node.payload.name] = Fraction(float(values[index]))


def _differs(
    label: str,
    nodes: np.ndarray,
    batch: frozenset[int],
    real: np.ndarray,
    point: dict[str, Any],
    size: int,
) -> tuple[str, int]:
    values = evaluate(list(nodes.reshape(-1)), point, FLOATS, size)
    if batch:
        (axis,) = batch
        if real.ndim != nodes.ndim:
            return f"{label} has shape {real.shape} in a run of the code", 0
        rows = np.moveaxis(real, axis, -1).reshape(-1, size)
        columns = [v if isinstance(v, list) else [v] * size for v in values]
        pairs = [(a, b) for c, row in zip(columns, rows) for a, b in zip(c, row)]
    else:
        if real.shape != nodes.shape:
            return f"{label} has shape {real.shape} in a run of the code, {nodes.shape} traced", 0
        pairs = list(zip(values, real.reshape(-1)))
    compared = 0
    for traced, run in pairs:
        if traced is None or not np.isfinite(run):
            continue
        compared += 1
        if abs(traced - run) > TOLERANCE * (1 + abs(traced) + abs(run)):
            text = f"{label} is {float(run)!r} in a run of the code, but {traced!r} as traced"
            return text, compared
    return "", compared if pairs else 1
