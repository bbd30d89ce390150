"""Dictionaries of parameters: parameters["W1"]. Which arrays they hold, and of which shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.conventions.input_trials import draw

_WEIGHT = re.compile(r"(?:W|w|weights?_?|kernel_?)(\d+)")
_BIAS = re.compile(r"(?:b|bias_?|B)(\d+)")
_WIDTHS = (4, 5, 6, 7, 2)


def filled_with_arrays(
    keys: Sequence[str], stated: Mapping[str, tuple[int, ...]], seed: int
) -> Iterator[dict[str, Any]]:
    """The dictionaries of arrays that the keys may stand for, the likeliest first."""
    if all(key in stated for key in keys):
        yield _drawn({key: stated[key] for key in keys}, seed)
    layers = sorted({int(m.group(1)) for key in keys if (m := _WEIGHT.fullmatch(key))})
    others = [k for k in keys if not _WEIGHT.fullmatch(k) and not _BIAS.fullmatch(k)]
    if not layers or others:
        return
    for last in (2, 1):
        widths = [*_WIDTHS[: len(layers)], last]
        for columns in (True, False):
            shapes = {key: _in_network(key, layers, widths, columns) for key in keys}
            yield _drawn(shapes, seed)
            if not columns:
                yield _drawn({k: s[1:] if _BIAS.fullmatch(k) else s for k, s in shapes.items()},
                             seed)  # fmt: skip


def _in_network(
    key: str, layers: Sequence[int], widths: Sequence[int], columns: bool
) -> tuple[int, ...]:
    match = _WEIGHT.fullmatch(key) or _BIAS.fullmatch(key)
    at = layers.index(int(match.group(1))) if match and int(match.group(1)) in layers else 0
    shape = (widths[at + 1], widths[at] if _WEIGHT.fullmatch(key) else 1)
    return shape if columns else shape[::-1]


def _drawn(shapes: Mapping[str, tuple[int, ...]], seed: int) -> dict[str, Any]:
    return {
        key: draw(np.random.default_rng([seed, *key.encode()]), shape)
        for key, shape in shapes.items()
    }  # fmt: skip
