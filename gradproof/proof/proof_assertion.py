"""assert_proved: a proof as a test of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.proof.prove import prove_gradient
from gradproof.verdicts import Status, Verdict


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
