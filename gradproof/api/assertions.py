"""Checks and proofs as tests of one's own, which fail with the verdict's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.api.diagnosed import check_gradient, prove_gradient
from gradproof.verdicts import Status, Verdict


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


def assert_proved(
    forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any, **options: Any
) -> Verdict:
    """Prove a gradient, and raise AssertionError unless the verdict is PROVED.

    Parameters
    ----------
    forward, backward, *inputs, **options
        As in :func:`gradproof.prove_gradient`.

    Returns
    -------
    Verdict
        A PROVED one.

    Raises
    ------
    AssertionError
        With the verdict's own words, and the explanation of the slip where there is one.

    Examples
    --------
    >>> assert_proved(np.exp, lambda dy, x: dy * np.exp(x), np.array([0.3, -1.2])).scope
    'for all real x, dy of shape (2,)'
    """
    __tracebackhide__ = True  # a failing test shows the verdict, not the inside of the proof
    verdict = prove_gradient(forward, backward, *inputs, **options)
    if verdict.status is not Status.PROVED:
        raise AssertionError(str(verdict))
    return verdict
