"""One table of NumPy: what a function is, in one record that every interpreter reads.

>>> from gradproof.ops import elementwise
>>> tanh = elementwise("tanh")
>>> tanh.family
('hyperbolic', 'saturating')
>>> tanh.slopes[0] == 1 - Y**2
True

A function of one's own is added for a while with ``added(record)``, for good with ``TABLE.add``.
"""

from __future__ import annotations

from gradproof.ops import (
    arithmetic,
    choices,
    exponentials,
    matrices,
    shapes,
    special,
    sums,
    trigonometric,
)
from gradproof.ops.formula import Formula, Y, named
from gradproof.ops.record import (
    TABLE,
    ArrayOperation,
    Elementwise,
    Kind,
    Operation,
    StandIn,
    added,
    canonical,
    digits_of,
    elementwise,
    elementwise_records,
    find,
    function_of,
    math_names,
    numeric_slope,
    of_function,
    of_symbolic,
    precise_slope,
    read,
    records,
    relatives_of,
    symbolic,
    undispatched,
)

for _room in (arithmetic, trigonometric, exponentials, choices, sums, shapes, matrices, special):
    for _record in _room.RECORDS:
        TABLE.add(_record)

__all__ = [
    "TABLE",
    "ArrayOperation",
    "Elementwise",
    "Formula",
    "Kind",
    "Operation",
    "StandIn",
    "Y",
    "added",
    "canonical",
    "digits_of",
    "elementwise",
    "elementwise_records",
    "find",
    "function_of",
    "math_names",
    "named",
    "numeric_slope",
    "of_function",
    "of_symbolic",
    "precise_slope",
    "read",
    "records",
    "relatives_of",
    "symbolic",
    "undispatched",
]
