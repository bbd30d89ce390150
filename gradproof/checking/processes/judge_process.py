"""The process that judges: examines one file after another, and says what it finds as it goes.

Started by gradproof.checking.processes.judges, which ends it where it does not end by itself.
Requests and answers are lines of JSON, on pipes that nothing else reads or prints to.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from gradproof.checking.processes.isolate import Options
from gradproof.checking.records import GradientResult, Report
from gradproof.checking.sandbox.linux_namespaces import die_with_parent
from gradproof.checking.source.declared import Declared

_SPARE = 2048  # megabytes of address space that Python, NumPy and SymPy take by themselves
Tell = Callable[[dict[str, Any]], None]


def options_from(plain: Mapping[str, Any], tell: Tell) -> Options:
    """The options of a request, with whoever is to be told of what is found."""
    given = {**plain, "only": tuple(plain["only"]),
             "pairs": tuple(Declared(**each) for each in plain["pairs"])}  # fmt: skip
    return Options(**given, progress=lambda result: tell({"gradient": entry_of(result)}),
                   notice=lambda kind, value: tell({kind: value}))  # fmt: skip


def entry_of(result: GradientResult) -> dict[str, Any]:
    """One gradient as plain data."""
    (entry,) = Report([result]).as_plain()["gradients"]
    return dict(entry)


def judge(reading: BinaryIO, tell: Tell) -> None:
    """Answer requests until there are no more."""
    from gradproof.checking.run import examine_file

    tell({"ready": True})
    for line in reading:
        request = json.loads(line)
        options = options_from(request["options"], tell)
        report = examine_file(Path(request["path"]), options, request["shown"])
        tell({"report": report.as_plain()})


def started(memory: int) -> None:
    """Run in a process of its own: take the pipes, limit the memory, judge."""
    reading, writing = os.fdopen(os.dup(0), "rb"), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nothing, descriptor)
    lock = threading.Lock()

    def tell(message: dict[str, Any]) -> None:
        data = memoryview(json.dumps(message).encode() + b"\n")
        with lock:
            while data:
                data = data[os.write(writing, data) :]

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who leads
    die_with_parent()
    _limit(memory + _SPARE)
    _import_all()
    judge(reading, tell)


def _import_all() -> None:
    """Load what judging needs before any file is looked at."""
    import gradproof.checking.judgement.examine
    import gradproof.checking.processes.remote_file
    import gradproof.checking.source.ipynb
    import gradproof.diagnosis
    import gradproof.proof  # noqa: F401


def _limit(megabytes: int) -> None:
    if sys.platform.startswith("linux"):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        wanted = megabytes * 2**20
        wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, most))


__all__ = ["entry_of", "judge", "options_from", "started"]
