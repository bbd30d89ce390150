"""What ``make test`` leaves to ``make campaigns``: as many cases as are said, and never all."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from tests.campaigns import leave_campaigns, mark_campaigns

def pytest_configure(config):
    for mark in ("campaign", "thorough", "sampled"):
        config.addinivalue_line("markers", mark)

def pytest_addoption(parser):
    parser.addoption("--campaigns", action="store_true")
    parser.addoption("--thorough", action="store_true")

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    mark_campaigns(items)
    leave_campaigns(config, items)
"""
CASES = """
import pytest

@pytest.mark.sampled(2)
@pytest.mark.parametrize("n", range(9))
def test_nine(n): pass

@pytest.mark.sampled(1, each="kind")
@pytest.mark.parametrize("n", range(3))
@pytest.mark.parametrize("kind", ["a", "b"])
def test_kinds(kind, n): pass

@pytest.mark.sampled(1, each=lambda n: n % 3)
@pytest.mark.parametrize("n", range(6))
def test_threes(n): pass

@pytest.mark.campaign
def test_long(): pass

@pytest.mark.thorough
def test_longest(): pass

def test_short(): pass
"""
ATTACKS = """
import pytest

pytestmark = pytest.mark.sampled(2, of="file")

@pytest.mark.sampled(1)
@pytest.mark.parametrize("n", range(5))
def test_one(n): pass

def test_two(): pass
def test_three(): pass
"""


@pytest.mark.parametrize(
    ("arguments", "run"),
    [
        ((), 2 + 2 + 3 + 1 + 2),
        (("--campaigns",), 9 + 6 + 6 + 2 + 7),
        (("--thorough",), 9 + 6 + 6 + 3 + 7),
        (("-m", "campaign"), 7 + 4 + 3 + 1 + 5),
        (("-m", "thorough"), 1),
        (("test_cases.py", "-k", "nine"), 2),
        (("test_cases.py::test_long",), 1),
        (("test_cases.py::test_nine",), 9),
    ],
    ids=str,
)
def test_so_many_cases_are_run(
    arguments: tuple[str, ...], run: int, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_cases=CASES, test_attacks=ATTACKS)
    done = pytester.runpytest_inprocess("-p", "no:xdist", *arguments)
    assert done.parseoutcomes()["passed"] == run


def test_the_sample_depends_on_names_alone(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_cases=CASES)
    listed = [
        set(pytester.runpytest_inprocess("-p", "no:xdist", "--co", "-q", "-k", each).outlines)
        for each in ("nine or short", "nine")
    ]
    assert {line for line in listed[0] if "nine" in line} == {
        line for line in listed[1] if "nine" in line
    }
