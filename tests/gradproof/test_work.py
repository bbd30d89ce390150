"""Searches are bounded by counted work: the same input gives the same words under any load."""

from __future__ import annotations

import ast
import threading
from pathlib import Path

import numpy as np
import pytest

import gradproof
from gradproof import diagnose, prove_gradient
from gradproof.verdicts import Status
from gradproof.work import Budget, Net, TimeLimitError, WorkLimitError, meter, spend

X = np.array([[0.3, -1.2, 0.7], [0.1, 0.9, -0.4]])
ROOM = Path(gradproof.__file__).parent
# Who may read a clock: the net; how long things took; processes that are waited for; and how
# often code is asked again at numbers and in an order that nobody is to foresee, drawn anew
# each time (confirm_pass,
# many_points, many_answers).
CLOCKS = {
    "checking/judgement/confirm_pass.py",
    "checking/judgement/examine.py",
    "checking/judgement/judge_pair.py",
    "checking/judgement/many_points.py",
    "checking/processes/isolate.py",
    "checking/processes/judges.py",
    "checking/processes/remote_file.py",
    "checking/processes/second_process.py",
    "checking/processes/shared_reports.py",
    "checking/sandbox/alarm.py",
    "checking/sandbox/child_process.py",
    "checking/sandbox/many_answers.py",
    "checking/processes/own_time.py",
    "learn/examined.py",
    "numeric/calls.py",
    "numeric/check.py",
    "numeric/forwardmode.py",
    "pages/outcomes.py",
    "proof/proof_outcome.py",
    "proof/prove.py",
    "work.py",
}


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return y, y


def softmax_backward(dy, y):
    return y * (dy - (dy * y).sum(axis=1, keepdims=True))


def strange_backward(dy, y):
    return np.cos(dy) * y**3 - 0.37 * y


def counted(run):
    before = meter().units
    found = run()
    return found, meter().units - before


# --- budgets --------------------------------------------------------------------------------------


def test_a_budget_ends_by_work():
    budget = Budget(100)
    spend(60)
    budget.check()
    assert budget.part(1000).left == 40
    assert budget.part(10).left == 10
    assert budget.and_more(5).left == 45
    spend(50)
    assert budget()
    assert budget.part(10)()
    with pytest.raises(WorkLimitError):
        budget.check()


def test_a_net_is_hit_by_its_clock_alone_and_remembers_it():
    now = [0.0]
    net = Net(3.0, lambda: now[0])
    budget = Budget(100, net)
    spend(99)
    assert not budget()
    assert not net.hit
    now[0] = 3.5
    with pytest.raises(TimeLimitError):
        budget.check()
    now[0] = 0.0
    assert net.hit
    assert budget.part(1)()


def test_other_threads_take_nothing_from_a_budget():
    budget = Budget(100)
    other = threading.Thread(target=spend, args=(1e9,))
    other.start()
    other.join()
    assert budget.left == 100


# --- searches -------------------------------------------------------------------------------------


def test_the_same_input_costs_the_same_work():
    for run in (
        lambda: prove_gradient(softmax, softmax_backward, X),
        lambda: diagnose(softmax, strange_backward, X, work_limit=100_000),
    ):
        (one, work), (two, again) = counted(run), counted(run)
        assert str(one) == str(two)
        assert work == again > 1000


def test_a_proof_ends_where_its_work_is_done():
    for _ in range(2):
        verdict = prove_gradient(softmax, softmax_backward, X, work_limit=2000)
        assert verdict.status is Status.UNDECIDED
        assert verdict.reason == "deciding: more than work_limit = 2000 units of work"


def test_the_net_of_a_proof_says_that_it_was_hit():
    verdict = prove_gradient(softmax, softmax_backward, X, time_limit=0.0)
    assert verdict.status is Status.UNDECIDED
    assert verdict.reason == "tracing: ran out of time_limit = 0 s, with counted work left"


def test_the_net_of_a_diagnosis_says_that_it_was_hit_in_both_languages():
    found = diagnose(softmax, strange_backward, X, time_limit=0.0)
    assert found is not None
    assert "ended at time_limit = 0 s, before its counted work was done" in found.message.en
    assert "time_limit = 0초가 지나서 찾기를 멈췄어요" in found.message.ko
    calm = diagnose(softmax, strange_backward, X, work_limit=20_000)
    assert calm is not None
    assert "time_limit" not in calm.message.en + calm.message.ko


def test_less_work_never_calls_wrong_code_right():
    for limit in (0, 10_000, 300_000):
        assert diagnose(softmax, strange_backward, X, work_limit=limit) is not None


# --- clocks ---------------------------------------------------------------------------------------


def clocks(text: str) -> set[str]:
    """The functions of ``time`` that a module asks."""
    if "import time" not in text:
        return set()
    asked = {"monotonic", "perf_counter", "process_time", "thread_time", "time"}
    return {
        node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and node.attr in asked
        and isinstance(node.value, ast.Name)
        and node.value.id == "time"
    }


def test_no_search_reads_a_clock():
    found = {
        path.relative_to(ROOM).as_posix()
        for path in ROOM.rglob("*.py")
        if clocks(path.read_text("utf-8"))
    }
    assert found == CLOCKS


def test_a_clock_in_a_search_is_seen():
    assert clocks("import time\nwhile time.process_time() < end:\n    pass") == {"process_time"}
    assert clocks("import time\nlate = budget.part(10)") == set()
