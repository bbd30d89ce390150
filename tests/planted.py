"""A change of a witness, planted as its module is imported, and the tests whose business it is.

    MUTANT=gradproof/witnesses/special.py:12 python -m pytest -p tests.planted tests/test_special.py

runs them with the change of that number, from 0, which ``tests/changes.py`` finds in the file.
``python -m tests.mutants gradproof/witnesses/special.py`` plants one after the other.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import islice
from pathlib import Path
from types import CodeType
from typing import Any

from tests.changes import changes

ROOT = Path(__file__).parent.parent
BUSINESS = {
    "arithmetic.py": ("tests/test_arithmetic.py",),
    "exactly.py": ("tests/test_planted_errors.py", "tests/test_certainty.py"),
    "floating.py": ("tests/test_backward.py", "tests/test_planted_errors.py"),
    "runs.py": ("tests/test_metamorphic.py", "tests/test_arithmetic.py"),
    "special.py": ("tests/test_special.py",),
    "symbolic.py": ("tests/test_derivations.py",),
    "textbook.py": ("tests/pages",),
}


def found_by_its_tests(file: str, number: int) -> str | None:
    """The name of the first test that fails with that change, or None."""
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.planted"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *BUSINESS[Path(file).name]],
        cwd=ROOT, env={**os.environ, "MUTANT": f"{file}:{number}"},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    if not done.returncode:
        return None
    failed = re.search(r"^FAILED \S+::(\w+)", done.stdout, flags=re.MULTILINE)
    return failed[1] if failed else "it cannot be loaded"


class _Changed(SourceFileLoader):
    """Loads the changed text; what was compiled before is not looked at."""

    number = 0

    def get_code(self, fullname: str) -> CodeType:
        tree = ast.parse(Path(self.path).read_text(encoding="utf-8"))
        (change,) = islice(changes(tree), self.number, self.number + 1)
        return compile(change.tree, self.path, "exec")


def _plant(file: str, number: int) -> None:
    name, path = file.removesuffix(".py").replace("/", "."), str(ROOT / file)
    assert name not in sys.modules, f"{name} is loaded already: the change would not be seen"

    class Finder:
        @staticmethod
        def find_spec(asked: str, *_: Any) -> ModuleSpec | None:
            loader = _Changed(name, path)
            loader.number = number
            return spec_from_file_location(name, path, loader=loader) if asked == name else None

    sys.meta_path.insert(0, Finder)  # type: ignore[arg-type]


if "MUTANT" in os.environ:
    _file, _, _number = os.environ["MUTANT"].rpartition(":")
    _plant(_file, int(_number))
