"""The pytest plugin: one test per gradient, a fixture, and nothing where neither is asked for."""

import json
import os
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gradproof import assert_gradient, assert_proved
from gradproof.checking import configuration
from gradproof.checking import run as running
from gradproof.checking.formats import failures
from gradproof.checking.processes import shared_reports
from gradproof.checking.processes.isolate import Options
from gradproof.checking.records import Report
from gradproof.verdicts import Status
from tests.checking.reports import full

pytestmark = pytest.mark.sampled(3, of="file")

pytest_plugins = ["pytester"]

# Runs inside this process forget what they import, and NumPy cannot be imported twice: so all that
# the plugin needs is imported before.
NEEDED = (assert_gradient, assert_proved, configuration, failures, running)

LAYERS = """
import numpy as np

def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache > 0)

def scale_forward(x, w):
    return x * w, (x, w)

def scale_backward(dout, cache):
    x, w = cache
    return dout * w, dout * x * 2
"""
OWN = """
import numpy as np

def test_mine(gradproof):
    gradproof.{name}(lambda x: (np.sin(x), x), lambda dy, x: dy * {slope}, np.array([0.5, -1.0]))
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest with the plugin, once, installed or not."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    installed = list(entry_points(group="pytest11", name="gradproof"))

    def with_plugin(*arguments, inprocess=True):
        given = [*([] if installed else ["-p", "gradproof.pytest_plugin"]), *arguments]
        if inprocess:
            return pytester.runpytest_inprocess(*given)
        return pytester.runpytest_subprocess(*given)

    return with_plugin


@pytest.mark.usefixtures("unexplained")
@pytest.mark.usefixtures("in_this_process")
def test_one_test_per_gradient(pytester, run):
    pytester.makepyfile(layers=LAYERS + "\ndef tanh_backward(dout, cache):\n    return dout\n")
    result = run("--gradproof", "layers.py", "-v")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "layers.py::relu_backward[[]x[]] PASSED*",
            "layers.py::scale_backward[[]x[]] PASSED*",
            "layers.py::scale_backward[[]w[]] FAILED*",
            "layers.py::tanh_backward FAILED*",
            "layers.py:12: scale_backward is wrong for w",
            "  * is *, but the derivative is *",
            "layers.py: UNMATCHED tanh_backward: its forward was not found*",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


@pytest.mark.campaign
def test_the_same_under_xdist(pytester, run):
    pytester.makepyfile(layers=LAYERS)
    pytester.makefile(".toml", gradproof="prove = false\n")
    result = run("--gradproof", "layers.py", "-n", "2", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=2, failed=1)
    assert "different tests were collected" not in result.stdout.str().lower()


def judges(report):
    """What shared.checked_once asks; ``report`` is called for each file."""
    return SimpleNamespace(options=Options(), one=lambda *given: report(*given))


def test_workers_examine_a_file_once(tmp_path):
    seen: list[object] = []
    asked = judges(lambda *given: seen.append(given) or full())
    reports = [
        shared_reports.checked_once(tmp_path / "a.py", asked, "a.py", tmp_path) for _ in "ab"
    ]
    assert len(seen) == 1
    assert reports[0].as_json() == reports[1].as_json() == full().as_json()
    assert isinstance(reports[1], Report)


def test_a_worker_whose_fellow_has_died_examines_the_file_itself(monkeypatch, tmp_path):
    def died(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared_reports.checked_once(tmp_path / "a.py", judges(died), "a.py", tmp_path)
    clock = iter(range(0, 10_000, 100))
    monkeypatch.setattr(shared_reports.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(shared_reports.time, "sleep", lambda _: None)
    given = tmp_path / "a.py", judges(lambda *_: Report()), "a.py", tmp_path
    assert shared_reports.checked_once(*given) == Report()


@pytest.mark.usefixtures("in_this_process")
def test_a_file_in_which_nothing_is_found(pytester, run):
    pytester.makepyfile(empty="x = 1")
    result = run("--gradproof", "empty.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no forward/backward pair was found*"])


def test_folders_and_packages(pytester, run, monkeypatch):
    """Files that hold no gradients are passed over; no __init__ is run here."""
    monkeypatch.delenv("PACKAGE_RAN", raising=False)
    ran = "import os\nos.environ['PACKAGE_RAN'] = '1'\n"
    pytester.makepyfile(**{"package/__init__": ran, "package/layers": LAYERS})
    pytester.makefile(".toml", gradproof="prove = false\n")
    result = run("--gradproof", "-v", "-k", "relu")
    result.assert_outcomes(passed=1, deselected=2)
    result.stdout.fnmatch_lines(["package/layers.py::relu_backward[[]x[]] PASSED*"])
    assert "PACKAGE_RAN" not in os.environ


@pytest.mark.usefixtures("judged_here", "unexplained")
@pytest.mark.sampled(1)
@pytest.mark.parametrize("named", [[], ["."], ["submissions"], ["submissions/alice"]])
def test_nothing_of_a_folder_of_submissions_is_imported(pytester, run, monkeypatch, named):
    monkeypatch.delenv("SUBMISSION_RAN", raising=False)
    ran = "import os\nos.environ['SUBMISSION_RAN'] = __file__\n"
    hides = "def pytest_collection_modifyitems(items):\n    items.clear()\n"
    for name in ("conftest", "test_mine", "deep/conftest", "deep/mine_test", "__init__"):
        path = pytester.path / "submissions" / "alice" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ran + (hides if name.endswith("conftest") else ""))
    (pytester.path / "submissions" / "alice" / "layers.py").write_text(LAYERS)
    result = run("--gradproof", *named)
    result.assert_outcomes(passed=2, failed=1)
    assert "SUBMISSION_RAN" not in os.environ
    result.stdout.fnmatch_lines(["*conftest.py is not run*"])


@pytest.mark.usefixtures("in_this_process", "unexplained")
def test_a_test_module_that_is_named_is_run(pytester, run):
    pytester.makepyfile(test_own="def test_true(): assert True", layers=LAYERS)
    run("--gradproof", "test_own.py", "layers.py").assert_outcomes(passed=3, failed=1)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["pytest.ini", "tox.ini"])
def test_settings_of_a_submission_are_refused(pytester, run, name):
    pytester.mkdir("alice")
    (pytester.path / "alice" / "layers.py").write_text(LAYERS)
    (pytester.path / "alice" / name).write_text("[pytest]\naddopts = -k relu\n")
    result = run("--gradproof", "alice")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: gradproof: *belongs to what is checked*"])
    run("--gradproof", "alice", "-c", os.devnull).assert_outcomes(passed=2, failed=1)


@pytest.mark.usefixtures("in_this_process")
def test_a_notebook(pytester, run):
    cell = {"cell_type": "code", "source": LAYERS}
    (pytester.path / "hw.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    result = run("--gradproof", "hw.ipynb", "-k", "scale")
    result.assert_outcomes(passed=1, failed=1, deselected=1)
    result.stdout.fnmatch_lines(["hw.ipynb, cell 1:13: scale_backward is wrong for w"])


def test_a_wrong_configuration_is_a_usage_error(pytester, run):
    pytester.makepyfile(layers=LAYERS)
    pytester.makefile(".toml", gradproof="timeout = -1\n")
    result = run("--gradproof", "layers.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: gradproof: *timeout: expected a positive number of seconds, got -1"]
    )


@pytest.mark.parametrize("name", ["assert_proved", "assert_gradient"])
def test_the_fixture_in_a_test_of_ones_own(pytester, run, name):
    pytester.makepyfile(
        test_right=OWN.format(name=name, slope="np.cos(x)"),
        test_wrong=OWN.format(name=name, slope="np.sin(x)"),
    )
    result = run("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E  *AssertionError: REFUTED *"])
    assert "prove.py" not in result.stdout.str()
    assert "check.py" not in result.stdout.str()


def test_assert_proved_takes_nothing_less():
    given = (lambda x: (np.sin(x), x), lambda dy, x: dy * np.cos(x), np.ones(2))
    assert assert_proved(*given).status is Status.PROVED
    with pytest.raises(AssertionError, match="UNDECIDED"):
        assert_proved(*given, size_limit=1)


def test_nothing_is_imported_where_nothing_is_asked_for(pytester, run):
    pytester.makepyfile(
        test_lean="import sys\n\ndef test_lean():\n"
        "    heavy = {'numpy', 'sympy', 'tqdm', 'gradproof.checking', 'gradproof.proof'}\n"
        "    assert not heavy & set(sys.modules)\n"
    )
    run("-p", "no:hypothesispytest", inprocess=False).assert_outcomes(passed=1)
