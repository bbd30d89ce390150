"""Why a program cannot be diagnosed step by step: what stands in the way, and in which line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gradproof.diagnosis.scene.argument_check import trouble
from gradproof.diagnosis.scene.joined_outputs import with_tuples
from gradproof.diagnosis.scene.sample_inputs import drawn
from gradproof.diagnosis.search.repair import ancestors
from gradproof.diagnosis.sentences.catalogue import NOT_FOLLOWED, filled
from gradproof.diagnosis.sentences.limits import (
    COMPLEX,
    DOES_MORE,
    NO_RULE,
    NOT_FINITE,
    RIGHT_AT_OTHERS,
    SEARCH_RAISED,
    STOPPED_BY,
    TOO_LONG,
)
from gradproof.diagnosis.tape.adjoints import NoRuleError
from gradproof.diagnosis.tape.author_words import Sources
from gradproof.diagnosis.tape.points import Point, close, is_derivative, point_at
from gradproof.diagnosis.tape.quiet import quiet
from gradproof.diagnosis.tape.tape import Array
from gradproof.diagnosis.tape.tape_recorder import MOST_ENTRIES, TooLongError
from gradproof.text import Text
from gradproof.tracing.errors import line_of, place_of
from gradproof.tracing.record_trace import Program
from gradproof.tracing.serial import plain_text


@dataclass(frozen=True)
class Obstacle:
    """What stands in the way of a diagnosis; line: where in the author's file, None if unknown."""

    why: Text
    line: int | None = None


def obstacle(program: Program, seed: int = 0, sources: Sources | None = None) -> Obstacle:
    """Return what is in the way of following a program, at the inputs as given or as drawn."""
    program = with_tuples(program)
    found: list[Obstacle] = []
    for inputs in _inputs(program, seed):
        try:
            with quiet():
                point = point_at(program, inputs, seed, sources=sources)
        except NoRuleError as error:
            return Obstacle(filled(NO_RULE, function=_called(error)), _line_of_function(error))
        except TooLongError as error:
            line = line_of(error.__traceback__)
            return Obstacle(filled(TOO_LONG, most=str(MOST_ENTRIES)), line)
        except Exception as error:  # of the author's code, on inputs that were not asked for
            place = place_of(error.__traceback__)
            said = f"{type(error).__name__}: {error}"[:200]
            why = filled(STOPPED_BY, error=said, place=f" ({place})" if place else "")
            found.append(Obstacle(why, line_of(error.__traceback__)))
            continue
        found.append(_of_point(program, point, seed))
    return found[0] if found else Obstacle(trouble(program))


def raised(error: Exception) -> Obstacle:
    """Return what is in the way where the search itself ended with an error of the code."""
    said = plain_text(f"{type(error).__name__}: {error}", 200)
    return Obstacle(filled(SEARCH_RAISED, error=said), line_of(error.__traceback__))


def _inputs(program: Program, seed: int) -> Iterator[Mapping[str, Array]]:
    yield {name: np.array(value) for name, value in program.inputs.items()}
    yield drawn(program, np.random.default_rng([seed, 6]), 0)


def _of_point(program: Program, point: Point | None, seed: int) -> Obstacle:
    if point is None:
        return Obstacle(NOT_FINITE)
    line = _last_line(point)
    if any(np.iscomplexobj(op.value) for op in point.tape.ops):
        return Obstacle(COMPLEX, line)
    if not is_derivative(program, point, seed):
        return Obstacle(DOES_MORE, line)
    if all(close(point.given(name), point.true[name]) for name in point.true):
        return Obstacle(RIGHT_AT_OTHERS)
    return Obstacle(NOT_FOLLOWED, line)


def _last_line(point: Point) -> int | None:
    """Return the last line of what makes the first gradient that is wrong."""
    tape = point.tape
    wrong = [n for n in point.true if not close(point.given(n), point.true[n])]
    made = sorted(ancestors(tape, [tape.gradients[n] for n in wrong[:1]]))
    lines = [op.place.line for op in map(tape.ops.__getitem__, made) if op.place is not None]
    return lines[-1] if lines else None


def _called(error: NoRuleError) -> str:
    return str(error.args[0]) if error.args else "?"


def _line_of_function(error: NoRuleError) -> int | None:
    place = getattr(error, "place", None)
    return None if place is None else int(place.line)


__all__ = ["Obstacle", "obstacle", "raised"]
