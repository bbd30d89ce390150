"""The side on which a file runs, in the process of the tests: one each would take longer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradproof.checking.processes.evaluator import Evaluator


class Here(Evaluator):
    """Stands for the process of a file (RemoteFile), where its confinement is not asked about."""

    isolation = None

    def __init__(
        self, path: Path, budget: Any, seed: int, deadline: Any, *_: Any, **__: Any
    ) -> None:
        super().__init__(path, budget.loading, seed)
        self.deadline, self.granted = deadline, 0.0

    def __enter__(self) -> Here:
        return self

    def __exit__(self, *error: object) -> None:
        pass
