"""What a user may name: files, folders, modules. Nothing that is named is run here."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from gradproof.checking.records import FileError
from gradproof.checking.source.ipynb import SUFFIX

# Folders full of other people's Python.
_FOREIGN = ("__pycache__", "node_modules", "site-packages")


def inside_folder(path: Path, names: Sequence[str]) -> bool:
    """Whether a file was found in a folder or package, rather than named itself."""
    return str(path) not in names and any(
        path.is_relative_to(folder) for name in names for folder in _folders(name)
    )


def files_of(
    names: Sequence[str], exclude: Sequence[str] = ()
) -> tuple[list[Path], list[FileError]]:
    """Python files and notebooks for the names given; a folder or package stands for those in it.

    exclude: patterns of paths (``old/*``, ``*_copy.py``) that are left out of folders.
    """
    files: list[Path] = []
    errors: list[FileError] = []
    for name in names:
        path = Path(name)
        if path.is_file():
            files.append(path)
            continue
        if not path.is_dir() and path.suffix != ".py" and (module := _module_file(name)):
            files.append(module)
            continue
        folders = _folders(name)
        if not folders:
            errors.append(FileError(name, _missing(path)))
        for folder in folders:
            inside = list(_inside(folder, exclude, errors))
            files += inside
            if not inside:
                errors.append(FileError(name, "a folder without Python files"))
    return list(dict.fromkeys(files)), errors


def _inside(folder: Path, exclude: Sequence[str], errors: list[FileError]) -> Iterator[Path]:
    """The Python files below a folder, in order; hidden, foreign and excluded ones left out."""

    def failed(error: OSError) -> None:
        errors.append(FileError(str(error.filename), f"cannot be read: {error.strerror}"))

    for place, below, names in os.walk(folder, onerror=failed):
        here = Path(place)
        below[:] = sorted(
            name for name in below
            if not name.startswith(".") and name not in _FOREIGN
            and not (here / name / "pyvenv.cfg").exists()
            and not _excluded(here / name, folder, exclude)
        )  # fmt: skip
        for name in sorted(names):
            path = here / name
            wanted = name.endswith((".py", SUFFIX)) and not name.startswith(".")
            if wanted and not _excluded(path, folder, exclude):
                yield path


def _excluded(path: Path, folder: Path, patterns: Sequence[str]) -> bool:
    inside = path.relative_to(folder)
    return any(inside.match(pattern) or path.match(pattern) for pattern in patterns)


def _missing(path: Path) -> str:
    """That nothing has this name, and which names beside it are near."""
    if os.path.exists(path):
        return "cannot be read: it is no regular file"
    reason = "no such file, folder or module"
    try:
        beside = [each.name for each in path.parent.iterdir()]
    except OSError:
        return reason
    near = difflib.get_close_matches(path.name, beside, 1)
    return f"{reason}; did you mean {path.with_name(near[0])}?" if near else reason


def _folders(name: str) -> list[Path]:
    """The folders that a name stands for: a folder, or where a package has its files."""
    if Path(name).is_dir():
        return [Path(name)]
    spec = _spec(name)
    return [Path(each) for each in (spec.submodule_search_locations or ())] if spec else []


def _module_file(name: str) -> Path | None:
    spec = _spec(name)
    if spec is None or spec.submodule_search_locations is not None or not spec.origin:
        return None
    return Path(spec.origin) if spec.origin.endswith(".py") else None


def _spec(name: str) -> ModuleSpec | None:
    """Where a module or package stands, found without running it or its parent packages."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    where: Sequence[str] = [os.getcwd(), *sys.path]
    spec: ModuleSpec | None = None
    for at in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: at + 1]), list(where))
        if spec is None:
            return None
        where = list(spec.submodule_search_locations or ())
    return spec
