"""Examine files, each in a separate process: whatever one does ends in a clear line, and we go on.

The process runs the file and answers with arrays; what they mean is decided here. A crash loses
the pair that it happened in; the others are examined in a new process.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradproof.checking import scripts
from gradproof.checking.judgement.sequels import set_aside
from gradproof.checking.reading.listed import is_by_hand, without_stepped
from gradproof.checking.records import Candidate, FileError, GradientResult, Report, Unmatched
from gradproof.checking.scripts import runs_by_itself
from gradproof.checking.source.declared import Declared
from gradproof.checking.source.discover import EXAMPLE, discover
from gradproof.checking.source.file_text import EMPTY, read_source
from gradproof.claims.unread_steps import steps_of

if TYPE_CHECKING:
    from gradproof.checking.judgement.examine import Examination
    from gradproof.checking.processes.remote_file import RemoteFile
    from gradproof.checking.processes.second_process import Twin

_NOT_CALLED = "nothing in it is called"
_NOT_ISOLATED = "not run, as --require-isolation asks: here is no isolation by "
_MODULE_LEVEL = "at module level {}"
_DEFINITIONS = f"by its definitions alone: {_MODULE_LEVEL}"
_MOST_STARTS = 8  # of processes for one file, each after a crash of the one before


@dataclass(frozen=True)
class Options:
    """How files are examined. seconds: for one file; memory, output: megabytes; pairs: those that
    are declared outside the files; arithmetic: whether to look for where floats lose what is right;
    explain: whether to say as what each pair was read;
    require: whether a file is run only where all of the isolation is in force; progress, notice:
    who is told of each gradient, and how far the work is.
    """

    only: tuple[str, ...] = ()
    seed: int = 0
    seconds: float = 60.0
    memory: int = 4096
    prove: bool = True
    progress: Callable[[GradientResult], None] | None = None
    output: int = 16
    pairs: tuple[Declared, ...] = ()
    arithmetic: bool = False
    explain: bool = False
    require: bool = False
    notice: Callable[[str, Any], None] | None = None

    def as_plain(self) -> dict[str, Any]:
        """The options as a request carries them: without whoever is told."""
        plain = asdict(replace(self, progress=None, notice=None))
        del plain["progress"], plain["notice"]
        return plain


def check_file(path: Path, options: Options, shown: str = "") -> Report:
    """Find and judge the pairs of one file."""
    file = shown or str(path)
    text, reason = read_source(path)
    if reason:
        return Report(errors=[FileError(file, reason)])
    try:
        found = discover(text, [each for each in options.pairs if each.is_for(path)])
    except (RecursionError, MemoryError):
        return Report(errors=[FileError(file, "cannot be read: it is nested too deeply")])
    chosen = [each for each in found.candidates if _wanted(each.names, options.only)]
    unmatched = [
        Unmatched(file, name, reason)
        for name, reason in found.unmatched.items()
        if _wanted((name,), options.only)
    ]
    ran = scripts.Ran()
    by_hand = any(is_by_hand(each.reason) for each in unmatched)
    steps = by_hand or (not chosen and any(steps_of(text)))
    if not options.only and (steps or runs_by_itself(text, path)):
        ran = _script(path, file, text, options, whole=not chosen and not unmatched)
    script = ran.report
    if not chosen:
        script.unmatched = scripts.without_read(unmatched, text, ran, file) + script.unmatched
        if script.gradients or script.unmatched:
            return script
        return Report(errors=[FileError(file, _nothing(found.candidates, options.only))])
    with _few_collections():
        report = _Run(path, file, text, options).report(chosen)
    set_aside(report)
    kept = without_stepped({each.name: each.reason for each in unmatched},
                           (each.scope for each in report.gradients))  # fmt: skip
    unmatched = [each for each in unmatched if each.name in kept]
    report.unmatched = scripts.without_read(report.unmatched + unmatched, text, ran, file)
    report.add(ran.without(report.gradients, text))
    return report


def _script(path: Path, file: str, text: str, options: Options, whole: bool) -> scripts.Ran:
    """Read the file by its own run, in a process of its own."""
    from gradproof.checking.processes.remote_file import Budget, RemoteFile

    budget = Budget(options.seconds, options.memory, options.output)

    def start() -> RemoteFile:
        deadline = time.monotonic() + options.seconds
        return RemoteFile(path, budget, options.seed, deadline)

    return scripts.read(path, file, text, start, whole)


def is_empty(error: FileError) -> bool:
    """Whether there was just nothing to find: no reason to complain about a file among many."""
    return error.reason in (EXAMPLE, EMPTY) or error.reason.startswith(_NOT_CALLED)


def _wanted(names: Sequence[str], only: Sequence[str]) -> bool:
    return not only or any(name in only for name in names)


def _nothing(candidates: Sequence[Candidate], only: Sequence[str]) -> str:
    if not only:
        return EXAMPLE
    known = ", ".join(dict.fromkeys(each.title for each in candidates)) or "no pair"
    return f"{_NOT_CALLED} {' or '.join(only)}; it has {known}"


@contextmanager
def _few_collections() -> Iterator[None]:
    """Expressions are many small objects that live together; look for garbage less often."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass
class _Run:
    """The examination of one file, in one process after another where it has to be."""

    path: Path
    file: str
    text: str
    options: Options
    found: Report = field(default_factory=Report)
    ended: str = ""  # how the process has ended in which the module level was run

    def report(self, chosen: Sequence[Candidate]) -> Report:
        """Examine the candidates in turn."""
        from gradproof.checking.judgement.raised import Gone

        self.deadline = time.monotonic() + self.options.seconds
        self.spare = self.options.seconds / 2
        left = list(chosen)
        self._notice("candidates", [each.title for each in chosen])
        self.started = self.loaded = False
        self.side: RemoteFile | None = None
        for _ in range(_MOST_STARTS):
            try:
                self._in_one_process(left)
                return self.found
            except Gone as gone:
                why = str(gone)
                self.deadline = side.deadline if (side := self.side) else self.deadline
                if gone.tampered or not self.started:
                    return Report(errors=[FileError(self.file, why)])
                late = time.monotonic() > self.deadline
                if not self.loaded:  # its definitions may well be judged
                    late, self.ended = late or bool(self.ended), why
                    why = _MODULE_LEVEL.format(why)
                if self.loaded or late:
                    self._miss(left.pop(0), why)
                if not left or late:
                    break
        for candidate in left:
            self._miss(candidate, f"not reached: {why}")
        return self.found

    def _miss(self, candidate: Candidate, reason: str) -> None:
        self.found.unmatched.append(Unmatched(self.file, candidate.title, reason))

    def _notice(self, kind: str, value: Any) -> None:
        if self.options.notice is not None:
            self.options.notice(kind, value)

    def _in_one_process(self, left: list[Candidate]) -> None:
        """Examine candidates, taking off the list those that are done. Raises Gone."""
        from gradproof.checking.processes.remote_file import Budget, RemoteFile
        from gradproof.checking.sandbox.linux_namespaces import ALL

        options = self.options
        self.started = self.loaded = False
        budget = Budget(options.seconds, options.memory, options.output)
        self._notice("starting", True)
        with RemoteFile(self.path, budget, options.seed, self.deadline, ended=self.ended) as side:
            self.started = True
            self._notice("starting", False)
            self.deadline = side.deadline  # starting a process is not the file's time
            self.found.isolation = side.isolation
            missing = [each for each in ALL if each not in (side.isolation or ())]
            if options.require and missing:
                self.found.errors.append(FileError(self.file, _NOT_ISOLATED + ", ".join(missing)))
                return
            from gradproof.checking.judgement.examine import Examination
            from gradproof.checking.judgement.judge_pair import Effort
            from gradproof.checking.processes.own_time import MOST
            from gradproof.checking.processes.second_process import Twin
            from gradproof.work import PER_SECOND

            work = max(options.seconds / 12, 2.0) * PER_SECOND
            net = options.seconds * (1 + MOST)
            effort = Effort(work, options.prove, options.seed, options.arithmetic, net)
            examination = Examination(self.file, self.text, side, effort)
            twin = Twin(self.path, self.file, self.text, budget, self.deadline,
                        lambda begun: self._notice("starting", begun), self.ended)  # fmt: skip
            self.side = side
            side.noted = twin.noted = lambda seconds: self._notice("waited", seconds)
            try:
                examination.load()
            except Exception as error:
                reason = f"cannot be loaded: {type(error).__name__}: {error}"
                self.found.errors.append(FileError(self.file, reason))
                return
            self.loaded = True
            with twin:
                while left:
                    self._examine(left[0], examination, twin, side)
                    self._notice("judged", left.pop(0).title)

    def _examine(
        self, candidate: Candidate, examination: Examination, twin: Twin, side: RemoteFile
    ) -> None:
        """Judge one pair, here and in a second process. Raises Gone."""
        from gradproof.checking.judgement.expected import missing
        from gradproof.checking.judgement.raised import Gone

        results: list[GradientResult | Unmatched] = []
        gone: Gone | None = None
        try:
            results += examination.results(candidate)
        except Gone as error:
            gone = error
            if gone.tampered or not results:
                raise
        start = time.monotonic()
        results = twin.verified(candidate, results, getattr(side, "proposed", {}))
        self._give_back(time.monotonic() - start, side)
        proposed = getattr(side, "proposed", {}).get(False, ())
        varied = {name for match in proposed for name in match.inputs}
        lacking = missing(self.file, self.text, candidate, results, varied)
        for result in (*results, *lacking):
            self._take(examination.as_written(result))
        if self.options.explain:
            self.found.readings += examination.readings
            examination.readings = []
        if gone is not None:
            raise gone

    def _give_back(self, seconds: float, side: RemoteFile) -> None:
        """Let the time of a second process be none of the file's, up to half as much as that."""
        given = min(seconds, self.spare)
        self.spare -= given
        side.deadline += given
        self.deadline = side.deadline

    def _take(self, result: GradientResult | Unmatched) -> None:
        if isinstance(result, Unmatched):
            self.found.unmatched.append(result)
            return
        if self.ended:
            told = _DEFINITIONS.format(self.ended)
            result = replace(result, scope="; ".join(filter(None, (result.scope, told))))
        self.found.gradients.append(result)
        if self.options.progress is not None:
            self.options.progress(result)
