"""Right code of the open trial: the matter of a first course in many personal styles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.diagnosis.subjects import HERE, Draw, Subject, labels, mixed, real, reals

_NORMS = HERE / "subjects/open_norms.py"
_FUNCTIONS = HERE / "subjects/open_functions.py"
_LAYERS = HERE / "subjects/open_layers.py"


def _pair(
    file: Path, name: str, draw: Draw, wrt: str = "x", forward: str = "", backward: str = "",
    **more: Any,
) -> Subject:  # fmt: skip
    return Subject(name, file, forward or f"{name}_forward", backward or f"{name}_backward",
                   more.pop("style", "cache"), draw, tuple(wrt.split()), held_out=True,
                   **more)  # fmt: skip


def _class(file: Path, name: str, draw: Draw, wrt: str = "x", **more: Any) -> Subject:
    return _pair(file, name, draw, wrt, f"{name}.forward", f"{name}.backward", style="class",
                 **more)  # fmt: skip


def _norm_class(name: str, draw: Draw, kept: str = "dgamma dbeta") -> Subject:
    return _class(_NORMS, name, draw, "x gamma beta", build=("gamma", "beta"),
                  attributes=tuple(kept.split()))  # fmt: skip


# --- drawing --------------------------------------------------------------------------------------


def _scaled(by: float, *shapes: tuple[int, ...]) -> Draw:
    return lambda rng: tuple(v * by for v in reals(*shapes)(rng))


def _with(draw: Draw, *data: Any) -> Draw:
    """Draw, with data that stay as they are behind what was drawn."""
    return lambda rng: (*draw(rng), *(np.array(d) for d in data))


def _statistics(rng: np.random.Generator) -> tuple[Any, ...]:
    return *reals((4, 3), (3,), (3,), (3,))(rng), np.abs(real(rng, 3))


def _onehot(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 3, 4), np.eye(4, dtype=int)[rng.permutation(4)[:3]]


def _probabilities(rng: np.random.Generator) -> Any:
    return rng.integers(1, 16, (3, 4)) / 16


def _rows(rng: np.random.Generator) -> tuple[Any, ...]:
    return _probabilities(rng), rng.permutation(4)[:3]


def _columns(rng: np.random.Generator) -> tuple[Any, ...]:
    return (*_scaled(0.25, (3, 5), (4, 3), (4, 1), (1, 4), (1, 1))(rng),
            rng.integers(0, 2, (1, 5)))  # fmt: skip


def _logistic(rng: np.random.Generator) -> tuple[Any, ...]:
    return (*_scaled(0.25, (3, 5), (3, 1), ())(rng), rng.integers(0, 2, (1, 5)))


def _words(rng: np.random.Generator) -> tuple[Any, ...]:
    return np.array([[1, 3, 1], [0, 3, 2]]), real(rng, 5, 2)


_BATCH = reals((4, 3), (3,), (3,))
_SIGNS = [1.0, -1.0, -1.0, 1.0, 1.0, -1.0]
_DROPPED = [[1, 0, 1, 1, 0], [1, 1, 0, 1, 0], [0, 1, 1, 0, 1], [1, 1, 0, 0, 1]]

OPEN = [
    _pair(_NORMS, "circuit_bn", _BATCH, "x gamma beta"),
    _pair(_NORMS, "ioffe", _BATCH, "x gamma beta"),
    _norm_class("BatchNorm1d", _BATCH, "grads.gamma grads.beta"),
    _norm_class("BNLayer", _BATCH),
    _pair(_NORMS, "bn2d", reals((2, 3, 2, 2), (3,), (3,)), "x gamma beta"),
    _pair(_NORMS, "bn_param", _BATCH, "x gamma beta"),
    _pair(_NORMS, "bn_columns", reals((3, 4), (3, 1), (3, 1)), "Z gamma beta"),
    _pair(_NORMS, "bn_loop", _BATCH, "x gamma beta"),
    _norm_class("BatchNormalization", reals((4, 3, 1, 2), (6,), (6,))),
    _pair(_NORMS, "bn_eval", _statistics, "x gamma beta", options={"positive": ("running_var",)}),
    _pair(_NORMS, "bn_relu", reals((4, 3))),
    _norm_class("LayerNormalization", reals((3, 4), (4,), (4,))),
    _pair(_NORMS, "standard_score", reals((4, 3), (3,)), "X w"),
    _class(_FUNCTIONS, "SigmoidLayer", reals((2, 3))),
    _pair(_FUNCTIONS, "sigmoid_z", reals((2, 3)), "Z"),
    _pair(_FUNCTIONS, "tanh_exp", reals((2, 2)), "z"),
    _class(_FUNCTIONS, "TanhLayer", reals((2, 3))),
    _pair(_FUNCTIONS, "relu_z", mixed((2, 3)), "Z"),
    _class(_FUNCTIONS, "LeakyReLULayer", mixed((2, 3))),
    _pair(_FUNCTIONS, "leaky_max", mixed((2, 3))),
    _pair(_FUNCTIONS, "elu_mask", mixed((2, 3))),
    _class(_FUNCTIONS, "ELULayer", mixed((2, 3))),
    _pair(_FUNCTIONS, "softplus_unit", reals((2, 3))),
    _pair(_FUNCTIONS, "maxout_pair", reals((4, 3), (3, 2), (2,), (3, 2), (2,)), "x W1 b1 W2 b2"),
    _pair(_FUNCTIONS, "maxout_groups", reals((3, 6))),
    _pair(_FUNCTIONS, "softmax_jac", reals((4,)), "z"),
    _class(_FUNCTIONS, "SoftmaxLayer", reals((3, 4))),
    _pair(_FUNCTIONS, "ce_loss", labels, "scores", options={"labels": {"y": 4}}),
    _class(_FUNCTIONS, "CrossEntropyOneHot", _onehot, "logits"),
    _pair(_FUNCTIONS, "nll_probs", _rows, "p",
          options={"labels": {"t": 4}, "positive": ("p",)}),
    _pair(_FUNCTIONS, "bce_mean", lambda rng: (_probabilities(rng)[0], np.array([0, 1, 1, 0])),
          "a"),
    _class(_FUNCTIONS, "MSELoss", reals((3, 2), (3, 2)), "y_pred"),
    _pair(_FUNCTIONS, "sse_half", reals((3, 2), (3, 2)), "y t"),
    _pair(_FUNCTIONS, "perceptron_loss", _with(reals((6, 3), (3,), ()), _SIGNS), "w b"),
    _pair(_FUNCTIONS, "logistic", _logistic, "w b", "logistic_cost", "logistic_grads"),
    _pair(_FUNCTIONS, "hinge_l2", _with(_scaled(0.25, (6, 3), (3,), ()), _SIGNS), "w b"),
    _pair(_FUNCTIONS, "neuron", _scaled(0.25, (4,), (4,), ()), "x w b"),
    _pair(_LAYERS, "affine_any", reals((4, 2, 2), (4, 3), (3,)), "x w b"),
    _pair(_LAYERS, "linear_columns", reals((3, 4), (2, 3), (2, 1)), "A_prev W b"),
    _pair(_LAYERS, "shallow", _columns, "W1 b1 W2 b2"),
    _class(_LAYERS, "ThreeLayerNet",
           _scaled(0.25, (5, 3), (3, 4), (4,), (4, 3), (3,), (3, 2), (2,)),
           "W1 b1 W2 b2 W3 b3", build=("W1", "b1", "W2", "b2", "W3", "b3")),
    _pair(_LAYERS, "two_sigmoid", _scaled(0.25, (5, 3), (3, 4), (4, 2), (5, 2)), "W1 W2"),
    _pair(_LAYERS, "softmax_reg", _with(_scaled(0.25, (5, 3), (3, 4), (4,)), [0, 2, 1, 3, 2]),
          "W b"),
    _pair(_LAYERS, "linreg_l2", reals((5, 3), (3,), (), (5,)), "w b"),
    _class(_LAYERS, "DropoutLayer", _with(reals((2, 3)), [[1, 0, 1], [1, 1, 0]]),
           build=("mask",)),
    _pair(_LAYERS, "drop_net", _with(_scaled(0.5, (4, 3), (3, 5), (5, 2)), _DROPPED), "X W1 W2"),
    _pair(_LAYERS, "max_pool", reals((2, 2, 4, 4))),
    _pair(_LAYERS, "avg_pool", reals((4, 6))),
    _pair(_LAYERS, "conv_im2col", reals((2, 2, 3, 4), (3, 2, 2, 2), (3,)), "x W b"),
    _pair(_LAYERS, "conv_naive", reals((4, 5), (2, 2), ()), "x w b"),
    _class(_LAYERS, "Embedding", _words, "W", build=("W",)),
    _pair(_LAYERS, "rnn_step", _scaled(0.1, (4, 3), (4, 2), (3, 2), (2, 2), (2,)),
          "x prev_h Wx Wh b"),
    _pair(_LAYERS, "tied", _scaled(0.25, (4, 3), (3, 2)), "x W"),
    _pair(_LAYERS, "stack", _scaled(0.25, (5, 3), (3, 4), (4,), (4, 2), (2,)),
          "x W1 b1 W2 b2"),
    _pair(_LAYERS, "affine_bn_relu", _scaled(0.25, (5, 3), (3, 2), (2,), (2,)),
          "x w gamma beta"),
]  # fmt: skip
