"""assert_proved: a proof as a test of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.proof.prove import prove_gradient
from gradproof.verdicts import Status, Verdict


def assert_proved(
    forward: Callable[..., Any], backward: Callable[..., Any], *inputs: Any, **options: Any
) -> Verdict:
    """Like :func:`prove_gradient`, but raise AssertionError unless the verdict is PROVED."""
    __tracebackhide__ = True  # a failing test shows the verdict, not the inside of the proof
    verdict = prove_gradient(forward, backward, *inputs, **options)
    if verdict.status is not Status.PROVED:
        raise AssertionError(str(verdict))
    return verdict
