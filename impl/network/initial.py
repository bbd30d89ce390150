"""Initial weights, scaled so that signals neither fade nor grow from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def he(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw W (.., inputs, outputs) from a normal distribution of variance 2 / inputs.

    For ReLU and its relatives: half of the signal is cut off, so the variance is doubled.
    Source: He et al. 2015, Delving Deep into Rectifiers, eq. 10.
    """
    return rng.normal(0.0, math.sqrt(2 / shape[-2]), shape)


def glorot(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Draw W (.., inputs, outputs) uniformly, with variance 2 / (inputs + outputs).

    For sigmoid and tanh. Source: Glorot & Bengio 2010, Understanding the Difficulty of Training
    Deep Feedforward Neural Networks, eq. 16.
    """
    limit = math.sqrt(6 / (shape[-2] + shape[-1]))
    return rng.uniform(-limit, limit, shape)


INITIALISATIONS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Array]] = {
    "he": he,
    "glorot": glorot,
}


def initial(rng: np.random.Generator, name: str, shape: tuple[int, ...], rule: str) -> Array:
    """Draw the parameter called ``name``: weights by ``rule``, gamma 1, biases and beta 0."""
    kind = name.partition(".")[2]
    if kind == "W":
        return INITIALISATIONS[rule](rng, shape)
    return np.ones(shape) if kind == "gamma" else np.zeros(shape)
