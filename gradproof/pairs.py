"""Say which function is whose gradient, where names do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def pair(
    forward: Callable[..., Any],
    backward: F | None = None,
    *,
    kind: Literal["backward", "derivative"] | None = None,
    shapes: Mapping[str, Sequence[int]] | None = None,
) -> Any:
    """Tell ``gradproof check`` that ``backward`` is the gradient of ``forward``.

    A statement, ``gradproof.pair(soft, slope)``, or a decorator, ``@gradproof.pair(soft)`` above
    the definition of backward. It is read in the source, so write names and plain values in it;
    when the file runs it does nothing and returns backward unchanged. The same can be said in
    ``gradproof.toml``, without touching the file::

        [[pair]]
        forward = "soft"
        backward = "slope"
        shapes = {x = [3, 4]}

    Parameters
    ----------
    forward, backward : callable
        The two functions. Without backward, a decorator is returned.
    kind : {"backward", "derivative"}, optional
        Whether backward takes the upstream gradient, or is f'. By default the names of its
        parameters decide.
    shapes : mapping of str to sequence of int, optional
        Sizes of arguments of forward, where none are found that fit.

    Returns
    -------
    callable
        ``backward``, unchanged; or the decorator that returns it.

    Examples
    --------
    >>> import math
    >>> pair(math.sin, math.cos) is math.cos
    True
    """
    if backward is not None:
        return backward

    def unchanged(function: F) -> F:
        return function

    return unchanged
