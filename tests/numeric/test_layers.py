"""Layers beyond those of ``impl``: right ones pass, wrong ones are refuted, in every precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradproof import check_gradient
from gradproof.verdicts import Status
from tests.numeric.layers import LAYERS

LINEAR_ALGEBRA = ("inverse", "determinant")  # NumPy has none in float16


CASES = [
    (name, dtype, mode)
    for name in LAYERS
    for dtype, mode in (
        (np.float64, "full"), (np.float64, "directional"), (np.float32, "full"),
        (np.float16, "full"),
    )
    if dtype is not np.float16 or name not in LINEAR_ALGEBRA
]  # fmt: skip


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("name", "dtype", "mode"), CASES)
def test_right_layers_pass_and_wrong_ones_do_not(name: str, dtype: Any, mode: str) -> None:
    layer = LAYERS[name]
    drawn = layer.draw(np.random.default_rng(3))
    inputs = [each.astype(dtype) if each.dtype.kind == "f" else each for each in drawn]
    verdict = check_gradient(layer.forward, layer.backward, *inputs, mode=mode)
    assert verdict.holds, str(verdict)
    wrong = check_gradient(layer.forward, layer.wrong, *inputs, mode=mode)
    assert wrong.status is Status.REFUTED
