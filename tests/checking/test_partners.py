"""Which function of a file a derivative belongs to, where no name says it in the usual way."""

import ast

import pytest

from gradproof.checking.judgement.sequels import set_aside
from gradproof.checking.reading.partners import Partner, partner, speaks
from gradproof.checking.records import GradientResult, Report
from gradproof.checking.source.discover import discover
from tests.checking.corpus import results


def found(text: str, name: str) -> Partner | None:
    functions = {node.name: node for node in ast.parse(text).body}
    return partner(name, functions[name], functions)


@pytest.mark.parametrize(
    ("text", "name", "forward"),
    [
        ("def K(X, Z, ell): ...\ndef K_grad_ell(X, Z, ell): ...", "K_grad_ell", "K"),
        ("def drive(x, u, dt): ...\ndef jac_drive_u(x, u, dt): ...", "jac_drive_u", "drive"),
        ("def f_motion(x, u, dt): ...\ndef jac_f(x, u, dt): ...", "jac_f", "f_motion"),
        ("def edge_error(a, b, z): ...\ndef linearize(a, b, z): ...", "linearize", "edge_error"),
        ('def morse(r, d):\n    """Energy of a bond."""\ndef force(r, d): ...', "force", "morse"),
        ("def log_posterior(w, X, y): ...\ndef score(w, X, y): ...", "score", "log_posterior"),
        ("def objective(x): ...\ndef gradient(x): ...\ndef constraints(x): ...\n"
         "def jacobian(x): ...", "jacobian", "constraints"),
    ],
)  # fmt: skip
def test_the_function_is_found(text, name, forward):
    assert found(text, name).name == forward


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def predict(X, y): ...\ndef score(X, y): ...", "score"),  # a classifier's
        ("def objective(x): ...\ndef gradient(x): ...\ndef jacobian(x): ...", "jacobian"),
        ("def K(X, ell): ...\ndef K_fast(X, ell): ...", "K_fast"),
        ('def energy(t, y): ...\ndef rhs(t, y):\n    """Time step of y."""', "rhs"),
    ],
)
def test_none_is_made_up(text, name):
    assert found(text, name) is None


def test_what_its_text_calls_a_gradient_is_one_and_what_trains_is_none():
    text = (
        'def misfit(m, d): ...\ndef adjoint(m, d):\n    """Return the gradient of the misfit."""\n'
        'def train(m, d):\n    """Follow the gradient of the misfit down."""\n'
    )
    functions = {node.name: node for node in ast.parse(text).body}
    assert speaks("adjoint", functions["adjoint"], functions)
    assert not speaks("train", functions["train"], functions)
    assert found(text.partition("def train")[0], "adjoint") == Partner("misfit")


def test_a_sign_is_negative_where_text_or_field_says_so():
    text = (
        "def neg_loglik(w, x): ...\ndef score(w, x): ...\ndef hessian(w, x): ...\n"
        'def cost(q): ...\ndef cost_grad(q):\n    """Negative gradient of the cost."""\n    ...\n'
        "def density(v): ...\ndef density_grad(v): ..."
    )
    candidates = discover(text.replace("...", "return w")).candidates
    assert {each.backward: each.signs for each in candidates} == {
        "score": (-1, 1), "hessian": (-1, 1), "cost_grad": (-1,), "density_grad": (1,),
    }  # fmt: skip


SPRING = """
import numpy as np

def spring_energy(p, k):
    e = 0.0
    for i in range(len(p) - 1):
        e += 0.5 * k * ((p[i + 1] - p[i]) ** 2).sum()
    return e

def forces(p, k):
    F = np.zeros_like(p)
    for i in range(len(p) - 1):
        d = k * (p[i + 1] - p[i])
        F[i] += d
        F[i + 1] -= d
    return F
"""
MOTION = """
import numpy as np

def turn_error(a, b, z):
    return np.array([b[0] * np.cos(a[1]) - a[0] - z[0], b[1] * a[0] - z[1]])

def linearize(a, b, z):
    A = np.array([[-1, -b[0] * np.sin(a[1])], [b[1], 0]])
    B = np.array([[np.cos(a[1]), 0], [0, a[0]]])
    return A, B
"""
SLOPES = """
import numpy as np
A = np.array([[2.0, 1.0], [0.5, 3.0]])

def fun(x):
    return 0.25 * (x ** 4).sum() + x[0] * x[1]

def jac(x):
    return x ** 3 + np.array([x[1], x[0]])

def hess(x):
    return np.diag(3 * x ** 2) + np.array([[0, 1], [1, 0]])
"""


def judged(tmp_path, text) -> Report:
    """What comes of a file, its code run in this process."""
    path = tmp_path / "checked_here.py"
    path.write_text(text)
    report = Report()
    for each in results(path):
        kept = report.gradients if isinstance(each, GradientResult) else report.unmatched
        kept.append(each)
    set_aside(report)
    return report


def verdicts(report: Report) -> list[tuple[str, str]]:
    return [(each.of, each.verdict) for each in report.gradients]


def test_forces_are_judged_as_minus_the_gradient(tmp_path):
    assert verdicts(judged(tmp_path, SPRING)) == [("p", "PROVED")]
    slip = SPRING.replace("F[i + 1] -= d", "F[i + 1] += d")
    assert verdicts(judged(tmp_path, slip)) == [("p", "REFUTED")]


def test_both_jacobians_of_a_linearization_are_judged(tmp_path):
    assert verdicts(judged(tmp_path, MOTION)) == [("a", "PROVED"), ("b", "PROVED")]
    slip = MOTION.replace("[0, a[0]]", "[0, a[1]]")
    assert verdicts(judged(tmp_path, slip)) == [("a", "PROVED"), ("b", "REFUTED")]


def test_a_hessian_is_not_held_against_a_wrong_gradient(tmp_path):
    assert verdicts(judged(tmp_path, SLOPES)) == [("x", "PROVED"), ("x", "PROVED")]
    report = judged(tmp_path, SLOPES.replace("x ** 3 +", "x ** 2 +"))
    assert [(each.backward, each.verdict) for each in report.gradients] == [("jac", "REFUTED")]
    (listed,) = report.unmatched
    assert listed.name == "hess"
    assert "derivative of jac" in listed.reason
