"""Derivatives of all outputs along a line, and along several lines together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass
class Slopes:
    """Derivatives of all outputs along a line: ``value`` within ``bound``.

    kink marks outputs without a derivative; low and high are the one-sided ones there, None while
    there is no kink. rounding is the part of the bound that rounding makes, per output. settled
    says after how many steps each output was settled, 0 for the full tables.
    """

    value: Array
    bound: Array
    settled: Array
    kink: Array | None = None
    low: Array | None = None
    high: Array | None = None
    side_bound: Array | None = None
    jump: Array | None = None
    other: Array | None = None
    other_bound: Array | None = None
    twofold: Array | None = None
    still: Array | None = None

    def scaled(self, by: float) -> Slopes:
        """The same in other units of the line, ``by`` above 0."""
        names = ("value", "bound", "low", "high", "side_bound", "other", "other_bound")
        values = ((name, getattr(self, name)) for name in names)
        scaled: dict[str, Any] = {n: None if v is None else v * by for n, v in values}
        return replace(self, **scaled)

    def __add__(self, more: Slopes) -> Slopes:
        """The derivatives along two lines together."""
        either = {
            name: _or(getattr(self, name), getattr(more, name))
            for name in ("kink", "jump", "twofold")
        }
        parts = {
            name: None
            if getattr(self, name) is None and getattr(more, name) is None
            else sum(_else(getattr(each, name), getattr(each, plain)) for each in (self, more))
            for name, plain in (
                ("low", "value"), ("high", "value"), ("side_bound", "bound"), ("other", "value"),
                ("other_bound", "bound"),
            )
        }  # fmt: skip
        value, bound = self.value + more.value, self.bound + more.bound
        return Slopes(value, bound, self.settled, **either, **parts)


def _or(one: Array | None, other: Array | None) -> Array | None:
    return _else(one, other) if one is None or other is None else one | other


def _else(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


__all__ = ["Slopes"]
