"""check_jax: functions of JAX, with their own rules (custom_vjp, custom_jvp) or without."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from gradproof.adapters.converted import Array, Converted, Found, largest, with_findings
from gradproof.adapters.jax_call import Called, called, floating, wanted
from gradproof.adapters.precision import SMALL, Precision, alike, in_double_precision
from gradproof.verdicts import Counterexample, Verdict

# Numbers up to which a snippet writes the inputs down.
_PRINTED = 64


def check_jax(
    function: Callable[..., Any],
    *inputs: Any,
    wrt: str | Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    name: str = "",
    seed: int = 0,
    keywords: dict[str, Any] | None = None,
    **options: Any,
) -> Verdict:
    """Check the reverse-mode gradient of a JAX function by each of its arrays.

    Arrays have the dtypes that JAX gives them: float32 unless ``jax_enable_x64`` is set. The
    formulas are checked in double precision where the function follows it, with x64 enabled inside
    the check alone, and the function's results as it is called are checked as well.

    Parameters
    ----------
    function : callable
        ``jax.custom_vjp``, ``jax.custom_jvp`` (whose rule is transposed, as ``jax.grad`` does it),
        or any function that ``jax.vjp`` takes; outputs may be pytrees.
    *inputs
        Its arguments: arrays, pytrees of arrays (an array is called ``params['W1']``), and
        constants: functions, numbers, strings, ``nondiff_argnums``.
    wrt : str or sequence of str, optional
        Names of the arguments or arrays with a gradient; by default all arrays of floats.
    names, name : optional
        Other names for the inputs (default: the function's parameters), and for the function.
    seed : int
        The seed of all draws.
    keywords : dict, optional
        Arguments that the function takes by name; constant.
    **options
        Of :func:`gradproof.check_gradient`: mode, dy, order, strict.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        Where no array has a gradient.

    Examples
    --------
    >>> check_jax(jax.nn.softplus, np.array([0.5, -1.0])).status
    <Status.CHECKED: 'CHECKED'>
    """
    call = called(function, inputs, dict(keywords or {}), names, name)
    pair = _Pair(call, wanted(call, wrt))
    told = pair.prepare()
    size = sum(call.arrays[at].size for at in pair.asked)
    verdict = pair.precision.judged(
        partial(_converted, pair), {"seed": seed, **options}, bool(pair.given) and size > SMALL
    )
    told += pair.precision.told(call.name, pair.given)
    return with_findings(verdict, Found(told=told))


def _converted(pair: _Pair) -> Converted:
    call = pair.call
    arrays = tuple(map(_widened, call.arrays) if pair.precision.widened else call.arrays)

    def shown(example: Counterexample) -> str:
        return _snippet(pair, example)

    return Converted(
        call.name, pair.forward, pair.backward, arrays, call.names, pair.wanted,
        pair.precision.scale, call.numbers, shown, "JAX",
    )  # fmt: skip


class _Pair:
    """A forward and backward of NumPy arrays; compiled where the function can be compiled."""

    def __init__(self, call: Called, wanted: tuple[str, ...]) -> None:
        self.call, self.wanted = call, wanted
        self.asked = [at for at, name in enumerate(call.names) if name in wanted]
        self.own = [each.dtype for each in call.arrays]
        self.coarse = [d for d in self.own if jnp.issubdtype(d, jnp.inexact) and d.kind not in "fc"]
        self.shapes = [each.shape for each in call.arrays]
        floats = [str(d) for d in self.own if jnp.issubdtype(d, jnp.inexact)]
        double = ("float64", "complex128")
        self.given = [each for each in dict.fromkeys(floats) if each not in double]
        self.precision = Precision()
        self.x64 = bool(jax.config.jax_enable_x64)
        self.plain = lambda arrays: jax.tree_util.tree_leaves(self.call.run(arrays))
        self.value = self.plain
        self.pull: Callable[..., Any] = self._pull

    def prepare(self) -> list[str]:
        """Find out what is to be compiled and in which precision to check; returns what to tell."""
        own = self.call.arrays
        y, ran = self.forward(*own)
        dy = jax.tree_util.tree_map(np.ones_like, y)
        want = self.backward(dy, ran)
        self.precision.scale = largest(want)
        self._compile(y, dy, want)
        told = [f"{name} is a number: a constant here" for name in self.call.constants]
        if self.silent:
            which = ", ".join(map(str, self.silent))
            told.append(f"output {which} is of integers: not differentiated")
        if self.coarse:  # NumPy has no such dtype: double precision, or nothing
            self.call.arrays = [_widened(each) for each in own]
        if self.given:
            self.precision.narrow = not self._follows(y)
        return told

    def _compile(self, y: Any, dy: Any, want: tuple[Array, ...]) -> None:
        """Use compiled functions where they give the same numbers."""
        value, pull = jax.jit(self.plain), jax.jit(self._pull)
        plain = (self.value, self.pull)
        self.value, self.pull = value, pull
        try:
            again, ran = self.forward(*self.call.arrays)
            got = self.backward(dy, ran)
        except Exception:  # code that looks at values cannot be compiled
            self.value, self.pull = plain
            return
        pairs = [*zip(jax.tree_util.tree_leaves(y), jax.tree_util.tree_leaves(again)),
                 *zip(want, got)]  # fmt: skip
        if not all(np.allclose(a, b, rtol=1e-3, equal_nan=True) for a, b in pairs):
            self.value, self.pull = plain

    def _follows(self, own: Any) -> bool:
        """Whether the function takes double precision, and keeps it."""
        try:
            y, ran = self.forward(*map(_widened, self.call.arrays))
            outputs = y if isinstance(y, tuple) else (y,)
            found = self.backward(jax.tree_util.tree_map(np.ones_like, y), ran)
        except Exception:  # whatever it raises, it does not take double precision
            return False
        self.precision.apart = not alike(outputs, own if isinstance(own, tuple) else (own,))
        return all(each.dtype in (np.float64, np.complex128) for each in (*outputs, *found))

    def forward(self, *arrays: Array) -> tuple[Any, list[Array]]:
        """Map arrays to ``(y, arrays)``, y of the outputs that are floats."""
        if self.precision.narrow:  # steps may come in double precision
            arrays = tuple(a.astype(d) for a, d in zip(arrays, self.own))
        if any(a.shape != s for a, s in zip(arrays, self.shapes)):
            raise ValueError("only the shapes given: JAX would compile for each of them")
        with self._precision(arrays):
            found = self.value([jnp.asarray(each) for each in arrays])
            floats = [floating(each) for each in map(jnp.asarray, found)]
            self.carrying = [at for at, each in enumerate(floats) if each]
            self.silent = [at for at, each in enumerate(floats) if not each]
            outputs = tuple(_plain(found[at]) for at in self.carrying)
        if not outputs:
            raise ValueError(f"{self.call.name} returns no array of floats")
        return (outputs[0] if len(outputs) == 1 else outputs), list(arrays)

    def backward(self, dy: Any, arrays: list[Array]) -> tuple[Array, ...]:
        """The gradient of every array in ``wanted``, from ``jax.vjp``."""
        parts = dy if isinstance(dy, (tuple, list)) else (dy,)
        with self._precision(arrays):
            found = self.pull(
                [jnp.asarray(each) for each in arrays], [jnp.asarray(part) for part in parts]
            )
            return tuple(map(_plain, found))

    def _pull(self, arrays: list[Any], dys: list[Any]) -> list[Any]:
        def of(asked: list[Any]) -> list[Any]:
            whole = list(arrays)
            for at, each in zip(self.asked, asked):
                whole[at] = each
            found = self.plain(whole)
            return [found[at] for at in self.carrying]

        y, pull = jax.vjp(of, [arrays[at] for at in self.asked])
        return list(pull([dy.astype(each.dtype) for dy, each in zip(dys, y)])[0])

    def _precision(self, arrays: Sequence[Array]) -> Any:
        """x64 where double precision is asked for; else as the caller has it."""
        wide = any(a.dtype in (np.float64, np.complex128) for a in arrays)
        return jax.enable_x64(wide or self.x64)


def _plain(value: Any) -> Array:
    """A copy as a NumPy array; what NumPy has no dtype for becomes double."""
    array = np.array(value)
    return array if array.dtype.kind in "fiubc" else _widened(array)


def _widened(array: Array) -> Array:
    if array.dtype.kind == "c":
        return in_double_precision(array)
    return array.astype(np.float64) if floating(array) else array  # of JAX's own dtypes as well


def _snippet(pair: _Pair, example: Counterexample) -> str:
    """Code that prints the element that is wrong; "" where it takes more than a few numbers."""
    call = pair.call
    known = inspect.isroutine(call.function) or hasattr(call.function, "__name__")
    simple = known and call.name.isidentifier() and all(map(str.isidentifier, call.names))
    whole = sum(each.size for each in call.arrays) <= _PRINTED and "dy" in example.inputs
    name = next((n for n in call.names if example.at.split("[")[0] == f"d{n}"), "")
    if any(map(np.iscomplexobj, call.arrays)):  # elements are named by their parts
        return ""
    if not (simple and whole and name) or call.constants or len(pair.carrying) != 1:
        return ""
    if len(call.place(call.arrays)) != len(call.arrays):
        return ""
    lines = ["import jax", "from jax import numpy as jnp", ""]
    if not pair.precision.narrow:
        lines += ['jax.config.update("jax_enable_x64", True)']
    lines += [f"{n} = jnp.array({each.tolist()})" for n, each in zip(call.names, call.arrays)]
    element = example.at[len(name) + 1 :]
    lines += [
        f"y, pull = jax.vjp({call.name}, {', '.join(call.names)})",
        f"gradients = pull(jnp.array({example.inputs['dy']}))",
        f"print(gradients[{call.names.index(name)}]{element})  # wanted: {example.wanted}",
    ]
    return "\n".join(lines)


__all__ = ["check_jax"]
