"""Inputs drawn for the points at which a gradient is looked at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradproof.diagnosis.tape.tape import Array
from gradproof.tracing.record_trace import Program

_SMALL = 0.4


def drawn(
    program: Program, rng: np.random.Generator, attempt: int, small: bool = False
) -> dict[str, Array]:
    """Return new inputs: like those given, then ever nearer to them.

    Integers and truth values stay as given; targets and probabilities stay in [0, 1]. small: where
    large ones are lost in rounding, as behind a sigmoid that is 1.
    """
    out: dict[str, Array] = {}
    for name, value in program.inputs.items():
        example = np.asarray(value)
        if example.dtype.kind != "f":
            out[name] = example
            continue
        x = example.astype(float)
        scale = float(np.abs(x[np.isfinite(x)]).max(initial=0.0)) or 1.0
        fraction = bool(x.size) and x.min() >= 0 and x.max() <= 1
        if fraction and (name not in program.wrt or attempt >= 3):
            out[name] = rng.uniform(0.1, 0.9, x.shape)
            if x.ndim and _sums_to_one(x):
                out[name] /= out[name].sum(axis=-1, keepdims=True)
        elif name in program.positive or (x.size and x.min() > 0 and attempt >= 3):
            out[name] = x * rng.uniform(0.5, 1.5, x.shape)
        elif attempt < 6:
            out[name] = rng.normal(size=x.shape) * (_SMALL if small else min(max(scale, 0.5), 2.0))
        else:
            out[name] = x * rng.uniform(0.9, 1.1, x.shape)
    return out


def _sums_to_one(x: Array) -> bool:
    return bool(np.allclose(x.sum(axis=-1), 1.0)) and x.shape[-1] > 1


def drawn_near(point: Mapping[str, Array], rng: np.random.Generator) -> dict[str, Array]:
    """Return inputs near a point, where code with branches does the same."""
    moved = {}
    for name, value in point.items():
        x = np.asarray(value)
        moved[name] = x * rng.uniform(0.98, 1.02, x.shape) if x.dtype.kind == "f" else x
    return moved
