"""Several processes that need the report about the same file: one of them makes it."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from gradproof.checking.processes.judges import Judges
from gradproof.checking.records import Report

_PAUSE = 0.05  # seconds between looks at what another process is making
_PATIENCE = 3.0  # times the seconds a file may take; after that the other process must have died


def checked_once(path: Path, judges: Judges, shown: str, folder: Path) -> Report:
    """The report about a file, from whichever process comes first; ``folder`` is common to all."""
    key = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
    ready, claimed = folder / f"{key}.json", folder / f"{key}.claimed"
    try:
        claimed.open("x", encoding="utf-8").close()
    except FileExistsError:
        deadline = time.monotonic() + judges.options.seconds * _PATIENCE + 10
        while time.monotonic() < deadline:
            if ready.exists():
                return Report.from_plain(json.loads(ready.read_text(encoding="utf-8")))
            time.sleep(_PAUSE)
    report = judges.one(path, shown)
    _store(report, ready)
    return report


def _store(report: Report, path: Path) -> None:
    """Write a report so that nobody sees a part of it."""
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(report.as_plain()), encoding="utf-8")
    partial.replace(path)
