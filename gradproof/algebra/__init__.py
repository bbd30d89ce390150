"""Exact decisions about expressions with sums of symbolic length, exponentials and roots."""

from gradproof.algebra.fields import Decision, decide_zero
from gradproof.algebra.indexed_sums import differentiate, substitute_indexed
from gradproof.algebra.sums import collapse

__all__ = ["Decision", "collapse", "decide_zero", "differentiate", "substitute_indexed"]
