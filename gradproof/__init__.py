"""gradproof: proves hand-written NumPy gradients right, or says what is wrong with them.

Everything public is listed here and loaded when first used, so that importing the package costs
nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gradproof.api import printing
from gradproof.home import VERSION

if TYPE_CHECKING:
    from gradproof.adapters import check_arrays, check_jax, check_torch
    from gradproof.api.assertions import assert_gradient, assert_proved
    from gradproof.api.diagnosed import check_gradient, prove_gradient
    from gradproof.diagnosis import diagnose
    from gradproof.notebook import check
    from gradproof.numeric import check_jvp, jacobian
    from gradproof.operation.operations import Operation, load_operations
    from gradproof.pairs import pair
    from gradproof.verdicts import Counterexample, Diagnosis, Status, Verdict
    from gradproof.witnesses import WITNESSES, Witness

__version__ = VERSION

printing.hand_down()

__all__ = [
    "WITNESSES",
    "Counterexample",
    "Diagnosis",
    "Operation",
    "Status",
    "Verdict",
    "Witness",
    "assert_gradient",
    "assert_proved",
    "check",
    "check_arrays",
    "check_gradient",
    "check_jax",
    "check_jvp",
    "check_torch",
    "diagnose",
    "jacobian",
    "load_operations",
    "pair",
    "prove_gradient",
]

_HOMES = {
    "WITNESSES": "gradproof.witnesses",
    "Counterexample": "gradproof.verdicts",
    "Diagnosis": "gradproof.verdicts",
    "Operation": "gradproof.operation.operations",
    "Status": "gradproof.verdicts",
    "Verdict": "gradproof.verdicts",
    "Witness": "gradproof.witnesses",
    "assert_gradient": "gradproof.api.assertions",
    "assert_proved": "gradproof.api.assertions",
    "check": "gradproof.notebook",
    "check_arrays": "gradproof.adapters",
    "check_gradient": "gradproof.api.diagnosed",
    "check_jax": "gradproof.adapters",
    "check_jvp": "gradproof.numeric",
    "check_torch": "gradproof.adapters",
    "diagnose": "gradproof.diagnosis",
    "jacobian": "gradproof.numeric",
    "load_operations": "gradproof.operation.operations",
    "pair": "gradproof.pairs",
    "prove_gradient": "gradproof.api.diagnosed",
}


def __getattr__(name: str) -> Any:
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
