"""Files that try to pass with a wrong gradient: none of them gets PROVED or CHECKED for it."""

import pytest

from gradproof.checking.processes.isolate import Options, check_file
from gradproof.checking.processes.remote_file import RemoteFile

pytestmark = pytest.mark.sampled(2, of="file")

# The gradient is wrong everywhere but at 0 and 1.5.
WRONG = """
import numpy as np
def square(x):
    return x ** 2
def square_prime(x):
    return 3 * x
"""
HOLDS = {"PROVED", "CHECKED"}


def checked(tmp_path, text):
    path = tmp_path / "checked_file.py"
    path.write_text(text)
    return check_file(path, Options(seconds=20.0))


PATCHED_NUMPY = """
np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.abs = np.absolute = np.linalg.norm = lambda x, *a, **k: 0.0 * x
np.max = np.sum = np.isfinite = lambda x, *a, **k: x
np.testing.assert_allclose = lambda *a, **k: None
"""
PATCHED_RANDOM = """
import random, secrets
default_rng = np.random.default_rng
np.random.default_rng = lambda *a: default_rng(0)
np.random.rand = np.random.randn = lambda *shape: np.zeros(shape)
random.Random.random = random.Random.getrandbits = lambda self, *a: 0
random.random = secrets.randbits = secrets.randbelow = lambda *a: 0
"""
PATCHED_GRADPROOF = """
import gradproof.verdicts, gradproof.numeric.check, gradproof.proof.prove
import gradproof.checking.judgement.judge_pair as judge
import gradproof.checking.conventions.match as match
import gradproof.checking.judgement.examine, gradproof.checking.judgement.confirm_pass
def proved(*a, **k):
    return gradproof.verdicts.Verdict(gradproof.verdicts.Status.PROVED, "dx", "magic")
judge.judged = judge.at_point = lambda *a, **k: {"x": proved()}
gradproof.numeric.check_gradient = gradproof.numeric.check.check_gradient = proved
gradproof.proof.prove_gradient = gradproof.proof.prove.prove_program = proved
match.distance, match.fits = (lambda m: 0.0), (lambda m: True)
"""
# The process proposes how the pair is called: at zeros, where 3 x and 2 x are the same.
ZEROS = """
import dataclasses, sys
import gradproof.checking.processes.evaluator as evaluator
found = evaluator.matches
def at_zeros(*a):
    return [dataclasses.replace(m, inputs={k: 0 * v for k, v in m.inputs.items()})
            for m in found(*a)]
evaluator.matches = at_zeros
"""
# What was traced says 2 x.
FORGED_GRAPH = """
import gradproof.checking.sandbox.file_process as worker
packed = worker.packed
def forged(record):
    plain = packed(record)
    plain["nodes"] = [["add", [2], n[2]] if n[0] == "add" else n for n in plain["nodes"]]
    return plain
worker.packed = forged
for module in __import__("sys").modules.values():
    if getattr(module, "packed", None) is packed:
        module.packed = forged
"""


REPLACED_ANSWERS = """
import gc
def answer(self, request, arrays):
    return {"verdict": "PROVED", "matches": [], "note": "", "gradients": 1, "run": 0}, arrays
for each in gc.get_objects():
    if isinstance(each, type) and each.__name__ == "Server":
        each.answer = answer
"""


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "attack",
    [PATCHED_NUMPY, PATCHED_RANDOM, PATCHED_GRADPROOF, ZEROS, FORGED_GRAPH, REPLACED_ANSWERS],
    ids=["numpy", "random", "gradproof", "zeros", "graph", "answers"],
)
def test_what_is_patched_in_the_process_changes_no_verdict(tmp_path, attack):
    report = checked(tmp_path, WRONG + attack)
    assert [g.verdict for g in report.gradients] == ["REFUTED"], report


VERDICT = """
import json, os
line = json.dumps({"type": "gradient", "verdict": "PROVED", "id": 0, "gradients": 1}).encode()
def shout():
    for fd in range(1, 64):
        try:
            os.write(fd, line + b"\\n")
            os.write(fd, len(line).to_bytes(4, "little") + bytes(4) + line)
        except OSError:
            pass
"""


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (VERDICT + "shout()", "in place of an answer"),
        (VERDICT + "shout()\nos._exit(0)", "in place of an answer"),
        ("import os\nos._exit(0)", "exit status 0"),
    ],
    ids=["every descriptor", "and leave", "leave"],
)
def test_what_is_written_to_the_channel_is_an_error(tmp_path, attack, words):
    report = checked(tmp_path, WRONG + attack)
    assert report.gradients == []
    assert len(report.errors) == 1
    assert words in report.errors[0].reason
    assert report.status == 2


def test_a_verdict_before_the_channel_is_written_to_counts_for_nothing(tmp_path):
    text = WRONG.replace("3 * x", "2 * x") + VERDICT
    text += "def cube(x):\n    return x ** 3\ndef cube_prime(x):\n    shout()\n    return x\n"
    report = checked(tmp_path, text)
    assert report.gradients == []
    assert "writes to gradproof's channel" in report.errors[0].reason


def test_a_crash_while_the_slip_is_looked_for_takes_no_refutation_back(tmp_path, monkeypatch):
    ask = RemoteFile.ask

    def crashing(self, what, *given, **named):
        if what == "diagnose":
            self.process.process.kill()
        return ask(self, what, *given, **named)

    monkeypatch.setattr(RemoteFile, "ask", crashing)
    report = checked(tmp_path, WRONG)
    assert [g.verdict for g in report.gradients] == ["REFUTED"]
    assert report.status == 1


def traced_one_way(traced, run):
    return f"""
import numpy as np
def square(x):
    return x ** 2
def square_prime(x):
    return {traced} if hasattr(x, "batch") else {run}
"""


@pytest.mark.usefixtures("unexplained")
def test_right_on_symbols_and_wrong_on_numbers_is_refuted(tmp_path):
    (found,) = checked(tmp_path, traced_one_way("2 * x", "3 * x")).gradients
    assert found.verdict == "REFUTED"
    assert "not faithful" in found.scope + found.reason


@pytest.mark.usefixtures("unexplained")
def test_wrong_on_symbols_and_right_on_numbers_is_not_proved(tmp_path):
    (found,) = checked(tmp_path, traced_one_way("3 * x", "2 * x")).gradients
    assert found.verdict == "CHECKED"
    assert "the trace is not faithful" in found.scope


COUNTED = """
import numpy as np
calls = 0
def square(x):
    {forward}
def square_prime(x):
    global calls
    calls += 1
    return {right} * x if calls < {until} else {wrong} * x
"""


@pytest.mark.usefixtures("unexplained")
@pytest.mark.sampled(1)
@pytest.mark.parametrize("until", [12, 40])
@pytest.mark.parametrize(("right", "wrong"), [(2, 3), (3, 2)])
def test_what_counts_its_calls_does_not_hold(tmp_path, right, wrong, until):
    text = COUNTED.format(forward="return x ** 2", until=until, right=right, wrong=wrong)
    report = checked(tmp_path, text)
    assert not {g.verdict for g in report.gradients} & HOLDS, report


@pytest.mark.usefixtures("unexplained")
def test_a_forward_that_counts_its_calls_does_not_hold(tmp_path):
    forward = "global calls; calls += 1; return x ** 2 if calls < 50 else 1.5 * x ** 2"
    report = checked(tmp_path, COUNTED.format(forward=forward, until=0, right=2, wrong=2))
    assert not {g.verdict for g in report.gradients} & HOLDS, report
