"""Diagnosis: what is wrong with a gradient, in words and in an equation."""

from gradproof.diagnosis.engine import diagnose
from gradproof.slip_kinds import MEANINGS, Kind

__all__ = ["MEANINGS", "Kind", "diagnose"]
