"""Sums over what the loss is made of that are no gradient step: nothing that is added goes back to
the parameter that it is added to."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradproof.claims.fits import Reading
from gradproof.claims.script_reading import ScriptReading
from gradproof.program.steps import Place, Ref, is_real

_AFTER = 200  # steps after the last update of a round


def left_over(reading: ScriptReading, best: Reading) -> Iterator[tuple[Place, str]]:
    """Yield place and name of ``p += g`` where the loss of a round depends on p, and g does not."""
    if best.loss is None:
        return
    program, statements = reading.program, reading.statements
    updates = [fit.update for part in (best, *best.others) for fit in part.fits]
    read = {update.place for update in updates} | {each.place for each in reading.updates}
    ends = [step for step, _ in best.loss.terms]
    made = program.made_of_any(ends)
    homes = {program.steps[k].home for k in made} - {-1}
    first = min(min(ends), min(u.source for u in updates))
    last = min(len(program.steps) - 1, max(u.step for u in updates) + _AFTER)
    seen = set[str]()
    for index in range(first, last + 1):
        step = program.steps[index]
        if step.name not in ("add", "subtract") or step.place in read or not is_real(step.value):
            continue
        if not statements.is_augmented(step.place) or not isinstance(step.args[0], Ref):
            continue
        before = step.args[0].index
        used = before in made or (step.written and program.steps[before].home in homes)
        name = statements.target(step.place)
        if used and index not in made and name not in seen and np.size(step.value):
            seen.add(name)
            yield step.place, name


__all__ = ["left_over"]
