"""Functions of structures, complex or sparse arrays and numbers as functions of plain real arrays.

Whoever checks or proves a gradient looks at plain arrays alone. Where a caller's inputs are
something else, forward and backward are wrapped: their arguments are built anew for each call out
of the plain arrays, and what they return is read off (trees.py). Where all is plain, the functions
stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradproof.arguments.returned import Reading
from gradproof.arguments.signatures import Asked
from gradproof.arguments.trees import Complex, Leaf, Node, leaves_called, top_of, tree_of
from gradproof.arguments.wrapping import Wrapper, complex_in, is_real

Function = Callable[..., Any]


@dataclass(frozen=True)
class Convention:
    """How the gradient by a complex z = a + ib is written: scale * (dL/da + sign i dL/db).

    The upstream gradient of a complex y is written in the same way.
    """

    name: str
    sign: int
    scale: float
    words: str
    real: bool = False  # y is complex by its dtype alone, and its real part is looked at


CONVENTIONS = (
    Convention("torch's", 1, 1.0, "{d} is dL/dRe({z}) + i dL/dIm({z}), as in torch"),
    Convention(
        "JAX's", -1, 1.0, "{d} is dL/dRe({z}) - i dL/dIm({z}), the conjugate of torch's, as in JAX"
    ),
    Convention(
        "half of torch's",
        1,
        0.5,
        "{d} is dL/dconj({z}), half of dL/dRe({z}) + i dL/dIm({z}), as Wirtinger's",
    ),
    Convention(
        "half of JAX's",
        -1,
        0.5,
        "{d} is dL/d{z}, half of dL/dRe({z}) - i dL/dIm({z}), as Wirtinger's",
    ),
)


@dataclass(frozen=True)
class Flattened:
    """A call in terms of plain arrays.

    inputs, asked: the arrays and their names, of which wrt, labels and positive speak.
    plain:   whether the functions are the caller's own.
    complex: the complex inputs that have a gradient.
    notes:   what was done to the inputs, in words.
    changed: containers that a function changed, filled while it is called.
    """

    forward: Function
    backward: Function
    formula: Function | None
    inputs: tuple[Any, ...]
    asked: Asked
    plain: bool = True
    complex: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changed: set[str] | None = None
    y: dict[str, Node] | None = None
    sign: int = 1  # of the imaginary part of an upstream gradient

    def upstream(self, dy: Any) -> Any:
        """An upstream gradient in the structure of y as plain arrays; None stays.

        Forward was called before: where y is a complex array, dy may be real.
        """
        if dy is None or self.plain:
            return dy
        if self.complex_y and isinstance(self.y["y"], Complex):  # type: ignore[index]
            dy = np.asarray(dy) + 0j
        tree = tree_of(dy, "dy", given=False)
        reading = Reading({leaf.name for leaf in tree.leaves()}, self.sign)
        parts = list(dict(tree.parts(dy, reading)).values())
        return parts[0] if len(parts) == 1 else tuple(parts)

    @property
    def real_y(self) -> bool:
        """Whether y, as forward last returned it, is complex with imaginary part 0."""
        return self.y is not None and "y" in self.y and is_real(self.y["y"])

    @property
    def complex_y(self) -> bool:
        """Whether y, as forward last returned it, is complex."""
        return self.y is not None and "y" in self.y and bool(complex_in(self.y["y"]))


@dataclass(frozen=True)
class Call:
    """A call as the caller made it. trees: of the inputs, by name."""

    forward: Function
    backward: Function
    formula: Function | None
    asked: Asked
    trees: dict[str, Node]
    notes: tuple[str, ...]
    wrt: tuple[str, ...]  # names of leaves
    cast: tuple[str, ...] = ()  # leaves of whole numbers that are taken as floats
    jvp: bool = False

    @property
    def tops(self) -> tuple[str, ...]:
        """The inputs that have a gradient, or of which a part has one, in the caller's order."""
        return tuple(dict.fromkeys(top_of(name, self.trees) for name in self.asked.wrt or self.wrt))

    @property
    def plain(self) -> bool:
        """Whether all inputs are plain arrays."""
        return all(
            isinstance(tree, Leaf) and tree.kind in ("array", "foreign")
            for tree in self.trees.values()
        )

    @property
    def rows(self) -> tuple[str, ...]:
        """Inputs that are lists of numbers."""
        trees = self.trees.items()
        return tuple(k for k, v in trees if isinstance(v, Leaf) and v.kind == "rows")

    @property
    def complex(self) -> tuple[str, ...]:
        """The complex inputs that have a gradient."""
        names = [name for tree in self.trees.values() for name in complex_in(tree)]
        return tuple(n for n in names if {f"{n}.real", f"{n}.imag"} & set(self.wrt))

    def with_arrays(self) -> Call:
        """The same with lists of numbers at the top passed on as arrays."""
        trees: dict[str, Node] = dict(self.trees)
        for name in self.rows:
            tree = trees[name]
            if isinstance(tree, Leaf):
                trees[name] = replace(tree, kind="listed")
        return replace(self, trees=trees)

    def flattened(
        self,
        convention: Convention = CONVENTIONS[0],
        outputs: bool = False,
        joined: bool = False,
    ) -> Flattened:
        """The call on plain arrays.

        convention: of complex gradients; outputs: y is no plain array, or may be none; joined: y is
        to be one array in any case.
        """
        leaves = [leaf for tree in self.trees.values() for leaf in tree.leaves()]
        arrays = tuple(leaf.value for leaf in leaves)
        if self.plain and not outputs:
            return Flattened(
                self.forward, self.backward, self.formula, arrays, self.asked, notes=self.notes
            )
        asked = replace(
            self.asked, names=tuple(leaf.name for leaf in leaves), wrt=self.wrt,
            positive=tuple(n for p in self.asked.positive for n in self._named(p)),
        )  # fmt: skip
        reading = Reading(set(self.wrt), convention.sign, 1 / convention.scale)
        wrapper = Wrapper(self, reading, convention.real)
        formula = self.formula
        return Flattened(
            wrapper.forward(self.forward, joined),
            wrapper.jvp(self.backward) if self.jvp else wrapper.backward(self.backward, joined),
            wrapper.formula(formula) if formula is not None else None,
            arrays, asked, False, self.complex, self.notes, wrapper.changed,
            wrapper.y, convention.sign,
        )  # fmt: skip

    def tangents(self, given: Sequence[Any] | None) -> Sequence[Any] | None:
        """Tangents in the structure of the inputs as plain arrays, one for each leaf."""
        if given is None or self.plain or len(given) != len(self.trees):
            return given
        out: list[Any] = []
        for tree, value in zip(self.trees.values(), given):
            names = [leaf.name for leaf in tree.leaves()]
            found = dict(tree.parts(value, Reading(set(names))))
            out += [found[name] for name in names]
        return out

    def _named(self, name: str) -> list[str]:
        return leaves_called(self.trees.values(), name) or [name]


__all__ = ["CONVENTIONS", "Call", "Convention", "Flattened"]
