"""From a repair to a diagnosis: a sentence, an equation, a line, the corrected term."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gradproof.arguments.returned import gradient_name
from gradproof.diagnosis.quantities.forward_only_names import names_alone, reachable
from gradproof.diagnosis.quantities.terms import written
from gradproof.diagnosis.search.forward_readings import Reading, names_of
from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.sentences.catalogue import (
    CHANGED,
    DIAGONAL,
    ONLY_THERE,
    PATH_THROUGH,
    SENTENCES,
    TRUE,
    TWICE,
    YOURS,
    filled,
    sentence,
)
from gradproof.diagnosis.sentences.relabel import reworded
from gradproof.diagnosis.source.patched_statement import Mended, mended, mended_both, returned
from gradproof.diagnosis.source.plausible_text import is_contorted
from gradproof.diagnosis.source.source_positions import line_of, parsed
from gradproof.diagnosis.source.verbatim import Rows, rows_of, verbatim
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.texts.statement_slips import StatementSlip
from gradproof.slip_kinds import Kind
from gradproof.text import Text
from gradproof.verdicts import Diagnosis, Edit

MOST_OTHERS = 3
FAR = 0.6  # what costs so much more than the first is no rival of it


def diagnosis_of(naming: Naming, name: str, repairs: Sequence[Repair]) -> Diagnosis:
    """Return the diagnosis that the first repair comes to, with the others named."""
    near = [r for r in repairs[:16] if r.cost <= repairs[0].cost + FAR]
    main, *rest = [_one(naming, name, r, note=r is near[0]) for r in near]
    others: list[Diagnosis] = []
    seen = {main.fix}
    for each in rest:
        if each.fix not in seen and len(others) < MOST_OTHERS:
            others.append(each)
            seen.add(each.fix)
    return Diagnosis(main.kind, main.message, main.equation, main.line, main.fix, True,
                     tuple(others), main.term, edits=main.edits)  # fmt: skip


def plain(name: str, found: Diagnosis) -> Diagnosis:
    """Return a diagnosis; without its change, if nobody would write that: where it goes wrong."""
    rows = found.equation.splitlines()
    marks = [set(row) <= set(" ^") for row in rows]
    text = [row for row, mark in zip(rows, marks) if not mark]
    half = len(text) // 2
    yours, true = (" ".join(r[7:].strip() for r in part) for part in (text[:half], text[half:]))
    if not found.exact or found.parts or not is_contorted(yours, true):
        return found
    marked = len(marks) > 1 and marks[1]
    old = "".join(c for c, m in zip(rows[0], rows[1]) if m == "^") if marked else yours
    said = filled(ONLY_THERE, gradient=gradient_name(name), old=old)
    return replace(found, message=said, equation="", fix="", edits=(), others=(), term=old)


def of_another(found: Diagnosis, own: str, name: str) -> Diagnosis:
    """Return the diagnosis of one gradient as that of another, which the same change mends."""
    texts = [_for(each, gradient_name(own), gradient_name(name))
             for each in (found.message.en, found.message.ko)]  # fmt: skip
    return replace(found, message=Text(*texts), others=())


def _for(text: str, own: str, name: str) -> str:
    """Return a text with another gradient's name, but for what is quoted as code."""
    parts = text.split("`")
    parts[::2] = [re.sub(rf"(?<![\w.]){re.escape(own)}(?![\w\[])", name, p) for p in parts[::2]]
    return "`".join(parts)


def both(naming: Naming, name: str, one: Repair, other: Repair) -> Diagnosis:
    """Return the diagnosis that two repairs together come to."""
    found = mended_both(naming, one, other, name)
    return two_slips([_one(naming, name, r, m) for r, m in zip((one, other), found)])


def _one(
    naming: Naming, name: str, repair: Repair, known: Mended | None = None, note: bool = True
) -> Diagnosis:
    words = repair.words(naming)
    found, more = reachable(naming, known or mended(naming, repair, name))
    unknown = bool(names_alone(naming, found))  # it has first to be handed to backward
    kind, term = repair.kind, words.term
    if kind is Kind.WRONG_CONSTANT:  # the number is wrong because of how it is made
        kind, term = reworded(found.old, found.new) or (kind, term)
    own = verbatim(naming, found) if kind is not Kind.IN_PLACE else None
    if own is not None:
        found = replace(found, old=own.old, new=own.new, line=own.rows.line)
    said = sentence(kind, gradient=gradient_name(name), old=found.old, new=found.new, term=term)
    message = Text(said.en + more.en, said.ko + more.ko) if note else said
    edits = () if own is None or unknown else own.edits
    shown = equation(found, None if own is None else own.rows)
    return Diagnosis(str(kind), message, shown, found.line, found.fix, True, (), term, edits=edits)


def two_slips(parts: Sequence[Diagnosis]) -> Diagnosis:
    """Return the diagnosis of two slips at once."""
    first, second = parts
    message = filled(SENTENCES[Kind.TWO_SLIPS], first=first.message, second=second.message)
    if first.message == second.message:
        message = filled(TWICE, first=first.message)
    shown = "\n".join(dict.fromkeys(p.equation for p in parts))
    return Diagnosis(str(Kind.TWO_SLIPS), message, shown, first.line,
                     first.fix, all(p.exact for p in parts), (), first.term, tuple(parts),
                     second.confirmation, together(parts))  # fmt: skip


def together(parts: Sequence[Diagnosis]) -> tuple[Edit, ...]:
    """Return the edits of several slips; none where one of them has none."""
    if not all(part.edits for part in parts):
        return ()
    return tuple(dict.fromkeys(edit for part in parts for edit in part.edits))


def other_arguments(found: Sequence[Diagnosis]) -> Diagnosis:
    """Return the diagnosis of gradients that are all those of other arguments; in its fix each of
    them has its own place."""
    first, yours = found[0], found[0].equation.partition("\n")[0].partition(":")[2]
    own, fixes = _elements(yours.strip().removeprefix("return ")), [_elements(d.fix) for d in found]
    if not own or any(len(each) != len(own) for each in fixes):
        return first
    right = [next((f[k] for f in fixes if f[k] != mine), mine) for k, mine in enumerate(own)]
    fix = f"({', '.join(right)})"
    if sorted(right) != sorted(own) or fix == first.fix:
        return first
    return replace(first, fix=fix, equation=f"{YOURS.en + ':':<7}{yours.strip()}\n"
                   f"{TRUE.en + ':':<7}return {fix[1:-1]}")  # fmt: skip


def _elements(text: str) -> list[str]:
    """Return the parts of a tuple as texts; none where a text is no tuple."""
    node = parsed(text)
    return [ast.unparse(e) for e in node.elts] if isinstance(node, ast.Tuple) else []


def read_off(scene: Scene, name: str, reading: Reading) -> Diagnosis:
    """Return the diagnosis of a gradient that is that of forward with paths cut, or of another.

    Where code branches it is seen near one point alone, and then nothing to be certain of.
    """
    return replace(_read_off(scene, name, reading), exact=not scene.branches)


def _read_off(scene: Scene, name: str, reading: Reading) -> Diagnosis:
    naming = scene.naming
    node = returned(naming, name)
    line = line_of(naming, name)
    steps = names_of(naming, reading.steps)
    text = ast.unparse(node) if node is not None else gradient_name(name)
    if reading.diagonal:
        message = filled(DIAGONAL, gradient=gradient_name(name))
        return Diagnosis(str(reading.kind), message, "", line, "", True, (), text)
    if reading.lost is not None:
        lost = written(reading.lost, naming.text)
        message = sentence(reading.kind, False, gradient=gradient_name(name), term=lost)
        return Diagnosis(str(reading.kind), message, "", line, "", True, (), lost)
    if reading.forward is not None:
        words = reading.forward.words(naming)
        message = sentence(
            reading.kind, gradient=gradient_name(name), old=words.old, term=words.new, new=""
        )
        return Diagnosis(str(reading.kind), message, "", line, "", True, (), text)
    if reading.kind is Kind.STALE_STATISTICS:
        message = sentence(reading.kind, gradient=gradient_name(name), term=steps)
    else:
        message = filled(PATH_THROUGH, gradient=gradient_name(name), term=steps)
    return Diagnosis(str(reading.kind), message, "", line, "", True, (), steps)


def changed_in_place(scene: Scene) -> Diagnosis | None:
    """Return what to say where the values are right but an array of the caller was changed."""
    tape = scene.first.tape
    if not tape.changed:
        return None
    name = tape.changed[0]
    start = tape.dy if name == "dy" else tape.inputs.get(name, tape.dy)
    op = next((tape.ops[new] for new, old in tape.replaced.items() if old == start), None)
    own = tape.ops[start].names[0] if tape.ops[start].names else name
    line = op.place.line if op is not None and op.place is not None else None
    text = scene.naming.sources.line(op.place) if op is not None and op.place is not None else ""
    return Diagnosis(str(Kind.IN_PLACE), filled(CHANGED, term=own), text, line, f"{own}.copy()",
                     True, (), own)  # fmt: skip


def equation(found: Mended, own: Rows | None = None) -> str:
    """Return both statements under each other, what differs underlined; own: as the author wrote
    them."""
    if own is not None:
        return in_rows(own)
    rows = []
    for label, text, part in ((YOURS.en, found.yours, found.old), (TRUE.en, found.true, found.new)):
        rows.append(f"{label + ':':<7}{text}")
        at = text.find(part, max(found.at, 0))  # parentheses may have come before it
        if at >= 0 and part:
            rows.append(" " * (7 + at) + "^" * len(part))
    return "\n".join(rows)


def in_rows(own: Rows) -> str:
    """Return the author's rows above those after a change, what differs underlined."""
    return "\n".join([*_rows(YOURS.en, own.yours, own.yours_marks),
                      *_rows(TRUE.en, own.true, own.true_marks)])  # fmt: skip


def statement_slip(naming: Naming, name: str, slip: StatementSlip) -> Diagnosis:
    """Return the diagnosis that a change of a statement comes to."""
    file = slip.edits[0].file
    own = rows_of(naming.sources.lines(file), slip.edits)
    message = sentence(slip.kind, gradient=gradient_name(name), old=slip.old, new=slip.new,
                       term=slip.term or slip.old)  # fmt: skip
    fix = " ".join(row.strip() for row in own.true)
    return Diagnosis(str(slip.kind), message, in_rows(own), slip.line, fix, True, (),
                     slip.term or slip.old,
                     edits=slip.edits)  # fmt: skip


def _rows(label: str, rows: Sequence[str], marks: Sequence[tuple[int, int, int]]) -> Iterator[str]:
    """Yield rows of text after a label, what differs in each marked in a row below it."""
    for at, row in enumerate(rows):
        yield f"{label + ':' if at == 0 else '':<7}{row}"
        under = [" "] * len(row)
        for _, first, last in (m for m in marks if m[0] == at):
            if row[first:last].strip():  # of what is moved there is nothing to be marked
                under[first:last] = "^" * (last - first)
        if "^" in under:
            yield " " * 7 + "".join(under).rstrip()


__all__ = ["Kind", "diagnosis_of", "equation"]
