"""``python -m impl.network``: train on a data set from the command line."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # Ctrl-C is one line also while the rest is imported
    _usual = sys.excepthook
    sys.excepthook = lambda kind, error, trace: (
        print("impl.network: stopped", file=sys.stderr)
        if kind is KeyboardInterrupt
        else _usual(kind, error, trace)
    )

import argparse
from collections.abc import Sequence

from impl.network.arguments import parse
from impl.network.data import Data, load
from impl.network.divergence import DivergedError
from impl.network.files import WeightsError, load_network, save
from impl.network.mlp import MLP
from impl.network.optimizers import OPTIMIZERS, Optimizer
from impl.network.plotting import draw_boundary
from impl.network.training import train

INTERRUPTED = 130  # what shells report for a command stopped by Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, test, save and draw; return the exit status: 0, or 1 with a message on stderr."""
    options = parse(arguments)
    try:
        return _run(options)
    except KeyboardInterrupt:
        print("impl.network: stopped", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        print(f"error: {error.filename or 'file'}: {error.strerror or error}", file=sys.stderr)
    except (ValueError, DivergedError, ModuleNotFoundError, MemoryError) as error:
        print(f"error: {error or 'not enough memory; take smaller layers'}", file=sys.stderr)
    return 1


def _run(options: argparse.Namespace) -> int:
    data = load(options.data, n=options.points or 400, noise=options.noise, seed=options.seed)
    network = _network(options, data)
    print(
        f"{data.name}: {len(data.t_train)} examples to train on, {len(data.t_test)} to test with; "
        f"{data.features} features, {data.classes} classes"
    )
    print(f"network: {_described(network)}, {network.theta.size} parameters")
    stopped = _train(options, network, data) if options.epochs else ""
    for name, x, t in (
        ("training", data.x_train, data.t_train),
        ("test", data.x_test, data.t_test),
    ):
        loss, right = network.evaluate(x, t)
        print(f"{name}: accuracy {right:.4f}, loss {loss:.4f}")
    if options.save:
        save(options.save, network)
        print(f"weights: {options.save}")
    if options.plot:
        draw_boundary(options.plot, network, data)
        print(f"plot: {options.plot}")
    return INTERRUPTED if stopped == "interrupted" else 0


def _network(options: argparse.Namespace, data: Data) -> MLP:
    if options.load is None:
        names = options.activation
        chosen = {name: getattr(options, name) for name in ("pieces", "loss", "init")}
        return MLP(
            (data.features, *options.hidden, data.classes),
            names[0] if len(names) == 1 else names,
            batch_norm=bool(options.batch_norm),
            seed=options.seed,
            **{name: value for name, value in chosen.items() if value is not None},
        )
    network = load_network(options.load)
    inputs, outputs = network.spec.sizes[0], network.spec.sizes[-1]
    if (inputs, outputs) != (data.features, data.classes):
        raise WeightsError(
            f"{options.load}: a network of {inputs} inputs and {outputs} outputs, but {data.name} "
            f"has {data.features} features and {data.classes} classes; choose other --data"
        )
    return network


def _train(options: argparse.Namespace, network: MLP, data: Data) -> str:
    validation = None
    if options.patience:
        data, validation = data.held_out()
        print(f"validation: {len(validation[1])} of the training examples decide when to stop")
    history = train(
        network,
        data.x_train,
        data.t_train,
        validation=validation,
        test=(data.x_test, data.t_test),
        epochs=options.epochs,
        batch_size=options.batch_size,
        optimizer=_optimizer(options),
        patience=options.patience,
        seed=options.seed,
        quiet=True if options.quiet else None,
    )
    done = len(history.train_loss)
    print(f"trained: {done} epochs; stopped: {history.stopped}; best: epoch {history.best_epoch}")
    return history.stopped


def _optimizer(options: argparse.Namespace) -> Optimizer:
    make = OPTIMIZERS[options.optimizer]
    return make() if options.lr is None else make(options.lr)


def _described(network: MLP) -> str:
    spec = network.spec
    hidden = [
        f"{units} {name}{' batch norm' if norm else ''}"
        for units, name, norm in zip(spec.hidden, spec.activation, spec.batch_norm)
    ]
    return " - ".join([str(spec.sizes[0]), *hidden, str(spec.sizes[-1])])


if __name__ == "__main__":
    raise SystemExit(main())
