"""The steps of backward by name, each held against the true one: right, or wrong because of which.

A step is right up to the factor that a convention implies: Coursera's ``dZ2 = A2 - Y`` is m times
the gradient of a mean, whose 1/m comes with the weights. Such a step is not where the slip is.
"""

from __future__ import annotations

from gradproof.diagnosis.scene.named_adjoints import named_pairs, scaling
from gradproof.diagnosis.search.repair import ancestors
from gradproof.diagnosis.sentences.catalogue import filled
from gradproof.diagnosis.tape.points import Scene
from gradproof.text import Text

_RIGHT = Text("{name} (line {line}): right", "{name}({line}행): 맞아요")
_SCALED = Text(
    "{name} (line {line}): right, times {factor} as its convention has it",
    "{name}({line}행): 관례에 따른 배수({factor}배)를 빼면 맞아요",
)
_HERE = Text(
    "{name} (line {line}): wrong, though all that it is made of is right",
    "{name}({line}행): 틀렸어요. 여기에 쓴 값은 모두 맞아요",
)
_BECAUSE = Text(
    "{name} (line {line}): wrong because of {others}", "{name}({line}행): {others} 때문에 틀렸어요"
)
_MOST = 24


def step_table(scene: Scene, name: str) -> tuple[Text, ...]:
    """Return a line for each named step of backward that a gradient is made of, in order."""
    tape = scene.first.tape
    rows: list[Text] = []
    wrong: dict[int, str] = {}
    for index, of in list(named_pairs(scene, name))[:_MOST]:
        op = tape.ops[index]
        called, line = op.names[0], str(op.place.line) if op.place is not None else "?"
        factor = scaling(scene, index, of)
        if factor is not None:
            row = filled(_SCALED if factor else _RIGHT, name=called, line=line, factor=factor)
        else:
            before = ancestors(tape, [index])
            others = [n for k, n in wrong.items() if k in before and k != index]
            row = filled(_BECAUSE if others else _HERE, name=called, line=line,
                         others=", ".join(dict.fromkeys(others)))  # fmt: skip
            wrong[index] = called
        rows.append(row)
    return tuple(rows)


__all__ = ["step_table"]
