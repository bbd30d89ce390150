"""Operations of other packages: found where they are installed, or in a folder that is named.

A package offers its operations by one entry point. Its ``pyproject.toml`` says::

    [project.entry-points."gradproof.operations"]
    ours = "mypackage"

where ``mypackage`` holds two packages, ``derivations`` and ``impl``, with a file of the same name
in each for every operation.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from gradproof.operation.operations import Operation, load_operations

GROUP = "gradproof.operations"
_ROOMS = ("derivations", "impl")


def installed_operations() -> dict[str, Operation]:
    """Every operation that an installed package offers, in the order of their packages' names.

    Returns
    -------
    dict of str to Operation
        Empty where no package offers any.

    Raises
    ------
    LookupError
        Where an entry point names a package that cannot be imported or lacks ``derivations`` or
        ``impl``, where an operation lacks its partner, or where two packages have one of the same
        name.

    Examples
    --------
    >>> from gradproof.operation.installed import installed_operations
    >>> sorted(installed_operations())
    []
    """
    found: dict[str, Operation] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda each: (each.value, each.name)):
        _join(found, _loaded(entry.value, f'the entry point {entry.name} = "{entry.value}"'))
    return found


def operations_in(folder: Path) -> dict[str, Operation]:
    """The operations of a folder that holds ``derivations/`` and ``impl/``.

    Where the folder is a package (it has an ``__init__.py``), both are imported as parts of it, so
    that their relative imports hold.

    Raises
    ------
    LookupError
        Where the folder lacks one of the two, or an operation lacks its partner.
    """
    folder = folder.resolve()
    missing = [room for room in _ROOMS if not (folder / room).is_dir()]
    if missing:
        raise LookupError(
            f"{folder}: expected folders {' and '.join(_ROOMS)}; there is no {missing[0]}"
        )
    above, package = folder, ""
    while (above / "__init__.py").is_file():
        package = f"{above.name}.{package}" if package else above.name
        above = above.parent
    sys.path.insert(0, str(above))
    try:
        return _loaded(package, str(folder), folder)
    finally:
        sys.path.remove(str(above))


def operations_around(folder: Path | None = None) -> dict[str, Operation]:
    """Those of a folder that is named; else the installed ones and those of the current folder."""
    if folder is not None:
        return operations_in(folder)
    found = installed_operations()
    if all((Path.cwd() / room / "__init__.py").is_file() for room in _ROOMS):
        _join(found, operations_in(Path.cwd()))
    return found


def chosen(operations: Mapping[str, Operation], only: Iterable[str]) -> dict[str, Operation]:
    """Those that are named, or all where none is. Raises LookupError for an unknown name."""
    names = list(only) or list(operations)
    for name in names:
        if name not in operations:
            there = ", ".join(sorted(operations)) or "none"
            raise LookupError(f"no operation called {name!r}; there are: {there}")
    return {name: operations[name] for name in names}


def _join(found: dict[str, Operation], more: Mapping[str, Operation]) -> None:
    for name, operation in more.items():
        if name in found:
            one, other = found[name].implementation, operation.implementation
            if one.__file__ == other.__file__:  # found by its entry point, and in the folder too
                continue
            raise LookupError(
                f"two operations are called {name!r}: {one.__name__} and {other.__name__}; "
                f"rename the files of one"
            )
        found[name] = operation


def _loaded(package: str, said: str, folder: Path | None = None) -> dict[str, Operation]:
    prefix = f"{package}." if package else ""
    rooms = [_imported(f"{prefix}{room}", said) for room in _ROOMS]
    for room, name in zip(rooms, _ROOMS):
        there = [Path(each).resolve() for each in room.__path__]
        if folder is not None and folder / name not in there:
            raise LookupError(
                f"{folder}: {room.__name__} is imported from {there[0]} instead; make {folder} a "
                f"package by an __init__.py, so that its folders have a name of their own"
            )
    return load_operations(rooms[0], rooms[1])


def _imported(name: str, said: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise LookupError(f"{said}: cannot import {name}: {error}") from None
