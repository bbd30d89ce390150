"""The gradients of all plain arrays in the inputs, from whatever structure backward returned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradproof.arguments.returned import NoGradientError, Reading, has_fields
from gradproof.arguments.trees import Branch, Data, Node


def gradients_by_leaf(
    found: Any, trees: Mapping[str, Node], wrt: Sequence[str], reading: Reading
) -> dict[str, Any]:
    """The gradient of each leaf in question, from what backward returned.

    trees: of all inputs, by name; wrt: the inputs that have a gradient.
    """
    parts = _by_input(found, trees, wrt)
    out: dict[str, Any] = {}
    for name in wrt:
        if name not in parts:
            raise NoGradientError(name, _missing(found), whole=True)
        out |= dict(trees[name].parts(parts[name], reading))
    return out


def _missing(found: Any) -> str:
    if isinstance(found, Mapping):
        return f"backward returned {', '.join(map(repr, found)) or 'nothing'}"
    count = len(found) if isinstance(found, (list, tuple)) else 1
    return f"backward returned {count} gradients"


def _by_input(found: Any, trees: Mapping[str, Node], wrt: Sequence[str]) -> dict[str, Any]:
    """What backward returned for each input: one, several in order, or by name."""
    fields = found._asdict() if has_fields(found) else found
    if isinstance(fields, Mapping):
        by_name = {name: fields[key] for name in wrt if (key := _key(fields, name)) is not None}
        by_name |= {
            name: found for name in wrt if name not in by_name and _has_all_of(fields, trees[name])
        }
        if by_name:
            return by_name
        holders = [name for name in wrt if isinstance(trees[name], Branch)]
        return dict.fromkeys(holders[:1], found) if len(holders) == 1 else {}
    choices: list[dict[str, Any]] = []
    if len(wrt) == 1:
        choices.append({wrt[0]: found})
    if isinstance(found, (tuple, list)):
        if len(found) == len(wrt):
            choices.append(dict(zip(wrt, found)))
        if len(found) == len(trees):
            choices.append({k: v for k, v in zip(trees, found) if k in wrt})
    fitting = [each for each in choices if all(_fits(trees[k], v) for k, v in each.items())]
    if not choices:
        raise ValueError(
            f"{_missing(found)}, expected {len(wrt)}: {', '.join(wrt)}; name in wrt the inputs "
            "that have a gradient, if these are not all"
        )
    structures = any(isinstance(trees[name], Branch) for name in wrt)
    return fitting[0] if fitting else choices[0 if structures else -1]


def _has_all_of(fields: Mapping[Any, Any], tree: Node) -> bool:
    """Whether the gradients of all that is in a dictionary are there beside those of inputs."""
    if not isinstance(tree, Branch) or tree.access != "key":
        return False
    return all(isinstance(key, str) and _key(fields, key) is not None for key in tree.children)


def _key(fields: Mapping[Any, Any], name: str) -> str | None:
    return next((k for k in (f"d{name}", name, f"grad_{name}") if k in fields), None)


def _fits(tree: Node, found: Any) -> bool:
    """Whether a gradient may be that of a tree, by its structure and the shapes in it."""
    if not isinstance(tree, Branch):
        return not isinstance(found, Mapping) and (
            isinstance(tree, Data) or found is None or np.shape(next(tree.leaves()).value)
            == _shape(found) or getattr(tree, "kind", "") == "sparse"
        )  # fmt: skip
    if isinstance(found, Mapping) or tree.access != "at":
        return found is not None and not isinstance(found, np.ndarray)
    if not isinstance(found, (tuple, list)) or len(found) != len(tree.children):
        return False
    return all(_fits(child, each) for child, each in zip(tree.children.values(), found))


def _shape(value: Any) -> Any:
    try:
        return tuple(np.shape(value))
    except ValueError:
        return None


__all__ = ["gradients_by_leaf"]
