"""Results kept on disk under a key made of everything they depend on.

The key is a hash of the parameters, of the contents of the source files and of the versions that
made the result: when one of them changes, the key does, and the old entry is simply not found.
An entry is believed only if it is whole and was written under the key that asks for it.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cache:
    """A folder of entries, one JSON file each: {"key": ..., "digest": ..., "result": ...}.

    ``fresh``: nothing that is there is believed, but new results are kept.
    """

    folder: Path
    fresh: bool = False

    def load(self, key: str) -> Any | None:
        """Return the result kept under ``key``; None if there is none, or it is not as written."""
        if self.fresh:
            return None
        try:
            entry = json.loads(self._path(key).read_text(encoding="utf-8"))
            result = entry["result"]
            whole = entry["key"] == key and entry["digest"] == _digest(key, result)
        except (OSError, ValueError, TypeError, LookupError):
            return None
        return result if whole else None

    def store(self, key: str, result: Any) -> bool:
        """Keep ``result`` (plain data) under ``key``; False if the folder cannot be written."""
        entry = {"key": key, "digest": _digest(key, result), "result": result}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Written beside it and moved there, so that an interrupted run leaves no half entry.
            with tempfile.NamedTemporaryFile(
                "w", dir=self.folder, suffix=".part", delete=False, encoding="utf-8"
            ) as file:
                json.dump(entry, file)
            os.replace(file.name, self._path(key))
        except OSError:
            return False
        return True

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def key_of(
    name: str,
    parameters: Mapping[str, Any],
    sources: Iterable[Path],
    versions: Mapping[str, str],
) -> str:
    """A key for the result called ``name``: another one for any change of what is given."""
    parts = {
        "name": name,
        "parameters": parameters,
        "sources": {_place(path): _hash(path.read_bytes()) for path in sources},
        "versions": dict(versions),
    }
    return f"{name}-{_hash(_text(parts).encode())[:32]}"


def plain(result: Any) -> Any:
    """``result`` as an entry gives it back: lists for tuples, and nothing that is not plain data.

    TypeError for what JSON does not have. Floats keep every bit.
    """
    return json.loads(json.dumps(result))


def sources_of(path: Path, root: Path = ROOT) -> frozenset[Path]:
    """The file at ``path`` and every file under ``root`` that it imports, directly or not.

    Found by reading the imports, wherever they stand; what is imported by a computed name is not
    among them.
    """
    found: set[Path] = set()
    waiting = [path.resolve()]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += _imported(here, root)
    return frozenset(found)


def _imported(path: Path, root: Path) -> list[Path]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [file for name in names for file in _files(name.split("."), root)]


def _files(parts: list[str], root: Path) -> list[Path]:
    """The files that importing a module runs: its own, and the ``__init__`` of every package."""
    files = [root.joinpath(*parts[:end], "__init__.py") for end in range(1, len(parts) + 1)]
    files.append(root.joinpath(*parts).with_suffix(".py"))
    return [file.resolve() for file in files if file.is_file()]


def _place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def _digest(key: str, result: Any) -> str:
    return _hash(f"{key}\n{_text(result)}".encode())


def _text(data: Any) -> str:
    return json.dumps(data, sort_keys=True)


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
