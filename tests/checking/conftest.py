"""Shared by the tests of checking: English whatever the system speaks, and a file to check."""

import sys

import pytest

from gradproof.checking.judgement import examine
from gradproof.checking.processes import remote_file, second_process
from gradproof.verdicts import Verdict
from tests.in_this_process import Here


@pytest.fixture(autouse=True)
def english(monkeypatch):
    """Messages in English, also where the system is set to Korean."""
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture(autouse=True)
def modules_of_checked_files_are_forgotten(tmp_path):
    """A file that ran in this process leaves no module for a later test that has its name."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None and (tmp_path / file).is_relative_to(tmp_path):
            del sys.modules[name]


@pytest.fixture
def file(tmp_path):
    """Write a file and return its path."""

    def write(text, name="checked_file.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def unexplained(monkeypatch):
    """No slip is looked for where something is refuted, which takes longer than to refute it: for
    tests of how a file is read and judged, not of what is said of a slip."""
    monkeypatch.setattr(Verdict, "diagnosis", None)
    for module in (examine, second_process):  # which ask the process of the file
        monkeypatch.setattr(module, "with_slips", lambda match, verdicts: dict(verdicts))


@pytest.fixture
def in_this_process(judged_here, monkeypatch):
    """Files run and are judged in this process: for what is printed of them, not for what a process
    is owed."""
    monkeypatch.setattr(remote_file, "RemoteFile", Here)
