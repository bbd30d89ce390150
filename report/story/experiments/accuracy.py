"""Train and test accuracy of one kind of network, over several seeds."""

from __future__ import annotations

from typing import Any

from impl.network import MLP, train
from impl.network.optimizers import OPTIMIZERS
from report.story.experiments._shared import split


def run(
    data: str,
    layers: int,
    width: int,
    activation: str,
    points: int,
    held_out: int,
    epochs: int,
    lr: float,
    seeds: int,
    noise: float | None = None,
    batch_norm: bool = False,
    patience: int | None = None,
    optimizer: str = "adam",
    init: str = "he",
) -> dict[str, Any]:
    """Train ``layers`` hidden layers of ``width`` units, once per seed; seeds draw the data, too.

    With ``patience``, the validation examples decide when to stop; the test examples only judge.
    ``loss`` is that of the kept weights on the validation examples, ``curves`` that of each epoch
    on training and validation examples.
    """
    found: dict[str, list[Any]] = {"train": [], "test": [], "loss": [], "epochs": [], "curves": []}
    for seed in range(seeds):
        parts = split(data, points, held_out, noise, seed)
        x, t = parts.train
        sizes = [x.shape[1], *[width] * layers, int(t.max()) + 1]
        network = MLP(sizes, activation, batch_norm=batch_norm, init=init, seed=seed)
        history = train(
            network, x, t, validation=parts.validation, epochs=epochs, patience=patience,
            optimizer=OPTIMIZERS[optimizer](lr), seed=seed, quiet=True,
        )  # fmt: skip
        found["train"].append(network.evaluate(x, t)[1])
        found["test"].append(network.evaluate(*parts.test)[1])
        found["loss"].append(network.evaluate(*parts.validation)[0])
        found["epochs"].append(len(history.train_loss))
        found["curves"].append([history.train_loss, history.validation_loss])
    return found
