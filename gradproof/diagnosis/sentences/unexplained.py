"""Where nothing explains a gradient: which step of backward is the first that is not true."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradproof.arguments.returned import gradient_name
from gradproof.diagnosis.scene.named_adjoints import steps
from gradproof.diagnosis.scene.other_sizes import values_of
from gradproof.diagnosis.search.repair import ancestors
from gradproof.diagnosis.sentences.catalogue import (
    FIRST_WRONG,
    NOTHING_SO_FAR,
    OFF_BY,
    ONLY_WHERE,
    RIGHT_SO_FAR,
    SAME_ALONG,
    SENTENCES,
    filled,
)
from gradproof.diagnosis.sentences.residual import formula
from gradproof.diagnosis.source.patched_statement import has_words
from gradproof.diagnosis.source.source_positions import line_of
from gradproof.diagnosis.tape.points import Scene, close
from gradproof.diagnosis.tape.tape import Array, Tape
from gradproof.numeric.relations.ratios import ratio_of
from gradproof.slip_kinds import Kind
from gradproof.text import Text
from gradproof.verdicts import Diagnosis


def unexplained(scene: Scene, name: str) -> Diagnosis:
    """Return what is known about a gradient that no single slip or pair of them explains."""
    message = filled(SENTENCES[Kind.UNEXPLAINED], gradient=gradient_name(name))
    line, term = line_of(scene.naming, name), ""
    right, wrong = steps(scene, name)
    if wrong is not None:
        op = scene.first.tape.ops[wrong]
        term, line = op.names[0], op.place.line if op.place is not None else line
        names = ", ".join(f"`{scene.first.tape.ops[k].names[0]}`" for k in right)
        so_far = filled(RIGHT_SO_FAR, names=names) if right else NOTHING_SO_FAR
        more = filled(FIRST_WRONG, right=so_far, wrong=term, line=str(line))
        message = joined(message, more)
    text = residual_formula(scene, name)
    off = filled(OFF_BY, formula=text) if text else related(scene, name) or ratio(scene, name)
    message = joined(joined(message, off), residual(scene, name))
    return Diagnosis(str(Kind.UNEXPLAINED), message, "", line, "", False, (), term)


def residual_formula(scene: Scene, name: str) -> str:
    """Return given minus true as a formula; "" where there is none that is short, or it is not that
    with what its names stand for at the end of the run."""
    try:
        text = formula(scene, name)
        return "" if has_words(text) or not _is_residual(scene, name, text) else text
    except Exception:  # of the algebra, on formulas that it was not made for
        return ""


def _is_residual(scene: Scene, name: str, text: str) -> bool:
    tape = scene.first.tape
    for point in scene.points if text else ():
        difference = point.given(name) - point.true[name]
        value = np.asarray(eval(text, values_of(tape, point, len(tape.ops))), dtype=float)
        if not close(np.broadcast_to(value, difference.shape), difference):
            return False
    return bool(text)


def related(scene: Scene, name: str) -> Text | None:
    """Say how a gradient is related to the true one in its numbers, where it is so at all points:
    a row that is wrong, a sign, a permutation."""
    from gradproof.numeric.relations.relation import Setting, relations

    said: list[Text] = []
    for point in scene.points:
        given, true = point.given(name), point.true[name]
        if given.shape != true.shape:
            return None
        bound = np.full(true.shape, 1e-7 * max(float(np.abs(true).max(initial=0.0)), 1e-3))
        tape = point.tape
        known = {n: np.asarray(v, float) for n, v in point.inputs.items()}
        known["dy"] = np.asarray(tape.value(tape.dy), float)
        shapes = {n: v.shape for n, v in known.items()}
        others = {n: v for n, v in point.true.items() if n != name}
        setting = Setting(name, shapes, known, scene.naming.numbers, others)
        found = relations(given, true, bound, setting)
        if found is None or (said and said[0].en != found.text.en):
            return None
        said.append(found.text)
    return Text(f" {said[0].en}", f" {said[0].ko}") if said else None


def ratio(scene: Scene, name: str) -> Text:
    """Say how many times the true gradient the one that was given is, at all points together."""
    pairs = [(point.given(name), point.true[name]) for point in scene.points]
    if any(given.shape != true.shape for given, true in pairs):
        return Text("", "")
    given, true = (np.concatenate([np.ravel(each) for each in side]) for side in zip(*pairs))
    mixed = np.all(true) and np.ptp(np.sign(given / true)) > 0  # "-237 to 162 times" tells nothing
    return Text("", "") if mixed else ratio_of(given, true)


def joined(one: Text, other: Text) -> Text:
    """Return two texts one after the other."""
    return Text(one.en + other.en, one.ko + other.ko)


def residual(scene: Scene, name: str) -> Text:
    """Say in which elements a gradient is wrong, where a few words can."""
    point = scene.first
    given, true = point.given(name), point.true[name]
    if given.shape != true.shape or not np.isfinite(given).all():
        return Text("", "")
    difference = given - true
    size = float(np.abs(difference).max(initial=0.0))
    for text, mask in masks(scene, difference.shape):
        inside, outside = difference[mask], difference[~mask]
        if inside.size and outside.size and np.abs(outside).max() <= 1e-9 * size:
            return filled(ONLY_WHERE, mask=text)
    for axis in range(difference.ndim):
        spread = np.ptp(difference, axis=axis) if difference.shape[axis] > 1 else np.ones(1)
        if float(np.abs(spread).max()) <= 1e-9 * size:
            return filled(SAME_ALONG, axis=str(axis))
    return Text("", "")


def masks(scene: Scene, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Yield the masks at hand and their opposites."""
    tape: Tape = scene.first.tape
    used = ancestors(tape, [tape.y, *tape.gradients.values()])
    for index in sorted(used):
        value = tape.value(index)
        if not isinstance(value, list) and value.dtype.kind == "b" and value.shape == shape:
            text = scene.naming.text(index)
            yield text, value
            yield f"~({text})", ~value
