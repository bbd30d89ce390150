"""Read a script by its run: which line updates which parameter by a multiple of which gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gradproof.claims.fits import Reading
from gradproof.claims.judge import Round, read_round
from gradproof.claims.statements import Statements
from gradproof.claims.updates import Update, rounds_of, updates_of
from gradproof.program.steps import Program
from gradproof.trace.made_up import WIDTHS
from gradproof.trace.script import run_script

ROUNDS = 3  # that are run; the first may start from zeros, the last may be cut short
JUDGED = 2
WITHOUT = 20_000  # operations without the step of a parameter, after which a run is given up


@dataclass
class ScriptReading:
    """What a script does: its updates with what they are of, round by round.

    ended: how the run ended, where it did not run to its end.
    updates: all steps of parameters, in the order in which they were made.
    """

    program: Program
    statements: Statements
    rounds: list[Reading] = field(default_factory=list)
    ended: str = ""
    updates: list[Update] = field(default_factory=list)

    @property
    def best(self) -> Reading | None:
        """The round that is read best."""
        return max(self.rounds, key=lambda each: each.rank, default=None)


def read_script(path: Path, text: str, seed: int = 0, most: int = WITHOUT) -> ScriptReading:
    """Run a script once, traced and bounded, and hold its updates against its losses.

    most: operations after which a run is given up in which no parameter was stepped twice.

    Raises gradproof.trace.script.ScriptError for text that is no Python.
    """
    statements = Statements(_texts(path, text))

    def enough(program: Program) -> bool:
        updates = updates_of(program, statements)
        rounds = rounds_of(program, updates)
        if len(program.steps) > most and (not updates or (most < WITHOUT and len(rounds) < 2)):
            program.ended = f"no parameter was stepped in the first {most} operations"
            return True
        return len(rounds) > ROUNDS

    found = [read_program(run_script(path, text, enough), statements, seed)]
    for width in WIDTHS[1:]:
        if found[-1].rounds or not (found[-1].program.made_up and found[-1].ended):
            break
        found.append(read_program(run_script(path, text, enough, width), statements, seed))
    return found[-1] if found[-1].rounds else found[0]


def read_program(program: Program, statements: Statements, seed: int = 0) -> ScriptReading:
    """Hold the updates of a program against its losses."""
    updates = updates_of(program, statements)
    cut = frozenset(each.step for each in updates)
    rounds = rounds_of(program, updates)
    out = ScriptReading(program, statements, ended=program.ended, updates=updates)
    for at, updates_here in enumerate(rounds[:ROUNDS]):
        if len(out.rounds) == JUDGED:
            break
        if at + 1 < len(rounds) and _is_shared(updates_here):
            continue
        last = rounds[at + 1][-1].step if at + 1 < len(rounds) else len(program.steps)
        out.rounds.append(
            read_round(Round(program, statements, _once(updates_here), cut, last, seed))
        )
    return out


def _is_shared(updates: list[Update]) -> bool:
    """Whether several parameters are one number to begin with, as in ``[0.0] * n``: what is moved
    then is all of them."""
    return len({(each.source, each.key[1]) for each in updates}) < len(updates)


def _once(updates: list[Update]) -> list[Update]:
    """One update for each parameter, where a line updates one several times in a round."""
    return list({(each.source, each.key): each for each in updates}.values())


def _texts(path: Path, text: str) -> Callable[[str], str]:
    own = str(path.absolute())

    def text_of(name: str) -> str:
        if name == own:
            return text
        try:
            return Path(name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    return text_of


__all__ = ["ScriptReading", "read_program", "read_script"]
