"""Dictionaries of parameters: parameters["W1"]. Which arrays they hold, and of which shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.checking.processes.sizes import D, M
from gradproof.checking.trials.input_trials import draw

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
        yield from _in_cell(keys, seed)
        return
    for last in (2, 1):
        widths = [*_WIDTHS[: len(layers)], last]
        for columns in (True, False):
            shapes = {key: _in_network(key, layers, widths, columns) for key in keys}
            yield _drawn(shapes, seed)
            if not columns:
                yield _drawn({k: s[1:] if _BIAS.fullmatch(k) else s for k, s in shapes.items()},
                             seed)  # fmt: skip


# --- cells: Wx, Wh, bh; Waa, Wax, Wya; Wf, Wi over (h, x) ----------------------------------------

_CELL = re.compile(r"_*(W|U|V|R|b|B|w|bias_?|weights?_?)_?([a-zA-Z_]{0,4})")
_OUTPUTS = 6  # what a cell makes of its state: unlike all other lengths


def _in_cell(keys: Sequence[str], seed: int) -> Iterator[dict[str, Any]]:
    """The parameters of a recurrent cell: of its input, of its state, of both stacked."""
    if not keys or not all(_CELL.fullmatch(key) for key in keys):
        return
    both = {key[0] for key in keys} >= {"W", "U"}
    readings = [{"W": "input", "U": "state"}, {"W": "state", "U": "input"}] if both else [
        dict.fromkeys("WUVRw", kind) for kind in ("stacked", "input", "state")
    ]  # fmt: skip
    for of in readings:
        kinds = {key: _kind(key, of) for key in keys}
        for columns, flat in ((True, False), (False, True), (False, False), (True, True)):
            shapes = {key: _cell_shape(kind, columns, flat) for key, kind in kinds.items()}
            yield _drawn(shapes, seed)


def _kind(key: str, of: Mapping[str, str]) -> str:
    """What a parameter of a cell is multiplied with, by its letters; "bias" for what is added."""
    match = _CELL.fullmatch(key)
    first, rest = (match[1], match[2].strip("_").lower()) if match else ("W", "")
    out = "y" in rest or rest in ("out", "hq", "hq")
    if first[0] in "bB":
        return "bias of the output" if out else "bias"
    if out:
        return "output"
    if rest in ("x", "xh", "hx", "ax", "xa", "ih", "in", "i_h") or rest.endswith("x"):
        return "input"
    return "state" if rest in ("h", "hh", "a", "aa", "rec", "s", "ss") else of[first[0]]


def _cell_shape(kind: str, columns: bool, flat: bool) -> tuple[int, ...]:
    rows = _OUTPUTS if "output" in kind else M
    if "bias" in kind:
        return (rows,) if flat else (rows, 1) if columns else (1, rows)
    width = {"input": D, "stacked": M + D}.get(kind, M)
    return (rows, width) if columns else (width, rows)


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
