"""The command line's arguments: each checked when it is read, before anything is trained."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from impl.network.data import MADE, NAMES
from impl.network.initial import INITIALISATIONS
from impl.network.layers import LOSSES, activations
from impl.network.optimizers import OPTIMIZERS
from impl.network.plotting import FORMATS

DESCRIPTION = "Train a multilayer perceptron, forward and backward by hand in NumPy."
EXAMPLE = (
    "example: python -m impl.network --data digits --hidden 64,64 --activation elu --batch-norm "
    "--epochs 20 --save w.npz --plot boundary.svg"
)
# They say what a network is; a network that is loaded says so itself.
NETWORK = ("hidden", "activation", "batch_norm", "pieces", "loss", "init")
LARGEST = 100_000


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options. Exits with status 2 and a message on anything wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.load is not None:
        for name in NETWORK:
            if getattr(options, name) is not None:
                flag = "--" + name.replace("_", "-")
                parser.error(f"argument {flag}: not with --load; the file says what the network is")
    if options.data not in MADE:
        for name in ("points", "noise"):
            if getattr(options, name) is not None:
                made = ", ".join(MADE)
                parser.error(f"argument --{name}: {options.data} is as it is; only for {made}")
    for name, value in (("activation", ("relu",)), ("hidden", (16, 16))):
        if getattr(options, name) is None:
            setattr(options, name, value)
    if len(options.activation) not in (1, len(options.hidden)):
        parser.error(
            f"argument --activation: expected one name, or one for each of {len(options.hidden)} "
            f"hidden layers, got {len(options.activation)}"
        )
    if options.epochs is None:
        options.epochs = 20 if options.load is None else 0
    if options.epochs == 0 and options.load is None:
        parser.error("argument --epochs: 0 only with --load, to test what was saved")
    if options.batch_norm and options.batch_size < 2:
        parser.error("argument --batch-size: batch norm needs batches of at least 2")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m impl.network", description=DESCRIPTION, epilog=EXAMPLE
    )
    add = parser.add_argument_group("data").add_argument
    add("--data", choices=NAMES, default="moons", help="what to learn (%(default)s)")
    add("--points", type=_whole(10), help="how many points are made (400)")
    add("--noise", type=_number(0, 1e6), help="their spread; for cloud, the margin")
    add("--seed", type=_whole(0, 2**63), default=0, help="decides data, weights and batches")

    add = parser.add_argument_group("network").add_argument
    add(
        "--hidden",
        type=_hidden,
        metavar="64,64",
        help="units of the hidden layers, or none (16,16)",
    )
    add("--activation", type=_activations, metavar="elu", help=", ".join(activations()))
    add("--batch-norm", action="store_const", const=True, help="in every hidden layer")
    add("--pieces", type=_whole(1, 100), help="affine pieces of a maxout unit (2)")
    add("--loss", choices=LOSSES, help="(softmax_cross_entropy)")
    add("--init", choices=INITIALISATIONS, help="initial weights (he)")

    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=_whole(0), help="passes over the data (20; 0 with --load)")
    add("--batch-size", type=_whole(1), default=32, help="(%(default)s)")
    add("--optimizer", choices=OPTIMIZERS, default="adam", help="(%(default)s)")
    add("--lr", type=_number(1e-12, 1e6), help="learning rate (the optimizer's own)")
    add("--patience", type=_whole(1), help="stop after so many epochs that are not better")

    add = parser.add_argument_group("files").add_argument
    add("--load", type=Path, metavar="W.NPZ", help="go on with saved weights")
    add("--save", type=_file(".npz"), metavar="W.NPZ", help="save the weights")
    add(
        "--plot", type=_file(*FORMATS), metavar="FILE", help="draw the decisions as svg, png or pdf"
    )
    add("--quiet", action="store_true", help="no progress bars")
    return parser


def _whole(least: int, most: int = 10_000_000) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} to {most}, got {text!r}"
            )
        return value

    return read


def _number(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(
                f"expected a number from {least:g} to {most:g}, got {text!r}"
            )
        return value

    return read


def _hidden(text: str) -> tuple[int, ...]:
    if text.strip().lower() == "none":
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 1 <= int(part) <= LARGEST for part in parts):
        raise argparse.ArgumentTypeError(
            f"expected units of each hidden layer, such as 64,64, or none; got {text!r}"
        )
    return tuple(int(part) for part in parts)


def _activations(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in activations():
            raise argparse.ArgumentTypeError(
                f"none called {name!r}; there are: {', '.join(activations())}"
            )
    return names


def _file(*suffixes: str) -> Callable[[str], Path]:
    """Refuse what could not be written after the training, before it."""

    def read(text: str) -> Path:
        path = Path(text)
        if path.suffix.lower() not in suffixes:
            raise argparse.ArgumentTypeError(
                f"expected a name that ends in {' or '.join(suffixes)}, got {text!r}"
            )
        if not path.parent.is_dir():
            raise argparse.ArgumentTypeError(f"there is no folder {str(path.parent)!r}; make it")
        if path.is_dir():
            raise argparse.ArgumentTypeError(f"{text!r} is a folder; name a file in it")
        return path

    return read
