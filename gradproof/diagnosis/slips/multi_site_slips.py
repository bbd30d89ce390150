"""Repairs of several steps at once: a number with a name, an array that was changed in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradproof.diagnosis.search.repair import Repair, Slot, Words, with_operands
from gradproof.diagnosis.slips.slip_family import Looked, WholeFamily
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.tape import Ref, Tape
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind


class ChangedInPlace(WholeFamily):
    """An array changed in place that others use later.

    Looks at arrays that an in-place statement has changed. In their place: the array as it was, for
    all that use it later or for one. Says where a copy is missing.
    """

    order = 20

    def repairs(self, looked: Looked) -> Iterator[Repair]:
        scene, live = looked.scene, set(looked.live)
        tape, naming = scene.first.tape, scene.naming
        for new, old in tape.replaced.items():
            if new < tape.start and old < tape.start and tape.ops[old].name != "input":
                continue
            if not _is_shared(tape, new, old):
                continue
            slots = [(i, k) for i in range(new + 1, len(tape.ops))
                     for k, a in enumerate(tape.ops[i].args) if a == Ref(new)]  # fmt: skip
            if not any(index in live for index, _ in slots):
                continue
            groups: dict[str, list[Slot]] = {"": slots}
            for index, k in slots:
                groups.setdefault(naming.operand(tape.ops[index], k), []).append((index, k))
            for some in groups.values():
                yield _kept(tuple(some), new, old)


def _is_shared(tape: Tape, new: int, old: int) -> bool:
    """Whether an array that was changed is more than the place where one sum is gathered."""
    op = tape.ops[old]
    if op.name in ("input", "upstream") or old < tape.start or len(op.names) > 1:
        return True
    uses = [i for i in range(len(tape.ops)) if old in tape.uses[i]]
    return len(uses) > 1


def _kept(slots: tuple[Slot, ...], new: int, old: int) -> Repair:
    def changes(tape: Tape) -> dict[int, Any]:
        return with_operands(tape, slots, tape.value(old))

    def words(naming: Naming) -> Words:
        name = naming.tape.ops[old].names[0] if naming.tape.ops[old].names else naming.text(old)
        return Words(name, f"{name}.copy()", name)

    return Repair(
        Kind.IN_PLACE, weight("changed in place: the array as it was"), new, (), changes, words
    )
