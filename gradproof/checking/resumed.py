"""What came of files in an earlier run, so that a run that was ended goes on where it was.

A file of lines, one for each file that was judged, under a key made of all that decides: the text
of the file and of the modules beside it that it imports, the options, and the version of gradproof.
What has changed is judged again.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradproof.checking.processes.isolate import Options
from gradproof.checking.records import Report

_MOST = 200  # modules beside a file that are looked at
_OURS = ("gradproof failed", "the process that judges")  # in reasons that are no file's fault


class Resumed:
    """The file at ``path``; None for none, and then nothing is known or kept."""

    def __init__(self, path: Path | None, options: Options) -> None:
        from gradproof import home

        self.path = path
        self.head = json.dumps([home.VERSION, options.as_plain()], sort_keys=True)
        self.lines: dict[str, dict[str, Any]] = {}
        if path is not None and path.exists():
            text = path.read_text(encoding="utf-8")
            if text and not text.endswith("\n"):  # whoever wrote it was ended
                path.write_text(f"{text}\n", encoding="utf-8")
            for line in text.splitlines():
                with contextlib.suppress(
                    ValueError, TypeError, KeyError
                ):  # half a line, at its end
                    entry = json.loads(line)
                    self.lines[entry["key"]] = entry["report"]

    def known(self, file: Path) -> Report | None:
        """What came of a file in an earlier run, if it is what it was then."""
        if not self.lines:
            return None
        plain = self.lines.get(self._key(file))
        try:
            return None if plain is None else Report.from_plain(plain)
        except (KeyError, TypeError):
            return None

    def keep(self, file: Path, report: Report) -> None:
        """Write down what came of a file, at once; not what was no fault of its own."""
        said = [each.reason for each in report.errors] + [each.reason for each in report.unmatched]
        if self.path is None or any(ours in each for each in said for ours in _OURS):
            return
        line = json.dumps({"key": self._key(file), "report": report.as_plain()})
        with self.path.open("a", encoding="utf-8") as out:
            out.write(line + "\n")

    def _key(self, file: Path) -> str:
        digest = hashlib.sha256(self.head.encode())
        digest.update(str(file).encode("utf-8", "surrogateescape"))
        for each in _with_modules(file):
            with contextlib.suppress(OSError):
                digest.update(each.name.encode("utf-8", "surrogateescape") + each.read_bytes())
        return digest.hexdigest()


def _with_modules(file: Path) -> list[Path]:
    """A file and the modules beside it that it imports, and those that these import."""
    found = [file]
    for each in found:
        for name in _imported(each):
            for path in (each.parent / f"{name}.py", each.parent / name / "__init__.py"):
                if path.is_file() and path not in found and len(found) < _MOST:
                    found.append(path)
    return found


def _imported(file: Path) -> Iterator[str]:
    """The first names of the modules that a file imports."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from [node.module.partition(".")[0]] if node.module else (
                each.name for each in node.names)  # fmt: skip


__all__ = ["Resumed"]
