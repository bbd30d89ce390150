"""The graph one can step through: its numbers are the derivative's and the code's."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation
from gradproof.pages.page import _stepper
from gradproof.pages.render import environment
from gradproof.pages.stepped.build import graph_of
from gradproof.pages.stepped.examples import Example, checked_graph, example_of
from gradproof.pages.stepped.step_records import Graph
from gradproof.pages.stepped.stepper import stepper_of
from gradproof.pages.stepped.telling import shown, steps_of
from tests.catalogue import EACH_MODE, OPERATIONS

# Windows that slide take elements at computed places: no graph is drawn of them yet.
SLIDING = ("conv2d", "average_pooling", "max_pooling")
WITH_GRADIENT = [
    case for case in EACH_MODE
    if case.values[1].loss is not None and case.values[1].dy is not None
    and case.values[0].name not in SLIDING
]  # fmt: skip
BATCH_NORM = OPERATIONS["batch_norm"].derivation.modes[0]
GIVEN = {"x": [6, 9, 0], "gamma": 15, "beta": 1, "eps": sp.Rational(1, 16)}


def batch_norm() -> Graph:
    return graph_of(BATCH_NORM, GIVEN, [1, 2, 0])


@pytest.mark.parametrize(("operation", "mode"), WITH_GRADIENT)
def test_every_operation_has_a_graph_from_its_two_files(operation: Operation, mode: Mode) -> None:
    # checked_graph holds values and gradients against the code's own.
    graph = checked_graph(operation, mode, example_of(mode))
    assert len(shown(graph)) <= 40
    assert all(graph.named(item.symbol).gradient for item in mode.differentiable)


@pytest.mark.parametrize("name", SLIDING)
def test_a_page_says_why_it_has_no_graph(name: str) -> None:
    operation = OPERATIONS[name]
    with pytest.raises(LookupError, match=r"computed place|two indices|another order"):
        checked_graph(operation, operation.derivation.modes[0],
                      example_of(operation.derivation.modes[0]))  # fmt: skip
    made = _stepper(operation, operation.derivation.modes[0], name)
    assert made is not None
    assert "LookupError" in made.missing


def test_code_that_returns_another_gradient_is_not_shown_beside_the_graph() -> None:
    operation = OPERATIONS["tanh"]
    mode = operation.derivation.modes[0]
    other = replace(operation, implementation=OPERATIONS["sigmoid"].implementation)
    with pytest.raises(ArithmeticError, match=r"y: the graph says \[0\.96"):
        checked_graph(other, mode, example_of(mode))


def test_the_worked_example_of_batch_norm_is_what_one_finds_by_hand() -> None:
    graph = batch_norm()
    named = {vertex.name: vertex for vertex in graph.vertices if vertex.name}
    fractions = {
        "μ": ["5"], "σ²": ["14"], "x̂": ["4/15", "16/15", "-4/3"], "y": ["5", "17", "-19"],
    }  # fmt: skip
    for name, values in fractions.items():
        assert [str(each) for each in named[name].value.values()] == values
    gradients = {
        "x̂": ["15", "30", "0"], "σ²": ["-32/25"], "μ": ["-12"], "γ": ["12/5"], "β": ["3"],
        "x": ["-64/75", "44/75", "4/15"],
    }  # fmt: skip
    for name, values in gradients.items():
        assert [str(each) for each in named[name].gradient.values()] == values
    assert sum(named["x"].gradient.values()) == 0
    assert len([each for each in shown(graph) if each.op is not None]) == 9


def test_two_gradients_that_meet_are_added_visibly() -> None:
    said = [step.said.en for step in steps_of(batch_norm())]
    meeting = "(236/75, 344/75, 64/15) + (−4, −4, −4) = (−64/75, 44/75, 4/15)"
    assert meeting in said[-1]
    assert "(4, 8, 0) + (−64/75, −256/75, 64/15) = (236/75, 344/75, 64/15)" in said[-3]


def test_a_slope_that_is_wrong_shows_in_the_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    from gradproof.pages.stepped import build, ops

    wrong = replace(ops.ROOT, locals=(replace(ops.ROOT.locals[0], value=lambda u: sp.Integer(1)),))
    monkeypatch.setattr(build.ops, "ROOT", wrong)
    operation = OPERATIONS["batch_norm"]
    with pytest.raises(ArithmeticError, match="dx: the graph says"):
        checked_graph(operation, BATCH_NORM, Example(GIVEN, [1, 2, 0]))


def test_each_step_is_a_sentence_in_both_languages_and_parts_name_only_steps_there_are() -> None:
    made = stepper_of(
        OPERATIONS["batch_norm"], BATCH_NORM, "g", Example(GIVEN, [1, 2, 0]), anchor="a"
    )
    assert len(made.steps) == 20
    assert all(re.search("[가-힣]", each.ko) and each.en for each in made.steps)
    used = {
        int(at)
        for found in re.findall(r'data-(?:from|until|lit|back)="([^"]*)"', made.svg)
        for at in found.split()
    }
    assert used <= set(range(len(made.steps)))
    assert [len(row.lit) for row in made.rows] == [1] * 6
    assert [re.sub("<[^>]*>", "", str(row.code)).split(" =")[0] for row in made.rows] == [
        "dx_hat", "dvar", "dmu", "dx", "dgamma", "dbeta",
    ]  # fmt: skip
    page = environment(language="ko").get_template("stepper.html.j2").module
    html = str(page.stepper(made))  # type: ignore[attr-defined]
    assert html.count("<li>") == 20
    assert 'aria-live="polite"' in html


def test_backpropagation_by_hand_agrees_with_the_code_and_notices_a_slip() -> None:
    from report.story.by_hand import Network, go
    from report.story.chapters import by_hand

    network = Network()
    found = go(network)
    after = go(by_hand.stepped(network, found))
    assert (found.loss, after.loss) == (Fraction(1, 4), Fraction(9, 625))
    with pytest.raises(ArithmeticError, match="dW: by hand"):
        by_hand.held_against_the_code(network, replace(found, dW=((Fraction(1),) * 2,) * 2))
