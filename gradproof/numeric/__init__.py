"""Numeric derivatives with error bounds, and the check of a hand-written backward against them."""

from gradproof.numeric.check import check_gradient
from gradproof.numeric.forwardmode import check_jvp
from gradproof.numeric.jacobian import NumericJacobian, jacobian
from gradproof.numeric.steps.complexstep import complex_step
from gradproof.numeric.steps.differences import Estimate, difference

__all__ = [
    "Estimate",
    "NumericJacobian",
    "check_gradient",
    "check_jvp",
    "complex_step",
    "difference",
    "jacobian",
]
