"""Functions as people write them that change what they are given, reuse buffers or keep state.

Each is made anew by a function without arguments, which returns forward, backward and whether the
gradient is right. All take one array of shape (40, 50), but for those in ``TWO``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Case = tuple[Callable[..., Any], Callable[..., Any], bool]


def leaky(x: Array) -> tuple[Array, Array]:
    return np.where(x > 0, x, 0.1 * x), x


def leaky_masked_in_dout() -> Case:
    def backward(dout: Array, x: Array) -> Array:
        dout[x <= 0] = 0  # 0.1 * dout is true
        return dout

    return leaky, backward, False


def leaky_masked_with_out() -> Case:
    def backward(dout: Array, x: Array) -> Array:
        return np.multiply(dout, x > 0, out=dout)

    return leaky, backward, False


def leaky_scaled_in_dout() -> Case:
    def backward(dout: Array, x: Array) -> Array:
        dout[x <= 0] *= 0.1
        return dout

    return leaky, backward, True


def leaky_scaled_twice() -> Case:
    def backward(dout: Array, x: Array) -> Array:
        dout[x <= 0] *= 0.1
        dout[x <= 0] *= 0.1
        return dout

    return leaky, backward, False


def relu_masked_in_dout() -> Case:
    def backward(dout: Array, x: Array) -> Array:
        dx = dout
        dx[x <= 0] = 0
        return dx

    return lambda x: (np.maximum(x, 0), x), backward, True


def relu_in_x() -> Case:
    def forward(x: Array) -> tuple[Array, Array]:
        mask = x <= 0
        x[mask] = 0
        return x, mask

    def backward(dout: Array, mask: Array) -> Array:
        dout[mask] = 0
        return dout

    return forward, backward, True


def tanh_zeroes_dy() -> Case:
    def backward(dy: Array, y: Array) -> Array:
        dy[...] = 0
        return np.zeros_like(y)

    return lambda x: (np.tanh(x), np.tanh(x)), backward, False


def tanh_over_dy() -> Case:
    def backward(dy: Array, x: Array) -> Array:
        dy *= 1 - np.tanh(x) ** 2
        return dy.copy()

    return lambda x: (np.tanh(x), x), backward, True


def centred_in_dy() -> Case:
    def backward(dy: Array, cache: Any) -> Array:
        dy -= dy.mean(axis=0)  # half of it is true
        return dy

    return lambda x: (x - 0.5 * x.mean(axis=0), None), backward, False


def softmax_in_dy() -> Case:
    def forward(x: Array) -> tuple[Array, Array]:
        x -= x.max(axis=1, keepdims=True)
        np.exp(x, out=x)
        x /= x.sum(axis=1, keepdims=True)
        return x, x

    def backward(dy: Array, p: Array) -> Array:
        dy -= (dy * p).sum(axis=1, keepdims=True)
        dy *= p
        return dy

    return forward, backward, True


def dropout_unscaled() -> Case:
    mask = np.random.default_rng(1).random((40, 50)) < 0.5

    def backward(dout: Array, mask: Array) -> Array:
        dout *= mask  # without 1 / 0.5
        return dout

    return lambda x: (x * mask / 0.5, mask), backward, False


def normalised_in_x(slip: bool = False) -> Case:
    def forward(x: Array) -> tuple[Array, Any]:
        x -= x.mean(axis=0)
        std = np.sqrt((x**2).mean(axis=0) + 1e-5)
        x /= std
        return x, (x, std)

    def backward(dy: Array, cache: Any) -> Array:
        x_hat, std = cache
        g = dy - dy.mean(axis=0)
        if not slip:
            g -= x_hat * (dy * x_hat).mean(axis=0)
        return np.asarray(g / std)

    return forward, backward, not slip


def normalised_in_x_wrong() -> Case:
    return normalised_in_x(slip=True)


class KeepsY:
    """A layer that keeps its output, and returns no cache that backward would need."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self.y: Any = None

    def forward(self, x: Array) -> tuple[Array, None]:
        self.y = np.tanh(x)
        return self.y, None

    def backward(self, dy: Array, cache: Any) -> Array:
        return np.asarray(self.factor * dy * (1 - self.y) * (1 + self.y))


def activations_on_self() -> Case:
    layer = KeepsY()
    return layer.forward, layer.backward, True


def activations_on_self_wrong() -> Case:
    layer = KeepsY(1.001)
    return layer.forward, layer.backward, False


class Buffered:
    """A layer that writes its outputs and gradients into the same two arrays each time."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self.out, self.dx = np.empty(0), np.empty(0)

    def forward(self, x: Array) -> tuple[Array, None]:
        if self.out.shape != x.shape:
            self.out, self.dx = np.empty(x.shape), np.empty(x.shape)
        np.tanh(x, out=self.out)
        return self.out, None

    def backward(self, dy: Array, cache: Any) -> Array:
        np.multiply(self.out, self.out, out=self.dx)
        np.subtract(self.factor, self.dx, out=self.dx)
        self.dx *= dy
        return self.dx


def buffers_reused() -> Case:
    layer = Buffered()
    return layer.forward, layer.backward, True


def buffers_reused_wrong() -> Case:
    layer = Buffered(1.01)
    return layer.forward, layer.backward, False


class Stack:
    """Layers that push on a list in forward and pop from it in backward."""

    def __init__(self) -> None:
        self.kept: list[Array] = []

    def forward(self, x: Array) -> tuple[Array, None]:
        for _ in range(3):
            x = np.tanh(x)
            self.kept.append(x)
        return x, None

    def backward(self, dy: Array, cache: Any) -> Array:
        for _ in range(3):
            y = self.kept.pop()
            dy = dy * (1 - y * y)
        return dy


def pushed_and_popped() -> Case:
    stack = Stack()
    return stack.forward, stack.backward, True


def cache_popped(factor: float = 1.0) -> Case:
    def backward(dy: Array, cache: Any) -> Array:
        x = cache.pop("x")
        return np.asarray(factor * dy * np.cos(x))

    return lambda x: (np.sin(x), {"x": x}), backward, factor == 1


def cache_popped_wrong() -> Case:
    return cache_popped(-1.0)


def cache_written_over() -> Case:
    def backward(dy: Array, x: Array) -> Array:
        np.cos(x, out=x)
        x *= dy
        return x

    return lambda x: (np.sin(x), x), backward, True


def view_returned() -> Case:
    return lambda x: (x.T, None), lambda dy, c: dy.T, True


def identity_returned() -> Case:
    return lambda x: (x, x), lambda dy, x: dy, True


def memoised(factor: float = 1.0) -> Case:
    known: dict[bytes, Any] = {}

    def forward(x: Array) -> Any:
        key = x.tobytes()
        if key not in known:
            known[key] = np.exp(x)
        return known[key], known[key]

    return forward, lambda dy, y: factor * dy * y, factor == 1


def memoised_wrong() -> Case:
    return memoised(1.02)


def running_statistics() -> Case:
    class Norm:
        def __init__(self) -> None:
            self.running = np.zeros(50)

        def forward(self, x: Array) -> tuple[Array, Any]:
            mu = x.mean(axis=0)
            self.running *= 0.9
            self.running += 0.1 * mu
            return x - mu, None

        def backward(self, dy: Array, cache: Any) -> Array:
            return np.asarray(dy - dy.mean(axis=0))

    norm = Norm()
    return norm.forward, norm.backward, True


def accumulated_gradient() -> Case:
    """The gradient of a parameter is added up on the object: not what is asked for here."""

    class Scale:
        def __init__(self) -> None:
            self.w, self.dw = np.linspace(1, 2, 50), np.zeros(50)

        def forward(self, x: Array) -> tuple[Array, Array]:
            return x * self.w, x

        def backward(self, dy: Array, x: Array) -> Array:
            self.dw += (dy * x).sum(axis=0)
            return np.asarray(dy * self.w)

    scale = Scale()
    return scale.forward, scale.backward, True


def gradient_added_up_on_self() -> Case:
    """The array returned is added to and never cleared: right in the first call only."""

    class Adds:
        def __init__(self) -> None:
            self.dx: Any = 0.0

        def forward(self, x: Array) -> tuple[Array, Array]:
            return np.sin(x), x

        def backward(self, dy: Array, x: Array) -> Array:
            self.dx = self.dx + dy * np.cos(x)
            return np.asarray(self.dx)

    layer = Adds()
    return layer.forward, layer.backward, False


def destroyed(factor: float = 1.0) -> Case:
    """Everything that is given is destroyed after the values have been computed."""

    def forward(x: Array) -> tuple[Array, Array]:
        y = np.tanh(x)
        x[...] = np.nan
        return y, y.copy()

    def backward(dy: Array, y: Array) -> Array:
        dx = factor * dy * (1 - y * y)
        dy[...] = np.nan
        y[...] = np.nan
        return np.asarray(dx)

    return forward, backward, factor == 1


def destroyed_wrong() -> Case:
    return destroyed(1.01)


CASES: tuple[Callable[[], Case], ...] = (
    leaky_masked_in_dout, leaky_masked_with_out, leaky_scaled_in_dout, leaky_scaled_twice,
    relu_masked_in_dout, relu_in_x, tanh_zeroes_dy, tanh_over_dy, centred_in_dy, softmax_in_dy,
    dropout_unscaled, normalised_in_x, normalised_in_x_wrong, activations_on_self,
    activations_on_self_wrong, buffers_reused, buffers_reused_wrong, pushed_and_popped,
    cache_popped, cache_popped_wrong, cache_written_over, view_returned, identity_returned,
    memoised, memoised_wrong, running_statistics, accumulated_gradient, gradient_added_up_on_self,
    destroyed, destroyed_wrong,
)  # fmt: skip
