"""Right formulas whose floats are wrong: where digits are lost or overflow, and what to write.

The tape of a run is carried out again with many digits. Where a gradient of that differs from the
one in floats, the formula is right and the arithmetic loses it: at the inputs as given, or at
extreme ones that are tried.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.diagnosis.floats.stable_forms import (
    Lossy,
    Stable,
    culprits_of,
    error_at,
    overflowing,
    stable_form,
)
from gradproof.diagnosis.scene.call_parameters import TINY, forward_alone
from gradproof.diagnosis.scene.extreme_inputs import as_given, probes
from gradproof.diagnosis.scene.joined_outputs import with_tuples
from gradproof.diagnosis.scene.resized import other_lengths, other_reals, resized
from gradproof.diagnosis.scene.sample_inputs import drawn
from gradproof.diagnosis.search.repair import ancestors
from gradproof.diagnosis.sentences.catalogue import (
    CANCELS,
    FLOATS,
    FLOATS_32,
    LOSES,
    OVERFLOWS,
    SENTENCES,
    STABLE,
    filled,
)
from gradproof.diagnosis.tape.author_words import Naming, Sources
from gradproof.diagnosis.tape.fifty_digits import DIGITS, SINGLE, Precision, precisely, precision_of
from gradproof.diagnosis.tape.points import alike
from gradproof.diagnosis.tape.record_run import record
from gradproof.diagnosis.tape.tape import Array, Tape
from gradproof.diagnosis.tape.tape_recorder import TooLongError
from gradproof.ops import Kind as Kinds
from gradproof.ops import find
from gradproof.slip_kinds import Kind
from gradproof.text import Text
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis
from gradproof.work import PER_SECOND, Budget

_MOST_VALUES, _MOST_STEPS = 10_000, 800  # of a tape that is carried out with many digits
_LARGEST_INPUTS = 200  # elements of all together
PROBING = 0.3 * PER_SECOND  # of work
_TRIES = 4
_COUPLING = (Kinds.REDUCTION, Kinds.SUMMARY, Kinds.RUNNING, Kinds.CONTRACTION, Kinds.LINEAR_ALGEBRA)


@dataclass(frozen=True)
class Loss:
    """An element of a result that floats lose.

    name: the input whose gradient it is; "" for y. severe: whether it is wrong beside what the
    gradient ordinarily is, and not only vanishes where it should be tiny.
    """

    name: str
    lossy: Lossy
    given: float
    severe: bool
    moved: str = ""
    sign: float = 0.0
    digits: int = 3 * DIGITS

    def farther(self, losses: Sequence[Loss]) -> list[Loss]:
        """Return the losses of the same result for inputs of the same sign."""
        same = (self.name, self.moved, self.sign)
        return [x for x in losses if x is not self and (x.name, x.moved, x.sign) == same]


def lost_digits(
    program: Program, sources: Sources | None = None, tails: bool = True
) -> Diagnosis | None:
    """Return what floats lose of right formulas: at the inputs as given, or at extreme ones.

    tails: whether it counts where a gradient vanishes that should be tiny. At extreme inputs it
    does only if the author has at hand what keeps it.
    """
    program = with_tuples(program)
    telling = _telling(program)
    usual = _usual(telling)
    if usual is None:
        return None
    ordinary, tape = usual
    if not _agrees(tape, precisely(tape)):
        return None
    given = {k: np.asarray(v) for k, v in program.inputs.items()}
    naming = Naming(tape, sources or Sources())
    for loss in _at_given(program, given):
        if loss.severe or tails:
            own = _usual(program)
            return _explained([loss], tape if own is None else own[1], naming, program)[0]
    losses = list(_at_extremes(telling, ordinary, tape))
    severe = next((loss for loss in losses if loss.severe), None)
    if severe is not None:
        return _explained([severe, *severe.farther(losses)], tape, naming, program)[0]
    for loss in losses if tails else ():
        found, stable = _explained([loss], tape, naming, program)
        if stable is not None and stable.at_hand:
            return found
    return None


def _telling(program: Program) -> Program:
    """Return the program with other parameters: with alpha = 1 a form that lacks it looks right.

    What backward does not have stays as it is.
    """
    keep: set[str] = set()
    with contextlib.suppress(Exception):  # of the author's code, at these inputs
        keep = set(forward_alone(program, record(program, program.inputs)))
    large = {k: v for k, v in other_reals(program, 0, keep).items() if abs(v) >= TINY}
    return replace(program, constants=dict(program.constants) | large)


def _as_called(program: Program, loss: Loss) -> Loss:
    """Return the loss with the parameters that the program is called with, if it is one there."""
    lossy = loss.lossy
    inputs = {name: lossy.tape.value(k) for name, k in lossy.tape.inputs.items()}
    tape = _recorded(program, inputs, lossy.tape.value(lossy.tape.dy))
    true = None if tape is None or not alike(tape, lossy.tape) else precisely(tape, loss.digits)
    if tape is None or true is None:
        return loss
    own = replace(lossy, tape=tape, true=true)
    given = float(np.asarray(tape.value(lossy.result), dtype=float)[lossy.at])
    return replace(loss, lossy=own, given=given) if own.error() > precision_of(tape).lost else loss


def _explained(
    losses: Sequence[Loss], usual: Tape, naming: Naming, program: Program
) -> tuple[Diagnosis, Stable | None]:
    """Return the diagnosis of a loss, and the stable form; it also mends the further losses."""
    lossy = [loss.lossy for loss in losses]
    found = culprits_of(lossy) or culprits_of(lossy[:1])
    stable = stable_form(lossy, usual, found, naming)
    return _described(_as_called(program, losses[0]), found[0], stable, naming), stable


def _usual(program: Program) -> tuple[dict[str, Array], Tape] | None:
    """Return ordinary inputs of small shapes, and the tape of the program there."""
    rng = np.random.default_rng(9)
    for small in (program, *(resized(program, each) for each in other_lengths(program))):
        if sum(map(np.size, small.inputs.values())) > _LARGEST_INPUTS:
            continue
        for attempt in range(_TRIES):
            inputs = drawn(small, rng, attempt)
            try:
                tape = record(small, as_given(small, inputs), wide=False)
            except TooLongError:
                return None
            except Exception:  # the author's code does not take these inputs
                continue
            if _is_large(tape):
                return None
            results = [tape.value(k) for k in (tape.y, *tape.gradients.values())]
            if all(np.isfinite(np.asarray(r, dtype=float)).all() for r in results):
                return inputs, tape
    return None


def _agrees(tape: Tape, true: list[Any] | None) -> bool:
    """Whether more digits change nothing at ordinary inputs: the guard against our own rules."""
    floats = precision_of(tape)
    return true is not None and all(
        error_at(tape.value(k), true[k][at], at, _scale(true[k], floats)) <= floats.lost
        for k in (tape.y, *tape.gradients.values())
        for at in np.ndindex(*np.shape(true[k]))
    )


def _is_large(tape: Tape) -> bool:
    values = sum(op.value.size for op in tape.ops if not isinstance(op.value, list))
    return values > _MOST_VALUES or len(tape.ops) > _MOST_STEPS


def _recorded(program: Program, inputs: Mapping[str, Array], dy: Any = None) -> Tape | None:
    try:
        tape = record(program, as_given(program, inputs), dy, wide=False)
    except Exception:  # the author's code does not take these inputs
        return None
    return None if _is_large(tape) else tape


def _at_given(program: Program, inputs: Mapping[str, Array]) -> Iterator[Loss]:
    """Yield the elements lost at the inputs as given."""
    tape = _recorded(program, inputs)
    true = None if tape is None else precisely(tape, 3 * DIGITS)
    if tape is None or true is None:
        return
    floats = precision_of(tape)
    for name, result in [*tape.gradients.items(), ("", tape.y)]:
        scale = _scale(true[result], floats)
        least = max(floats.smallest, floats.negligible * scale)
        for at in np.ndindex(*np.shape(true[result])):
            wanted = true[result][at]
            lossy = Lossy(tape, true, result, at)
            if least < abs(wanted) < floats.largest and lossy.error() > floats.lost:
                missing = lossy.error() * float(abs(wanted))
                severe = not missing <= floats.lost * scale
                yield Loss(name, lossy, float(tape.value(result)[at]), severe)


def _at_extremes(program: Program, ordinary: Mapping[str, Array], usual: Tape) -> Iterator[Loss]:
    """Yield the elements lost at extreme inputs, one for each of them."""
    late = Budget(PROBING)
    scales = {n: float(np.abs(usual.value(k)).max(initial=0)) for n, k in usual.gradients.items()}
    shape = np.shape(usual.value(usual.y))
    # Where each element goes its own way, the ones of others cannot hide anything.
    dy = np.ones(shape) if not _is_coupled(usual, usual.y) else np.round(usual.value(usual.dy), 2)
    for probe in probes(program, ordinary):
        if late():
            return
        tape = _recorded(program, probe.inputs, dy)
        true = None if tape is None else precisely(tape, probe.digits)
        if tape is None or true is None:
            continue
        sign = float(np.sign(np.ravel(probe.inputs[probe.moved])[0]))
        results = [*tape.gradients.items(), *([] if probe.offset else [("", tape.y)])]
        for name, result in results:
            loss = _worst(tape, true, name, result, scales.get(name))
            if loss is not None:
                yield replace(loss, moved=probe.moved, sign=sign, digits=probe.digits)
                break


def _worst(tape: Tape, true: list[Any], name: str, result: int, usual: float | None) -> Loss | None:
    """Return the first element of a result that is lost; of y (usual: None) only what overflows."""
    value, wanted = np.asarray(tape.value(result), dtype=float), np.asarray(true[result])
    floats = precision_of(tape)
    scale = _scale(wanted, floats)
    for at in np.ndindex(*value.shape):
        given = float(value[at])
        if not abs(wanted[at]) < floats.largest:
            continue
        gone = not np.isfinite(given)
        missing = np.inf if gone else float(abs(given - wanted[at]))
        counts = usual is not None and scale > floats.smallest and missing > floats.lost * scale
        if gone or counts:
            severe = gone or (usual is not None and missing > floats.lost * usual)
            return Loss(name, Lossy(tape, true, result, at, scale), given, severe)
    return None


def _is_coupled(tape: Tape, index: int) -> bool:
    """Whether elements of an entry depend on more than the element in their own place."""
    records = (find(tape.ops[k].name) for k in ancestors(tape, [index]))
    return any(record is not None and record.kind in _COUPLING for record in records)


def _scale(true: Any, floats: Precision) -> float:
    """Return the size of the largest element that floats can hold."""
    sizes = (float(abs(v)) for v in np.ravel(np.asarray(true, dtype=object)))
    return max((s for s in sizes if s < floats.largest), default=0.0)


# --- in words -------------------------------------------------------------------------------------


def _described(loss: Loss, index: int, stable: Stable | None, naming: Naming) -> Diagnosis:
    tape = loss.lossy.tape
    source = overflowing(tape, index)
    cause = index if source is None else source
    kind = CANCELS if tape.ops[index].name in ("add", "subtract") else LOSES
    text = naming.at_site(tape.ops[cause])
    why = filled(kind if source is None else OVERFLOWS, text=text)
    place = tape.ops[cause].site
    if stable is not None:
        more = filled(STABLE, text=stable.new, old=stable.old)
        why = Text(*(a + b for a, b in zip(why, more)))
        text, place = stable.old, tape.ops[stable.index].place
    message = filled(
        SENTENCES[Kind.LOST_DIGITS], gradient=gradient_name(loss.name) if loss.name else "y",
        floats=FLOATS_32 if precision_of(tape) is SINGLE else FLOATS, where=_where(loss),
        given=f"{loss.given:.6g}", true=f"{float(loss.lossy.wanted):.6g}", why=why,
    )  # fmt: skip
    line, fix = None if place is None else place.line, "" if stable is None else stable.new
    return Diagnosis(str(Kind.LOST_DIGITS), message, "", line, fix, True, (), text)


def _where(loss: Loss) -> str:
    """Return the input at which it shows: its value there where each element goes its own way."""
    tape = loss.lossy.tape
    if not loss.moved:
        values = [(n, np.ravel(tape.value(k))) for n, k in tape.inputs.items()]
        largest = [(n, v) for n, v in values if v.size and v.dtype.kind == "f"]
        return ", ".join(f"{n} = {v[np.argmax(np.abs(v))]:.6g}" for n, v in largest)
    value = tape.value(tape.inputs[loss.moved])
    apart = not _is_coupled(tape, loss.lossy.result)
    if apart and np.shape(value) == np.shape(loss.lossy.true[loss.lossy.result]):
        return f"{loss.moved} = {_short(value[loss.lossy.at])}"
    return f"{_short(np.min(value))} <= {loss.moved} <= {_short(np.max(value))}"


def _short(value: Any) -> str:
    return f"{value:.10g}" if value.dtype.itemsize == 8 else f"{value:.6g}"
