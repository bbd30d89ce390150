"""The separate process: load one file, call and judge its pairs, send each result as JSON.

Started by gradproof.checking.isolate, one line of JSON per result on the descriptor it names.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import types
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from gradproof.checking.discover import discover
from gradproof.checking.records import Candidate, GradientResult, Unmatched


@dataclass
class _File:
    """The file under check, loaded as it is and, when that is asked for, without its guards."""

    request: Mapping[str, Any]
    source: Any
    module: types.ModuleType
    note: str
    bare: tuple[Any, types.ModuleType, list[int]] | None = None

    def without_guards(self) -> tuple[Any, types.ModuleType, list[int]]:
        """The same file without clip(z, -500, 500) and its kin, and their lines."""
        from gradproof.checking.guards import without_guards
        from gradproof.checking.loading import load
        from gradproof.checking.source import Source

        if self.bare is None:
            text, lines = without_guards(self.source.text)
            module = self.module
            if lines:
                module, _ = load(Path(self.request["path"]), self.request["load_seconds"], text)
            self.bare = Source(text), module, lines
        return self.bare


def main(request: Mapping[str, Any], send: Any) -> None:
    """Examine one file; ``send`` takes one dictionary per message."""
    from gradproof.checking.loading import load
    from gradproof.checking.source import Source

    path = Path(request["path"])
    source = Source(path.read_text(encoding="utf-8-sig"))
    warnings.simplefilter("ignore")
    _warm(request["prove"])
    try:
        module, note = load(path, request["load_seconds"])
    except Exception as error:
        send({"type": "error", "reason": f"cannot be loaded: {type(error).__name__}: {error}"})
        return
    file = _File(request, source, module, note)
    for at, candidate in enumerate(discover(source.text).candidates):
        if at not in request["chosen"]:
            continue
        send({"type": "start", "at": at})
        for result in _examined(candidate, file):
            kind = "gradient" if isinstance(result, GradientResult) else "unmatched"
            send({"type": kind, "value": asdict(result)})
        send({"type": "end", "at": at})
    send({"type": "done"})


def _warm(prove: bool) -> None:
    """Import what judges before the file under check runs."""
    import gradproof.checking.layers
    import gradproof.numeric

    if prove:
        import gradproof.proof  # noqa: F401


def _examined(candidate: Candidate, file: _File) -> Iterator[GradientResult | Unmatched]:
    from gradproof.checking.calling import matches
    from gradproof.checking.judge import Effort, judged
    from gradproof.checking.match import MatchError

    request, name = file.request, file.request["file"]
    start = time.monotonic()
    try:
        found = matches(candidate, file.module, file.source, request["seed"])
    except MatchError as error:
        reason = f"{error}" + (f" ({file.note})" if file.note else "")
        yield Unmatched(name, candidate.title, reason)
        return
    except Exception as error:
        yield Unmatched(name, candidate.title, f"{type(error).__name__}: {error}")
        return
    spent = (time.monotonic() - start) / max(sum(len(m.wrt) for m in found), 1)
    effort = Effort(request["proof_seconds"], request["prove"], request["seed"])
    for match in found:
        try:
            verdicts = _beside_guards(candidate, file, match, judged(match, effort), effort)
        except Exception as error:
            yield Unmatched(name, candidate.title, f"{type(error).__name__}: {error}")
            continue
        for of, verdict in verdicts.items():
            yield _result(name, candidate, match, of, verdict, spent)


def _beside_guards(
    candidate: Candidate, file: _File, match: Any, verdicts: dict[str, Any], effort: Any
) -> dict[str, Any]:
    """Where a gradient is refuted, ask whether it is right for the function without its guards."""
    from gradproof.checking.calling import matches
    from gradproof.checking.judge import judged
    from gradproof.verdicts import Status

    wrong = [name for name, verdict in verdicts.items() if verdict.status is Status.REFUTED]
    if not wrong:
        return verdicts
    source, module, lines = file.without_guards()
    if not lines:
        return verdicts
    try:
        found = matches(candidate, module, source, effort.seed)
        bare = next(m for m in found if (m.mode, m.wrt) == (match.mode, match.wrt))
        held = judged(replace(bare, inputs=match.inputs), effort)
    except Exception:  # without its guards the file may not run; the refutation stands
        return verdicts
    where = "without the guard in line " + ", ".join(map(str, lines))
    for name in wrong:
        if held[name].holds:
            example = verdicts[name].counterexample
            beside = f"; with it, not {example}" if example is not None else ""
            verdicts[name] = replace(
                held[name], status=Status.CHECKED, method=f"{held[name].method}, {where}",
                scope=f"{where}: {held[name].scope}{beside}", seconds=verdicts[name].seconds,
            )  # fmt: skip
    return verdicts


def _result(
    file: str, candidate: Candidate, match: Any, name: str, verdict: Any, spent: float
) -> GradientResult:
    from gradproof.checking.judge import finite

    example = verdict.counterexample
    shown = None
    if example is not None:
        inputs = dict(example.inputs) | {k: _plain(v) for k, v in match.fixed.items()}
        shown = {"inputs": {k: _plain(v) for k, v in inputs.items()}, "at": example.at,
                 "got": example.got, "wanted": example.wanted}  # fmt: skip
    owner = f"{candidate.owner}." if candidate.owner else ""
    fixed = [f"{k} = {_short(v)}" for k, v in match.fixed.items()]
    for_these = f"for {', '.join(fixed)}" if fixed else ""
    scope = "; ".join(part for part in (verdict.scope, for_these, *match.notes) if part)
    return GradientResult(
        file, candidate.line, owner + candidate.forward, owner + candidate.backward, name,
        match.output, match.contract, match.mode, str(verdict.status), verdict.method, scope,
        finite(verdict.error), finite(verdict.bound), shown, verdict.reason, None,
        round((verdict.seconds or 0.0) + spent, 3),
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if isinstance(value, (int, float, str, bool, list, type(None))) else str(value)


def _short(value: Any) -> str:
    text = str(_plain(value))
    return text if len(text) <= 80 else f"{text[:77]}..."


def _limit(megabytes: int, seconds: float) -> None:
    """Limit memory, processor time and file sizes, where the platform allows it."""
    try:
        import resource
    except ImportError:
        return
    limits = (
        (resource.RLIMIT_AS, megabytes * 2**20),
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_FSIZE, 64 * 2**20),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in limits:
        try:
            resource.setrlimit(kind, (value, value))
        except (ValueError, OSError):
            continue


def _started() -> None:
    request = json.loads(sys.argv[1])
    descriptor = request["descriptor"]
    gc.set_threshold(200_000, 50, 50)  # expressions are many small objects that live together
    _limit(request["memory"], request["seconds"])

    own = os.getpid()

    def send(message: Mapping[str, Any]) -> None:
        if os.getpid() != own:  # a child that the file under check has forked
            os._exit(0)
        os.write(descriptor, (json.dumps({"token": request["token"], **message}) + "\n").encode())

    main(request, send)


if __name__ == "__main__":
    _started()
