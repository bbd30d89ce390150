"""Examine a file in a separate process: whatever it does ends in one clear line, and we go on.

What the process sends is read line by line, so a crash loses one pair and not the file. The limits
on memory, processor time and file sizes are set where the platform has them (POSIX).
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradproof.checking.discover import EXAMPLE, discover
from gradproof.checking.records import Candidate, FileError, GradientResult, Report, Unmatched

_NOT_CALLED = "nothing in it is called"
_LINE = 2**20  # a longer message is none of ours


@dataclass(frozen=True)
class Options:
    """How files are examined. seconds: for one file; memory: megabytes."""

    only: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 60.0
    memory: int = 4096
    prove: bool = True
    progress: Callable[[GradientResult], None] | None = None


@dataclass
class _Progress:
    """What has come back so far."""

    report: Report = field(default_factory=Report)
    ended: set[int] = field(default_factory=set)
    at: int | None = None
    done: bool = False
    error: str = ""


def check_file(path: Path, options: Options, shown: str = "") -> Report:
    """Find and judge the pairs of one file."""
    file = shown or str(path)
    try:
        found = discover(path.read_text(encoding="utf-8-sig"))
    except SyntaxError as error:
        return Report(errors=[FileError(file, _syntax(error))])
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        return Report(errors=[FileError(file, f"cannot be read: {error}")])
    chosen = [at for at, each in enumerate(found.candidates) if _wanted(each.names, options.only)]
    unmatched = [
        Unmatched(file, name, reason)
        for name, reason in found.unmatched.items()
        if _wanted((name,), options.only)
    ]
    if not chosen:
        if unmatched:
            return Report(unmatched=unmatched)
        return Report(errors=[FileError(file, _nothing(found.candidates, options.only))])
    progress = _examine(path, file, chosen, options)
    report = progress.report
    report.unmatched += unmatched
    _account(report, progress, file, found.candidates, chosen)
    return report


def is_empty(error: FileError) -> bool:
    """Whether there was just nothing to find: no reason to complain about a file among many."""
    return error.reason == EXAMPLE or error.reason.startswith(_NOT_CALLED)


def _wanted(names: Sequence[str], only: Sequence[str]) -> bool:
    return not only or any(name in only for name in names)


def _nothing(candidates: Sequence[Candidate], only: Sequence[str]) -> str:
    if not only:
        return EXAMPLE
    known = ", ".join(dict.fromkeys(each.title for each in candidates)) or "no pair"
    return f"{_NOT_CALLED} {' or '.join(only)}; it has {known}"


def _syntax(error: SyntaxError) -> str:
    where = f"line {error.lineno}: {error.msg}"
    text = error.msg or ""
    if "print" in text or "except" in text or "leading zeros" in text or "exec" in text:
        return f"does not parse, it seems to be Python 2 ({where})"
    return f"does not parse: {where}"


def _account(
    report: Report,
    progress: _Progress,
    file: str,
    candidates: Sequence[Candidate],
    chosen: Sequence[int],
) -> None:
    """Every pair that has no verdict gets a line that says why."""
    if progress.done:
        return
    if not progress.ended and progress.at is None:
        report.errors.append(FileError(file, progress.error))
        return
    for at in chosen:
        if at not in progress.ended:
            during = at == progress.at
            reason = progress.error if during else f"not reached: {progress.error}"
            report.unmatched.append(Unmatched(file, candidates[at].title, reason))


def _request(path: Path, file: str, chosen: Sequence[int], options: Options) -> dict[str, Any]:
    return {
        "path": str(path.resolve()), "file": file, "chosen": list(chosen), "seed": options.seed,
        "prove": options.prove, "proof_seconds": max(options.seconds / 12, 1.0),
        "load_seconds": max(min(options.seconds / 4, 10.0), 0.5), "memory": options.memory,
        "seconds": options.seconds, "token": secrets.token_hex(16),
    }  # fmt: skip


def _examine(path: Path, file: str, chosen: Sequence[int], options: Options) -> _Progress:
    request = _request(path, file, chosen, options)
    progress = _Progress()
    with tempfile.TemporaryDirectory(prefix="gradproof-") as folder:
        reading, writing = os.pipe()
        request["descriptor"] = writing
        said = Path(folder) / "stderr"
        with said.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "gradproof.checking.worker", json.dumps(request)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                cwd=folder, env=_environment(folder), pass_fds=(writing,), start_new_session=True,
            )  # fmt: skip
        os.close(writing)
        try:
            in_time = _receive(reading, request, progress, options)
            _explain(process, progress, in_time, options)
            if progress.error and not progress.done:
                progress.error += _last_line(said)
        finally:
            os.close(reading)
            _end(process)
    return progress


def _last_line(said: Path) -> str:
    """The last thing that the process wrote to stderr, in brackets."""
    with said.open("rb") as errors:
        errors.seek(max(said.stat().st_size - 4096, 0))
        lines = errors.read().decode(errors="replace").strip().splitlines()
    return f" ({lines[-1].strip()[:200]})" if lines else ""


def _environment(folder: str) -> dict[str, str]:
    """The caller's environment, without windows, bytecode files and many threads."""
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH", "")
    return {
        **os.environ, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1", "MPLCONFIGDIR": folder,
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(part for part in (root, known) if part),
    }  # fmt: skip


def _receive(
    reading: int, request: Mapping[str, Any], progress: _Progress, options: Options
) -> bool:
    """Read messages until the process closes the channel; False when its time is over."""
    deadline = time.monotonic() + options.seconds
    buffer = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return False
        data = os.read(reading, 65536)
        if not data:
            return True
        buffer += data
        *lines, buffer = buffer.split(b"\n")
        if len(buffer) > _LINE:
            return True
        for message in _messages(lines, request["token"]):
            _take(message, progress, options)
        if progress.done:
            return True


def _messages(lines: Sequence[bytes], token: str) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and message.get("token") == token:
            yield message


def _take(message: Mapping[str, Any], progress: _Progress, options: Options) -> None:
    kind = message["type"]
    if kind == "start":
        progress.at = message["at"]
    elif kind == "end":
        progress.ended.add(message["at"])
    elif kind == "gradient":
        result = GradientResult(**message["value"])
        progress.report.gradients.append(result)
        if options.progress is not None:
            options.progress(result)
    elif kind == "unmatched":
        progress.report.unmatched.append(Unmatched(**message["value"]))
    elif kind == "error":
        progress.error = message["reason"]
    elif kind == "done":
        progress.done = True


def _explain(
    process: subprocess.Popen[bytes], progress: _Progress, in_time: bool, options: Options
) -> None:
    """Say why the process ended before it was done."""
    if progress.done or progress.error:
        return
    if not in_time:
        progress.error = f"still running after {options.seconds:g} s (--timeout), so it was stopped"
        return
    try:
        code = process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        progress.error = "closed its channel to gradproof and went on running"
        return
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        progress.error = f"its process was ended by signal {name}"
    else:
        progress.error = f"its process ended by itself with exit status {code}, without a verdict"


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the process and every child that it has left in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
