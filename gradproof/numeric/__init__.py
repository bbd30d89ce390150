"""Numeric derivatives with error bounds, and the check of a hand-written backward against them."""

from gradproof.numeric.check import assert_gradient, check_gradient
from gradproof.numeric.differences import Estimate, complex_step, difference

__all__ = ["Estimate", "assert_gradient", "check_gradient", "complex_step", "difference"]
