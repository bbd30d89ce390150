"""The cross-check fails well: a slip is shown at numbers that fit on a line, and named, each time.

Copies of operations, each with one slip, stand beside the operations in a folder of their own, and
pytest runs there, as it does for a person.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MOST_LINES = 30
# The cross-check is run on the operations with a slip and on this one, which it names; it imports
# nothing from the folders of tests.
NAMED = ("sigmoid",)
ROOMS = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
# Runs of the test until the shortest example is found, those that Hypothesis discards left out: a
# run is some hundredths of a second.
MOST_RUNS = 400

SYMPY = "test_backward_is_sympys_derivative_of_the_definition"
FORWARD = "test_forward_is_the_definition"


@dataclass(frozen=True)
class Slip:
    """Something that people get wrong: ``right`` is replaced by ``wrong`` in a copy of ``of``.

    what, at: the array at which it shows, and the arguments; says: part of what is said of it.
    """

    kind: str
    of: str
    right: str
    wrong: str
    what: str
    at: str
    says: str
    test: str = SYMPY
    numbers: str = "ordinary"

    @property
    def name(self) -> str:
        return re.sub(r"\W", "_", f"{self.of}_{self.kind}")


SLIPS = [
    Slip("missing factor", "batch_norm", "+ dmu / m\n", "+ dmu\n",
         "dx", "x = [[0], [0]], gamma = [1], beta = [0], dy = [[1], [1]], eps = 1e-05",
         "lacks a factor"),
    Slip("wrong sign", "dense", "dW = x.T @ dy\n", "dW = -x.T @ dy\n",
         "dW", "x = [[1]], W = [[0]], b = [0], dy = [[1]]",
         "a wrong sign"),
    Slip("wrong mask", "relu", "where(x > 0, dy", "where(x < 0, dy",
         "dx", "x = 1, dy = 0",
         "a wrong mask"),
    Slip("missing path", "batch_norm", " + dmu / m\n", "\n",
         "dx", "x = [[0]], gamma = [1], beta = [0], dy = [[1]], eps = 1e-05",
         "lacks a term"),
    Slip("mean for sum", "dense", "dy.sum(axis=0)", "dy.mean(axis=0)",
         "db", "x = [[0], [0]], W = [[0]], b = [0], dy = [[1], [1]]",
         "a mean where"),
    Slip("wrong variable", "sigmoid", "dy * root * root", "dy * root * x",
         "dx", "x = 0, dy = 1",
         "variable"),
    Slip("wrong exponent", "batch_norm", "** -1.5\n", "** -0.5\n",
         "dx", "x = [[0], [1]], gamma = [1], beta = [0], dy = [[0], [1]], eps = 1e-05",
         "a wrong power"),
    Slip("wrong axis", "dense", "dy.sum(axis=0)", "dy.sum(axis=1)",
         "db", "x = [[0]], W = [[0, 0]], b = [0, 0], dy = [[0, 0]]",
         "the wrong axis"),
    Slip("other gradient", "softmax", "y * _centred(_centred(dy, y), y)\n", "y * dy\n",
         "dx", "x = [[0]], dy = [[1]]",
         "lacks a term"),
    Slip("wrong constant", "batch_norm", "* -0.5 *", "* -0.25 *",
         "dx", "x = [[0], [1]], gamma = [1], beta = [0], dy = [[0], [1]], eps = 1e-05",
         "a wrong number"),
    Slip("transposed", "dense", "dy @ W.T\n", "dy @ W\n",
         "ValueError", "x = [[0]], W = [[0, 0]], b = [0, 0], dy = [[0, 0]]",
         "dx = dy @ W"),
    Slip("other argument", "leaky_relu", "(x <= 0, slope *", "(x <= 0, 0.1 *",
         "dx", "x = -1, dy = 1, slope = 0.01",
         "another constant than its forward"),
    Slip("extra factor", "maxout", "pieces, dy, 0)", "pieces, 3 * dy, 0)",
         "d", "x = [[0]], W = [[[0]]], b = [[0]], dy = [[1]]",
         "wrong number in a factor: `3`"),
    Slip("in place", "dense", "dy @ W.T\n", "dy @ W.T\n    dy *= 2\n",
         "d", "x = [[0]], W = [[0]], b = [0], dy = [[1]]",
         "changed in place"),
    Slip("wrong operator", "mean_squared_error", "(x - t) * dy", "(x + t) * dy",
         "dx", "x = [[0]], t = [[1]], dy = 1",
         "Write `x - t`"),
    Slip("wrong function", "tanh", "sech * sech", "sech * np.tanh(x)",
         "dx", "x = 0, dy = 1",
         "Write `sech`"),
    Slip("sum for mean", "softmax_cross_entropy", "* dy / e.shape[0]", "* dy",
         "dx", "x = [[0, 0], [0, 0]], t = [0, 0], dy = 1",
         "`1/e.shape[0]` was left out"),
    Slip("forward", "elu", "x, alpha * np.expm1(x))", "x, np.expm1(x))",
         "y", "x = -1, dy = 0, alpha = 0.5",
         "", FORWARD),
    Slip("lost digits", "sigmoid", "root = h / (1 + h * h)",
         "y = 1 / (1 + h * h)\n    root = np.sqrt(y * (1 - y))",
         "dx", "x = 20, dy = 1",
         "", SYMPY, "extreme"),
]  # fmt: skip


@pytest.fixture(scope="module")
def printed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What pytest prints of each copy that is asked for, by the name of the test; in one run."""
    test = test_a_slip_is_shown_at_short_numbers_and_named
    asked = [each for each in request.session.items if getattr(each, "function", None) is test]
    slips = [each.callspec.params["slip"] for each in asked]  # type: ignore[attr-defined]
    return printed_of(slips, tmp_path_factory.mktemp("slips"))


def printed_of(slips: Sequence[Slip], folder: Path, seed: int = 0) -> dict[str, str]:
    """What pytest prints of copies in ``folder``, each with a slip; and how often a test ran."""
    known = set(os.listdir(ROOT / "impl")) & set(os.listdir(ROOT / "derivations"))
    others = known - {f"{name}.py" for name in (*NAMED, *(slip.of for slip in slips))}
    for room, left in (("impl", others), ("derivations", others), ("tests", ROOMS)):
        unneeded = shutil.ignore_patterns("__pycache__", *left - {"__init__.py"})
        shutil.copytree(ROOT / room, folder / room, ignore=unneeded)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for slip in slips:
        source = (ROOT / "impl" / f"{slip.of}.py").read_text(encoding="utf-8")
        assert slip.right in source, slip
        copy = source.replace(slip.right, slip.wrong)
        (folder / "impl" / f"{slip.name}.py").write_text(copy, encoding="utf-8")
        again = f"from derivations.{slip.of} import DERIVATION\n"
        (folder / "derivations" / f"{slip.name}.py").write_text(again, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "-q", "--campaigns",
         "--hypothesis-profile", "slips", "--hypothesis-seed", str(seed),
         "--hypothesis-show-statistics", "tests/test_cross_check.py",
         "-k", " or ".join(f"({slip.test}[{slip.name} and {slip.numbers})" for slip in slips)],
        cwd=folder, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])},
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    parts = re.split(r"^_+ (test_\w+\[[^]]*\]) _+$", run.stdout, flags=re.MULTILINE)
    last = dict(zip(parts[1::2], parts[2::2]))
    statistics = re.split(r"^\S+::(test_\w+\[[^]]*\]):$", run.stdout, flags=re.MULTILINE)
    for name, text in zip(statistics[1::2], statistics[2::2]):
        if name in last:
            last[name] = last[name].partition("\n=====")[0] + f"\n{_runs(text)} runs"
    assert last, run.stdout + run.stderr
    return last


def _runs(statistics: str) -> int:
    """How often the test was run until the shortest example was found."""
    counts = re.findall(r"(\d+) passing (?:test cases|examples)?, (\d+) failing", statistics)
    counts = counts or re.findall(r"(\d+) passing, (\d+) failing", statistics)
    return sum(int(number) for pair in counts for number in pair)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_shown_at_short_numbers_and_named(slip: Slip, printed: dict[str, str]) -> None:
    shown = [text for name, text in printed.items() if name.startswith(f"{slip.test}[{slip.name}")]
    assert shown, "no test failed"
    *lines, runs = min(shown, key=len).strip().splitlines()

    assert len(lines) <= MOST_LINES
    assert int(runs.split()[0]) <= MOST_RUNS
    assert lines[0].startswith(f"impl/{slip.name}.py"), lines[0]
    assert f": {slip.what}" in lines[0]
    assert lines[1].strip() == f"at {slip.at}", lines[1]
    assert slip.says in "\n".join(lines[2:])
    if slip.says:
        source = (ROOT / "impl" / f"{slip.of}.py").read_text(encoding="utf-8")
        line = source.partition(slip.right)[0].count("\n") + 1
        named = map(int, re.findall(r"(?:line |\.py:)(\d+):", "\n".join(lines)))
        # A factor that is lost can be put back a line or two earlier as well.
        assert any(abs(each - line) <= 2 for each in named), f"line {line} is not named"
