"""Proofs: whether NumPy code computes the gradient, decided on every branch."""

from gradproof.proof.proof_assertion import assert_proved
from gradproof.proof.prove import prove_gradient, prove_program
from gradproof.proof.scope import Expression

__all__ = ["Expression", "assert_proved", "prove_gradient", "prove_program"]
