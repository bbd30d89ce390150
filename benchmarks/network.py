"""Time of training beside PyTorch, and accuracy on the handwritten digits.

``python -m benchmarks.network`` trains the same network on the same batches with both, one thread
each, taking turns, epoch by epoch; a figure is the least of the epochs' processor times. Then
it trains a network with two hidden layers until it is done and prints its test accuracy.
"""

from __future__ import annotations

if __name__ == "__main__":
    from gradproof.console import quiet_interrupt

    quiet_interrupt("benchmarks.network")

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm.auto import tqdm

from impl.network import MLP, Adam, Data, load, train
from impl.network.mlp import flat
from impl.network.targets import accuracy
from impl.network.training import batches

HIDDEN = (64, 64)
WIDE = (256, 256)
DTYPES = (np.float32, np.float64)
Epoch = Callable[[list[np.ndarray]], float]


@dataclass(frozen=True)
class Case:
    """One network, and how it is trained."""

    hidden: tuple[int, ...]
    activation: str
    batch_norm: bool
    size: int
    dtype: Any

    def __str__(self) -> str:
        units = " - ".join(map(str, self.hidden))
        norm = ", batch norm" if self.batch_norm else ""
        kind = np.dtype(self.dtype).name
        return f"{units:10s} {self.activation + norm:20s} {kind}, batches of {self.size:3d}"


def cases() -> list[Case]:
    """Return the networks that are timed."""
    activations = ("relu", "elu", "tanh", "sigmoid")
    small = itertools.product([HIDDEN], activations, (False, True), (32, 128), DTYPES)
    wide = itertools.product([WIDE], ("elu",), (False, True), (32, 128, 512), DTYPES)
    return [Case(*each) for each in (*small, *wide)]


def our_epoch(data: Data, case: Case) -> Epoch:
    """Return a function that trains our network for one epoch and returns its mean loss."""
    sizes = (data.features, *case.hidden, data.classes)
    network = MLP(sizes, case.activation, batch_norm=case.batch_norm, seed=0, dtype=case.dtype)
    optimizer, gradient = Adam(1e-3), np.empty_like(network.theta)
    x, t = data.x_train.astype(case.dtype), data.t_train

    def epoch(chosen: list[np.ndarray]) -> float:
        total = 0.0
        for rows in chosen:
            step = network.step(x[rows], t[rows])
            optimizer.update(network.theta, flat(step.gradients, network.parameters, out=gradient))
            total += step.loss
            accuracy(step.y, t[rows])
        return total / len(chosen)

    return epoch


def torch_epoch(data: Data, case: Case) -> Epoch:
    """Return the same of PyTorch, with its layers, loss and Adam as its tutorials use them."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.manual_seed(0)
    kinds = {"relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
    sizes, layers = (data.features, *case.hidden), []
    for inputs, outputs in itertools.pairwise(sizes):
        layers.append(nn.Linear(inputs, outputs, bias=not case.batch_norm))
        layers += [nn.BatchNorm1d(outputs)] if case.batch_norm else []
        layers.append(kinds[case.activation]())
    network = nn.Sequential(*layers, nn.Linear(sizes[-1], data.classes))
    network = network.to(torch.float64 if case.dtype == np.float64 else torch.float32)
    optimizer, criterion = torch.optim.Adam(network.parameters(), lr=1e-3), nn.CrossEntropyLoss()
    x, t = torch.from_numpy(data.x_train.astype(case.dtype)), torch.from_numpy(data.t_train)

    def epoch(chosen: list[np.ndarray]) -> float:
        total = 0.0
        for rows in map(torch.from_numpy, chosen):
            y = network(x[rows])
            loss = criterion(y, t[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            (y.argmax(dim=1) == t[rows]).float().mean().item()
        return total / len(chosen)

    return epoch


def epoch_times(data: Data, case: Case, epochs: int) -> tuple[float, float]:
    """Return the seconds of an epoch, ours and PyTorch's."""
    both = [make(data, case) for make in (our_epoch, torch_epoch)]
    rng = np.random.default_rng(0)
    best = [float("inf"), float("inf")]
    for _ in range(epochs):
        chosen = list(batches(len(data.t_train), case.size, rng))
        for at, epoch in enumerate(both):
            start = time.process_time()
            epoch(chosen)
            best[at] = min(best[at], time.process_time() - start)
    return best[0], best[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table of epoch times, then the accuracy."""
    parser = argparse.ArgumentParser("python -m benchmarks.network", description=__doc__)
    parser.add_argument("--epochs", type=int, default=10, help="epochs to take the least of")
    parser.add_argument("--seeds", type=int, default=10, help="networks to test for accuracy")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    options = parser.parse_args(arguments)
    silent = True if options.quiet else None
    with threadpool_limits(1):
        _print_times(options.epochs, silent)
        _print_accuracy(options.seeds, silent)
    return 0


def _print_times(epochs: int, silent: bool | None) -> None:
    print("digits, Adam, one epoch, processor time of one thread")
    data, ratios = load("digits"), []
    for case in tqdm(cases(), desc="epochs", disable=silent, leave=False):
        ours, theirs = epoch_times(data, case, epochs)
        ratios.append(ours / theirs)
        print(
            f"  {case}:  ours {ours * 1e3:6.1f} ms  PyTorch {theirs * 1e3:6.1f} ms"
            f"  ratio {ratios[-1]:.2f}"
        )
    print(f"  largest ratio {max(ratios):.2f} (goal: at most 2), median {np.median(ratios):.2f}")


def _print_accuracy(seeds: int, silent: bool | None) -> None:
    print("digits, 64 - 64 relu - 64 relu - 10, batch norm, 20 epochs (goals: 0.97, 20 s)")
    found = []
    for seed in tqdm(range(seeds), desc="seeds", disable=silent, leave=False):
        data = load("digits", seed=seed)
        network = MLP((64, *HIDDEN, 10), "relu", batch_norm=True, seed=seed)
        start = time.process_time()
        train(network, data.x_train, data.t_train, epochs=20, seed=seed, quiet=True)
        seconds = time.process_time() - start
        found.append((network.evaluate(data.x_test, data.t_test)[1], seconds))
    right, seconds = np.array(found).T
    print(
        f"  {seeds} splits and seeds: test accuracy {right.mean():.4f} on average, "
        f"{right.min():.4f} at least; at most {seconds.max():.1f} s"
    )


if __name__ == "__main__":
    from gradproof.console import run_command

    run_command(main, "benchmarks.network")
