"""Diagnosis: what is wrong with a gradient, in words and in an equation.

The public function, as it will be in this module and in ``gradproof``::

    diagnose(forward, backward, *inputs, wrt=None, seed=0, time_limit=3.0, **parameters)
        -> Diagnosis | None        # None: nothing is wrong

with forward, backward, inputs, wrt and parameters as in ``prove_gradient``.
"""

from gradproof.diagnosis.kinds import MEANINGS, Kind

__all__ = ["MEANINGS", "Kind"]
