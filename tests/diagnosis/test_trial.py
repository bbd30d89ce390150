"""A fix is believed once it works in the author's own code, which stays as it was."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import diagnose
from gradproof.diagnosis.engine import _left
from gradproof.diagnosis.source.patched_statement import Mended
from gradproof.diagnosis.source.run_patched import Trial
from gradproof.diagnosis.tape.points import Scene, scene_of
from gradproof.proof.prove import program_of

VECTOR = (np.array([0.3, -1.2, 0.7]),)
LINE = (np.array([[0.3, -1.2], [0.7, 0.4]]), np.array([[1.1, -0.6], [0.2, 0.9]]))


def tanh(x):
    y = np.tanh(x)
    return y, (x, y)


def tanh_backward(dy, cache):
    x, y = cache
    y = dy * (1 - y)
    return y + 0 * x


codes: list[Any] = []


def spied_forward(x):
    module = sys.modules[__name__]  # the one that everyone else sees
    module.codes.append(module.spied_backward.__code__)
    y = np.tanh(x)
    return y, (x, y)


def spied_backward(dy, cache):
    return dy * (1 - cache[1])


def product(x, w):
    return x @ w, (x, w)


def product_backward(dy, cache):
    x, w = cache
    g = dy + 0 * dy
    dw = x.T @ g
    dx = g @ w
    return dx, dw


# fmt: off
def shared(dy, cache):
    x, y = cache; 제곱 = y; dx = dy * (1 - 제곱)  # noqa: E702
    if dy.ndim: dx = dx + 0 * x; dx = dx / 2  # noqa: E701, E702
    return dx


backwards = {"one": lambda dy, cache: dy * (1 - cache[1]), "two": lambda dy, cache: dy * (2 - cache[1])}  # noqa: E501
# fmt: on


def made(power: int) -> Callable[..., Any]:
    def backward(dy, cache):
        def inner(y):
            return 1 - y

        return dy * inner(cache[1])

    return backward if power else made


def seen(forward: Any, backward: Any, inputs: Any) -> tuple[Trial, Scene]:
    scene = scene_of(program_of(forward, backward, inputs, None, None, None, (), {}))
    assert scene is not None
    return Trial(scene), scene


def change(inside: Any, yours: str, true: str) -> Mended:
    """A statement of a function of this file, and what is tried in its place."""
    rows, first = inspect.getsourcelines(inside)
    line = first + next(k for k, row in enumerate(rows) if yours in row)
    return Mended(line, yours, true, true, yours, true, file=__file__)


def test_what_works_in_the_authors_code_is_kept() -> None:
    trial, _ = seen(tanh, tanh_backward, VECTOR)
    fix = change(tanh_backward, "y = dy * (1 - y)", "y = dy * (1 - y ** 2)")
    assert trial.mends([fix]) == {"x"}


@pytest.mark.parametrize(
    ("yours", "true"),
    [
        ("return y + 0 * x", "return dy * (1 - y ** 2)"),  # y has another value by then
        ("y = dy * (1 - y)", "y = dy * (1 - y **)"),  # no Python
        ("y = dy * (1 - y)", "y = dy * (1 - unknown ** 2)"),
        ("y = dy * (1 - y)", "y = 1 / 0"),
        ("y = dy * (1 - y)", "y = None"),
        ("y = dy * (1 - z)", "y = dy * (1 - y ** 2)"),  # there is no such statement
    ],
)
def test_a_fix_that_does_not_work_in_the_authors_code_is_refused(yours: str, true: str) -> None:
    own = tanh_backward.__code__
    trial, _ = seen(tanh, tanh_backward, VECTOR)
    there = yours if yours in inspect.getsource(tanh_backward) else "y = dy * (1 - y)"
    line = change(tanh_backward, there, true).line
    assert trial.mends([Mended(line, yours, true, true, yours, true, file=__file__)]) == set()
    assert tanh_backward.__code__ is own


def test_a_fix_that_spoils_another_gradient_is_refused() -> None:
    trial, scene = seen(product, product_backward, LINE)
    assert scene.wrong() == ["x"]
    spoils = [change(product_backward, "g = dy + 0 * dy", "g = dy @ w.T @ np.linalg.inv(w)")]
    assert trial.mends(spoils) == {"x"}
    assert _left(trial, "x", spoils) is None
    works = [change(product_backward, "dx = g @ w", "dx = g @ w.T")]
    assert trial.mends(works) == {"x", "w"}
    assert _left(trial, "x", works) == 0


def test_statements_that_share_a_line_are_tried_alone_and_together() -> None:
    trial, _ = seen(tanh, shared, VECTOR)
    power = change(shared, "제곱 = y", "제곱 = y ** 2")
    half = change(shared, "dx = dx / 2", "dx = dx")
    assert trial.mends([power]) == trial.mends([half]) == set()
    assert trial.mends([power, half]) == trial.mends([half, power]) == {"x"}
    after = trial.written([power, half])
    assert after is not None
    assert after.wrong() == []


def test_of_two_functions_on_a_line_the_one_that_changes_is_tried() -> None:
    own = [each.__code__ for each in backwards.values()]
    trial, _ = seen(tanh, backwards["one"], VECTOR)
    first = backwards["one"].__code__.co_firstlineno
    whole = next(node for node in trial.naming.sources.nodes(__file__)
                 if getattr(node, "lineno", 0) == first and hasattr(node, "targets"))  # fmt: skip
    yours = ast.unparse(whole)
    one = yours.replace("(1 - cache[1])", "(1 - cache[1] ** 2)")
    other = yours.replace("(2 - cache[1])", "(1 - cache[1] ** 2)")
    assert trial.mends([Mended(first, yours, one, one, yours, one, file=__file__)]) == {"x"}
    assert trial.mends([Mended(first, yours, other, other, yours, other, file=__file__)]) == set()
    assert [each.__code__ for each in backwards.values()] == own


def test_a_helper_inside_a_function_is_made_anew() -> None:
    backward = made(2)
    trial, _ = seen(tanh, backward, VECTOR)
    assert trial.mends([change(made, "return 1 - y", "return 1 - y ** 2")]) == {"x"}
    assert trial.mends([change(made, "return 1 - y", "return 1 - 2 * y")]) == set()
    unheld = change(made, "return 1 - y", "return 1 - y ** power")
    assert trial.mends([unheld]) is None  # backward does not hold power, so nobody knows


def test_functions_keep_their_own_code_while_others_are_tried() -> None:
    own = spied_backward.__code__
    trial, _ = seen(spied_forward, spied_backward, VECTOR)
    fix = change(spied_backward, "return dy * (1 - cache[1])", "return dy * (1 - cache[1] ** 2)")
    codes.clear()
    assert trial.mends([fix]) == {"x"}
    assert codes
    after = trial.written([fix])
    assert after is not None
    assert after.wrong() == []
    assert all(code is own for code in codes)


def test_only_what_works_in_the_authors_code_is_told() -> None:
    found = diagnose(tanh, tanh_backward, *VECTOR)
    assert found is not None
    assert (found.fix, found.exact) == ("dy * (1 - y ** 2)", True)
    assert [other.fix for other in found.others if other.fix.startswith("return")] == []
