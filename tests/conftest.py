"""Settings shared by all tests: threads, and how hard Hypothesis looks.

``--hypothesis-profile`` names how many examples each property is tried with:

dev       a few, while you write
default   what ``make test`` runs: new ones each time, and those that failed before
ci        what ``make campaigns`` runs: 24, from one seed
slips     50: tests/test_failing.py looks so for slips that it has planted
thorough  10,000: python -m pytest tests/test_cross_check.py --campaigns -n auto
          --hypothesis-profile thorough

Where CI is set, all profiles draw from one seed: a change is judged by what it changed. Keep the
folder .hypothesis between runs there, and what failed once is tried first.
"""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from hypothesis.internal.conjecture import providers

from tests.campaigns import leave_campaigns, mark_campaigns

# Files whose tests look at something that takes long to make; files whose tests ask one thing of
# every operation, whose name comes first among their parameters.
_SHARING_FIXTURES = ("tests/report/test_book.py", "tests/report/story/test_chapters.py",
                     "tests/test_failing.py", "tests/diagnosis/test_certain.py")  # fmt: skip
_BY_OPERATION = {"tests/test_cross_check.py", "tests/test_derivations.py",
                 "tests/test_arithmetic.py", "tests/test_backward.py", "tests/test_special.py",
                 "tests/test_metamorphic.py", "tests/test_planted_errors.py"}  # fmt: skip

# Without a deadline: a slow machine is no reason to fail. Without "explain", which runs a failing
# example many times more to say which draws do not matter: what is left of it is short already.
_EVERYWHERE = settings(
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    database=DirectoryBasedExampleDatabase(".hypothesis/examples"),
    report_multiple_bugs=False,
)
for _name, _examples in {"dev": 5, "default": 8, "ci": 24, "slips": 50, "thorough": 10_000}.items():
    settings.register_profile(_name, _EVERYWHERE, max_examples=_examples)
settings.load_profile("default")

# Hypothesis begins with numbers that stand in the source files that happen to be loaded. Here it is
# left to the strategies alone: so the seed decides what is drawn, not the order of the tests nor
# what else stands in a file; and no process has to read all files for it.
providers._get_local_constants = providers.Constants


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--campaigns`` and ``--thorough``, beside pytest's own options."""
    told = "run the campaigns as well (see tests/campaigns.py); make campaigns does"
    parser.addoption("--campaigns", action="store_true", help=told)
    told = "run everything, also what make campaigns has no time for; make thorough does"
    parser.addoption("--thorough", action="store_true", help=told)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Draw from one seed in CI, unless another is given; believe no result of an earlier run."""
    os.environ["GRADPROOF_CACHE"] = "off"
    in_ci = os.environ.get("CI") or config.getoption("--hypothesis-profile") == "ci"
    if in_ci and config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = "0"


def pytest_report_header(config: pytest.Config) -> str:
    """Say what is left out, also with -n, where pytest does not count it."""
    if config.option.thorough:
        return "campaigns: run as well, and what is thorough"
    return f"campaigns: {'run as well' if config.option.campaigns else 'left to make campaigns'}"


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to the campaigns what is theirs."""
    mark_campaigns(items)
    leave_campaigns(config, items)


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With -n, keep together what shares work: a process has proofs of one operation in memory."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            if file.startswith(_SHARING_FIXTURES):
                return file
            operation = re.search(r"\[(\w+)", test) if file in _BY_OPERATION else None
            return operation[1] if operation else nodeid.partition("[")[0]

    return Together(config, log) if config.getoption("dist") == "load" else None


_STATES: dict[str, Any] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a module's generator, RNG, begin anew: no test draws what others have left."""
    generator = getattr(getattr(item, "module", None), "RNG", None)
    if generator is not None:
        bits = generator.bit_generator
        bits.state = _STATES.setdefault(item.module.__name__, bits.state)  # type: ignore[attr-defined]


def pytest_collection_finish() -> None:
    """Look for no garbage among what has been loaded: it stays."""
    gc.freeze()


@pytest.fixture
def judged_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands judge in this process, and each file still runs in one of its own.

    A judge loads SymPy and a server that forks, which takes longer than most files: for tests of
    what is said, not of who says it.
    """
    from gradproof.checking import run
    from gradproof.checking.processes.judges import Judges

    def reports(self: Judges, files: Any) -> Iterator[Any]:
        for number, (path, shown) in enumerate(files):
            yield number, run.examine_file(path, self.options, shown)

    monkeypatch.setattr(Judges, "reports", reports)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """Say in a few lines what is wrong with an operation, instead of where the test stood."""
    report = yield
    if report.failed and call.excinfo is not None:
        from tests.reporting import shortened  # loads all operations: with -n, who leads needs none

        report.longrepr = shortened(item, call.excinfo) or report.longrepr
    return report
