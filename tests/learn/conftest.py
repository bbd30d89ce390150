"""Exercises judged in this process: the files are the suite's own."""

import pytest

from gradproof.checking import run
from gradproof.checking.judgement.raised import CodeError
from gradproof.checking.processes import remote_file
from gradproof.checking.processes.evaluator import Evaluator
from gradproof.learn.judging import Judging
from tests.in_this_process import Here


def _ask_here(path, text):
    side = Evaluator(path, 5.0)
    try:
        side.load(text)
    except Exception as error:
        raise CodeError(str(error), type(error).__name__) from None
    return str(side.loaded(bare=False)[0].judged_outcome())


@pytest.fixture(autouse=True)
def english(monkeypatch):
    """Messages in English, also where the system is set to Korean."""
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture
def judging(monkeypatch):
    """Judges answers in this process."""
    monkeypatch.setattr(remote_file, "RemoteFile", Here)
    with Judging(run.examine_file, _ask_here) as found:
        yield found
