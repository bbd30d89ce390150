"""assert_gradient: a numeric check as a test of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.numeric.check import check_gradient
from gradproof.verdicts import Verdict


def assert_gradient(
    forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any, **options: Any
) -> Verdict:
    """Check a gradient numerically, and raise AssertionError unless it holds.

    Parameters
    ----------
    forward, backward, *inputs, **options
        As in :func:`gradproof.check_gradient`; ``strict=True`` unless it is given, so that a
        function which changes an array in place fails too.

    Returns
    -------
    Verdict
        A CHECKED one.

    Raises
    ------
    AssertionError
        With the verdict's own words: the element that is wrong, and code to paste.

    Examples
    --------
    >>> assert_gradient(np.sin, lambda dy, x: dy * np.cos(x), np.array([0.3, -1.2])).holds
    True
    """
    __tracebackhide__ = True  # a failing test shows the verdict, not the inside of the check
    verdict = check_gradient(forward, backward, *inputs, **{"strict": True, **options})
    if not verdict.holds:
        raise AssertionError(str(verdict))
    return verdict
