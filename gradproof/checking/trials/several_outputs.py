"""Several outputs as one array, and its upstream gradient in pieces of their shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def joined(parts: Sequence[Any], count: int) -> Any:
    """The first ``count`` outputs as one array: itself if there is one, else a flat one."""
    if count <= 1:
        return parts[0]
    return np.concatenate([np.reshape(each, (-1,)) for each in parts[:count]])


def pieces(dy: Any, parts: Sequence[Any], count: int) -> list[Any]:
    """The upstream gradient of each of the first ``count`` outputs, from that of all of them."""
    if count <= 1:
        return [dy]
    out, start = [], 0
    for part in parts[:count]:
        size = int(np.prod(np.shape(part)))
        out.append(dy[start : start + size].reshape(np.shape(part)))
        start += size
    return out
