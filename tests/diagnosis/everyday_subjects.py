"""Right code of the everyday trial: losses, small models, layers and recurrent code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tests.diagnosis.subjects import HERE, Draw, Subject, real, reals

_LOSSES, _LAYERS = HERE / "subjects/everyday_losses.py", HERE / "subjects/everyday_layers.py"


def _pair(file: Path, name: str, draw: Draw, wrt: str, **more: Any) -> Subject:
    return Subject(name, file, f"{name}_forward", f"{name}_backward", "cache", draw,
                   tuple(wrt.split()), held_out=True, **more)  # fmt: skip


def _class(file: Path, name: str, draw: Draw, wrt: str, **more: Any) -> Subject:
    return Subject(name, file, f"{name}.forward", f"{name}.backward", "class", draw,
                   tuple(wrt.split()), held_out=True, **more)  # fmt: skip


def _scaled(by: float, *shapes: tuple[int, ...]) -> Draw:
    return lambda rng: tuple(by * each for each in reals(*shapes)(rng))


def _with(draw: Draw, *data: Any) -> Draw:
    """Draw, with data that stay as they are behind what was drawn."""
    return lambda rng: (*draw(rng), *(np.array(each) for each in data))


def _latent(rng: np.random.Generator) -> tuple[Any, ...]:
    mu, logvar, w, x, noise = _scaled(0.25, (5, 2), (5, 2), (2, 3), (5, 3), (5, 2))(rng)
    return mu, logvar, w, x, noise


def _teacher(rng: np.random.Generator) -> tuple[Any, ...]:
    return real(rng, 3, 4) / 4, rng.integers(1, 9, (3, 4)) / 16


_LABELS = [1.0, 0.0, 0.0, 1.0, 1.0]
_ONE_HOT = [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]
_SEEN = [[1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]]
_KEPT = [[1, 0, 1, 1, 0], [1, 1, 0, 1, 0], [0, 1, 1, 0, 1], [1, 1, 0, 0, 1]]
_IDS = [[1, 3, 1], [0, 3, 2]]
_GATED = ((3,), (2,), (2, 3), (2, 2), (2, 3), (2, 2), (2, 3), (2, 2))

EVERYDAY = [
    _pair(_LOSSES, "tempered_softmax", _scaled(0.5, (3, 4)), "z"),
    _pair(_LOSSES, "focal", _with(_scaled(0.25, (5,)), _LABELS), "x"),
    _pair(_LOSSES, "triplet", _scaled(0.5, (5, 3), (5, 3), (5, 3)), "anchor positive negative"),
    _pair(_LOSSES, "cosine_rows", reals((4, 3), (4, 3)), "u v"),
    _pair(_LOSSES, "huber_mean", reals((5,), (5,)), "pred target"),
    _class(_LOSSES, "SmoothL1", _scaled(0.5, (4, 3), (4, 3)), "output"),
    _pair(_LOSSES, "kl_teacher", _teacher, "logits", options={"positive": ("teacher",)}),
    _pair(_LOSSES, "vae", _latent, "mu logvar W"),
    _pair(_LOSSES, "info_nce", _scaled(0.25, (4, 3), (4, 3)), "q k"),
    _pair(_LOSSES, "gaussian_nll", _scaled(0.25, (5,), (5,), (5,)), "mean log_sigma"),
    _pair(_LOSSES, "poisson", _with(_scaled(0.125, (3,), (), (5, 3)), [2, 0, 1, 4, 1]), "w b"),
    _pair(_LOSSES, "logit_l2", _with(_scaled(0.25, (3,), (), (5, 3)), _LABELS), "w b"),
    _class(_LOSSES, "SoftmaxRegression",
           lambda rng: (*_scaled(0.25, (5, 3))(rng), np.array(_ONE_HOT),
                        *_scaled(0.25, (3, 4), (4,))(rng)), "X W b",
           build=("W", "b"), attributes=("dW", "db")),
    _pair(_LOSSES, "factorise", _with(reals((4, 2), (3, 2), (4,), (3,), (4, 3)), _SEEN),
          "P Q bu bi"),
    _pair(_LOSSES, "weighted_lsq", reals((3,), (5, 3), (5,), (5,)), "theta"),
    _pair(_LOSSES, "dice", _with(_scaled(0.25, (5,)), _LABELS), "logit"),
    _pair(_LOSSES, "meta_step", _scaled(0.25, (3,), (5, 3), (5,)), "w"),
    _class(_LAYERS, "LayerNorm", reals((2, 3, 4), (4,), (4,)), "x g b",
           build=("g", "b"), attributes=("dg", "db")),
    _pair(_LAYERS, "groupnorm", reals((2, 4, 3, 2), (4,), (4,)), "x gamma beta"),
    _pair(_LAYERS, "attend", _scaled(0.25, (3, 2), (4, 2), (4, 3)), "Q K V"),
    _pair(_LAYERS, "lstm_cell",
          _scaled(0.125, (4, 3), (4, 2), (4, 2), (3, 8), (2, 8), (8,)),
          "x h_prev c_prev Wx Wh b"),
    _pair(_LAYERS, "gru_cell", _scaled(0.25, *_GATED), "x h Wz Uz Wr Ur Wh Uh"),
    _pair(_LAYERS, "conv_loops", reals((2, 5, 7), (3, 2, 3, 3), (3,)), "x w b"),
    _pair(_LAYERS, "maxpool_loops", reals((2, 4, 6)), "x"),
    _class(_LAYERS, "AveragePool", reals((2, 3, 4, 6)), "x"),
    _pair(_LAYERS, "bag", _with(reals((5, 2), (2, 4)), _IDS), "table W"),
    _pair(_LAYERS, "drop_mlp", _with(_scaled(0.5, (4, 3), (3, 5), (5,), (5, 2)), _KEPT),
          "x W1 b1 W2"),
    _pair(_LAYERS, "elman", _scaled(0.125, (3, 2), (4,), (2, 4), (4, 4), (4,)),
          "xs h0 Wx Wh b"),
    _pair(_LAYERS, "resblock", _scaled(0.25, (5, 3), (3, 4), (4,), (4, 3), (3,)),
          "x W1 b1 W2 b2"),
    _pair(_LAYERS, "weightnorm", reals((4, 3), (3, 2), (2,)), "x v g"),
    _pair(_LAYERS, "arm3", _scaled(0.25, (3,), (3,)), "q"),
    _pair(_LAYERS, "highway", _scaled(0.25, (4, 3), (3, 3), (3, 3), (3,)), "x Wh Wt bt"),
]  # fmt: skip
