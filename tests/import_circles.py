"""A contract for ``lint-imports``: no file imports another that, by whatever way, imports it.

An import inside a function, or for type checking alone, counts as any other.
"""

from __future__ import annotations

from typing import Any

from importlinter import Contract, ContractCheck, fields, output

Imports = dict[str, set[str]]


def circles(imports: Imports) -> list[list[str]]:
    """Return the groups of files of which each reaches every other, by Tarjan's algorithm.

    >>> circles({"a": {"b"}, "b": {"c"}, "c": {"b"}})
    [['b', 'c']]
    """
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    found: list[list[str]] = []

    def visit(file: str) -> None:
        number[file] = lowest[file] = len(number)
        open_.append(file)
        for other in sorted(imports.get(file, ())):
            if other not in number:
                visit(other)
                lowest[file] = min(lowest[file], lowest[other])
            elif other in open_:
                lowest[file] = min(lowest[file], number[other])
        if lowest[file] == number[file]:
            at = open_.index(file)
            if len(open_) - at > 1:
                found.append(sorted(open_[at:]))
            del open_[at:]

    for file in sorted(imports):
        if file not in number:
            visit(file)
    return found


class NoCircles(Contract):
    """``type = "no_circles"`` with ``packages``, those whose files are looked at."""

    type_name = "no_circles"
    packages = fields.ListField(subfield=fields.StringField())

    def check(self, graph: Any, verbose: bool) -> ContractCheck:
        """Look for circles among the files of the packages."""
        files = [m for m in graph.modules if m.split(".")[0] in list(self.packages)]  # type: ignore[call-overload]
        found = circles({m: graph.find_modules_directly_imported_by(m) for m in files})
        return ContractCheck(kept=not found, metadata={"circles": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name the files of each circle."""
        for circle in check.metadata["circles"]:
            output.print_error(f"{len(circle)} files import each other: {', '.join(circle)}")
