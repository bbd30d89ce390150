"""Which real number did the author of a float write?

0.1 is 1/10 and 1e-5 is 1/100000: the shortest decimal that gives the float. A float whose
shortest decimal needs 15 digits or more was computed, not typed; it is taken for a simple
fraction, a root or a multiple of pi where it agrees with one to four units in the last place, and
for its own decimal otherwise. Every float read in the second way is noted in the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

from gradproof.tracing import expression as ex
from gradproof.tracing.nodes import Node, number, table

TYPED_DIGITS = 14
LARGEST_DENOMINATOR = 1000
UNITS_IN_THE_LAST_PLACE = 4

_Form = tuple[str, float, Callable[[Fraction], Node]]

# (how it is printed, rational = value * factor, node of that rational)
_LINEAR: list[_Form] = [
    ("{}", 1.0, number),
    ("{}*pi", 1 / math.pi, lambda q: ex.linear([(q, ex.pi())])),
    ("{}/pi", math.pi, lambda q: ex.linear([(q, ex.power(ex.pi(), -1))])),
    ("{}*e", 1 / math.e, lambda q: ex.linear([(q, ex.exp(ex.one()))])),
    ("{}*log(2)", 1 / math.log(2), lambda q: ex.linear([(q, ex.log(number(2)))])),
    ("{}*log(10)", 1 / math.log(10), lambda q: ex.linear([(q, ex.log(number(10)))])),
    ("{}/log(2)", math.log(2), lambda q: ex.linear([(q, ex.power(ex.log(number(2)), -1))])),
]
# The same for the square of the value, which is then under a root.
_SQUARED: list[_Form] = [
    ("sqrt({})", 1.0, lambda q: ex.sqrt(number(q))),
    ("sqrt({}*pi)", 1 / math.pi, lambda q: ex.sqrt(ex.linear([(q, ex.pi())]))),
    ("sqrt({}/pi)", math.pi, lambda q: ex.sqrt(ex.linear([(q, ex.power(ex.pi(), -1))]))),
]


def _is_square(value: Fraction) -> bool:
    parts = (value.numerator, value.denominator)
    return all(math.isqrt(part) ** 2 == part for part in parts)


@lru_cache(maxsize=4096)
def recognise(value: float) -> tuple[str, int, Fraction] | None:
    """Return (printed form, index of the form, rational) of a computed float, or None."""
    digits = f"{abs(value):.17g}"
    typed = repr(abs(value)).split("e")[0].replace(".", "").strip("0")
    if len(typed) <= TYPED_DIGITS or "inf" in digits or "nan" in digits:
        return None
    for index, (form, factor, _) in enumerate(_LINEAR + _SQUARED):
        squared = index >= len(_LINEAR)
        target = (value * value if squared else value) * factor
        if squared and value < 0:
            continue
        rational = Fraction(target).limit_denominator(LARGEST_DENOMINATOR)
        # An integer plus rounding is left alone: 1 - 2.2e-16 is meant to be below 1.
        if rational == 0 or (index == 0 and rational.denominator == 1):
            continue
        if index == len(_LINEAR) and _is_square(rational):
            continue
        if abs(float(rational) - target) <= UNITS_IN_THE_LAST_PLACE * math.ulp(target):
            return form.format(rational), index, rational
    return None


def literal(value: float | int | bool) -> Node:
    """Return the constant that this Python or NumPy number stands for."""
    if isinstance(value, bool) or float(value).is_integer():
        return number(int(value))
    value = float(value)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a real number")
    known = recognise(value)
    if known is not None:
        form, index, rational = known
        table().literals[value] = form
        return (_LINEAR + _SQUARED)[index][2](rational)
    return number(Fraction(repr(value)))
