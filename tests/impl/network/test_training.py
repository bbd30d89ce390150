"""Training: the same bits from the same seed, what stops it, and what it leaves behind."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from tqdm import tqdm

from impl.network import MLP, SGD, Adam, Data, DivergedError, History, load, train, training
from impl.network.training import _figures, batches

MOONS = load("moons", n=60)


def a_network(**options: Any) -> MLP:
    return MLP([2, 6, 5, 2], "tanh", batch_norm=True, seed=1, **options)


def fit(network: MLP, data: Data = MOONS, **options: Any) -> History:
    return train(network, data.x_train, data.t_train, **{"quiet": True, "epochs": 4, **options})


def bits(network: MLP) -> bytes:
    running = [each for pair in network.statistics.values() for each in pair]
    return b"".join(each.tobytes() for each in [network.theta, *running])


def noisy() -> tuple[Data, tuple[Any, Any]]:
    """Labels drawn at random: what is learned from the training part fails on the rest."""
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    return Data("noise", x[:20], t[:20], x[20:], t[20:]), (x[20:], t[20:])


# --- what is learned --------------------------------------------------------------------------


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["xor", "moons", "circles", "spirals"])
def test_a_deep_network_learns_each_set(name: str) -> None:
    data = load(name, seed=2)
    network = MLP([2, 16, 16, 2], "tanh", seed=1)
    history = fit(network, data, epochs=60, optimizer=Adam(0.02))
    assert network.evaluate(data.x_test, data.t_test)[1] >= 0.95
    assert history.train_loss[-1] < 0.2 * history.train_loss[0]


def test_without_hidden_layers_the_circles_are_not_learned() -> None:
    data = load("circles", seed=2)
    network = MLP([2, 2], seed=1)
    fit(network, data, epochs=60, optimizer=Adam(0.02))
    assert network.evaluate(data.x_test, data.t_test)[1] < 0.8


@pytest.mark.campaign
def test_the_handwritten_digits() -> None:
    data = load("digits")
    network = MLP([64, 64, 64, 10], "relu", batch_norm=True)
    fit(network, data, epochs=20)
    assert network.evaluate(data.x_test, data.t_test)[1] >= 0.97


def test_the_mean_squared_error_is_learned_too() -> None:
    data = load("moons")
    network = MLP([2, 16, 1], "elu", loss="mean_squared_error")
    fit(network, data, epochs=60, optimizer=Adam(0.02))
    assert network.evaluate(data.x_test, data.t_test)[1] >= 0.95


# --- repeatable -------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bits() -> None:
    first, again = a_network(), a_network()
    assert fit(first, seed=3) == fit(again, seed=3)
    assert bits(first) == bits(again)


def test_another_seed_gives_others() -> None:
    first, other = a_network(), a_network()
    fit(first, seed=3)
    fit(other, seed=4)
    assert bits(first) != bits(other)


def test_batches_drawn_elsewhere_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = a_network(), a_network()
    monkeypatch.setattr(
        training, "batches", lambda n, size, rng: batches(n, size, np.random.default_rng())
    )
    fit(first, seed=3)
    fit(again, seed=3)
    assert bits(first) != bits(again)


@pytest.mark.parametrize(("n", "size"), [(10, 3), (9, 4), (7, 7), (5, 8), (4, 1), (1, 1)])
def test_batches_have_everything_once_and_none_is_alone(n: int, size: int) -> None:
    drawn = list(batches(n, size, np.random.default_rng(0)))
    assert sorted(np.concatenate(drawn)) == list(range(n))
    assert all(len(each) in (size, size + 1) for each in drawn[:-1])
    assert min(map(len, drawn)) >= min(2, size, n)


def test_the_history_is_what_happened() -> None:
    """With one batch an epoch, its loss is that of the weights before, in training mode."""
    network, twin = a_network(), a_network()
    history = fit(network, epochs=1, batch_size=100, test=(MOONS.x_test, MOONS.t_test))
    before = twin.step(MOONS.x_train, MOONS.t_train)
    assert history.train_loss == [pytest.approx(before.loss, rel=1e-12)]
    assert (history.test_loss[0], history.test_accuracy[0]) == network.evaluate(
        MOONS.x_test, MOONS.t_test
    )
    assert history.validation_loss == []
    assert history.stopped == "all epochs done"


# --- what stops it ----------------------------------------------------------------------------


def test_early_stopping_gives_the_best_weights_back() -> None:
    data, validation = noisy()
    network = MLP([2, 32, 32, 2], "relu", seed=0)
    history = fit(network, data, validation=validation, epochs=200, patience=6, batch_size=5)
    done = len(history.train_loss)
    assert history.stopped == "no better epoch in 6"
    assert done == history.best_epoch + 6 < 200
    assert history.validation_loss[history.best_epoch - 1] == min(history.validation_loss)
    twin = MLP([2, 32, 32, 2], "relu", seed=0)
    fit(twin, data, epochs=history.best_epoch, batch_size=5)
    assert bits(network) == bits(twin)


def test_test_data_decide_nothing() -> None:
    data, others = noisy()
    network, twin = a_network(), a_network()
    history = fit(network, data, test=others, epochs=30, patience=3)
    fit(twin, data, epochs=30, patience=3)
    assert bits(network) == bits(twin)
    assert history.test_loss
    assert history.train_loss[history.best_epoch - 1] == min(history.train_loss)


class Interrupting(SGD):
    """Like a person who presses Ctrl-C in a certain step."""

    steps = 0

    def update(self, theta: Any, g: Any) -> None:
        self.steps += 1
        if self.steps == 11:
            raise KeyboardInterrupt
        super().update(theta, g)


def test_an_interrupt_gives_the_best_weights_back() -> None:
    """48 examples make 4 batches of 12: the eleventh step is in the third epoch."""
    network, twin = a_network(), a_network()
    history = fit(network, optimizer=Interrupting(0.1), batch_size=12, epochs=50)
    assert history.stopped == "interrupted"
    assert len(history.train_loss) == 2
    fit(twin, optimizer=SGD(0.1), batch_size=12, epochs=history.best_epoch)
    assert bits(network) == bits(twin)


def test_an_interrupt_in_the_first_epoch_leaves_the_network_as_it_was() -> None:
    network = a_network()
    before = bits(network)
    history = fit(network, optimizer=Interrupting(0.1), batch_size=2)
    assert history.stopped == "interrupted"
    assert history.best_epoch == 0
    assert bits(network) == before


def test_a_diverging_loss_names_layer_and_step() -> None:
    network = MLP([2, 6, 5, 2], "relu", seed=1)
    before = bits(network)
    message = r"the loss is (nan|inf) in step \d+ \(epoch 1\): layer (dense|relu)\d.*smaller learn"
    with pytest.raises(DivergedError, match=message):
        fit(network, optimizer=SGD(1e200), batch_size=12)
    assert bits(network) == before


def poisoned(name: str) -> MLP:
    network = MLP([2, 6, 5, 2], "relu", seed=1)
    network.parameters[name].flat[0] = np.nan
    return network


@pytest.mark.parametrize("name", ["dense1.W", "dense2.b", "dense3.W"])
def test_the_layer_with_a_nan_parameter_is_named(name: str) -> None:
    layer = name.partition(".")[0]
    with pytest.raises(DivergedError, match=rf"step 1 .*layer {layer}, whose parameter {name} is"):
        fit(poisoned(name))


def test_the_layer_that_overflows_is_named() -> None:
    network = MLP([2, 6, 5, 2], "relu", seed=1)
    network.parameters["dense1.W"][...] = 1e200
    network.parameters["dense2.W"][...] = 1e200
    with pytest.raises(DivergedError, match="layer dense2, whose output is the first that is not"):
        fit(network)


class Spoiling(SGD):
    def update(self, theta: Any, g: Any) -> None:
        theta[-1] = np.inf


def test_a_parameter_spoilt_by_the_last_step_is_named() -> None:
    """No step follows whose loss would show it."""
    network = a_network()
    before = bits(network)
    message = (
        r"after step 1 \(epoch 1\), there is layer dense3, whose parameter dense3\.b is no long"
    )
    with pytest.raises(DivergedError, match=message):
        fit(network, optimizer=Spoiling(), epochs=1, batch_size=100)
    assert bits(network) == before


def test_nan_in_the_data_is_named() -> None:
    x = MOONS.x_train.copy()
    x[5, 1] = np.nan
    with pytest.raises(DivergedError, match="the input x has infinite or NaN entries"):
        train(a_network(), x, MOONS.t_train, quiet=True)
    network = MLP([2, 2], loss="mean_squared_error")
    t = np.full((48, 2), np.nan)
    with pytest.raises(DivergedError, match="outputs of layer dense1 are finite, their loss is"):
        train(network, MOONS.x_train, t, quiet=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs: expected at least 1, got 0"),
        ({"batch_size": 1}, r"batch_size: expected at least 2 \(batch norm needs 2\), got 1"),
        ({"patience": 0}, "patience: expected at least 1, got 0"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(a_network(), **options)
    with pytest.raises(ValueError, match="t: expected one for each of 48 rows of x, got 47"):
        train(a_network(), MOONS.x_train, MOONS.t_train[1:])


# --- the bars ---------------------------------------------------------------------------------


def test_two_nested_bars(capfd: pytest.CaptureFixture[str]) -> None:
    fit(a_network(), quiet=False, epochs=2, test=(MOONS.x_test, MOONS.t_test))
    shown = capfd.readouterr().err
    assert "epochs: 100%" in shown
    assert "2/2" in shown
    assert re.search(r"epochs: .*loss [\d.]+, test [\d.]+%\]", shown)
    assert "batches: " in shown


@pytest.mark.parametrize("name", ["train", "test", "validation"])
@pytest.mark.parametrize("accuracy", [1.0, 0.98765])
def test_all_beside_a_bar_fits_eighty_columns(name: str, accuracy: float) -> None:
    """Even after hundreds of slow epochs: name, share, counts, both times, rate, figures."""
    shown = _figures(1.2345e-6, name, accuracy)
    line = tqdm.format_meter(999, 1000, 3599, ncols=80, prefix="epochs", postfix=shown)
    assert line.endswith("%]"), line
    assert len(line) <= 80


@pytest.mark.parametrize("quiet", [True, None])
def test_no_bars_where_nobody_looks(quiet: bool | None, capfd: pytest.CaptureFixture[str]) -> None:
    fit(a_network(), quiet=quiet)
    assert capfd.readouterr().err == ""
