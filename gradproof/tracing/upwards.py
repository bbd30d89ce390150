"""Calls that go up: what a file needs of the files that are built on it.

The algebra of expressions runs in a circle: a root makes an absolute value, which is a selection,
which compares, which may take a root. So do traced arrays, whose methods are functions that make
traced arrays. Files import downwards only; each puts what those below it need of it in here, when
it is imported, and importing :mod:`gradproof.tracing` imports them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Upwards:
    """What is called from below.

    Of expressions: text(node), absolute(node), call(name, *nodes), and sign_beside(difference,
    signs), which knows extremes. Of arrays: ufunc and function as NumPy hands them over, and on
    numbers where symbols do not do; symbolic_ufunc, always on symbols; operation(record, args,
    kwargs) of the table of NumPy; get(array, key) and put(array, key, value); functions and
    methods of NumPy, by name.
    """

    text: Callable[[Any], str]
    absolute: Callable[[Any], Any]
    call: Callable[..., Any]
    sign_beside: Callable[[Any, int], Any]
    ufunc: Callable[..., Any]
    symbolic_ufunc: Callable[..., Any]
    function: Callable[..., Any]
    operation: Callable[..., Any]
    get: Callable[[Any, Any], Any]
    put: Callable[[Any, Any, Any], None]
    functions: Mapping[str, Callable[..., Any]]
    methods: Mapping[str, Callable[..., Any]]


up = Upwards()

__all__ = ["up"]
