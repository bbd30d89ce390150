"""What keeps a state, through any sequence of what can be done to it.

Hypothesis draws the sequences, and shortens one that fails. Each machine holds the code against a
model that has no state: what was done so far, computed anew.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from gradproof.operation.strategies import arrays, finite_floats, short_decimals
from impl import batch_norm
from impl.batch_norm import forward_inference
from impl.network import MLP, load_network, save
from impl.network.__main__ import main
from impl.network.mlp import State, flat
from impl.network.optimizers import SGD
from tests.agreement import some_examples

U = np.finfo(np.float64).eps / 2

# Every step of the command trains: fewer sequences, but they grow with the profile as well.
FEWER = settings(some_examples(1 / 5), stateful_step_count=5)


class RunningStatistics(RuleBasedStateMachine):
    """Batch norm's running mean and variance: each batch fades by 1 - momentum with each later one.

    The model is what they are after n batches, written out as a sum, in fractions.
    """

    @initialize(momentum=st.sampled_from((0.1, 0.5, 0.0, 1.0)), mean=short_decimals())
    def start(self, momentum: float, mean: float) -> None:
        self.momentum, self.first = momentum, (mean, 1.0)
        self.mean, self.var = np.array([mean]), np.array([1.0])
        self.batches: list[Any] = []

    @rule(m=st.integers(2, 5), data=st.data())
    def see_a_batch(self, m: int, data: st.DataObject) -> None:
        x = data.draw(arrays((m, 1), finite_floats()), "x")
        update = batch_norm.update_running_statistics
        self.mean, self.var = update(self.mean, self.var, x, momentum=self.momentum)
        self.batches.append(x)

    @rule(x=short_decimals())
    def infer(self, x: float) -> None:
        """Inference reads them and changes nothing; one example does not look at another."""
        before = self.mean.copy(), self.var.copy()
        one, nothing = np.ones(1), np.zeros(1)
        alone, _ = forward_inference(np.array([[x]]), one, nothing, self.mean, self.var)
        among, _ = forward_inference(np.array([[x], [7.0]]), one, nothing, self.mean, self.var)
        assert (self.mean, self.var) == before
        assert alone[0] == among[0]

    @invariant()
    def are_the_weighted_sum_of_all_batches(self) -> None:
        if not hasattr(self, "batches"):
            return  # not started yet
        a, n = Fraction(self.momentum), len(self.batches)
        for found, first, of_batch in (
            (self.mean, self.first[0], _mean),
            (self.var, self.first[1], _unbiased),
        ):
            parts = [(1 - a) ** n * Fraction(first)]
            parts += [a * (1 - a) ** (n - 1 - k) * of_batch(x) for k, x in enumerate(self.batches)]
            # Each batch is summed up in some m roundings of numbers up to 4, or their squares, and
            # its update has 4 more.
            slack = Fraction(U) * (n + 1) * 16 * 16
            assert abs(Fraction(float(found[0])) - sum(parts)) <= slack

    @invariant()
    def variance_is_never_negative(self) -> None:
        assert not hasattr(self, "var") or self.var[0] >= 0


def _mean(x: Any) -> Fraction:
    return sum(map(Fraction, x.ravel().tolist()), Fraction(0)) / x.size


def _unbiased(x: Any) -> Fraction:
    mean = _mean(x)
    return sum(((Fraction(v) - mean) ** 2 for v in x.ravel().tolist()), Fraction(0)) / (x.size - 1)


class Training(RuleBasedStateMachine):
    """A network in training: what is kept comes back bit for bit, and looking changes nothing.

    The model is a second network from the same seed, to which all steps since are done again.
    """

    def __init__(self) -> None:
        super().__init__()
        self.network = self._fresh()
        self.done: list[Any] = []
        self.kept = (self.network.state(), 0)

    def _fresh(self) -> MLP:
        return MLP((2, 3, 2), "elu", batch_norm=True, seed=1)

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        x = data.draw(arrays((3, 2), finite_floats()), "x")
        _step(self.network, x)
        self.done.append(x)

    @rule()
    def look(self) -> None:
        before = _bits(self.network)
        x = np.array([[0.5, -1.0], [2.0, 0.0]])
        self.network.evaluate(x, np.array([0, 1]))
        self.network.predict(x)
        _, cache = self.network.forward(x, training=True)
        self.network.backward(np.ones((2, 2)), cache)
        assert _bits(self.network) == before

    @rule()
    def keep(self) -> None:
        self.kept = (self.network.state(), len(self.done))

    @rule()
    def go_back(self) -> None:
        state, steps = self.kept
        self.network.restore(state)
        del self.done[steps:]

    @rule()
    def save_and_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            save(Path(folder) / "w.npz", self.network)
            self.network = load_network(Path(folder) / "w.npz")

    @invariant()
    def is_what_the_steps_make_of_a_fresh_network(self) -> None:
        again = self._fresh()
        for x in self.done:
            _step(again, x)
        assert _bits(again) == _bits(self.network)

    @invariant()
    def parameters_are_views_of_theta(self) -> None:
        for name, value in self.network.parameters.items():
            assert np.shares_memory(value, self.network.theta), name


def _step(network: MLP, x: Any) -> None:
    step = network.step(x, np.array([0, 1, 1]))
    SGD(0.1).update(network.theta, flat(step.gradients, network.parameters))


def _bits(network: MLP) -> list[bytes]:
    statistics = [each.tobytes() for pair in network.statistics.values() for each in pair]
    return [network.theta.tobytes(), *statistics]


class CommandLine(RuleBasedStateMachine):
    """``python -m impl.network``: weights go on from where a file left off.

    The model is the file itself: testing twice says the same, and a copy trained as the first is
    the same file.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.weights = Path(self.folder.name) / "w.npz"
        self.seed = 0  # it decides which examples are for testing as well
        self.last: list[str] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize(activation=st.sampled_from(("relu", "elu")), norm=st.booleans())
    def train(self, activation: str, norm: bool) -> None:
        chosen = ["--hidden", "3", "--activation", activation, *(["--batch-norm"] * norm)]
        self.last = _said(*chosen, "--epochs", "1", "--save", self.weights)

    @rule(epochs=st.integers(1, 2), seed=st.integers(0, 3))
    def go_on(self, epochs: int, seed: int) -> None:
        start = load_network(self.weights)
        again = self.weights.with_name("again.npz")
        self.seed = seed
        asked = ["--load", self.weights, "--epochs", epochs, "--seed", seed]
        self.last = _said(*asked, "--save", again)
        assert _bits(load_network(self.weights)) == _bits(start), "the file loaded is not touched"
        assert _said(*asked, "--save", self.weights) == self.last
        assert _bits(load_network(self.weights)) == _bits(load_network(again))

    @rule()
    def test(self) -> None:
        before = self.weights.read_bytes()
        asked = ["--load", self.weights, "--epochs", "0", "--seed", self.seed]
        assert _said(*asked) == self.last
        assert self.weights.read_bytes() == before

    @rule()
    def ask_for_what_is_refused(self) -> None:
        before = self.weights.read_bytes()
        _said("--load", self.weights, "--lr", "-1", "--save", self.weights, status=2)
        assert self.weights.read_bytes() == before, "what is refused writes nothing"


def _said(*arguments: Any, status: int = 0) -> list[str]:
    """Run the command and return the lines with accuracy and loss."""
    given = ["--quiet", "--points", "20", *map(str, arguments)]
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        try:
            found = main(given)
        except SystemExit as refusal:
            found = int(refusal.code or 0)
        assert found == status, out.getvalue()
    return [line for line in out.getvalue().splitlines() if "accuracy" in line]


TestRunningStatistics = RunningStatistics.TestCase
TestTraining = Training.TestCase
TestCommandLine = CommandLine.TestCase
TestRunningStatistics.settings = TestTraining.settings = settings(stateful_step_count=10)
TestCommandLine.settings = FEWER


def _biased(mean: Any, var: Any, x: Any, momentum: float) -> Any:
    """Update without the factor m / (m - 1) of the variance."""
    batch = x.mean(axis=0), x.var(axis=0)
    return tuple((1 - momentum) * old + momentum * new for old, new in zip((mean, var), batch))


def _by_reference(network: MLP) -> Any:
    """Keep the parameters themselves, not a copy of them."""
    return State(network.theta, dict(network.statistics))


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("machine", "where", "name", "wrong"),
    [
        (RunningStatistics, "impl.batch_norm", "update_running_statistics", _biased),
        (Training, "impl.network.MLP", "state", _by_reference),
        (CommandLine, "impl.network.__main__", "save", lambda path, network: None),
    ],
)
def test_a_planted_error_is_found(
    machine: Any, where: str, name: str, wrong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{where}.{name}", wrong)
    with pytest.raises((AssertionError, OSError)):
        run_state_machine_as_test(
            machine, settings=settings(max_examples=200, derandomize=True, database=None)
        )
