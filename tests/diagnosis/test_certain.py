"""Right formulas that floats lose at extreme inputs, and explanations confirmed by proof."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import impl.sigmoid
import impl.softmax
from gradproof import diagnose, prove_gradient
from gradproof.diagnosis import Kind
from gradproof.diagnosis.search.confirmation import Proof, _on_tape, confirmed, repaired
from gradproof.diagnosis.search.repair import Repair, Words
from gradproof.diagnosis.search.repair_search import Search
from gradproof.diagnosis.sentences.explanation import diagnosis_of
from gradproof.diagnosis.source.patched_statement import mended
from gradproof.diagnosis.source.run_patched import Trial
from gradproof.diagnosis.tape.author_words import Naming, Sources
from gradproof.diagnosis.tape.on_symbols import holds_exactly
from gradproof.diagnosis.tape.points import Scene, scene_of
from gradproof.proof.prove import program_of
from gradproof.verdicts import Status
from gradproof.work import Budget

ROWS = (np.random.default_rng(0).normal(size=(4, 3)),)
VECTOR = (np.array([0.3, -1.2, 0.7]),)


def softmax(x):
    e = np.exp(x)
    y = e / e.sum(axis=1, keepdims=True)
    return y, y


def softmax_backward(dy, y):
    return y * (dy - (dy * y).sum(axis=1, keepdims=True))


def normalised(x, eps=1e-5):
    mu = x.mean(axis=0)
    var = (x**2).mean(axis=0) - mu**2
    std = np.sqrt(var + eps)
    x_hat = (x - mu) / std
    return x_hat, (x_hat, std)


def normalised_backward(dy, cache):
    x_hat, std = cache
    return (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0)) / std


def softplus(x):
    return np.log(1 + np.exp(x)), x


def softplus_backward(dy, x):
    return dy / (1 + np.exp(-x))


def sigmoid(x):
    return 1 / (1 + np.exp(-x)), x


def sigmoid_backward(dy, x):
    s = 1 / (1 + np.exp(-x))
    return dy * s * (1 - s)


LOSSY = [
    (softmax, softmax_backward, ROWS, "np.exp(x - x.max(axis=1, keepdims=True))", "nan"),
    (normalised, normalised_backward, ROWS, "x.var(axis=0)", "almost equal"),
    (softplus, softplus_backward, VECTOR, "np.logaddexp(0, x)", "x = 750"),
    (sigmoid, sigmoid_backward, VECTOR, "1 / (1 + np.exp(x))", "x = 40"),
]


@pytest.mark.parametrize(("forward", "backward", "inputs", "fix", "words"), LOSSY)
def test_ordinary_inputs_are_enough_to_find_where_floats_lose_a_right_formula(
    forward: Callable[..., Any], backward: Callable[..., Any], inputs: Any, fix: str, words: str
) -> None:
    found = diagnose(forward, backward, *inputs)
    assert found is not None
    assert (found.kind, found.fix) == (Kind.LOST_DIGITS, fix)
    assert words in found.message.en
    assert found.message.en != found.message.ko


@pytest.mark.parametrize(("module", "inputs"), [(impl.sigmoid, VECTOR), (impl.softmax, ROWS)])
def test_stable_code_is_not_said_to_lose_anything(module: Any, inputs: Any) -> None:
    pair = inspect.unwrap(module.forward), inspect.unwrap(module.backward)
    assert diagnose(*pair, *inputs) is None


def test_a_proved_verdict_stays_proved_and_has_what_floats_lose_of_it() -> None:
    verdict = prove_gradient(softmax, softmax_backward, *ROWS)
    assert verdict.status is Status.PROVED
    assert verdict.diagnosis is not None
    assert verdict.diagnosis.kind == Kind.LOST_DIGITS
    # A tail that vanishes is no harm: that is said where it is asked for.
    assert prove_gradient(sigmoid, sigmoid_backward, *VECTOR).diagnosis is None


def cubed(x):
    return x**3, x


def cubed_backward(dy, x):
    return 2 * dy * x**2


@pytest.fixture(scope="module")
def explained() -> tuple[Scene, Repair]:
    program = program_of(cubed, cubed_backward, VECTOR, None, None, None, (), {})
    scene = scene_of(program)
    assert scene is not None
    return scene, Search(scene, "x", Budget(np.inf)).singles()[0]


def test_an_explanation_is_confirmed_by_proof_and_says_so(explained: tuple[Scene, Repair]) -> None:
    scene, repair = explained
    assert holds_exactly(scene, "x", repair.changes) is True
    found = repaired(Trial(scene), "x", [repair])
    assert found.confirmation.en.startswith("proved for x of shape")
    assert "증명" in found.confirmation.ko
    assert any("confirmed: proved" in line for line in found.lines("en"))


def test_what_numbers_cannot_tell_from_the_truth_a_proof_can(
    explained: tuple[Scene, Repair],
) -> None:
    scene, repair = explained

    def almost(tape: Any) -> dict[int, Any]:
        target = tape.gradients["x"]
        return {target: repair.result(tape, "x") * (1 + 2.0**-30)}

    def words(naming: Naming) -> Words:
        right = repair.words(naming)
        return replace(right, new=f"({right.new}) * (1 + 2.0**-30)")

    near = replace(repair, changes=almost, words=words)
    assert near.holds(scene, "x")
    assert holds_exactly(scene, "x", near.changes) is False
    assert repaired(Trial(scene), "x", [near]).exact is False
    assert repaired(Trial(scene), "x", [near, repair]).exact is True
    unreadable = Trial(replace(scene, naming=Naming(scene.first.tape, Sources({__file__: ""}))))
    assert unreadable.proves("x", [mended(scene.naming, repair, "x")]) is None
    assert repaired(unreadable, "x", [near]).exact is False
    told = repaired(unreadable, "x", [near, repair])
    assert (told.exact, told.confirmation.en) == (
        True,
        "proved for x of shape (3,) (chance of error at most 2^-100)",
    )


def test_of_code_that_branches_a_proof_on_one_branch_is_none(
    explained: tuple[Scene, Repair],
) -> None:
    scene, repair = explained
    branches = replace(scene, branches=True)
    assert _on_tape(branches, lambda _: False).holds is False
    proof = _on_tape(branches, lambda each: holds_exactly(each, "x", repair.changes))
    assert proof.holds is None
    found = confirmed(diagnosis_of(scene.naming, "x", [repair]), branches, proof)
    assert found.confirmation.en.startswith("at 3 random points")


def test_inputs_that_were_chosen_for_a_proof_are_said_to_be_so(
    explained: tuple[Scene, Repair],
) -> None:
    scene, repair = explained
    found = confirmed(diagnosis_of(scene.naming, "x", [repair]), scene, Proof(True, scene.program))
    assert found.confirmation.en == (
        "proved for x of shape (7,), chosen for the proof (chance of error at most 2^-100)"
    )
