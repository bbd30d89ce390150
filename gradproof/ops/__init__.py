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
    arithmetic_functions,
    choices,
    exponentials,
    matrices,
    shapes,
    special_functions,
    summations,
    trigonometric,
)
from gradproof.ops.digits import digits_of, precise_slope
from gradproof.ops.formula import Formula, Y, named
from gradproof.ops.function_record import (
    TABLE,
    ArrayOperation,
    Elementwise,
    Kind,
    Operation,
    StandIn,
    added,
    canonical,
    elementwise,
    elementwise_records,
    find,
    function_of,
    methods,
    numeric_slope,
    of_function,
    read,
    records,
    relatives_of,
)
from gradproof.ops.not_dispatched import math_names, undispatched
from gradproof.ops.symbols import of_symbolic, symbolic

for _room in (
    arithmetic_functions,
    trigonometric,
    exponentials,
    choices,
    summations,
    shapes,
    matrices,
    special_functions,
):
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
    "methods",
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
