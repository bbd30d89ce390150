"""The same code at other sizes and with other settings, where a fix has to hold as well.

A number that is right at one size may be there by chance: with ``reg = 0.1`` and five columns
``2 * reg`` is ``1 / W.shape[1]``. Here no axis is as long as it was, nor as long as another one,
and the numbers that the code has as settings are others: parameters, what stands in objects, in
closures and in global variables.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.diagnosis.scene.axes_apart import LENGTHS, Sized, apart, runs_through
from gradproof.diagnosis.scene.call_parameters import forward_alone, parameters_of
from gradproof.diagnosis.scene.other_data import with_other_counts, with_other_data
from gradproof.diagnosis.scene.other_settings import with_other_settings
from gradproof.diagnosis.scene.resized import NOT_SIZES, other_lengths
from gradproof.diagnosis.scene.sample_inputs import drawn
from gradproof.diagnosis.search.repair import forward_steps
from gradproof.diagnosis.tape.points import Point, Scene, close, fitting, point_at
from gradproof.diagnosis.tape.tape import Tape
from gradproof.tracing.record_trace import Program

_LARGEST, _LARGEST_OF_WINDOWS = 900, 4000  # elements of all inputs together
_WINDOWS = (2, 3, 4, 6)
_LONGEST_TAPE = 4000
_POINTS, _TRIES = 2, 4


@dataclass(frozen=True)
class Elsewhere:
    """Other programs, each with a point; resized: whether every axis has another length there."""

    places: tuple[tuple[Program, Point], ...] = ()
    resized: bool = False


def elsewhere(scene: Scene) -> Elsewhere:
    """Return the program of a scene at other sizes, settings and data, as far as it runs there."""
    found = _at_other_sizes(scene)
    return replace(found, places=(*found.places, *_with_other_data(scene)))


def _with_other_data(scene: Scene) -> Iterator[tuple[Program, Point]]:
    """Yield points with other data; with other counts only where something right is so there."""
    data = with_other_data(scene.program)
    if data is not None:
        yield from _points(scene, data)[:1]
    if set(scene.first.tape.gradients) - set(scene.wrong()):
        # Even those numbers that backward has as such: 0.5 may be another 0.5 than forward's.
        yield from _points(scene, with_other_settings(scene.program, ()))[:1]
        for program in with_other_counts(scene.program):
            yield from _points(scene, program)[:1]


def _at_other_sizes(scene: Scene) -> Elsewhere:
    keep = _kept(scene)
    found: list[tuple[Program, Point]] = []
    for sized in _other_sizes(scene.asked, _pairs_of(scene)):
        for program in (with_other_settings(sized, keep), sized):
            found = _points(scene, program)
            if found:
                break
        if found:
            break
    found += _with_other_whole(scene, found[0][0]) if found else []
    if found and found[0][0] is not sized:
        return Elsewhere(tuple(found), True)
    more = _points(scene, with_other_settings(scene.program, keep))
    lengths = any(map(np.ndim, scene.asked.inputs.values()))
    return Elsewhere((*found, *more), bool(found) or not lengths)


def _with_other_whole(scene: Scene, sized: Program) -> list[tuple[Program, Point]]:
    """Return points of a program in which whole parameters are one more, where it runs so: how far
    something is rolled, a width. A length that is right for the default alone is no fix."""
    known = parameters_of(scene.asked)
    more = {k: v + 1 for k, v in known.items()
            if type(v) is int and v > 0 and k not in NOT_SIZES}  # fmt: skip
    if not more:
        return []
    return _points(scene, replace(sized, constants=dict(sized.constants) | more))[:1]


def _kept(scene: Scene) -> set[float]:
    """Return the numbers that stand as such in what only backward computes, and the parameters for
    which alone it may be right: they have to stay for it to be what it was."""
    tape = scene.first.tape
    forward = set(forward_steps(tape))
    found: set[float] = set()
    for index, op in enumerate(tape.ops):
        for k, value in enumerate(op.args) if index not in forward else ():
            node = scene.naming.operand_node(op, k) if type(value) in (int, float) else None
            for part in () if node is None else ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, (int, float)):
                    found.add(float(part.value))
    used = {float(a) for k in forward for a in tape.ops[k].args if type(a) in (int, float)}
    found |= {v for v in tape.constants.values() if v == 1.0 and v not in used}  # dout=1.0
    if scene.program is scene.asked:
        return found
    own = parameters_of(scene.asked)
    return found | {v for k, v in forward_alone(scene.program, tape).items() if own.get(k) == v}


# --- sizes ----------------------------------------------------------------------------------------


def _pairs_of(scene: Scene) -> set[tuple[int, int]]:
    """Return the lengths of axes as they were given, each with that where a slip is looked for."""
    given, here = scene.asked.inputs, scene.program.inputs
    return {pair for k, v in given.items() for pair in zip(np.shape(v), np.shape(here[k]))}


def _other_sizes(program: Program, taken: Collection[tuple[int, int]]) -> Iterator[Program]:
    """Yield the program with other lengths of all axes: all different first, then as windows may
    need them. taken: lengths, each with one that it is not to have, where the explanations were
    found: what was right there by chance would be so once more."""
    shapes = [np.shape(v) for v in program.inputs.values()]
    own = list(dict.fromkeys(n for shape in shapes for n in shape if n > 1))
    if not own or len(own) > len(LENGTHS) or max(own) > 64:
        return
    rows = [_lengths(own)]
    rows += [row for row in other_lengths(program) if all(row[n] != n for n in own)]
    rows += [{n: n + 1 for n in own} | {1: 1, 0: 0}]
    most = [_LARGEST] * len(rows)
    for by in _WINDOWS:  # the lengths that windows of this size divide stay such lengths
        if not any((n, n + by) in taken for n in own):
            rows.append({n: n + by for n in own} | {1: 1, 0: 0})
            most.append(_LARGEST_OF_WINDOWS)
    # Where explanations were found at one of these rows, it would tell nothing new.
    same = [all((n, row[n]) in taken for n in own) for row in rows]
    for _, row, largest in sorted(zip(same, rows, most), key=lambda each: each[0]):
        fits = sum(math.prod(row[n] for n in shape) for shape in shapes) <= largest
        if not fits or min(row[n] for n in own) <= 2:
            continue
        for sized in (Sized(program, row), Sized(program, row, held=True)):
            if runs_through(sized.program({})):
                split = apart(sized)
                if split:
                    yield sized.program(split)
                yield sized.program({})
                break  # else it may hold arrays, which are longer then, too


def _lengths(own: list[int]) -> dict[int, int]:
    """Return a length for each that occurs: another one, and all of them different."""
    found: dict[int, int] = {1: 1, 0: 0}
    left = list(LENGTHS)
    for n in own:
        found[n] = next((each for each in left if each != n), left[0])
        left.remove(found[n])
    return found


# --- points ---------------------------------------------------------------------------------------


def _points(scene: Scene, program: Program) -> list[tuple[Program, Point]]:
    """Return points of a program; none unless what was right is right there, too."""
    rng = np.random.default_rng([len(scene.first.tape.ops), 9])
    right = set(scene.first.tape.gradients) - set(scene.wrong())
    found: list[tuple[Program, Point]] = []
    for attempt in range(_TRIES):
        try:
            point = point_at(program, drawn(program, rng, attempt), attempt, most=_LONGEST_TAPE,
                             sources=scene.naming.sources)  # fmt: skip
            if point is None:
                continue
            if not all(close(point.given(n), point.true[n]) for n in right):
                return []
            if fitting(scene.first) and not fitting(point):  # the code is for these sizes alone
                return []
        except Exception:  # of the author's code, which does not take these inputs or settings
            continue
        found.append((program, point))
        if len(found) == _POINTS:
            break
    return found


def values_of(names: Tape, point: Point, before: int) -> dict[str, Any]:
    """Return what the names of a tape stand for at another point, before a step."""
    known: dict[str, Any] = dict(point.tape.foreign) | dict(point.tape.constants)
    for own, op in zip(names.ops[:before], point.tape.ops):
        known |= dict.fromkeys(own.names, op.value)
    return known | {"np": np}
