"""Right code of the trial: normalisations, losses, layers and cells as people write them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.diagnosis.subjects import HERE, Draw, Subject, labels, mixed, real, reals

_NORMS = HERE / "subjects/fresh_norms.py"
_FUNCTIONS = HERE / "subjects/fresh_functions.py"
_LAYERS = HERE / "subjects/fresh_layers.py"


def _pair(
    file: Any, name: str, draw: Draw, wrt: str = "x", forward: str = "", backward: str = "",
    **more: Any,
) -> Subject:  # fmt: skip
    return Subject(name, file, forward or f"{name}_forward", backward or f"{name}_backward",
                   more.pop("style", "cache"), draw, tuple(wrt.split()), held_out=True,
                   **more)  # fmt: skip


def _norm(name: str, draw: Draw, wrt: str = "x", **more: Any) -> Subject:
    return _pair(_NORMS, name, draw, wrt, **more)


def _function(name: str, draw: Draw, wrt: str = "x", **more: Any) -> Subject:
    return _pair(_FUNCTIONS, name, draw, wrt, **more)


def _layer(name: str, draw: Draw, wrt: str = "x", **more: Any) -> Subject:
    return _pair(_LAYERS, name, draw, wrt, **more)


def _class(file: Any, name: str, draw: Draw, wrt: str, **more: Any) -> Subject:
    return _pair(file, name, draw, wrt, f"{name}.forward", f"{name}.backward", style="class",
                 **more)  # fmt: skip


# --- drawing --------------------------------------------------------------------------------------


def _scaled(draw: Draw, by: float) -> Draw:
    return lambda rng: tuple(v * by for v in draw(rng))


def _with(draw: Draw, *data: Any) -> Draw:
    """Draw, with integer data that stay as they are."""
    return lambda rng: (*draw(rng), *(np.array(d) for d in data))


def _positive_rows(rng: np.random.Generator) -> tuple[Any, ...]:
    p, q = (rng.integers(1, 16, (3, 4)) / 16 for _ in range(2))
    return p / p.sum(axis=1, keepdims=True), q / q.sum(axis=1, keepdims=True)


def _logits(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 5), rng.integers(0, 2, 5)


def _svm(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 3, 2) / 3, real(rng, 2, 4) / 3, np.array([2, 0, 3])


def _two_layers(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 5, 3) / 4, real(rng, 3, 4) / 4, real(rng, 4, 2) / 4, np.array([0, 1, 1, 0, 1])


_MASK = [[1, 0, 1], [1, 1, 0]]
_BATCH = reals((4, 3), (3,), (3,))
_PAIRS = reals((3, 2), (3, 2))
_CELL = _scaled(reals((2, 3), (2, 2), (2, 2), (3, 8), (2, 8), (8,)), 0.1)
_GRU = _scaled(reals((2, 3), (2, 2), (5, 2), (5, 2), (5, 2)), 0.1)
_RNN = _scaled(reals((3, 2, 3), (2, 2), (3, 2), (2, 2), (2,)), 0.1)

FRESH = [
    _norm("ln", reals((3, 4), (4,), (4,)), "x gamma beta"),
    _norm("instance_norm", reals((2, 3, 4), (3,), (3,)), "x g b"),
    _norm("group_norm", reals((3, 6), (6,), (6,)), "x gamma beta"),
    _norm("rms", reals((3, 4), (4,)), "x w"),
    _norm("weight_norm", reals((4, 3), (3, 2), (2,)), "x v g"),
    _norm("bn_letters", _BATCH, "x g b"),
    _norm("bn_einsum", _BATCH, "x gamma beta"),
    _norm("spatial_bn", reals((2, 3, 2, 2), (3,), (3,)), "x gamma beta"),
    _norm("standardize", reals((4, 3))),
    _norm("unit_rows", reals((3, 4))),
    _class(_NORMS, "BatchNormLayer", _BATCH, "x gamma beta", build=("gamma", "beta"),
           attributes=("dgamma", "dbeta")),
    _function("gelu_tanh", _scaled(reals((3, 2)), 0.5)),
    _function("mish", _scaled(reals((3, 2)), 0.5)),
    _function("silu", reals((3, 2))),
    _function("softplus_beta", _scaled(reals((3, 2)), 0.5)),
    _function("selu", mixed((3, 2))),
    _function("hard_tanh", mixed((3, 2))),
    _function("prelu", mixed((4, 3), (3,)), "x a"),
    _function("log_softmax_rows", reals((3, 4))),
    _function("log_sigmoid", reals((3, 2))),
    _function("svm", labels, "scores", options={"labels": {"y": 4}}),
    _function("svm_naive", _svm, "W"),
    _function("l1_loss", _PAIRS, "pred target"),
    _function("mse_rows", _PAIRS, "pred target"),
    _function("huber_mean", _PAIRS, "y_pred"),
    _function("smooth_l1", reals((6,), (6,))),
    _function("log_cosh", _PAIRS, "p"),
    _function("kl", _positive_rows, "p q", options={"positive": ("p", "q")}),
    _function("gaussian_kl", _scaled(_PAIRS, 0.5), "mu logvar"),
    _function("cosine_loss", reals((3, 4), (3, 4)), "u v"),
    _function("bce_logits", _logits, "z"),
    _function("triplet", _scaled(reals((4, 2), (4, 2), (4, 2)), 0.5), "a p n"),
    _function("pinball", reals((6,), (6,)), "q"),
    _function("smoothed_ce", labels, "logits", options={"labels": {"y": 4}}),
    _function("ridge", reals((5, 3), (3,), (5,)), "w"),
    _layer("gelu_erf", _scaled(reals((3, 2)), 0.5)),
    _layer("embedding", _with(reals((5, 3)), [1, 3, 1, 0]), "W"),
    _layer("embedding_loop", _with(reals((5, 3)), [1, 3, 1, 0]), "W"),
    _layer("dropout", _with(reals((2, 3)), _MASK)),
    _layer("conv1d", reals((2, 5), (2, 3), (2,)), "x w b"),
    _layer("conv_cols", reals((2, 7), (3, 2)), "x w"),
    _layer("maxpool", reals((3, 4))),
    _layer("maxpool2d", reals((4, 6))),
    _layer("avgpool", reals((3, 4))),
    _layer("global_avg", reals((2, 3, 2, 2))),
    _layer("bilinear", reals((3, 2), (2, 5, 4), (3, 4)), "x W z"),
    _layer("attention", _scaled(reals((3, 4), (5, 4), (5, 2)), 0.25), "Q K V"),
    _layer("lstm_step", _CELL, "x h c Wx Wh b"),
    _layer("gru_step", _GRU, "x h Wz Wr Wn"),
    _layer("rnn", _RNN, "x h0 Wx Wh b"),
    _layer("outer_linear", reals((4, 3), (2, 3), (2,)), "X W b"),
    _layer("polar", reals((4,), (4,)), "x y"),
    _layer("residual", reals((4, 3), (3, 5), (5, 3)), "x W1 W2"),
    _layer("highway", _scaled(reals((4, 3), (3, 3), (3, 3)), 0.25), "x Wt Wh"),
    _layer("two_layer", _two_layers, "W1 W2", forward="two_layer_loss",
           backward="two_layer_grads"),
    _layer("gate", reals((4, 3), (3,)), "x w", forward="make_gate", backward="make_gate.backward",
           style="closure"),
    _layer("closed_norm", reals((3, 4), (4,)), "x g", forward="make_norm",
           backward="make_norm.backward", style="closure"),
    _layer("bent_layer", reals((3, 2)), forward="bent_layer", backward="bent_layer_backward"),
    _layer("block", _scaled(reals((4, 3), (3, 2), (2, 5)), 0.25), "x W U"),
    _class(_LAYERS, "Linear", reals((4, 3), (3, 2), (2,)), "x W b", build=("W", "b"),
           attributes=("dW", "db")),
    _class(_LAYERS, "LayerNorm", reals((3, 4), (4,), (4,)), "x weight bias",
           build=("weight", "bias"), attributes=("grad_weight", "grad_bias")),
    _class(_LAYERS, "Dropout", _with(reals((2, 3)), _MASK), "x", build=("mask",)),
]  # fmt: skip
