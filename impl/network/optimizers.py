"""From a gradient to a step downhill: SGD, momentum and Adam, each one vector in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Optimizer(Protocol):
    """Changes theta in place, given the gradient g of the loss there (both one vector)."""

    def update(self, theta: Array, g: Array) -> None:
        """Make one step."""


@dataclass
class SGD:
    """theta <- theta - lr * g. Source: Robbins & Monro 1951."""

    lr: float = 0.1

    def update(self, theta: Array, g: Array) -> None:
        """Make one step."""
        theta -= self.lr * g


@dataclass
class Momentum:
    """v <- momentum * v + g;  theta <- theta - lr * v, from v = 0. Source: Polyak 1964, eq. 9."""

    lr: float = 0.05
    momentum: float = 0.9
    v: Array | None = field(default=None, repr=False)

    def update(self, theta: Array, g: Array) -> None:
        """Make one step."""
        if self.v is None:
            self.v = np.zeros_like(theta)
        self.v *= self.momentum
        self.v += g
        theta -= self.lr * self.v


@dataclass
class Adam:
    """Steps of about lr in each element, by running means of g and of g^2.

    m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2, from 0, in step t = 1, 2, ...;
    theta <- theta - lr * m_hat / (sqrt(v_hat) + eps), where m_hat = m / (1 - beta1^t) and
    v_hat = v / (1 - beta2^t) undo that the means began at 0. Source: Kingma & Ba 2015, Algorithm 1.
    """

    lr: float = 0.003
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    t: int = 0
    m: Array | None = field(default=None, repr=False)
    v: Array | None = field(default=None, repr=False)
    _scratch: Array | None = field(default=None, repr=False)

    def update(self, theta: Array, g: Array) -> None:
        """Make one step. All in place: large temporaries cost more time than the arithmetic."""
        if self.m is None or self.v is None or self._scratch is None:
            self.m, self.v, self._scratch = (np.zeros_like(theta) for _ in range(3))
        self.t += 1
        m, v, s = self.m, self.v, self._scratch
        # m <- m + (1 - beta1) (g - m)
        np.subtract(g, m, out=s)
        s *= 1 - self.beta1
        m += s
        # v <- v + (1 - beta2) (g^2 - v)
        np.multiply(g, g, out=s)
        s -= v
        s *= 1 - self.beta2
        v += s
        # theta <- theta - lr m_hat / (sqrt(v_hat) + eps)
        np.divide(v, 1 - self.beta2**self.t, out=s)
        np.sqrt(s, out=s)
        s += self.eps
        np.divide(m, s, out=s)
        s *= self.lr / (1 - self.beta1**self.t)
        theta -= s


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adam": Adam,
}
