"""Proofs: whether NumPy code computes the gradient, decided on every branch."""

from gradproof.proof.prove import prove_gradient, prove_program
from gradproof.proof.scope import Expression

__all__ = ["Expression", "prove_gradient", "prove_program"]
