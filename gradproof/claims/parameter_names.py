"""What a report calls the parameter of an update, and the lines that its change is computed in."""

from __future__ import annotations

from collections import Counter

import numpy as np

from gradproof.claims.script_reading import ScriptReading
from gradproof.claims.updates import Update
from gradproof.program.steps import Place


def names_of(reading: ScriptReading, updates: list[Update]) -> list[str]:
    """The parameters as the author writes them. Where one line steps several arrays in turn, as in
    ``for p, g in zip(...)``, each has the name that it was made by, and its shape where two layers
    have the same name."""
    steps, statements = reading.program.steps, reading.statements
    written = [statements.target(each.place) for each in updates]
    several = Counter((each.place, each.source) for each in updates)
    shared = Counter(place for place, _ in several)
    names = []
    for each, name in zip(updates, written):
        is_number = name and np.ndim(steps[each.source].value) == 0
        made = "" if is_number or shared[each.place] < 2 else _made_as(reading, each)
        names.append(made or name)
    alike: dict[tuple[Place, str], set[tuple[int, ...]]] = {}
    shapes = [np.shape(steps[each.source].value) for each in updates]
    for each, name, shape in zip(updates, names, shapes):
        alike.setdefault((each.place, name), set()).add(shape)
    return [
        f"{name or 'p'} {shape}" if len(alike[each.place, name]) > 1 else name or "p"
        for each, name, shape in zip(updates, names, shapes)
    ]


def _made_as(reading: ScriptReading, update: Update) -> str:
    """The name that the array of an update was made by; "" if that is not known."""
    steps, first = reading.program.steps, update.source
    before = {each.step: each.source for each in reading.updates}
    while first in before:
        first = before[first]
    home = steps[first].home
    if home >= 0:
        first = next(index for index, step in enumerate(steps) if step.home == home)
    return reading.statements.name_at(steps[first].place)


def lines_of(reading: ScriptReading, update: Update) -> tuple[int, ...]:
    """The lines, in the file of an update, that its change is computed in."""
    steps, cut = reading.program.steps, frozenset(each.step for each in reading.updates)
    made = reading.program.made_of(update.change, 0, cut)
    file = update.place.file
    return tuple(sorted({steps[k].place.line for k in made if steps[k].place.file == file}))


__all__ = ["lines_of", "names_of"]
