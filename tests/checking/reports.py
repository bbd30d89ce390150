"""A report with one of everything, for the tests of what is printed."""

from gradproof.checking.records import FileError, GradientResult, Report, Unmatched
from gradproof.text import Text
from gradproof.verdicts import Diagnosis

SLIP = Diagnosis(
    "wrong factor", Text("the factor is 3, not 2", "계수는 3이 아니라 2입니다"),
    "yours: 3*x\ntrue:  2*x", 9, "return 2 * x",
)  # fmt: skip
HOLDS = GradientResult(
    "layers.py", 4, "relu_forward", "relu_backward", "x", "out", "input", None, "PROVED", "tracing",
    "for all real x, dy of shape (3, 4)", seconds=0.12,
)  # fmt: skip
CHECKED = GradientResult(
    "layers.py", 14, "max_forward", "max_backward", "x", "out", "output", "train", "CHECKED",
    "central differences", "4 random inputs of shape (3, 4)", 3e-13, 2e-11,
)  # fmt: skip
WRONG = GradientResult(
    "한글/α, 100%.py", 7, "square", "square_prime", "x", "square()", "input", None, "REFUTED",
    "tracing", "", None, None, {"inputs": {"x": [1, 0]}, "at": "dx[0]", "got": "3", "wanted": "2"},
    "dx[0] differs\x1b[31m & <b>\n    more", SLIP, 0.5,
)  # fmt: skip
OPEN = GradientResult(
    "layers.py", 21, "f", "df", "x", "y", "input", None, "UNDECIDED", "numeric check", "",
    reason="y is not finite",
)  # fmt: skip
UNMATCHED = Unmatched("layers.py", "tanh_backward", "its forward was not found (looked for tanh)")
ERROR = FileError("broken.py", "does not parse: line 1: invalid syntax")


def full() -> Report:
    """One of everything."""
    return Report([HOLDS, CHECKED, WRONG, OPEN], [UNMATCHED], [ERROR])
