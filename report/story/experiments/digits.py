"""The handwritten digits of scikit-learn, learned by a deep network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from impl.network import MLP, Adam, load, train

WRONG = 12


def run(
    hidden: Sequence[int], activation: str, batch_norm: bool, epochs: int, lr: float, seed: int
) -> dict[str, Any]:
    """Train, and judge on the fifth of the digits that was kept apart.

    ``train`` and ``test`` are accuracies after each epoch; ``wrong`` has up to twelve test digits
    that the network gets wrong: pixels from 0 to 16, what was written, what was read.
    """
    data = load("digits", seed=seed)
    sizes = [data.features, *hidden, data.classes]
    network = MLP(sizes, activation, batch_norm=batch_norm, seed=seed)
    test = (data.x_test, data.t_test)
    history = train(
        network, data.x_train, data.t_train, test=test, epochs=epochs, optimizer=Adam(lr),
        seed=seed, quiet=True,
    )  # fmt: skip
    read = network.predict(data.x_test)
    wrong = [n for n in range(len(read)) if read[n] != data.t_test[n]]
    return {
        "examples": [len(data.t_train), len(data.t_test)],
        "train": history.train_accuracy,
        "test": history.test_accuracy,
        "mistakes": len(wrong),
        "wrong": [
            [(16 * data.x_test[n]).round().astype(int).tolist(), int(data.t_test[n]), int(read[n])]
            for n in wrong[:WRONG]
        ],
    }
