"""Functions and classes of a user's own module, imported by tests of namespaces."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy import zeros as made

TABLE = {"sin": lambda x: np.sin(x), "zeros": made}
calls = 0


def helper(x):
    global calls
    calls += 1
    return np.sin(x)


def count():
    return calls


class Base:
    kinds: ClassVar[list[str]] = []

    def __init_subclass__(cls, **keywords):
        super().__init_subclass__(**keywords)
        Base.kinds.append(cls.__name__)

    def act(self, x):
        return np.sin(x)


class Layer(Base):
    def act(self, x):
        return 10 * super().act(x)
