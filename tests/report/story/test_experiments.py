"""The experiments, small: what they measure is what they say they measure."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof.verdicts import Status, Verdict
from impl.network import propagation
from report.story.chapters import training
from report.story.experiments import (
    accuracy,
    bars,
    boundaries,
    dead_units,
    delta_rule,
    gradient_norms,
    perceptron_rule,
    saturation,
    whole_network,
    xor_units,
)
from report.story.experiments._shared import split
from report.story.tasks import Task

SMALL = {"layers": 2, "width": 4, "data": "moons", "points": 20}


@pytest.mark.parametrize("data", ["and", "or"])
def test_the_rule_stays_within_its_bound(data: str) -> None:
    found = perceptron_rule.run(data)
    assert found["mistakes"][-1] == 0
    assert sum(found["mistakes"]) == len(found["path"]) - 1 <= found["bound"]


def test_the_rule_on_xor_comes_back_to_the_same_weights() -> None:
    found = perceptron_rule.run("xor")
    start, length = found["cycle"]
    at = [sum(found["mistakes"][:epoch]) for epoch in (start, start + length)]
    assert found["path"][at[0]] == found["path"][at[1]]
    assert found["bound"] is None


def test_the_delta_rule_comes_near_the_least_squares() -> None:
    found = delta_rule.run("or", 0.05, 100)
    assert found["least"] <= found["errors"][-1] < found["least"] + 0.01
    assert delta_rule.run("xor", 0.1, 1)["best_outputs"] == pytest.approx([0.5] * 4)


def test_one_hidden_unit_never_solves_xor() -> None:
    assert not any(xor_units.run(1, "tanh", seeds=2, epochs=5, lr=0.1)["solved"])


def test_the_net_of_a_boundary_agrees_with_the_line_among_hidden_values() -> None:
    found = boundaries.run("gate", [2], "tanh", epochs=2, lr=0.1, seed=1, grid=5, inner=True)
    assert np.shape(found["output"]) == (5, 5)
    assert np.shape(found["layers"]) == (1, 2, 5, 5)
    *w, w_0 = found["last_line"]
    above = np.array(found["hidden_values"]) @ w > w_0
    assert np.mean(above == np.array(found["t"])) == found["train_accuracy"]


def test_training_validation_and_test_examples_are_different_ones() -> None:
    parts = split("moons", 30, 10, None, 0)
    assert [len(t) for _, t in parts[:2]] == [30, 10]
    rows = [{tuple(row) for row in x} for x, _ in parts]
    assert len(rows[0] | rows[1] | rows[2]) == sum(map(len, rows))


def test_patience_keeps_weights_no_worse_on_validation_than_the_last() -> None:
    given = {**SMALL, "activation": "relu", "held_out": 20, "lr": 0.05, "seeds": 1, "noise": 0.4}
    found = accuracy.run(**given, epochs=60, patience=3)
    (losses,) = (curve[1] for curve in found["curves"])
    assert found["epochs"][0] < 60
    assert found["loss"][0] == pytest.approx(min(losses))


def test_gradients_of_deep_sigmoid_networks_vanish_and_batch_norm_keeps_them() -> None:
    given = {**SMALL, "layers": 8, "width": 8, "init": "glorot", "seeds": 1}
    (plain,) = gradient_norms.run("sigmoid", False, **given)["norms"]
    (normed,) = gradient_norms.run("sigmoid", True, **given)["norms"]
    assert len(plain) == 9
    assert plain[0] < 1e-3 * plain[-1]
    assert normed[0] > 1e-1 * normed[-1]


def test_larger_weights_saturate_and_no_weights_do_not() -> None:
    found = saturation.run("tanh", 1.0, [0, 1, 50], False, "glorot", **SMALL, seeds=1)["shares"]
    assert np.mean(found[0]) == 0.0
    assert np.mean(found[1]) < np.mean(found[2])


def test_leaky_units_do_not_die_and_a_run_that_diverges_is_none() -> None:
    given = {**SMALL, "noise": 0.2, "epochs": 4, "seeds": 1}
    found = dead_units.run("leaky_relu", False, [0.01, 1e300], **given)
    assert found["dead"] == [[0.0], [None]]
    assert found["accuracy"][1] == [None]
    relu = dead_units.run("relu", False, [3.0], **{**given, "epochs": 10})
    assert relu["dead"][0][0] > 0


@pytest.mark.sampled(1)
@pytest.mark.parametrize("batch_norm", [False, True])
def test_whole_networks_are_proved_and_checked(batch_norm: bool) -> None:
    given = {"proved": [1, 1, 2], "checked": [2, 3, 2], "examples": 4, "seed": 0}
    found = whole_network.run("tanh", batch_norm, **given)
    assert found["proved"]["status"] == "PROVED"
    assert found["checked"]["status"] == "CHECKED"


def test_a_wrong_backward_is_refuted_in_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = propagation.backward

    def doubled(dy: np.ndarray, cache: propagation.Cache) -> dict[str, np.ndarray]:
        gradients = honest(dy, cache)
        return {**gradients, "dense1.W": 2 * gradients["dense1.W"]}

    monkeypatch.setattr(propagation, "backward", doubled)
    given = {"proved": [1, 1, 2], "checked": [2, 3, 2], "examples": 4, "seed": 0}
    found = whole_network.run("linear", False, **given)
    assert found["proved"]["status"] == found["checked"]["status"] == "REFUTED"


def test_a_proof_for_one_batch_size_is_not_passed_for_one_of_all() -> None:
    told = whole_network._for_every_m(Verdict(Status.PROVED, "dx", "a look", "for m = 3"))
    assert told["status"] == "UNDECIDED"
    assert "for m = 3" in told["reason"]


def test_an_experiment_gives_the_same_numbers_again() -> None:
    parameters = {**SMALL, "activation": "elu", "held_out": 5, "epochs": 1, "lr": 0.1, "seeds": 1}
    task = Task("accuracy", parameters)
    assert task.run() == task.run()


def test_the_screen_is_what_a_terminal_would_show() -> None:
    written = "\router 0\n\rinner █\x1b[A\r       \router 1\n\rinner 0\n\rinner █22\x1b[A"
    assert bars.screen(written, "outer 0") == ["outer 0", "inner █"]
    # A moment at which the inner bar has not begun is not the one to show.
    assert bars.screen("\router 1\n\rinner 0\x1b[A\n\rinner █22", "outer 1") == [
        "outer 1", "inner █22",
    ]  # fmt: skip
    # An inner bar that is wiped away in the end was there before.
    wiped = "\router\n\rinner█\r      \r\x1b[A"
    assert bars.screen(wiped, "outer") == ["outer", "inner█"]
    with pytest.raises(ValueError, match="the bars never stood at 'outer 2'"):
        bars.screen(written, "outer 2")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("listing", [training.DEMO, training.TRAINING])
def test_a_listing_of_bars_shows_the_same_in_every_run(listing: tuple[str, float, str]) -> None:
    task = training._bars(listing)
    first, second = task.run(), task.run()
    assert first == second
    assert any(line.startswith(listing[2]) for line in first["screen"])
    assert max(map(len, first["screen"])) <= 80


def test_a_listing_is_run_only_with_the_text_that_was_asked_for() -> None:
    with pytest.raises(ValueError, match="another text than was asked for"):
        bars.run("nested_bars", "import os\n", 0.0, "1st loop:  50%")
