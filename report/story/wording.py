"""Numbers as the story writes them, in both languages.

After a number, Korean particles depend on how it is read aloud. Texts put a unit or a sign behind
each (percent, a counter), so that the particle is always the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from gradproof.text import Text

ACTIVATIONS = {
    "linear": Text("none (linear)", "없음(선형)"),
    "sigmoid": Text("sigmoid", "시그모이드"),
    "tanh": Text("tanh", "tanh"),
    "relu": Text("ReLU", "ReLU"),
    "leaky_relu": Text("leaky ReLU", "leaky ReLU"),
    "elu": Text("ELU", "ELU"),
    "maxout": Text("maxout", "maxout"),
}
DATA = {
    "and": Text("AND", "AND"),
    "or": Text("OR", "OR"),
    "xor": Text("XOR", "XOR"),
    "gate": Text("XOR", "XOR"),
    "cloud": Text("cloud", "점 구름"),
    "moons": Text("two moons", "두 초승달"),
    "circles": Text("circles", "두 원"),
    "spirals": Text("spirals", "두 나선"),
    "digits": Text("handwritten digits", "손글씨 숫자"),
}


def activation(name: str) -> Text:
    """What an activation is called; one that the story does not know, by its file."""
    return ACTIVATIONS.get(name, Text(name, name))


def percent(share: float) -> str:
    """0.9534 as 95.3%."""
    return f"{100 * share:.1f}%"


def mean_percent(shares: ArrayLike) -> str:
    """The mean of shares, in percent."""
    return percent(float(np.mean(np.asarray(shares))))


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def count(number: int, one: str, more: str) -> str:
    """1 epoch, 2 epochs."""
    return f"{number} {one if number == 1 else more}"


def joined(texts: Iterable[Text], between: str = "; ") -> Text:
    """Texts as one, in each language."""
    found = list(texts)
    return Text(between.join(each.en for each in found), between.join(each.ko for each in found))


def seeds(number: int) -> Text:
    """Which seeds were used."""
    if number == 1:
        return Text("seed 0", "시드 0")
    return Text(f"seeds 0 to {number - 1}", f"시드 0~{number - 1}")
