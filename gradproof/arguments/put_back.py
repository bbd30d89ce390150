"""Put back what containers, name spaces, classes and slots held."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

EMPTY = object()


def is_count(before: Any, now: Any) -> bool:
    """Whether a value is still a whole number: how often something was called."""
    return type(before) is int and type(now) is int


def put_back_mapping(mapping: dict[Any, Any], held: Mapping[Any, Any]) -> None:
    if mapping.keys() == held.keys():
        for key, value in held.items():
            if mapping[key] is not value and not is_count(value, mapping[key]):
                mapping[key] = value
        return
    kept = {k: mapping[k] if is_count(v, mapping.get(k)) else v for k, v in held.items()}
    mapping.clear()
    mapping.update(kept)


def put_back_items(container: Any, kept: list[Any], log: bool) -> None:
    now = list(container)
    same = all(a is b or is_count(a, b) for a, b in zip(kept, now))
    if same and (len(now) == len(kept) or (log and len(now) > len(kept))):
        return
    container.clear()
    (container.update if isinstance(container, set) else container.extend)(kept)


def put_back_names(space: dict[str, Any], names: set[str], held: Mapping[str, Any]) -> None:
    for name in names:
        if name not in held:
            space.pop(name, None)
        elif not is_count(held[name], space.get(name)):
            space[name] = held[name]


def put_back_attributes(owner: type, held: Mapping[str, Any]) -> None:
    for name in [k for k in vars(owner) if not k.startswith("__") and k not in held]:
        delattr(owner, name)
    for name, value in held.items():
        now = vars(owner).get(name, EMPTY)
        if now is not value and not is_count(value, now):
            setattr(owner, name, value)


def put_back_slots(owner: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        now = getattr(owner, name, EMPTY)
        if now is value or is_count(value, now):
            continue
        if value is EMPTY:
            object.__delattr__(owner, name)
        else:
            object.__setattr__(owner, name, value)


def contents(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return EMPTY


__all__ = [
    "EMPTY", "contents", "is_count", "put_back_attributes", "put_back_items", "put_back_mapping",
    "put_back_names", "put_back_slots",
]  # fmt: skip
