"""Array layouts that many operations share."""

from __future__ import annotations

from gradproof.derivation import Layout

ANY_SHAPE = "..."

# Every element alone: the definition speaks of one number, the array may have any shape.
ELEMENTWISE = Layout(
    "any shape", shapes={"x": (ANY_SHAPE,)}, output=(ANY_SHAPE,), mapped=(ANY_SHAPE,)
)
