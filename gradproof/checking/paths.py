"""What a user may name: files, folders, modules."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from gradproof.checking.records import FileError


def inside_folder(path: Path, names: Sequence[str]) -> bool:
    """Whether a file was found in a folder, rather than named itself."""
    return str(path) not in names and any(
        Path(n).is_dir() and path.is_relative_to(n) for n in names
    )


def files_of(names: Sequence[str]) -> tuple[list[Path], list[FileError]]:
    """Python files for the names given; a folder stands for the files in it."""
    files: list[Path] = []
    errors: list[FileError] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*.py") if not _hidden(p.relative_to(path)))
            files += inside
            if not inside:
                errors.append(FileError(name, "a folder without Python files"))
        elif path.is_file():
            files.append(path)
        else:
            module = _module(name)
            if module is None:
                errors.append(FileError(name, "no such file, folder or module"))
            else:
                files.append(module)
    return list(dict.fromkeys(files)), errors


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _module(name: str) -> Path | None:
    """The file of a module that can be imported; finding it runs at most its parent packages."""
    if not all(part.isidentifier() for part in name.split(".")):
        return None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    origin = spec.origin if spec is not None else None
    return Path(origin) if origin and origin.endswith(".py") else None
