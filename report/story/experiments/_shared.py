"""What several experiments need: data cut in three, and plain numbers out of arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from impl.network import load

Array = NDArray[Any]


class Split(NamedTuple):
    """Examples to learn from, to stop by, and to judge with: each is used for one purpose only."""

    train: tuple[Array, Array]
    validation: tuple[Array, Array]
    test: tuple[Array, Array]


def split(data: str, points: int, held_out: int, noise: float | None, seed: int) -> Split:
    """Draw ``points`` examples for training, ``held_out`` for validation, the rest for the test.

    Data that are made here get as many points for the test as for validation; ``load`` gives the
    digits whole, and a fifth of them is the test.
    """
    # load keeps a fifth of what it draws for its own test; all of it is test here, too.
    loaded = load(data, n=-(-5 * (points + held_out) // 4), noise=noise, seed=seed)
    x, t = loaded.x_train, loaded.t_train
    end = points + held_out
    test = (loaded.x_test, loaded.t_test)
    if data != "digits":
        more = load(data, n=-(-5 * held_out // 4), noise=noise, seed=seed + 1000)
        test = (more.x_train, more.t_train)
    return Split((x[:points], t[:points]), (x[points:end], t[points:end]), test)


def rounded(array: Any, digits: int = 5) -> Any:
    """Nested lists of an array's numbers, short enough to keep and to draw from."""
    return np.round(np.asarray(array, dtype=float), digits).tolist()
