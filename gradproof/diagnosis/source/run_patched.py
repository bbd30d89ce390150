"""Try a mended statement in the author's own code: put it in its place, run it, compare.

An explanation is found on the tape of one run. What it comes to in the source is one more step, in
which a name may be taken for a value it does not have there. So the mended statement is compiled
into a copy of the author's function, which runs once more; the function itself stays as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from types import CodeType
from typing import Any, Literal

import numpy as np

from gradproof.diagnosis.quantities.forward_only_names import bound
from gradproof.diagnosis.scene.joined_outputs import flat, in_pieces
from gradproof.diagnosis.scene.other_sizes import Elsewhere, elsewhere, values_of
from gradproof.diagnosis.search.repair import Repair, with_operands
from gradproof.diagnosis.source.patched_statement import Mended
from gradproof.diagnosis.source.plausible_text import is_trivial
from gradproof.diagnosis.source.recompiled import Recompiled, compiled
from gradproof.diagnosis.source.swapped_code import SwappedCode
from gradproof.diagnosis.source.verbatim import edited, statement_like
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.diagnosis.tape.on_symbols import BRANCHES, MOST_ELEMENTS, NODES, WORK
from gradproof.diagnosis.tape.points import TOLERANCE, Point, Scene, alike, close, scene_of
from gradproof.diagnosis.tape.tape import rerun
from gradproof.proof.claims import Claims
from gradproof.tracing.nodes import fresh_table
from gradproof.tracing.record_trace import Program, trace
from gradproof.verdicts import Edit
from gradproof.work import REWRITTEN, SCREENED, Budget, Net, spend

ROUNDED = ((1e-9, TOLERANCE), (2e-5, 1e-4))  # in float64 and in float32, and what is more than that
_PATHS = 16


class Trial:
    """The author's code with statements of it replaced, run at the points of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.naming, self.names = scene.naming, set(scene.first.tape.gradients)
        self.wrong = set(scene.wrong())
        self.by_chance = False  # whether something was right at these sizes and settings alone
        self._tolerance = self._fitting()
        self._compiled: dict[str, CodeType] = {}
        self._swapped: dict[str, SwappedCode] = {}
        self._known: dict[tuple[tuple[str, int | None, str], ...], set[str] | None] = {}

    def mends(self, changes: Sequence[Mended]) -> set[str] | None:
        """Return the gradients that are true with these statements in place, none where a change
        is no statement of the code; None where its source is not at hand."""
        if self._tolerance is None:
            return None
        key = tuple((m.file, m.line, m.true) for m in changes)
        if key not in self._known:
            self._known[key] = self._tried(changes)
        return self._known[key]

    def mends_with(self, edits: Sequence[Edit]) -> set[str]:
        """Return the gradients that are true with edits of the author's file, here and elsewhere;
        none where it does not run, or forward is another one then."""
        if self._tolerance is None:
            return set()
        spend(SCREENED)
        other = self._with_edits(edits)
        if other is None or not self._may_mend(edits[0].file, other):
            return set()
        spend(REWRITTEN)
        tolerance, first = self._tolerance, self.scene.points[:1]
        true = self._true(other.of(self.scene.program), tolerance, first) or set()
        if not true & self.wrong or other.unknown:
            return set()
        true &= self._true(other.of(self.scene.program), tolerance) or set()
        for program, point in self.elsewhere.places if true & self.wrong else ():
            spend(REWRITTEN)
            true &= self._true(other.of(program), tolerance, [point]) or set()
        return true

    def _may_mend(self, file: str, other: Recompiled) -> bool:
        """Whether some wrong gradient is true at the first point, in a copy that is kept."""
        tolerance, first = self._tolerance or TOLERANCE, self.scene.points[:1]
        if file not in self._swapped:
            self._swapped[file] = SwappedCode(
                self.scene.program, file,
                lambda program: _runs_alike(program, first[0], tolerance))  # fmt: skip
        swapped = self._swapped[file]
        return swapped.holds(
            other.codes, lambda p: bool(self.wrong & (self._true(p, tolerance, first) or set()))
        )

    def proves_with(self, name: str, edits: Sequence[Edit]) -> bool | None:
        """Whether a gradient is proved with edits of the author's file; None if undecided."""
        other = self._with_edits(edits)
        large = sum(map(np.size, self.scene.asked.inputs.values())) > MOST_ELEMENTS
        if other is None or large:
            return None
        decided = _decided(other.of(self.scene.asked), name, self.scene.net)
        return None if other.unknown else decided

    def _with_edits(self, edits: Sequence[Edit]) -> Recompiled | None:
        file = edits[0].file
        lines = edited(self.naming.sources.lines(file), edits)
        return self._of_text(file, "\n".join(lines)) or None

    def written(self, changes: Sequence[Mended]) -> Scene | None:
        """Run the code anew with these statements in place; None where it cannot be followed."""
        other = self._recompiled(changes)
        if not other:
            return None
        file = changes[0].file
        sources = Sources({**self.naming.sources.given, file: self._text(changes) or ""})
        scene = scene_of(other.of(self.scene.program), 0, sources, net=self.scene.net)
        return None if other.unknown else scene

    def proves(self, name: str, changes: Sequence[Mended]) -> bool | None:
        """Whether a gradient is proved with these statements in place, on every branch and for the
        inputs as given; None where that is not decided."""
        asked = self.scene.asked
        large = sum(map(np.size, asked.inputs.values())) > MOST_ELEMENTS
        given = {k: v for k, v in self.naming.given.items() if v is not None}
        other = None if large or self._tolerance is None else self._recompiled(changes, given)
        if not other:
            return None
        decided = _decided(other.of(asked), name, self.scene.net)
        return None if other.unknown else decided

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """The code at other sizes and with other settings."""
        return elsewhere(self.scene)

    def reads_true(self, repair: Repair, name: str) -> bool | None:
        """Whether what a repair is told as makes a gradient true elsewhere, where that cannot be
        put into the code: its text is evaluated with the names of the run. None if it cannot be."""
        words = repair.words(self.naming)
        if is_trivial(words.old, words.new):
            return False
        first = self.scene.first.tape
        for _, point in self.elsewhere.places:
            tape = point.tape
            if not repair.slots or not alike(tape, first):
                return None
            try:
                with np.errstate(all="ignore"):
                    value = eval(words.new, values_of(first, point, repair.index))
                    made = rerun(tape, with_operands(tape, repair.slots, np.asarray(value)),
                                 [tape.gradients[name]])[0]  # fmt: skip
            except NameError:
                return None
            except Exception:  # what is told does not fit these shapes, or is no expression
                return False
            if not close(made, point.true[name]):
                return False
        return True if self.elsewhere.places else None

    def fits(self, holds: Callable[[Point], bool]) -> bool:
        """Whether what is told of a tape holds elsewhere, where the same steps are done."""
        first = self.scene.first.tape
        points = [p for _, p in self.elsewhere.places if alike(p.tape, first)]
        return all(_holds(holds, point) for point in points)

    def _tried(self, changes: Sequence[Mended]) -> set[str] | None:
        spend(SCREENED)
        other = self._recompiled(changes)
        if not other:
            return None if other is None else set()
        if not self._may_mend(changes[0].file, other):
            return set()
        spend(REWRITTEN)
        true = self._true(other.of(self.scene.program), self._tolerance or TOLERANCE) or set()
        if other.unknown:
            return None
        if any(is_trivial(m.yours, m.true) for m in changes):
            return set()
        kept = true and true & self._true_elsewhere(changes)
        self.by_chance |= true != kept
        return kept

    def _true_elsewhere(self, changes: Sequence[Mended]) -> set[str]:
        """Return the gradients that are true at other sizes and settings with these statements in
        place, in which forward's own numbers have the values that they have there."""
        names = set(self.names)
        for program, point in self.elsewhere.places:
            other = self._recompiled(changes, point.tape.foreign)
            if not other:
                return set()
            spend(REWRITTEN)
            names &= self._true(other.of(program), self._tolerance or TOLERANCE, [point]) or set()
        return names

    def _fitting(self) -> float | None:
        """Return the tolerance beside which the code runs here as it has run there, without its
        rounding to float32; None where it does not."""
        for rounding, tolerance in ROUNDED:
            if all(_runs_alike(self.scene.program, point, rounding) for point in self.scene.points):
                return tolerance
        return None

    def _true(
        self, program: Program, tolerance: float, points: Sequence[Point] = ()
    ) -> set[str] | None:
        """Return the gradients of a program that are true at every point; None where it does not
        run, or forward is another one."""
        names = set(self.names)
        for point in points or self.scene.points:
            try:
                given = run_at(program, point, tolerance)
                if given is None:
                    return None
                names = {n for n in names if n in given
                         and close(given[n], point.true[n], tolerance)}  # fmt: skip
            except Exception:  # of the author's code, which now does something else
                return None
        return names

    def _readable(self) -> bool:
        """Whether the source of backward is at hand."""
        places = [op.place for op in self.scene.first.tape.ops[self.scene.first.tape.start :]]
        return any(self.naming.sources.lines(p.file) for p in places if p is not None)

    def _text(
        self, changes: Sequence[Mended], foreign: Mapping[str, float] | None = None
    ) -> str | None:
        """Return the file with mended statements, every other line where it was.

        foreign: the values of forward's own numbers, if other than in this run."""
        lines = list(self.naming.sources.lines(changes[0].file))
        found: dict[int, tuple[ast.stmt, Mended]] = {}
        for mended in changes:
            node = statement_like(self.naming, mended)
            if node is None:
                return None
            found[id(node)] = node, mended
        # The last comes first: it moves nothing that stands before it on its line.
        for node, mended in sorted(found.values(), key=lambda f: _start(f[0]), reverse=True):
            _replace(lines, node, _keeping(node, bound(self.naming, mended, foreign).true))
        return "\n".join(lines)

    def _recompiled(
        self, changes: Sequence[Mended], foreign: Mapping[str, float] | None = None
    ) -> Recompiled | Literal[False] | None:
        """Return the file's functions with these statements in place; False where a change is no
        statement of the file; None where they cannot be changed."""
        file = changes[0].file
        if all(m.yours == m.true for m in changes):
            return False
        if len({m.file for m in changes}) != 1 or not self.naming.sources.lines(file):
            return False if self._readable() else None
        text = self._text(changes, foreign)
        return False if text is None else self._of_text(file, text)

    def _of_text(self, file: str, text: str) -> Recompiled | Literal[False] | None:
        try:
            if file not in self._compiled:
                self._compiled[file] = compiled("\n".join(self.naming.sources.lines(file)), file)
            new = compiled(text, file)
        except (SyntaxError, ValueError):
            return False
        other = Recompiled(file, self._compiled[file], new)
        return other if other.changed else None


def _keeping(old: ast.stmt, new: str) -> str:
    """Return a statement, followed by the variables that only the one before it has used: so a
    function still holds what is of the function around it."""
    try:
        used = _names(ast.parse(new))
    except SyntaxError:
        return new
    return "; ".join([new, *sorted(_names(old) - used)])


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _holds(holds: Callable[[Point], bool], point: Point) -> bool:
    try:
        with np.errstate(all="ignore"):
            return holds(point)
    except Exception:  # the changed formula does not fit these shapes
        return False


def _decided(program: Program, name: str, net: Net) -> bool | None:
    """Whether a gradient of a program is proved."""
    try:
        with fresh_table(NODES, Budget(WORK, net)), np.errstate(all="ignore"):
            record = trace(program, _PATHS)
            status = Claims(program, record, 0, BRANCHES).decide(name).status
    except Exception:  # of the author's code, on symbols; or a limit
        return None
    return {"proved": True, "refuted": False, "shape": False}.get(status)


def _start(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _replace(lines: list[str], node: ast.stmt, new: str) -> None:
    """Put a statement in the place of another, which may share its lines with others."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode()[: node.col_offset].decode()
    after = lines[last].encode()[node.end_col_offset :].decode()
    lines[first : last + 1] = [before + new + after, *[""] * (last - first)]


def _runs_alike(program: Program, point: Point, rounding: float) -> bool:
    """Whether the author's code returns what is on the tape."""
    try:
        given = run_at(program, point, rounding)
    except Exception:  # of the author's code
        return False
    return given is not None and all(
        close(np.nan_to_num(np.asarray(given[name], dtype=float)),
              np.nan_to_num(point.given(name)), rounding) for name in point.true)  # fmt: skip


def run_at(program: Program, point: Point, tolerance: float) -> dict[str, Any] | None:
    """Run the author's code at a point; None where forward is another one now."""
    tape, parameters = point.tape, program.parameters
    dy = np.array(tape.value(tape.dy), dtype=float)
    with np.errstate(all="ignore"):
        y, _, found = program.run({k: np.array(v) for k, v in point.inputs.items()}, parameters,
                                  partial(in_pieces, dy))  # fmt: skip
    same = close(flat(y), tape.value(tape.y), tolerance)
    return found if same else None
