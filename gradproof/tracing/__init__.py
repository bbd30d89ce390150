"""Running unmodified NumPy code on symbols.

``trace`` calls a forward and a backward with traced arrays and returns what they computed, as
expressions. What cannot be followed raises ``NotTraceableError`` with the name of the function
and the line of the user's code.
"""

from gradproof.tracing.arrays import array_functions, array_methods  # noqa: F401 - see upwards.py
from gradproof.tracing.errors import NotTraceableError, PathLimitError
from gradproof.tracing.expression_text import to_sympy, to_text
from gradproof.tracing.nodes import Node, SizeLimitError, fresh_table
from gradproof.tracing.record_trace import Program, Trace, trace

__all__ = [
    "Node",
    "NotTraceableError",
    "PathLimitError",
    "Program",
    "SizeLimitError",
    "Trace",
    "fresh_table",
    "to_sympy",
    "to_text",
    "trace",
]
