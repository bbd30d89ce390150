"""The command line's arguments: each checked when it is read, before anything is trained."""

from __future__ import annotations

import argparse
import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from impl.network.data import MADE, NAMES
from impl.network.help import Formatter, Parser, wants_korean
from impl.network.initial import INITIALISATIONS
from impl.network.layers import LOSSES, activations
from impl.network.optimizers import OPTIMIZERS
from impl.network.plotting import FORMATS

DESCRIPTION = "Train a multilayer perceptron, forward and backward by hand in NumPy."
ENDING = """\
example: python -m impl.network --data digits --hidden 64,64 --activation elu
         --batch-norm --epochs 20 --save w.npz --plot boundary.svg

exit status: 0; 1 it could not be trained or written; 2 usage; 130 stopped by
Ctrl-C, after which the best weights so far are tested and saved"""
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


def _parser() -> Parser:
    parser = Parser(
        "python -m impl.network", description=DESCRIPTION, epilog=ENDING, formatter_class=Formatter
    )
    parser._actions[0].help = "show this help and exit"
    add = parser.add_argument_group("data").add_argument
    add("--data", choices=NAMES, metavar="NAME", default="moons",
        help=f"what to learn (default: %(default)s), one of\n{', '.join(NAMES)}")  # fmt: skip
    add("--points", type=_whole(10), metavar="N", help="how many points are made (default: 400)")
    add("--noise", type=_number(0, 1e6), metavar="X", help="their spread; for cloud, the margin")
    add("--seed", type=_whole(0, 2**63), metavar="N", default=0,
        help="decides data, weights and batches (default: 0)")  # fmt: skip

    add = parser.add_argument_group("network").add_argument
    add("--hidden", type=_hidden, metavar="64,64",
        help="units of the hidden layers, or none\n(default: 16,16)")  # fmt: skip
    listed = _in_lines(activations())
    add("--activation", type=_activations, metavar="elu",
        help=f"one for all hidden layers, or one for each, of\n{listed}")  # fmt: skip
    add("--batch-norm", action="store_const", const=True, help="in every hidden layer")
    add("--pieces", type=_whole(1, 100), metavar="N",
        help="affine pieces of a maxout unit (default: 2)")  # fmt: skip
    add("--loss", choices=LOSSES, metavar="LOSS",
        help=f"{_in_lines(LOSSES)}\n(default: softmax_cross_entropy)")  # fmt: skip
    add("--init", choices=INITIALISATIONS, metavar="NAME",
        help=f"initial weights: {', '.join(INITIALISATIONS)} (default: he)")  # fmt: skip

    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=_whole(0), metavar="N",
        help="passes over the data (default: 20; 0 with --load)")  # fmt: skip
    add("--batch-size", type=_whole(1), metavar="N", default=32,
        help="examples in a batch (default: %(default)s)")  # fmt: skip
    add("--optimizer", choices=OPTIMIZERS, metavar="NAME", default="adam",
        help=f"{', '.join(OPTIMIZERS)} (default: %(default)s)")  # fmt: skip
    add("--lr", type=_number(1e-12, 1e6), metavar="X",
        help="learning rate (default: the optimizer's own)")  # fmt: skip
    add("--patience", type=_whole(1), metavar="N",
        help="stop after so many epochs that are not better")  # fmt: skip

    add = parser.add_argument_group("files").add_argument
    add("--load", type=Path, metavar="W.NPZ", help="go on with saved weights")
    add("--save", type=_file(".npz"), metavar="W.NPZ", help="save the weights")
    add("--plot", type=_file(*FORMATS), metavar="FILE",
        help="draw the decisions as svg, png or pdf")  # fmt: skip
    add("--quiet", action="store_true", help="no progress bars")
    if wants_korean():
        parser.turn_korean()
    return parser


def _in_lines(names: Iterable[str]) -> str:
    """Names for the help, a few in each line."""
    return textwrap.fill(", ".join(names), 54)


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
