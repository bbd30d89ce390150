"""What came of files in an earlier run: what has not changed since is not judged again.

Under a key made of all that decides: the text of the file, of the modules beside it that it imports
and of the files beside it that it names, the options, gradproof's own files, Python and what is
installed. ``Resumed`` keeps it in a file of lines, which somebody names; ``Stored`` in the user's
folder for what may be made again, and only what ran fully isolated, so that no file under check can
have written there.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradproof.checking.processes.isolate import Options
from gradproof.checking.records import Report
from gradproof.checking.sandbox.linux_namespaces import ALL
from gradproof.checking.source.file_text import regular_bytes

FOLDER = "GRADPROOF_CACHE"  # names the folder; "off" keeps nothing
_ENTRIES = 4000  # of the folder, beyond which the oldest half goes
_MOST = 200  # modules beside a file that are looked at
_LARGE = 2**20  # bytes of a file that is known by its size and time
_OURS = ("gradproof failed", "the process that judges")  # in reasons that are no file's fault
_CHANCE = (
    "--timeout",
    "does not end within",
    "--memory",
    "by signal",
    "was stopped",
)  # another time


class Resumed:
    """The file at ``path``; None for none, and then nothing is known or kept."""

    def __init__(self, path: Path | None, options: Options) -> None:
        self.path, self.head = path, _head(options)
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
        return _as_report(self.lines.get(_key(self.head, file)))

    def keep(self, file: Path, report: Report) -> None:
        """Write down what came of a file, at once; not what was no fault of its own."""
        if self.path is None or _says(report, _OURS):
            return
        line = json.dumps({"key": _key(self.head, file), "report": report.as_plain()})
        with self.path.open("a", encoding="utf-8") as out:
            out.write(line + "\n")


class Stored:
    """A folder with a file for each result. fresh: whether none of them is believed."""

    def __init__(self, folder: Path | None, options: Options, fresh: bool = False) -> None:
        self.folder, self.fresh, self.head = folder, fresh, _head(options)

    def known(self, file: Path) -> Report | None:
        """What came of a file in an earlier run, if it is what it was then."""
        if self.folder is None or self.fresh or not _is_own(self.folder):
            return None
        try:
            text = (self.folder / f"{_key(self.head, file)}.json").read_text(encoding="utf-8")
            report = _as_report(json.loads(text))
        except (OSError, ValueError):
            return None
        if report is not None:
            report.known = [str(file)]
        return report

    def keep(self, file: Path, report: Report) -> None:
        """Write down what came of a file, unless it may come out otherwise another time."""
        whole = report.isolation is not None and set(ALL) <= set(report.isolation)
        if self.folder is None or not whole or _says(report, (*_OURS, *_CHANCE)):
            return
        with contextlib.suppress(OSError):  # a full disk, a folder of somebody else's
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_own(self.folder):
                path = self.folder / f"{_key(self.head, file)}.json"
                beside = path.with_suffix(f".{os.getpid()}")
                beside.write_text(json.dumps(report.as_plain()), encoding="utf-8")
                beside.replace(path)
                self._thin_out()

    def _thin_out(self) -> None:
        assert self.folder is not None
        entries = list(self.folder.glob("*.json"))
        if len(entries) > _ENTRIES:
            for old in sorted(entries, key=lambda each: each.stat().st_mtime)[: _ENTRIES // 2]:
                old.unlink(missing_ok=True)


def stored_in() -> Path | None:
    """The folder for results: GRADPROOF_CACHE, or that of the system; None where it is "off"."""
    named = os.environ.get(FOLDER, "")
    if named:
        return None if named == "off" else Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return Path(base or Path.home() / ".cache") / "gradproof"
    except RuntimeError:  # nobody's home
        return None


def _is_own(folder: Path) -> bool:
    """Whether nobody else may write in a folder."""
    try:
        found = folder.stat()
    except OSError:
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _as_report(plain: dict[str, Any] | None) -> Report | None:
    try:
        return None if plain is None else Report.from_plain(plain)
    except (KeyError, TypeError):
        return None


def _says(report: Report, words: tuple[str, ...]) -> bool:
    said = [each.reason for each in report.errors] + [each.reason for each in report.unmatched]
    said += [each.reason for each in report.gradients]
    return any(word in each for each in said for word in words)


def _head(options: Options) -> str:
    """What decides beside the file: options, gradproof's own files, Python, what is installed."""
    from gradproof import home

    own = sorted(
        (entry.path, entry.stat().st_size, entry.stat().st_mtime_ns)
        for folder in _folders(Path(home.__file__).parent)
        for entry in os.scandir(folder) if entry.name.endswith(".py")
    )  # fmt: skip
    installed = Path(sysconfig.get_path("purelib"))
    there = installed.stat().st_mtime_ns if installed.exists() else 0
    made = hashlib.sha256(repr(own).encode()).hexdigest()
    return json.dumps([home.VERSION, made, sys.version, there, options.as_plain()], sort_keys=True)


def _folders(folder: Path) -> Iterator[str]:
    return (name for name, _, _ in os.walk(folder) if not name.endswith("__pycache__"))


def _key(head: str, file: Path) -> str:
    digest = hashlib.sha256(head.encode())
    digest.update(str(file).encode("utf-8", "surrogateescape"))
    for each in _with_modules(file):
        with contextlib.suppress(OSError):
            digest.update(each.name.encode("utf-8", "surrogateescape") + _content(each))
    return digest.hexdigest()


def _content(file: Path) -> bytes:
    """What is in a file; of a large one its size and when it was written."""
    about = file.stat()
    if about.st_size > _LARGE:
        return f"{about.st_size} {about.st_mtime_ns}".encode()
    return regular_bytes(file)


def _with_modules(file: Path) -> list[Path]:
    """A file, the modules beside it that it imports, those that these import, and the files that
    any of them names."""
    found = [file]
    for each in found:
        for path in _beside(each):
            if path not in found and len(found) < _MOST and path.is_file():
                found.append(path)
    return found


def _beside(file: Path) -> Iterator[Path]:
    """The files that a file may import or names, whether they are there or not."""
    try:
        tree = ast.parse(regular_bytes(file))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if 0 < len(node.value) < 200 and "\0" not in node.value and "\n" not in node.value:
                yield file.parent / node.value
            continue
        names: list[str] = []
        folder = file.parent
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [module, *(f"{module}.{each.name}".strip(".") for each in node.names)]
            folder = folder.joinpath(*[".."] * (node.level - 1))
        for name in filter(None, names):
            parts = name.split(".")
            for upto in range(1, len(parts) + 1):
                place = folder.joinpath(*parts[:upto])
                yield from (place.with_suffix(".py"), place / "__init__.py")


__all__ = ["FOLDER", "Resumed", "Stored", "stored_in"]
