"""Files import downwards only: what the import contract finds, and what it leaves alone."""

from __future__ import annotations

import grimp
from importlinter import ContractCheck

from tests.import_circles import NoCircles


def _checked(*imports: tuple[str, str]) -> ContractCheck:
    graph = grimp.ImportGraph()
    for one, other in imports:
        graph.add_import(importer=f"room.{one}", imported=f"room.{other}")
    options = {"packages": ["room"], "name": "", "type": "no_circles"}
    return NoCircles("", {}, options).check(graph, verbose=False)


def test_a_circle_of_files_is_found_wherever_the_import_stands() -> None:
    found = _checked(("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"))
    assert not found.kept
    assert found.metadata["circles"] == [["room.a", "room.b", "room.c"]]


def test_two_ways_to_one_file_are_no_circle() -> None:
    assert _checked(("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")).kept
