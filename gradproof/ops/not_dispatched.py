"""Functions that NumPy does not hand to its arrays' own methods, and those of Python's ``math``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.ops.function_record import Operation, elementwise_records, records


def undispatched() -> Iterator[tuple[Any, str, Operation]]:
    """Yield (module, name, record) of the functions that NumPy does not hand to its arrays' own
    methods: those written in Python outside NumPy's protocols. Only loaded modules are looked at.
    """
    for record in records():
        if record.home and record.home != "numpy" and record.home in sys.modules:
            for name in (record.name, *record.also):
                module = sys.modules[record.home]
                found = getattr(module, name, None)
                if callable(found) and not isinstance(found, np.ufunc):
                    yield module, name, record


def math_names() -> dict[str, str]:
    """Return the functions of Python's ``math`` that are known, with the names of their records."""
    return {r.math: r.name for r in elementwise_records() if r.math}
