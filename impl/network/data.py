"""Data sets to learn from: made here from a seed, but for the digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Data:
    """Examples to train on and others to test with: x (N, D) floats, t (N,) labels from 0."""

    name: str
    x_train: Array
    t_train: Array
    x_test: Array
    t_test: Array

    @property
    def features(self) -> int:
        """The number D of inputs."""
        return int(self.x_train.shape[1])

    @property
    def classes(self) -> int:
        """The number of labels."""
        return int(max(self.t_train.max(), self.t_test.max())) + 1

    def held_out(self, share: float = 0.2) -> tuple[Data, tuple[Array, Array]]:
        """Set aside a share of the training examples to choose by: the rest, and (x, t)."""
        kept = len(self.t_train) - math.ceil(share * len(self.t_train))
        rest = replace(self, x_train=self.x_train[:kept], t_train=self.t_train[:kept])
        return rest, (self.x_train[kept:], self.t_train[kept:])


def gate(name: str) -> tuple[Array, Array]:
    """Return the four rows of the truth table of "and", "or" or "xor": x (4, 2), t (4,)."""
    tables = {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1], "xor": [0, 1, 1, 0]}
    if name not in tables:
        raise ValueError(f"gate: none called {name!r}; there are: {', '.join(tables)}")
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array(tables[name])


def cloud(n: int, rng: np.random.Generator, margin: float = 0.2) -> tuple[Array, Array]:
    """Return n points of [-1, 1]^2 and on which side of a random line through it they are.

    No point is closer to the line than ``margin``, so that a perceptron can separate them.
    """
    angle = rng.uniform(0, 2 * math.pi)
    normal, offset = np.array([math.cos(angle), math.sin(angle)]), rng.uniform(-0.3, 0.3)
    points = rng.uniform(-1, 1, (20 * n, 2))
    distance = points @ normal - offset
    kept = np.flatnonzero(np.abs(distance) >= margin)[:n]
    if len(kept) < n:
        raise ValueError(f"margin: {margin:g} leaves no room in the square; take 0.5 or less")
    return points[kept], (distance[kept] > 0).astype(int)


def xor(n: int, rng: np.random.Generator, noise: float = 0.15) -> tuple[Array, Array]:
    """Return n points around the corners of the unit square; the label is the XOR of the two."""
    bits = rng.integers(0, 2, (n, 2))
    return bits + rng.normal(0, noise, (n, 2)), bits[:, 0] ^ bits[:, 1]


def moons(n: int, rng: np.random.Generator, noise: float = 0.15) -> tuple[Array, Array]:
    """Return n points on two half circles that reach into each other."""
    t = rng.integers(0, 2, n)
    angle = rng.uniform(0, math.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.where(t[:, None] == 0, upper, lower) + rng.normal(0, noise, (n, 2)), t


def circles(n: int, rng: np.random.Generator, noise: float = 0.1) -> tuple[Array, Array]:
    """Return n points on a circle of radius 1 and, inside it, one of radius 1/2."""
    t = rng.integers(0, 2, n)
    angle, radius = rng.uniform(0, 2 * math.pi, n), 1 - 0.5 * t
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points + rng.normal(0, noise, (n, 2)), t


def spirals(n: int, rng: np.random.Generator, noise: float = 0.03) -> tuple[Array, Array]:
    """Return n points on two spirals of one and a half turns that wind around each other."""
    t = rng.integers(0, 2, n)
    along = np.sqrt(rng.uniform(0.02, 1, n))
    angle = 3 * math.pi * along + math.pi * t
    points = np.stack([along * np.cos(angle), along * np.sin(angle)], axis=1)
    return points + rng.normal(0, noise, (n, 2)), t


def _digits() -> tuple[Array, Array]:
    """Return the 1797 handwritten digits of scikit-learn, 8 x 8 pixels from 0 to 1."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ModuleNotFoundError(
            "the handwritten digits come with scikit-learn, which is not installed; "
            "pip install scikit-learn, or everything the report needs: pip install -e '.[report]'"
        ) from None
    x, t = load_digits(return_X_y=True)
    return x / 16.0, t


MADE: dict[str, Callable[..., tuple[Array, Array]]] = {
    "cloud": cloud,
    "xor": xor,
    "moons": moons,
    "circles": circles,
    "spirals": spirals,
}
NAMES = (*MADE, "and", "or", "digits")


def load(name: str, *, n: int = 400, noise: float | None = None, seed: int = 0) -> Data:
    """Return a data set by name, in a random order, one fifth of it for the test.

    n: number of points where they are made here. noise: their spread, if not the usual one (for
    "cloud", the margin). "and" and "or" are the four rows of the truth table, for both uses.
    Raises ValueError for a name that does not exist, ModuleNotFoundError for the digits without
    scikit-learn.
    """
    rng = np.random.default_rng(seed)
    if name in ("and", "or"):
        x, t = gate(name)
        return Data(name, x, t, x, t)
    if name == "digits":
        x, t = _digits()
    elif name in MADE:
        x, t = MADE[name](n, rng) if noise is None else MADE[name](n, rng, noise)
    else:
        raise ValueError(f"data: none called {name!r}; there are: {', '.join(NAMES)}")
    order = rng.permutation(len(t))
    x, t, test = x[order], t[order], len(t) // 5
    return Data(name, x[test:], t[test:], x[:test], t[:test])
