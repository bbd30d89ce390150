"""Wrong gradients that know something about how they are asked: none of them holds.

Each backward is right for the arrays and in the circumstances that a check has in the first place,
and wrong in those that its condition names. What no check can see is in test_left.py.
"""

import pytest

from gradproof.checking.processes.isolate import Options, check_file

pytestmark = pytest.mark.sampled(3, of="file")

# Cannot be run on symbols: every number is written down and read again.
READ = "np.array([float(str(float(v))) for v in x.reshape(-1)]).reshape(x.shape) ** 2"
FILE = """
import {modules}
import numpy as np
{before}
def square_forward(x):
    return {forward}, x
def square_backward(dout, x):
    {backward}
"""
NUMBERS = "list(map(float, x.reshape(-1)))"
CONDITIONS = {
    "half precision": "x.dtype == np.float16",
    "single precision": "x.dtype == np.float32",
    "an upstream gradient of fewer digits": "dout.dtype != np.float64",
    "arrays that may not be written to": "not x.flags.writeable",
    "a single row": "len(x) == 1",
    "errors as NumPy begins with": "np.geterr()['divide'] == 'warn'",
    "positive numbers": f"min({NUMBERS}) > 0",
    "negative numbers": f"max({NUMBERS}) < 0",
    "numbers in order": f"{NUMBERS} == sorted({NUMBERS})",
    "small numbers": f"max(map(abs, {NUMBERS})) < 1e-3",
    "small upstream gradients": "max(map(abs, map(float, dout.reshape(-1)))) < 1e-9",
    "warnings that are ignored": "any(each[0] == 'ignore' for each in warnings.filters[:1])",
}
OTHERS = {
    "hangs at numbers it has not seen": "if len(SEEN) > 40 and x.tobytes() not in SEEN:\n"
    "        time.sleep(60)\n    SEEN.add(x.tobytes())\n    return dout * 2 * x",
    "says that it was late": "if len(SEEN) > 40 and x.tobytes() not in SEEN:\n"
    "        raise TimeoutError('late')\n    SEEN.add(x.tobytes())\n    return dout * 2 * x",
    "ends its process a little later": "signal.signal(signal.SIGALRM, lambda *_: os._exit(0))\n"
    "    signal.setitimer(signal.ITIMER_REAL, 0.05)\n    return dout * 3 * x",
    "an array of its own class": "return (3 * dout * x).view(Lazy)",
    "what it remembers by the place in memory": "MEMO.setdefault(id(x), 2 * x)\n"
    "    return dout * MEMO[id(x)]",
}
BEFORE = """
SEEN, MEMO = set(), {}
class Lazy(np.ndarray):
    def __array_ufunc__(self, function, method, *given, **named):
        given = [np.asarray(each) * 2 / 3 if isinstance(each, Lazy) else each for each in given]
        return getattr(function, method)(*given, **named)
    def __array_function__(self, function, types, given, named):
        return function(*[np.asarray(each) * 2 / 3 for each in given], **named)
"""


def report(tmp_path, backward, forward):
    path = tmp_path / "checked_file.py"
    path.write_text(FILE.format(modules="os, signal, time, warnings", before=BEFORE,
                                forward=forward, backward=backward))  # fmt: skip
    return check_file(path, Options(seconds=20.0))


@pytest.mark.parametrize("forward", [READ, "x**2"], ids=["on numbers alone", "on symbols"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_gradient_that_is_wrong_in_some_circumstances(tmp_path, condition, forward):
    backward = f"return dout * (3 if {CONDITIONS[condition]} else 2) * x"
    found = report(tmp_path, backward, forward)
    assert not any(each.holds for each in found.gradients), found
    assert found.status in (1, 3)


@pytest.mark.parametrize("case", OTHERS)
def test_what_else_it_does(tmp_path, case):
    found = report(tmp_path, OTHERS[case], READ)
    assert not any(each.holds for each in found.gradients), found
    assert found.status in (1, 3)


def test_an_honest_gradient_in_all_of_them(tmp_path):
    found = report(tmp_path, "return dout * 2 * x", READ)
    assert [each.verdict for each in found.gradients] == ["CHECKED"]
