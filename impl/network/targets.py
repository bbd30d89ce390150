"""Targets as a loss takes them, and how many outputs meet them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


def admitted_targets(t: ArrayLike, loss: str, outputs: int, examples: int) -> Array:
    """Return labels (N,) for cross-entropy, numbers (N, outputs) for the mean squared error.

    For the latter, labels become rows of 0 and 1; with one output, 0 or 1. Raises ValueError for
    another shape than that, and for labels that are not whole numbers from 0 to outputs - 1.
    """
    array = np.asarray(t)
    if array.shape[:1] != (examples,):
        raise ValueError(f"t: expected one for each of {examples} rows of x, got {array.shape}")
    are_labels = array.ndim == 1 and array.dtype.kind in "iu"
    if are_labels:
        _require_labels(array, max(outputs, 2))
    if loss != "mean_squared_error":
        if not are_labels:
            raise ValueError(
                f"t: expected integer labels (N,), got {array.dtype} {array.shape}; convert them "
                "with t.astype(int), or take the mean_squared_error"
            )
        return array
    if array.ndim == 1 and outputs == 1:
        array = array[:, np.newaxis]
    elif are_labels:
        array = np.eye(outputs)[array]
    if array.shape != (examples, outputs):
        raise ValueError(f"t: expected shape ({examples}, {outputs}), got {array.shape}")
    return array


def accuracy(y: Array, t: ArrayLike) -> float:
    """Return the share of rows of y (N, C) whose largest number is at the label (N,).

    With one output, the class is whether it is above 1/2. t may also be rows of targets (N, C).
    """
    return float((classes_of(y) == classes_of(np.asarray(t))).mean())


def classes_of(y: Array) -> Array:
    """Return the class of each row of outputs or targets; labels are returned as they are."""
    if y.ndim == 1:
        return y
    classes: Array = y[:, 0] > 0.5 if y.shape[1] == 1 else y.argmax(axis=1)
    return classes.astype(np.intp)


def _require_labels(t: Array, classes: int) -> None:
    outside = (t < 0) | (t >= classes)
    if outside.any():
        raise ValueError(
            f"t: expected labels from 0 to {classes - 1}, got {t[outside][0]}; "
            "renumber them or give the network more outputs"
        )
