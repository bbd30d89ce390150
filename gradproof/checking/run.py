"""Examine many files, in turn or side by side; what came of them is in the order of their names."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from gradproof.checking.formats.inert import one_line
from gradproof.checking.options import defaults
from gradproof.checking.processes.isolate import Options, check_file, is_empty
from gradproof.checking.processes.judges import Judges
from gradproof.checking.records import FileError, Report
from gradproof.checking.resumed import Resumed, Stored
from gradproof.checking.source.declared import Declared
from gradproof.checking.source.discover import EXAMPLE
from gradproof.checking.source.ipynb import SUFFIX, by_cell
from gradproof.checking.source.named_paths import files_of, inside_folder

_FEW = 3  # files for which it is not worth starting processes to work side by side
_MOST_JOBS = 61  # more processes Windows cannot wait for at once
_MOMENT = 1.0  # seconds after which a bar appears


def run(
    names: Sequence[str],
    options: Options,
    exclude: Sequence[str] = (),
    jobs: int | None = None,
    bar: bool = False,
    description: str = "checking",
    each: Callable[[Report], None] = lambda report: None,
    whole: Report | None = None,
    resume: Path | None = None,
    stored: Path | None = None,
    fresh: bool = False,
) -> Report:
    """Examine everything that was named; ``each`` is called with what came of every file.

    resume: a file in which what came of files is kept, and from which it is taken;
    stored: without that, a folder for it; fresh: whether nothing in there is believed;
    whole: the report to fill, so that something is there when Ctrl-C ends this;
    jobs: processes to work in, default one a core where there are many files;
    bar: whether to show one when it takes long.
    """
    files, errors = files_of(names, exclude)
    whole = Report() if whole is None else whole
    whole.errors += errors
    wanted = jobs or (cores() if len(files) > _FEW else 1)
    side_by_side = min(wanted, len(files), _MOST_JOBS)
    progress = _Progress(files, bar and bool(files), description)
    kept = Stored(stored, options, fresh) if resume is None else Resumed(resume, options)
    with progress, Judges(side_by_side, options, progress.gradient_done) as judges:
        for report in _in_order(progress.watched(_reports(files, judges, kept))):
            with progress.cleared():
                each(report)
            whole.add(report)
    _leave_out_empty(whole, files, names, options.only)
    return whole


def options_of(settings: Mapping[str, Any], pairs: tuple[Declared, ...] = ()) -> Options:
    """How files are examined, from options by name; what is not there is as by default."""
    chosen = {**defaults(), **settings}
    return Options(
        chosen["only"], chosen["seed"], float(chosen["timeout"]), chosen["memory"], chosen["prove"],
        output=chosen["output"], pairs=pairs, arithmetic=chosen["arithmetic"],
        explain=chosen["explain-reading"],
        require=chosen["require-isolation"],
    )  # fmt: skip


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def examine_file(path: Path, options: Options, shown: str = "") -> Report:
    """What came of one file; a fault of gradproof's own costs that file and no other.

    shown: how the report names the file, if not by its path.
    """
    try:
        report = check_file(path, options, shown)
        return by_cell(report, path) if path.suffix == SUFFIX and report.gradients else report
    except MemoryError:
        reason = f"judging it takes more memory than there is ({options.memory} MB, --memory)"
        return Report(errors=[FileError(shown or str(path), reason)])
    except Exception as error:
        reason = f"gradproof failed, please report it: {type(error).__name__}: {error}"
        return Report(errors=[FileError(shown or str(path), reason)])


def _reports(
    files: Sequence[Path], judges: Judges, kept: Resumed | Stored
) -> Iterator[tuple[int, Report]]:
    """What came of each file, with its number: first what an earlier run has found."""
    known = {number: kept.known(path) for number, path in enumerate(files)}
    yield from ((number, report) for number, report in known.items() if report is not None)
    left = [number for number, report in known.items() if report is None]
    for at, report in judges.reports([(files[number], "") for number in left]):
        kept.keep(files[left[at]], report)
        yield left[at], report


def _in_order(found: Iterable[tuple[int, Report]]) -> Iterator[Report]:
    """Reports in the order of their numbers, each as soon as those before it are there."""
    early: dict[int, Report] = {}
    following = 0
    for number, report in found:
        early[number] = report
        while following in early:
            yield early.pop(following)
            following += 1


class _Progress(AbstractContextManager["_Progress"]):
    """A bar over files, or over the gradients of a single one; none where it is not wanted."""

    def __init__(self, files: Sequence[Path], wanted: bool, description: str) -> None:
        self.names, self.single = files, len(files) == 1
        self.bar: Any = None
        if wanted:
            from tqdm.auto import tqdm

            self.bar = tqdm(
                total=None if self.single else len(files), desc=description, delay=_MOMENT,
                leave=False, unit=" gradients" if self.single else "file", disable=None,
            )  # fmt: skip

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def gradient_done(self, _: object) -> None:
        if self.bar is not None and self.single:
            self.bar.update()

    def watched(self, found: Iterable[tuple[int, Report]]) -> Iterator[tuple[int, Report]]:
        """Pass on what comes, and move."""
        for number, report in found:
            if self.bar is not None and not self.single:
                self.bar.set_postfix_str(one_line(Path(self.names[number]).name), refresh=False)
                self.bar.update()
            yield number, report

    def cleared(self) -> AbstractContextManager[Any]:
        """While something is printed, the bar is out of the way."""
        return nullcontext() if self.bar is None else self.bar.external_write_mode()


def _leave_out_empty(
    whole: Report, files: Sequence[Path], names: Sequence[str], only: Sequence[str]
) -> None:
    """Files of a folder in which there is nothing to find are no errors, unless all are such."""
    empty = [error for error in whole.errors if is_empty(error)]
    found = bool(whole.gradients or whole.unmatched)
    if only and empty:
        whole.errors = [e for e in whole.errors if e not in empty]
        whole.errors += [] if found else [FileError("--only", _no_such(only, _known(files)))]
        return
    for name in names:
        inside = [e for e in empty if e.file not in names and inside_folder(Path(e.file), [name])]
        whole.errors = [e for e in whole.errors if e not in inside]
        whole.without += [e.file for e in inside]
        if inside and not any(inside_folder(Path(file), [name]) for file in whole.files):
            whole.errors.append(FileError(name, EXAMPLE))


def _known(files: Sequence[Path]) -> list[str]:
    """The names by which ``--only`` can pick the pairs of these files."""
    from gradproof.checking.source.discover import discover
    from gradproof.checking.source.file_text import read_source

    texts = (read_source(path)[0] for path in files)
    names = (candidate.names for text in texts for candidate in discover(text).candidates)
    return list(dict.fromkeys(name for several in names for name in several))


def _no_such(only: Sequence[str], known: Sequence[str]) -> str:
    near = [n for name in only for n in difflib.get_close_matches(name, known, 2)]
    reason = f"no pair is called {' or '.join(only)}"
    if near:
        return f"{reason}; did you mean {' or '.join(dict.fromkeys(near))}?"
    return f"{reason}; there are {', '.join(known)}" if known else f"{reason}, nor anything else"
