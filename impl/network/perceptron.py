"""The perceptron learns: Rosenblatt's rule, the delta rule, and what they can and cannot.

The three outputs are the operations ``impl/perceptron_step.py``, ``_sign`` and ``_linear``.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impl import perceptron_linear
from impl.network.layers import pair

Array = NDArray[Any]
OUTPUTS = ("step", "sign", "linear")


@dataclass
class Perceptron:
    """Weights w (D,) and w_0: I(x @ w - w_0 > 0), sign(x @ w - w_0), or linear w_0 + x @ w.

    Note the course's two roles of w_0: a threshold that is subtracted from the sum of the jumping
    outputs, a bias that is added to the linear one.
    """

    w: Array
    w_0: float = 0.0
    output: str = "step"

    def __post_init__(self) -> None:
        if self.output not in OUTPUTS:
            raise ValueError(
                f"output: none called {self.output!r}; there are: {', '.join(OUTPUTS)}"
            )
        self.operation = importlib.import_module(f"impl.perceptron_{self.output}")

    def predict(self, x: ArrayLike) -> Array:
        """Return y (N,) for x (N, D)."""
        y: Array = self.operation.forward(x, self.w, self.w_0)[0]
        return y


class Cycle(NamedTuple):
    """After epoch ``start`` the weights are what they are again ``length`` epochs later."""

    start: int
    length: int


@dataclass
class Learned:
    """How learning went: ``path`` has (w_1, .., w_D, w_0) at the start and after each change.

    mistakes: examples on which the perceptron was wrong, one entry per epoch. converged: whether
    the last epoch had none. cycle: that the same weights came back, so that it never will.
    """

    perceptron: Perceptron
    path: list[Array]
    mistakes: list[int] = field(default_factory=list)
    cycle: Cycle | None = None

    @property
    def converged(self) -> bool:
        """Whether every example is right."""
        return bool(self.mistakes) and self.mistakes[-1] == 0


def learn(
    x: ArrayLike, t: ArrayLike, *, output: str = "step", lr: float = 1.0, epochs: int = 1000
) -> Learned:
    """Train by the perceptron learning rule, example after example, from w = 0.

    x (N, D); t (N,), 0 or 1 for "step", -1 or 1 for "sign". Where y is wrong,
    w <- w + lr * s * x and w_0 <- w_0 - lr * s, with s = sign(t - y). Stops after an epoch without
    a mistake, and when the weights at the end of an epoch have been there before: from there on
    everything repeats. Source: Rosenblatt 1958; Novikoff 1962.
    """
    if output == "linear":
        raise ValueError("output: the linear unit is trained by delta_rule, not by this rule")
    x, t = examples(x, t, output)
    perceptron = Perceptron(np.zeros(x.shape[1]), 0.0, output)
    learned = Learned(perceptron, [_weights(perceptron)])
    seen = {learned.path[0].tobytes(): 0}
    for epoch in range(1, epochs + 1):
        learned.mistakes.append(_one_epoch(learned, x, t, lr))
        if learned.converged:
            break
        before = seen.setdefault(_weights(perceptron).tobytes(), epoch)
        if before < epoch:
            learned.cycle = Cycle(before, epoch - before)
            break
    return learned


def _one_epoch(learned: Learned, x: Array, t: Array, lr: float) -> int:
    perceptron, mistakes = learned.perceptron, 0
    for n in range(len(x)):
        s = np.sign(t[n] - perceptron.predict(x[n : n + 1])[0])
        if s != 0:
            perceptron.w = perceptron.w + lr * s * x[n]
            perceptron.w_0 = perceptron.w_0 - lr * s
            learned.path.append(_weights(perceptron))
            mistakes += 1
    return mistakes


def delta_rule(
    x: ArrayLike, t: ArrayLike, *, lr: float = 0.1, epochs: int = 100
) -> tuple[Perceptron, list[float]]:
    """Train the linear unit by the delta rule (least mean squares), example after example.

    w <- w + lr * (t - y) * x and w_0 <- w_0 + lr * (t - y): downhill on (y - t)^2 / 2 of one
    example. Returns the perceptron and the mean of (t - y)^2 before each epoch and after the last.
    x (N, D), t (N,) any numbers. Source: Widrow & Hoff 1960.
    """
    x, t = examples(x, t, "linear")
    unit = Perceptron(np.zeros(x.shape[1]), 0.0, "linear")
    forward, backward = pair(perceptron_linear)
    errors = [_mean_square(t - unit.predict(x))]
    for _ in range(epochs):
        for n in range(len(x)):
            y, cache = forward(x[n : n + 1], unit.w, unit.w_0)
            gradient = backward(y - t[n], cache)
            unit.w = unit.w - lr * gradient.w
            unit.w_0 = float(unit.w_0 - lr * gradient.w_0)
        errors.append(_mean_square(t - unit.predict(x)))
    return unit, errors


def _mean_square(difference: Array) -> float:
    return float(np.mean(difference**2))


def _weights(perceptron: Perceptron) -> Array:
    return np.append(perceptron.w, perceptron.w_0)


def examples(x: ArrayLike, t: ArrayLike, output: str) -> tuple[Array, Array]:
    """Return x (N, D) and t (N,) as floats, or raise ValueError if they do not fit the output."""
    inputs, targets = np.asarray(x, dtype=float), np.asarray(t, dtype=float)
    if inputs.ndim != 2 or targets.shape != inputs.shape[:1] or not len(inputs):
        raise ValueError(
            f"x, t: expected shapes (N, D) and (N,), N >= 1, got {inputs.shape}, {targets.shape}"
        )
    allowed = {"step": (0, 1), "sign": (-1, 1)}.get(output)
    if allowed and not np.isin(targets, allowed).all():
        raise ValueError(
            f"t: expected {allowed[0]} or {allowed[1]} for the output {output!r}, got "
            f"{targets[~np.isin(targets, allowed)][0]:g}"
        )
    return inputs, targets
