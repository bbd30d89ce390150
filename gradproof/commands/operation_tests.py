"""``pytest --gradproof-operations``: each witness's answer about each operation is a test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from gradproof.commands.board import failures
from gradproof.operation.installed import operations_around
from gradproof.operation.operations import Operation
from gradproof.pages.outcomes import ask
from gradproof.text import system_language
from gradproof.witnesses import WITNESSES, Witness

NOTHING = (
    "--gradproof-operations: no operation was found, neither by an entry point in the group "
    "gradproof.operations nor in the current folder"
)


def operation_items(session: pytest.Session) -> Iterator[pytest.Item]:
    """A test for each operation and witness. Raises pytest.UsageError where there is none."""
    try:
        operations = operations_around()
    except LookupError as error:
        raise pytest.UsageError(f"--gradproof-operations: {error.args[0]}") from None
    if not operations:
        raise pytest.UsageError(NOTHING)
    for name, operation in operations.items():
        for witness in WITNESSES:
            test = f"{name}[{witness.name}]"
            yield OperationItem.from_parent(
                session, name=test, nodeid=f"gradproof-operations::{test}",
                operation=operation, witness=witness,
            )  # fmt: skip


class DoesNotHoldError(Exception):
    """Says what a witness has against an operation; shown without a traceback."""


class OperationItem(pytest.Item):
    """What one witness says about one operation: passes where its verdict holds."""

    def __init__(self, *, operation: Operation, witness: Witness, **options: Any) -> None:
        super().__init__(**options)
        self.operation, self.witness = operation, witness

    def runtest(self) -> None:
        """Ask; fail with the difference and its counterexample."""
        outcome = ask(self.witness, self.operation, seed=0)
        told = failures(self.operation.name, [outcome], system_language())
        if told:
            raise DoesNotHoldError("\n".join(told))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any) -> Any:
        """The message alone, where it is a verdict's."""
        if isinstance(excinfo.value, DoesNotHoldError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The file of the code, and what is asked."""
        path = str(self.operation.implementation.__file__)
        return path, None, f"{self.operation.name}: {self.witness.title.en}"
