"""Training: batches inside epochs, with what stops it and what it leaves behind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from tqdm.auto import tqdm

from impl.network.divergence import DivergedError, require_finite_loss, require_finite_parameters
from impl.network.mlp import MLP, flat
from impl.network.optimizers import Adam, Optimizer
from impl.network.targets import accuracy

Array = NDArray[Any]
Examples = tuple[ArrayLike, ArrayLike]  # x (N, D), t (N,)


@dataclass
class History:
    """What happened: one entry of each list per finished epoch.

    ``train_loss`` and ``train_accuracy`` are means over the epoch's batches, in training mode;
    those of validation and test are measured after the epoch, where such data were given.
    ``best_epoch`` counts from 1. ``stopped`` says why training ended.
    """

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)
    test_loss: list[float] = field(default_factory=list)
    test_accuracy: list[float] = field(default_factory=list)
    best_epoch: int = 0
    stopped: str = "all epochs done"


def train(
    network: MLP,
    x: ArrayLike,
    t: ArrayLike,
    *,
    validation: Examples | None = None,
    test: Examples | None = None,
    epochs: int = 20,
    batch_size: int = 32,
    optimizer: Optimizer | None = None,
    patience: int | None = None,
    seed: int = 0,
    quiet: bool | None = None,
) -> History:
    """Train ``network`` in place on x (N, D) and t (N,), and return the history.

    The batches of each epoch are drawn in an order that ``seed`` alone decides: the same seed,
    network and data give the same bits. ``optimizer``: Adam if not given.

    The best epoch is the one of lowest loss on ``validation`` (x, t), or without it, on the
    training data. ``test`` (x, t) is measured for the history and decides nothing: what chooses
    the weights cannot also be their test.
    With ``patience``, training stops after so many epochs without a better one. Then, when
    interrupted from the keyboard, and when the loss is no longer finite, the network is given
    back the weights of the best epoch so far; otherwise it keeps the last.

    quiet: True hides the progress bars, None shows them in a terminal or a notebook.
    Raises DivergedError as soon as the loss is not finite, ValueError for arguments that do not
    fit.
    """
    x, t = network.admitted(x), np.asarray(t)
    _require(len(x) == len(t), f"t: expected one for each of {len(x)} rows of x, got {len(t)}")
    _require(epochs >= 1, f"epochs: expected at least 1, got {epochs}")
    smallest = 2 if network.statistics else 1
    _require(
        smallest <= batch_size and smallest <= len(x),
        f"batch_size: expected at least {smallest} (batch norm needs 2), got {batch_size} "
        f"for {len(x)} examples",
    )
    _require(patience is None or patience >= 1, f"patience: expected at least 1, got {patience}")
    measured = {"validation": validation, "test": test}
    run = _Run(network, optimizer or Adam(), measured, quiet)
    rng = np.random.default_rng(seed)
    try:
        with tqdm(range(1, epochs + 1), desc="epochs", disable=quiet) as outer:
            for epoch in outer:
                run.epoch(epoch, x, t, list(batches(len(x), batch_size, rng)))
                outer.set_postfix_str(run.latest(), refresh=False)
                if patience is not None and epoch - run.history.best_epoch >= patience:
                    run.stop(f"no better epoch in {patience}")
                    break
    except KeyboardInterrupt:
        run.stop("interrupted")
    except DivergedError:
        run.stop("diverged")
        raise
    return run.history


def batches(n: int, size: int, rng: np.random.Generator) -> Iterator[Array]:
    """Yield n indices in random order, ``size`` at a time; a last one alone joins its neighbour.

    Batch norm has nothing to normalize in a batch of one.
    """
    order = rng.permutation(n)
    start = 0
    while start < n:
        end = n if n - start - size == 1 and size > 1 else start + size
        yield order[start:end]
        start = end


class _Run:
    """One training: the network, what is known so far, and the best weights among it."""

    def __init__(
        self,
        network: MLP,
        optimizer: Optimizer,
        measured: Mapping[str, Examples | None],
        quiet: bool | None,
    ) -> None:
        self.network, self.optimizer, self.quiet = network, optimizer, quiet
        self.measured = {name: pair for name, pair in measured.items() if pair is not None}
        self.history = History()
        self.gradient = np.empty_like(network.theta)
        self.best = network.state()
        self.best_loss = math.inf
        self.steps = 0

    def epoch(self, number: int, x: Array, t: Array, chosen: list[Array]) -> None:
        """Make one step for each batch, then take stock."""
        loss = right = 0.0
        seen = 0
        with tqdm(chosen, desc="batches", leave=False, disable=self.quiet) as inner:
            for rows in inner:
                y, batch_loss = self.step(number, x[rows], t[rows])
                loss += batch_loss * len(rows)
                right += accuracy(y, t[rows]) * len(rows)
                seen += len(rows)
                if not inner.disable:
                    shown = _figures(loss / seen, "train", right / seen)
                    inner.set_postfix_str(shown, refresh=False)
        require_finite_parameters(self.network, f"step {self.steps} (epoch {number})")
        self._note("train", loss / seen, right / seen)
        for name, examples in self.measured.items():
            self._note(name, *self.network.evaluate(*examples))
        self._keep_if_best(number)

    def step(self, epoch: int, x: Array, t: Array) -> tuple[Array, float]:
        """Go forward, back and downhill on one batch."""
        self.steps += 1
        done = self.network.step(x, t)
        require_finite_loss(self.network, done, f"step {self.steps} (epoch {epoch})")
        with np.errstate(all="ignore"):
            flat(done.gradients, self.network.parameters, out=self.gradient)
            self.optimizer.update(self.network.theta, self.gradient)
        return done.y, done.loss

    def latest(self) -> str:
        """The newest training loss, and the accuracy on the data that say most.

        Those are what decides (validation), else what was set apart (test), else the training's.
        """
        name = next(iter([*self.measured, "train"]))
        right = getattr(self.history, f"{name}_accuracy")[-1]
        return _figures(self.history.train_loss[-1], name, right)

    def stop(self, reason: str) -> None:
        """Give the network the best weights so far."""
        self.history.stopped = reason
        self.network.restore(self.best)

    def _note(self, name: str, loss: float, right: float) -> None:
        getattr(self.history, f"{name}_loss").append(loss)
        getattr(self.history, f"{name}_accuracy").append(right)

    def _keep_if_best(self, number: int) -> None:
        loss = (self.history.validation_loss or self.history.train_loss)[-1]
        if loss < self.best_loss:
            self.best_loss, self.best = loss, self.network.state()
            self.history.best_epoch = number


def _figures(loss: float, name: str, accuracy: float) -> str:
    """Loss and accuracy beside a bar; short, so that a line of 80 columns has room for all."""
    short = {"validation": "val"}.get(name, name)
    return f"loss {loss:.2g}, {short} {100 * accuracy:.3g}%"


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)
