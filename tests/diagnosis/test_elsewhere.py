"""A fix is confirmed where it holds at other sizes and settings, too, as it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gradproof import diagnose
from gradproof.checking.records import GradientResult
from gradproof.diagnosis.scene.other_settings import other_setting
from gradproof.diagnosis.scene.other_sizes import elsewhere
from gradproof.diagnosis.sentences.unexplained import ratio
from gradproof.diagnosis.source.plausible_text import is_trivial
from gradproof.diagnosis.source.run_patched import Trial
from gradproof.diagnosis.tape.points import scene_of
from gradproof.text import LANGUAGES
from gradproof.tracing.record_trace import Program
from gradproof.verdicts import Diagnosis
from tests.checking.corpus import results
from tests.diagnosis.coincidences import CASES, Coincidence, fixed, is_true, loaded


def shown(found: Diagnosis) -> Iterator[Diagnosis]:
    """Yield every diagnosis whose fix a reader sees."""
    yield found
    yield from found.others


@pytest.mark.sampled(1)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fix_holds_at_other_sizes_and_settings(case: Coincidence, tmp_path: Path) -> None:
    module = loaded(tmp_path / "given.py", case.text)
    found = diagnose(module.forward, module.backward, *case.inputs(case.given), wrt=case.wrt,
                     parameters=dict(case.settings))  # fmt: skip
    assert found is not None
    assert found.exact, found.message.en
    assert found.confirmation.en.startswith("proved"), found.confirmation.en
    for each in shown(found):
        text = fixed(case.text, each.line, each.equation)
        assert text is not None, each
        changed = text.replace(*case.changes) if case.changes[0] else text
        assert is_true(loaded(tmp_path / "mended.py", changed), case), each.message.en


def test_the_judge_of_fixes_catches_one_that_holds_here_alone(tmp_path: Path) -> None:
    case = next(c for c in CASES if c.name == "a global 0.25 and 4 rows")
    by_chance = case.text.replace("return dy * dW", "return dy * (dW + W / 2)")
    right = case.text.replace("return dy * dW", "return dy * (dW + 2 * DECAY * W)")
    for text, expected in ((by_chance, False), (right, True)):
        assert is_true(loaded(tmp_path / "one.py", text.replace(*case.changes)), case) is expected


RIDGES = """import numpy as np

def ridge_cost(theta, X, y, lam):
    m = len(y)
    e = X @ theta - y
    J = np.sum(e ** 2) / (2 * m) + lam * np.sum(theta ** 2)
    grad = X.T @ e / m
    return J, grad
"""


def test_of_a_loss_and_its_gradient_the_fix_stands_in_the_line_that_returns_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "ridges.py"
    path.write_text(RIDGES)
    (result,) = results(path)
    assert isinstance(result, GradientResult)
    found = result.slip
    assert found is not None
    assert found.line == 8
    assert "return J, grad + 2 * lam * theta" in found.equation
    for each in shown(found):
        assert "shape" not in each.fix  # 2 * 0.1 is 1/5, and theta has five columns
        assert "Only forward has" not in each.message.en


def fixed_weights(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    w = np.array([[0.3, -1.2], [0.7, 0.4], [0.2, 0.9]])
    return x @ w, w


def fixed_weights_backward(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    return 2 * dy @ w.T


def test_what_runs_at_these_sizes_alone_is_said_to_be_confirmed_for_them() -> None:
    found = diagnose(fixed_weights, fixed_weights_backward, np.ones((4, 3)))
    assert found is not None
    assert "for these sizes" in found.confirmation.en
    assert "이 크기에서만" in found.confirmation.ko


def test_what_fails_in_the_authors_code_is_shown_as_no_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    twice = np.array([[0.3, -1.2, 0.4], [0.7, 0.4, -0.2]]), np.ones((3, 4))
    right = diagnose(square, square_backward, *twice)
    assert right is not None
    assert right.fix == "(dy @ w.T, x.T @ dy)"
    monkeypatch.setattr(Trial, "mends", lambda *_: set())
    monkeypatch.setattr(Trial, "mends_with", lambda *_: set())
    found = diagnose(square, square_backward, *twice)
    assert found is not None
    assert not found.exact
    assert found.fix == ""
    assert "Write" not in found.message.en
    assert "No simple slip" in found.message.en


def square(x: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    return x @ w, (x, w)


def square_backward(dy: np.ndarray, cache: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    x, w = cache
    return dy @ w.T, 2 * x.T @ dy


def test_no_length_is_1_or_2_or_what_it_was_and_those_alike_by_chance_are_told_apart() -> None:
    program = Program(
        square, square_backward, {"x": np.ones((4, 4)), "w": np.ones((4, 4))}, ("x", "w")
    )
    scene = scene_of(program)
    assert scene is not None
    found = elsewhere(scene)
    assert found.resized
    assert found.places
    shapes = [np.shape(v) for v in found.places[0][0].inputs.values()]
    (rows, inner), (same, columns) = shapes
    assert inner == same
    assert len({rows, inner, columns, 1, 2, 4}) == 6


def test_a_setting_is_another_one_the_same_everywhere() -> None:
    assert other_setting(0.5, ()) == other_setting(0.5, ()) != 0.5
    assert other_setting(0.5, (0.5,)) == 0.5
    assert other_setting(np.pi, ()) == np.pi
    assert other_setting(1e-8, ()) == 1e-8  # such a number hardly shows


@pytest.mark.parametrize(
    ("true", "expected"),
    [("dx = dy * (self.p - self.p)", True), ("dx = dy * (n / n)", True), ("dx = dy / n", False),
     ("dx = dy - dx", False), ("dx = dy * (", False)],
)  # fmt: skip
def test_a_difference_of_equal_terms_is_no_fix(true: str, expected: bool) -> None:
    assert is_trivial("dx = dy", true) is expected
    assert not is_trivial(true, true)  # it stands in the author's own line


def times(factor: float, spread: float = 0.0) -> list[str]:
    """What is said of a gradient that is so many times the true one."""

    def backward(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
        more = spread * np.arange(x.size).reshape(x.shape)
        return np.asarray(dy * np.cos(x) * (factor + more))

    inputs = {"x": np.array([[0.3, 0.8]])}
    program = Program(lambda x: (np.sin(x), x), backward, inputs, ("x",))
    scene = scene_of(program)
    assert scene is not None
    return [ratio(scene, "x").within(language) for language in LANGUAGES]


def test_a_ratio_is_said_once_and_without_a_negative_zero() -> None:
    assert times(7.0)[0] == " Each of its elements is 7 times the true one."
    assert times(7.0)[1] == " 모든 원소가 정답의 7배예요."
    nothing, several, near = times(-0.0)[0], times(8.0, 10.0)[0], times(1.0, 1e-5)[0]
    assert "is 0 times" in nothing
    assert " to " in several
    assert times(-18.0, 29.0)[0] == ""  # of both signs: that tells nobody anything
    assert "is 1 times" not in near
    assert "1 to 1 " not in near
