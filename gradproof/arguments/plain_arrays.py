"""Which plain arrays are in the inputs of a call, and which of them have a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.arguments.flattening import Call
from gradproof.arguments.signatures import Asked
from gradproof.arguments.trees import Data, Leaf, Node, leaves_called, top_of, tree_of

Function = Callable[..., Any]


def call_of(
    forward: Function,
    backward: Function,
    inputs: Sequence[Any],
    asked: Asked,
    formula: Function | None = None,
    jvp: bool = False,
) -> Call:
    """Look at the inputs of a call: which plain arrays are in them, and which have a gradient.

    Raises TypeError or ValueError for inputs that cannot have one, with what to write instead.
    """
    trees = {name: tree_of(value, name) for name, value in zip(asked.names, inputs)}
    wanted = {top_of(name, trees) for name in asked.wrt or ()}
    for name, value in zip(asked.names, inputs):
        tree = trees[name]
        if isinstance(tree, Leaf) and name not in wanted and _is_data(tree, asked):
            trees[name] = Data(name, value)
    wrt = _leaves_in_question(trees, asked)
    whole = [leaf.name for leaf in _leaves(trees) if leaf.value.dtype.kind in "iu"]
    notes = [note for leaf in _leaves(trees) for note in _cast(leaf, wrt, asked)]
    cast = tuple(name for name in whole if name in wrt)
    found = Call(forward, backward, formula, asked, trees, tuple(notes), wrt, cast, jvp)
    _require_gradients(trees, wrt, asked)
    return found


def _is_data(leaf: Leaf, asked: Asked) -> bool:
    """Whether an input that wrt does not name is passed on as the object that it is."""
    return leaf.kind == "sparse" or (leaf.kind == "foreign" and asked.wrt is not None)


def _leaves(trees: Mapping[str, Node]) -> list[Leaf]:
    return [leaf for tree in trees.values() for leaf in tree.leaves()]


def _leaves_in_question(trees: Mapping[str, Node], asked: Asked) -> tuple[str, ...]:
    """The names of the leaves that have a gradient."""
    for option, names in (("wrt", asked.wrt), ("labels", tuple(asked.labels))):
        for name in names or ():
            if not leaves_called(trees.values(), name) and not (
                option == "labels" and name in trees
            ):
                raise ValueError(f"{option}: {name} {_what_it_is(trees, name)}")
    if asked.wrt is not None:
        wanted = [n for name in asked.wrt for n in leaves_called(trees.values(), name)]
        single = [leaf.name for leaf in _leaves(trees) if leaf.name in asked.wrt]
        kinds = {leaf.name: leaf.value.dtype.kind for leaf in _leaves(trees)}
        return tuple(dict.fromkeys(n for n in wanted if kinds[n] == "f" or n in single))
    leaves = [leaf for leaf in _leaves(trees) if leaf.name not in asked.labels]
    floats = tuple(leaf.name for leaf in leaves if leaf.value.dtype.kind == "f")
    return floats or tuple(leaf.name for leaf in leaves if leaf.value.dtype.kind in "iu")


def _what_it_is(trees: Mapping[str, Node], name: str) -> str:
    """Why a name in wrt means nothing that has a gradient."""
    top = trees[top_of(name, trees)]
    if isinstance(top, Data) and name == top.name:
        return (
            f"is a {type(top.value).__name__}, which has no gradient: leave it out of wrt, or pass "
            f"an array of floats"
        )
    has = [leaf.name for leaf in top.leaves()]
    said = ", ".join(has[:8]) + (f" and {len(has) - 8} more" if len(has) > 8 else "")
    wanted = name.replace("'", '"')
    return f"is no input of forward: {wanted} is not in {top.name}, which has {said or 'no arrays'}"


def _cast(leaf: Leaf, wrt: Sequence[str], asked: Asked) -> Iterable[str]:
    """Take whole numbers that have a gradient, and longdouble, in double precision; say so."""
    dtype, name = leaf.value.dtype, leaf.name
    if leaf.kind == "sparse" and name in wrt:
        yield f"{name} is sparse: its gradient is compared at the {leaf.value.size} stored elements"
    if leaf.kind == "masked" and name in wrt:
        yield f"{name} is masked: its gradient is compared where it is not"
    if dtype.kind == "f" and dtype.itemsize > 8:
        leaf.value = leaf.value.astype(np.float64)
        yield f"{name} is {dtype} (longdouble): checked in double precision, as float64"
    if dtype.kind in "iu":
        if name in wrt and name not in asked.labels:
            leaf.value = leaf.value.astype(np.float64)
            yield f"{name} is of whole numbers ({dtype}): checked for floats, as float64"
        elif asked.wrt is None and name not in asked.labels:
            yield f"{name} ({dtype}) is data, and no gradient of it is looked at: name it in wrt"


def _require_gradients(trees: Mapping[str, Node], wrt: Sequence[str], asked: Asked) -> None:
    for leaf in _leaves(trees):
        if leaf.name in wrt and leaf.name in asked.labels:
            raise ValueError(f"wrt: {leaf.name} is in labels, and labels have no gradient")
        if leaf.name in wrt and leaf.value.dtype.kind != "f":
            raise ValueError(
                f"{leaf.name}: expected an array of floats, got dtype {leaf.value.dtype}: a bool "
                f"has no gradient; leave it out of wrt, or pass {leaf.name}.astype(float)"
            )
    if not wrt:
        given = ", ".join(f"{k}: {_described(v)}" for k, v in trees.items()) or "none"
        raise ValueError(
            f"there is no gradient to look at: no input is an array of floats ({given}); pass "
            "floats, or name inputs in wrt"
        )


def _described(tree: Node) -> str:
    if isinstance(tree, Leaf):
        return f"an array of floats expected, got dtype {tree.value.dtype}"
    return type(tree.value).__name__


__all__ = ["call_of"]
