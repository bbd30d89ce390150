"""How many times the true gradient one is that was given, in words."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradproof.text import Text


def ratio_of(given: Any, true: Any) -> Text:
    """Say how many times the true elements the given ones are; nothing where one of them is 0.

    >>> ratio_of(np.array([2.0, -3.0]), np.array([1.0, 1.0])).en
    ' Its elements are -3 to 2 times the true ones.'
    """
    if np.shape(given) != np.shape(true) or not np.all(true) or not np.isfinite(given).all():
        return Text("", "")
    with np.errstate(all="ignore"):
        times = np.ravel(given / true)
    if times.size < 2:  # one number is some number of times another
        return Text("", "")
    least, most = float(times.min()), float(times.max())
    alike = most - least <= 1e-9 * max(abs(least), abs(most))
    for digits in (3, 6, 9, 12):  # as many as tell them apart, or tell them from 1
        low, high = _rounded(least, digits), _rounded(most, digits)
        if (low != "1") if alike else (low != high):
            break
    if low == high:
        return Text(f" Each of its elements is {low} times the true one.",
                    f" 모든 원소가 정답의 {low}배예요.")  # fmt: skip
    return Text(f" Its elements are {low} to {high} times the true ones.",
                f" 원소마다 정답의 {low}배에서 {high}배 사이예요.")  # fmt: skip


def _rounded(value: float, digits: int) -> str:
    """Return a number with so many digits; what rounds to 0 has no sign."""
    text = f"{value:.{digits}g}"
    return text if float(text) else "0"


__all__ = ["ratio_of"]
