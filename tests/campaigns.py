"""Which tests are campaigns: what ``make campaigns`` runs, and ``make test`` leaves to it.

    @pytest.mark.campaign                            the whole test
    @pytest.mark.thorough                            not even there: ``make thorough`` runs it
    @pytest.mark.sampled(2)                          all its cases but 2
    @pytest.mark.sampled(1, each="operation")        all but 1 of each kind, here of each operation
    pytestmark = pytest.mark.sampled(3, of="file")   all tests of a file but 3

``each`` names the parameter that says the kind, or is a function that says it of all parameters.
The last is for files in which every test is one more attack, or needs processes of its own.
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
THOROUGH = "thorough"


def mark_campaigns(items: Iterable[pytest.Item]) -> None:
    """Mark as a campaign each case of a sampled test that is not in the sample."""
    sampled = [(item, marks) for item in items if (marks := list(item.iter_markers("sampled")))]
    for of in ("test", "file"):  # of a file, what is left of its tests
        kinds: dict[Any, list[tuple[pytest.Item, int]]] = defaultdict(list)
        for item, marks in sampled:
            for mark in marks:
                options = dict(mark.kwargs)
                if options.pop("of", "test") == of and not item.get_closest_marker(CAMPAIGN):
                    whole = item.nodeid.partition("::" if of == "file" else "[")[0]
                    kinds[whole, _kind(item, **options)].append((item, *mark.args))
        for cases in kinds.values():
            most = cases[0][1]
            for item, _ in sorted(cases, key=lambda case: _lot(case[0]))[most:]:
                item.add_marker(CAMPAIGN)


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
    """Drop what was not asked for: of campaigns, of what is thorough; not what -m or :: names."""
    if any("::" in argument for argument in config.args):
        return
    options = config.option
    dropped = {
        CAMPAIGN: not (options.campaigns or options.thorough or options.markexpr),
        THOROUGH: not (options.thorough or THOROUGH in options.markexpr),
    }
    names = [name for name, out in dropped.items() if out]
    left = [each for each in items if any(map(each.get_closest_marker, names))]
    known = set(left)
    items[:] = [item for item in items if item not in known]
    config.hook.pytest_deselected(items=left)
