"""Families of slips: found without a list, each says what it looks at, none in another's place."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

import gradproof.diagnosis.slips
from gradproof import diagnose
from gradproof.diagnosis.search.repair import Repair, of_function
from gradproof.diagnosis.slips.slip_family import (
    EntryFamily,
    SlipFamily,
    TextFamily,
    WholeFamily,
    families,
)
from gradproof.diagnosis.source.rewrites import whole_text
from gradproof.diagnosis.tape.points import Scene
from gradproof.diagnosis.tape.tape import Op
from gradproof.slip_kinds import Kind

SORTS: tuple[type[SlipFamily], ...] = (WholeFamily, EntryFamily, TextFamily)


@pytest.mark.parametrize("sort", SORTS)
def test_every_family_says_where_it_looks_and_has_a_place_of_its_own(
    sort: type[SlipFamily],
) -> None:
    every = families(sort)
    assert every
    places = [(getattr(each, "by_form", False), each.order) for each in every]
    assert len(set(places)) == len(places)
    for each in every:
        said = " ".join((type(each).__doc__ or "").split())
        assert all(part in said for part in ("Looks at ", "In their place: ", "Says ")), each


def forward(x: np.ndarray) -> np.ndarray:
    return np.cosh(np.arctan(x))


def backward(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    return dy * np.cosh(np.arctan(x)) / (1 + x * x)


def test_whoever_loads_the_engine_has_every_family() -> None:
    """The process of a user's file is forked from one that has loaded it, and reads no files."""
    code = "import sys, gradproof.diagnosis.engine; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    folder = gradproof.diagnosis.slips
    names = {f"{folder.__name__}.{m.name}" for m in pkgutil.iter_modules(folder.__path__)}
    assert len(names) > 10
    assert names <= set(loaded.split())


def test_a_family_is_added_by_writing_a_class() -> None:
    x = np.array([0.3, -1.2, 0.7])
    before = diagnose(forward, backward, x)
    assert before is not None

    class FarApart(EntryFamily):
        """Looks at cosh. In their place: sinh. Says which function is meant."""

        order = 5

        def repairs(self, scene: Scene, index: int, op: Op) -> Iterator[Repair]:
            if op.name == "cosh":
                yield of_function(index, "sinh", lambda o: o.args, {}, Kind.STALE_STATISTICS, 0.2,
                                  whole_text(index))  # fmt: skip

    families.cache_clear()
    try:
        found = diagnose(forward, backward, x)
        assert found is not None
        assert found.kind == Kind.STALE_STATISTICS != before.kind
        assert "np.sinh(np.arctan(x))" in found.fix
    finally:
        FarApart.__abstractmethods__ = frozenset({"repairs"})  # no family any more, for other tests
        families.cache_clear()
    after = diagnose(forward, backward, x)
    assert after == before
