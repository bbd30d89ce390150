"""Pair derivations with implementations by file name.

``derivations/elu.py`` and ``impl/elu.py`` are one operation. There is no list to append to.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gradproof.operation.derivation import Derivation, Mode
from gradproof.operation.wellformed import problems
from gradproof.shown import Brief


@dataclass(frozen=True, repr=False)
class Operation(Brief):
    """One operation: what the mathematics says about it, and what the code computes.

    Attributes
    ----------
    name : str
        The name of both files.
    derivation : Derivation
        The record in ``derivations/NAME.py``.
    implementation : module
        ``impl/NAME.py``: its forward and backward functions.
    """

    name: str
    derivation: Derivation
    implementation: ModuleType

    def __repr__(self) -> str:
        return self.name

    def forward(self, mode: Mode) -> Callable[..., Any]:
        """The function a user calls: validated, in any float dtype."""
        return self._function(mode.forward)

    def formula(self, mode: Mode) -> Callable[..., Any]:
        """The formula inside ``forward``, without validation, which also accepts complex arrays."""
        return inspect.unwrap(self._function(mode.forward))

    def backward(self, name: str) -> Callable[..., Any]:
        """The backward function called ``name`` (a mode lists its own in ``mode.backwards``)."""
        return self._function(name)

    def _function(self, name: str) -> Callable[..., Any]:
        try:
            found: Callable[..., Any] = getattr(self.implementation, name)
        except AttributeError:
            raise LookupError(
                f"{self.implementation.__name__}: expected a function {name}(), as the derivation "
                f"of {self.name} says; found none"
            ) from None
        return found


def operation_names(package: ModuleType) -> set[str]:
    """Names of the operations in ``package``: its modules, except subpackages and ``_private``."""
    return {
        module.name
        for module in pkgutil.iter_modules(package.__path__)
        if not module.ispkg and not module.name.startswith("_")
    }


def load_operations(
    derivations: ModuleType, impl: ModuleType, only: Iterable[str] | None = None
) -> dict[str, Operation]:
    """Load every operation found in both packages, in the order of the book.

    Parameters
    ----------
    derivations, impl : module
        Packages with one module for each operation, of the same name in both: its derivation, and
        its NumPy code.
    only : iterable of str, optional
        Load no others than these.

    Returns
    -------
    dict of str to Operation

    Raises
    ------
    LookupError
        For a file without its partner, a name that does not exist, or a derivation file without a
        ``DERIVATION``.

    Examples
    --------
    In a clone of the repository::

        import derivations, impl
        load_operations(derivations, impl, ["relu"])["relu"].derivation.title
    """
    derived, written = operation_names(derivations), operation_names(impl)
    _require_partners(derived, written, derivations.__name__, impl.__name__)
    names = derived if only is None else _chosen(list(only), derived)
    loaded = [_load(name, derivations.__name__, impl.__name__) for name in sorted(names)]
    loaded.sort(key=_place)
    return {operation.name: operation for operation in loaded}


def _place(operation: Operation) -> tuple[int, int, str]:
    return operation.derivation.chapter, operation.derivation.position, operation.name


def _require_partners(derived: set[str], written: set[str], left: str, right: str) -> None:
    for missing, where, present in (
        (written - derived, left, right),
        (derived - written, right, left),
    ):
        if missing:
            name = min(missing)
            raise LookupError(
                f"operation {name!r}: {present}/{name}.py has no partner; write {where}/{name}.py"
            )


def _chosen(only: list[str], known: set[str]) -> set[str]:
    unknown = [name for name in only if name not in known]
    if unknown:
        raise LookupError(
            f"no operation called {unknown[0]!r}; there are: {', '.join(sorted(known))}"
        )
    return set(only)


def _load(name: str, derivations: str, impl: str) -> Operation:
    derivation = getattr(importlib.import_module(f"{derivations}.{name}"), "DERIVATION", None)
    if not isinstance(derivation, Derivation):
        raise LookupError(f"{derivations}/{name}.py: expected DERIVATION, a Derivation record")
    module = importlib.import_module(f"{impl}.{name}")
    for problem in problems(derivation, f"{derivations}/{name}.py", module, f"{impl}/{name}.py"):
        raise LookupError(problem)
    return Operation(name, derivation, module)
