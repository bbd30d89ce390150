"""The multilayer perceptron: layers composed of the operations of ``impl/``, and a loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impl import softmax
from impl.network import layers, propagation
from impl.network.initial import INITIALISATIONS, initial
from impl.network.propagation import Cache
from impl.network.spec import Spec, build, specify
from impl.network.targets import accuracy, admitted_targets, classes_of

Array = NDArray[Any]


class Step(NamedTuple):
    """One forward and backward pass on a batch: what it computed, by name."""

    loss: float
    y: Array
    values: dict[str, Array]
    gradients: dict[str, Array]


class State(NamedTuple):
    """A copy of the parameters, and the running statistics of each batch norm."""

    theta: Array
    statistics: dict[str, tuple[Array, Array]]


class MLP:
    """``sizes[0]`` inputs, any hidden layers, ``sizes[-1]`` outputs.

    A hidden layer is dense, then batch norm if asked for, then its activation; a maxout layer is
    both dense and activation, with its batch norm behind. A dense layer before batch norm has no
    bias, which would be subtracted again (Ioffe & Szegedy 2015, section 3.2). The outputs are
    logits with softmax cross-entropy, plain numbers with mean squared error.

    ``activation`` and ``batch_norm``: one for all hidden layers, or one each. ``init``: "he" or
    "glorot". ``dtype``: float32 or float64. Raises ValueError for what does not exist.

    ``theta`` is one vector of all parameters; ``parameters`` maps names such as "dense1.W" to
    views into it. ``statistics`` maps each batch norm to its running mean and variance.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "relu",
        *,
        batch_norm: bool | Sequence[bool] = False,
        pieces: int = 2,
        loss: str = "softmax_cross_entropy",
        init: str = "he",
        seed: int = 0,
        dtype: Any = np.float64,
    ) -> None:
        self.spec: Spec = specify(sizes, activation, batch_norm, pieces, loss)
        self.layers = build(self.spec)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype: expected float32 or float64, got {self.dtype}")
        if init not in INITIALISATIONS:
            known = ", ".join(INITIALISATIONS)
            raise ValueError(f"init: none called {init!r}; there are: {known}")
        rng = np.random.default_rng(seed)
        shapes = {name: shape for layer in self.layers for name, shape in layer.shapes.items()}
        drawn = {name: initial(rng, name, shape, init) for name, shape in shapes.items()}
        self.theta: Array = flat(drawn, shapes).astype(self.dtype)
        self.parameters: dict[str, Array] = {}
        start = 0
        for name, value in drawn.items():
            self.parameters[name] = self.theta[start : start + value.size].reshape(value.shape)
            start += value.size
        self.statistics = {
            layer.name: (np.zeros(layer.features, dtype), np.ones(layer.features, dtype))
            for layer in self.layers
            if layer.features
        }
        self.loss = layers.LOSSES[self.spec.loss]

    def forward(self, x: ArrayLike, *, training: bool = False) -> tuple[Array, Cache]:
        """Return the outputs (N, C) for x (N, D), and the cache with every layer's output by name.

        In training, batch norm works with the batch. Raises ValueError if x has another shape.
        """
        with np.errstate(all="ignore"):
            return propagation.forward(
                self.layers,
                self.parameters,
                self.admitted(x),
                None if training else self.statistics,
            )

    def backward(self, dy: Array, cache: Cache) -> dict[str, Array]:
        """Return the gradient of every value and parameter by name, given that of the outputs."""
        with np.errstate(all="ignore"):
            return propagation.backward(dy, cache)

    def step(self, x: ArrayLike, t: ArrayLike) -> Step:
        """Go forward and back on one batch in training mode; move the running statistics.

        x (N, D); t (N,) labels, or (N, C) targets with mean squared error. The parameters are not
        changed: that is the optimizer's work, with ``flat(step.gradients, network.parameters)``.
        """
        y, cache = self.forward(x, training=True)
        with np.errstate(all="ignore"):
            loss, kept = self.loss.forward(y, self.targets(t, len(y)))
            gradients = propagation.backward(self.loss.backward(1.0, kept), cache)
            self._move_statistics(cache)
        return Step(float(loss), y, cache.values, gradients)

    def evaluate(self, x: ArrayLike, t: ArrayLike) -> tuple[float, float]:
        """Return loss and accuracy in inference mode."""
        y, _ = self.forward(x)
        with np.errstate(all="ignore"):
            loss, _ = self.loss.forward(y, self.targets(t, len(y)))
        return float(loss), accuracy(y, t)

    def predict(self, x: ArrayLike) -> Array:
        """Return the class (N,) of each row of x."""
        return classes_of(self.forward(x)[0])

    def probabilities(self, x: ArrayLike) -> Array:
        """Return softmax of the outputs, (N, C)."""
        return softmax.forward(self.forward(x)[0])[0]

    def state(self) -> State:
        """Return a copy of everything that training changes."""
        return State(self.theta.copy(), dict(self.statistics))

    def restore(self, state: State) -> None:
        """Go back to a state of this network."""
        self.theta[...] = state.theta
        self.statistics = dict(state.statistics)

    def admitted(self, x: ArrayLike) -> Array:
        """Return x as the network computes with it. Raises ValueError if it does not fit."""
        array = np.asarray(x, dtype=self.dtype)
        if array.ndim != 2 or array.shape[1] != self.spec.sizes[0]:
            raise ValueError(
                f"x: expected shape (N, {self.spec.sizes[0]}), got {array.shape}; "
                "one example is x.reshape(1, -1)"
            )
        return array

    def targets(self, t: ArrayLike, examples: int) -> Array:
        """Return the targets of so many examples as the loss takes them; ValueError if not."""
        admitted = admitted_targets(t, self.spec.loss, self.spec.sizes[-1], examples)
        labels = self.spec.loss == "softmax_cross_entropy"
        return admitted if labels else admitted.astype(self.dtype, copy=False)

    def _move_statistics(self, cache: Cache) -> None:
        """Move the running mean and variance of each batch norm towards those of its input."""
        x = cache.values["x"]
        for layer, _, _ in cache.steps:
            if layer.features:
                moved = layers.update_running_statistics(*self.statistics[layer.name], x)
                self.statistics[layer.name] = (moved.running_mean, moved.running_var)
            x = cache.values[layer.name]


def flat(values: Mapping[str, Array], names: Iterable[str], out: Array | None = None) -> Array:
    """Return the arrays of ``values`` called ``names``, as one vector in that order."""
    return np.concatenate([values[name].ravel() for name in names], out=out)
