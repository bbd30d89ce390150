"""A new elementwise operation in ``impl/`` is an activation of networks at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import impl
from gradproof import Status
from impl.network import MLP, activations, as_function
from tests.impl.network.test_gradients import a_batch, checked

SWISH = """
import numpy as np

from impl._contract import gradient, operation


@operation(x="*shape")
def forward(x):
    return x / (1 + np.exp(-x)), x


@gradient(forward)
def backward(dy, x):
    s = 1 / (1 + np.exp(-x))
    return dy * s * (1 + x * (1 - s))
"""


@pytest.fixture
def swish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "swish.py").write_text(SWISH, encoding="utf-8")
    monkeypatch.setattr(impl, "__path__", [*impl.__path__, str(tmp_path)])
    activations.cache_clear()
    yield
    activations.cache_clear()
    sys.modules.pop("impl.swish", None)
    vars(impl).pop("swish", None)


@pytest.mark.usefixtures("swish")
def test_a_new_file_is_an_activation() -> None:
    assert "swish" in activations()
    network = MLP([2, 3, 3, 2], "swish", batch_norm=True, seed=1)
    assert "swish2" in [layer.name for layer in network.layers]
    verdict = checked(as_function(network, *a_batch(network, 4)))
    assert verdict.status is Status.CHECKED, verdict


def test_what_is_not_elementwise_is_none() -> None:
    assert "swish" not in activations()
    assert not {"softmax", "dense", "batch_norm", "perceptron_step"} & set(activations())
