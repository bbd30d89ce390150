"""Stand-ins for what the code is given from elsewhere: optimisers, contexts, the same draws."""

from __future__ import annotations

import ast
import itertools
import random
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

RATE = 0.5


class Descent:
    """An optimiser that steps by RATE times the gradient, whatever its method is called.

    ``w = optimizer.update(w, dw)`` returns the new array; with dictionaries or lists of arrays the
    arrays in them are replaced, as optimisers that take ``params, grads`` do.
    """

    lr = learning_rate = RATE

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.__call__

    def __call__(self, *given: Any, **_: Any) -> Any:
        """Step; calls without a value and its gradient (zero_grad, pre_update) do nothing."""
        if len(given) < 2:
            return self
        value, gradient = given[:2]
        if isinstance(value, dict):
            for key in value:
                value[key] = value[key] - RATE * gradient[key]
            return value
        if isinstance(value, list):
            value[:] = [v - RATE * g for v, g in zip(value, gradient)]
            return value
        return value - RATE * gradient


class Context:
    """The ``ctx`` of functions in the style of torch.autograd.Function."""

    needs_input_grad = (True,) * 8

    def __repr__(self) -> str:
        return "ctx"  # it stands in scopes, which say the same in every run

    def save_for_backward(self, *values: Any) -> None:
        """Keep what backward needs, under the names by which it is asked for."""
        self.saved_tensors = self.saved_values = values


@contextmanager
def same_draws() -> Iterator[None]:
    """Give the author's code the same random numbers at every call."""
    if _nobody_draws:
        yield
        return
    unseeded = np.random.default_rng

    def seeded(seed: Any = None) -> np.random.Generator:
        return unseeded(0 if seed is None else seed)

    back = _put_back()
    np.random.seed(0)  # noqa: NPY002 - the author's code draws from it
    random.seed(0)
    np.random.default_rng = seeded
    try:
        yield
    finally:
        np.random.default_rng = unseeded
        back()


def of_its_own() -> None:
    """From now on nobody but code under check draws in this process.

    To read and write what generators hold takes longer than most functions do; here NumPy's is
    exchanged for another one, and Python's goes on from anywhere.
    """
    global _put_back
    draws: Any = np.random
    if not hasattr(draws, "set_bit_generator"):  # before NumPy 1.24
        return
    own, unforeseen = draws.MT19937(), itertools.count(secrets.randbits(64))

    def exchanged() -> Callable[[], None]:
        outer = draws.get_bit_generator()
        draws.set_bit_generator(own)

        def back() -> None:
            draws.set_bit_generator(outer)
            random.seed(next(unforeseen))  # far quicker than from the system's own numbers

        return back

    _put_back = exchanged


_DRAWING = re.compile(r"rand|rng|shuffle|permut|choice|eval|exec|getattr|__import__|\bimport \*")
_KNOWN = {"numpy", "math", "cmath", "typing", "dataclasses", "abc", "collections", "copy",
          "functools", "itertools", "operator", "__future__"}  # fmt: skip
_nobody_draws = False


def draws_by(text: str) -> None:
    """From now on the code under check is this. To give the same draws takes as long as a short
    function: where nothing in it can draw, nobody needs them."""
    global _nobody_draws
    tree = ast.parse(text)
    modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
               for alias in node.names]  # fmt: skip
    modules += [f"{'.' * node.level}{node.module or ''}" for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)]  # fmt: skip
    known = all(module.partition(".")[0] in _KNOWN for module in modules)
    _nobody_draws = known and not _DRAWING.search(text)


def _kept() -> Callable[[], None]:
    """What puts the random numbers of this process back, to the last digit."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - put back afterwards

    def back() -> None:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002

    return back


_put_back = _kept
