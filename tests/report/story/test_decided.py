"""What captions claim is computed from the runs: each with data in which it must not be said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from impl.network import MLP
from report.story.chapters import depth, gradients, layers
from report.story.decided import LEAST, compared, decided_pairs
from report.story.experiments import boundaries
from report.story.tasks import Result, Task

UP = [0.9 + 0.001 * seed for seed in range(LEAST)]
DOWN = [each - 0.05 for each in UP]
MIXED = [*DOWN[:-1], UP[-1] + 0.05]


def result(experiment: str, value: Any, **parameters: Any) -> Result:
    return Result(Task(experiment, parameters), value)


def test_a_difference_is_decided_only_where_every_one_of_enough_seeds_shows_it() -> None:
    assert compared(UP, DOWN).sign == 1
    assert compared(DOWN, UP).sign == -1
    assert compared(UP, MIXED).sign == 0
    assert compared(UP, UP).sign == 0
    assert compared(UP[:-1], DOWN[:-1]).sign == 0  # one seed too few
    with pytest.raises(ValueError, match="got 8 and 7"):
        compared(UP, DOWN[:-1])


def test_of_noise_alone_no_more_pairs_are_decided_than_the_text_says() -> None:
    rng = np.random.default_rng(0)
    found = [
        len(decided_pairs({str(name): rng.normal(size=LEAST).tolist() for name in range(7)}))
        for _ in range(400)
    ]
    assert np.mean(found) == pytest.approx(21 / 128, abs=0.06)


@pytest.mark.parametrize(("other", "said"), [(DOWN, "tanh below ReLU"), (MIXED, "do not rank")])
def test_activations_are_ranked_only_by_what_is_decided(other: list[float], said: str) -> None:
    results = [
        result("accuracy", {"test": test}, activation=name)
        for name, test in (("relu", UP), ("tanh", other))
    ]
    assert said in layers._differences(results).en


def test_the_caption_of_folds_counts_them_and_breaks_where_the_count_cannot_be() -> None:
    told = layers._pieces([result("boundaries", {"pieces": 6}, hidden=[3])])
    assert "3: 6 of 7" in told.en
    with pytest.raises(ValueError, match="5 pieces from 2 units"):
        layers._pieces([result("boundaries", {"pieces": 5}, hidden=[2])])


def test_pieces_of_a_boundary_are_counted_as_they_are() -> None:
    network = MLP([2, 2, 2], "relu", seed=0)
    # The second output less the first is |x_1| - |x_2| / 2 - 1/4 with two units for x_1 only:
    # here |x_1| - 1/4, two upright lines that never meet, one for each side.
    network.parameters["dense1.W"][...] = [[1.0, -1.0], [0.0, 0.0]]
    network.parameters["dense1.b"][...] = 0.0
    network.parameters["dense2.W"][...] = [[0.0, 1.0], [0.0, 1.0]]
    network.parameters["dense2.b"][...] = [0.25, 0.0]
    assert boundaries._pieces(network, [-1, -1], [1, 1], 60) == 2
    network.parameters["dense1.W"][...] = [[1.0, 0.0], [0.0, 1.0]]
    assert boundaries._pieces(network, [-1, -1], [1, 1], 60) == 3  # max(x_1, 0) + max(x_2, 0) = 1/4


def depths(train: list[list[float]], test: list[list[float]]) -> list[Result]:
    return [
        result("accuracy", {"train": a, "test": b}, data="moons", layers=at + 1)
        for at, (a, b) in enumerate(zip(train, test))
    ]


def test_training_that_fails_is_told_apart_from_overfitting() -> None:
    told = depth._reading(depths([UP, DOWN], [UP, DOWN])).en
    assert "From 1 → 2 layers the training accuracy falls" in told
    assert "2 are less accurate" in told
    told = depth._reading(depths([UP, UP], [UP, MIXED])).en
    assert "training accuracy falls" not in told
    assert "of 2 the runs do not decide" in told


def test_a_remedy_within_the_spread_is_not_said_to_help() -> None:
    def run(test: list[float]) -> Result:
        return result("accuracy", {"test": test, "loss": test})

    told = depth._helped([run(DOWN), run(UP), run(MIXED), run(DOWN), run(DOWN)]).en
    assert "“+ batch norm”: test accuracy higher" in told
    assert "“+ early stopping”: test accuracy not decided" in told


def test_exploding_is_said_where_it_is_seen_and_only_there() -> None:
    small, large = [[1e-3, 1.0]] * LEAST, [[1.0, 1e-3]] * LEAST

    def run(norms: list[list[float]]) -> list[Result]:
        return [result("gradient_norms", {"norms": norms}, activation="tanh", batch_norm=False)]

    assert "exploding" in gradients._growing(run(large), smaller=False)[0].en
    assert "vanishing" in gradients._growing(run(small), smaller=True)[0].en
    assert gradients._growing(run(small), smaller=False) == ()
    assert gradients._growing(run([*small[:-1], large[0]]), smaller=True) == ()
