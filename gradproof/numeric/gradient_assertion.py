"""assert_gradient: a numeric check as a test of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.numeric.check import check_gradient
from gradproof.verdicts import Verdict


def assert_gradient(
    forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any, **options: Any
) -> Verdict:
    """Like :func:`check_gradient`, strictly, but raise AssertionError unless the verdict holds."""
    __tracebackhide__ = True  # a failing test shows the verdict, not the inside of the check
    verdict = check_gradient(forward, backward, *inputs, **{"strict": True, **options})
    if not verdict.holds:
        raise AssertionError(str(verdict))
    return verdict
