"""Which tests are campaigns: what ``make campaigns`` runs, and ``make test`` leaves to it.

    @pytest.mark.campaign                     the whole test
    @pytest.mark.sampled(2)                   all its cases but 2
    @pytest.mark.sampled(1, each="operation") all but 1 of each kind, here of each operation

``each`` names the parameter that says the kind, or is a function that says it of all parameters.
Which cases of a kind are in the sample is decided by a hash of their names: nobody chooses them,
and they are the same every time.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest

CAMPAIGN = "campaign"


def mark_campaigns(items: Iterable[pytest.Item]) -> None:
    """Mark as a campaign each case of a sampled test that is not in the sample."""
    kinds: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
    for item in items:
        mark = item.get_closest_marker("sampled")
        if mark is not None:
            kinds[item.nodeid.partition("[")[0], _kind(item, **mark.kwargs)].append(item)
    for cases in kinds.values():
        (most,) = cases[0].get_closest_marker("sampled").args  # type: ignore[union-attr]
        for left in sorted(cases, key=_lot)[most:]:
            left.add_marker(CAMPAIGN)


def _kind(item: pytest.Item, each: str | Callable[..., Any] | None = None) -> str:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if callable(each):
        return str(each(**parameters))
    if each is None:
        return ""
    value = parameters[each]
    return str(getattr(value, "name", value))


def some(names: Iterable[str], most: int, each: Callable[[str], Any]) -> list[str]:
    """Of each kind of names, so many; for fixtures that make much of which little is looked at."""
    kinds: dict[Any, list[str]] = defaultdict(list)
    for name in names:
        kinds[each(name)].append(name)
    return [name for of_a_kind in kinds.values() for name in sorted(of_a_kind, key=_hash)[:most]]


def _lot(item: pytest.Item) -> str:
    return _hash(item.nodeid)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def leave_campaigns(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop the campaigns, unless they are asked for, or tests are named one by one."""
    named = any("::" in argument for argument in config.args)
    if named or config.option.campaigns or config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker(CAMPAIGN)]
    items[:] = [item for item in items if not item.get_closest_marker(CAMPAIGN)]
    config.hook.pytest_deselected(items=left)
