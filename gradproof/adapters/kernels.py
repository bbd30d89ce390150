"""check_arrays: kernels and arrays of any library that turns into NumPy arrays and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gradproof.adapters.converted import (
    Array,
    Converted,
    Found,
    chosen,
    judged,
    positional_names,
    with_findings,
)
from gradproof.verdicts import Verdict


def check_arrays(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    make: Callable[[Array], Any] | None = None,
    take: Callable[[Any], Array] | None = None,
    double: bool = False,
    wrt: str | Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    name: str = "",
    seed: int = 0,
    **options: Any,
) -> Verdict:
    """Check a backward of arrays that are not NumPy's, or of a compiled kernel.

    Parameters
    ----------
    forward : callable
        Maps arrays to ``y`` or ``(y, cache)``.
    backward : callable
        Maps ``(dy, cache)``, or ``(dy, *inputs)`` where forward returns no cache, to the gradients.
    *inputs : array
        Arrays of the library, or NumPy's: whatever ``take`` turns into a NumPy array.
    make : callable, optional
        Makes an array of the library from a NumPy one (``cupy.asarray``). By default the array's
        own ``__array_namespace__().asarray``, else NumPy arrays are handed on.
    take : callable, optional
        The way back (``cupy.asnumpy``). By default ``__array__``, DLPack, ``get()`` or ``numpy()``,
        whichever there is.
    double : bool
        Whether the kernel may be called in double precision as well. Every call has the shapes
        given, and the dtypes given unless ``double``: a kernel of fixed sizes never writes outside
        its memory.
    wrt, names, name, seed, options
        As in :func:`gradproof.check_gradient`.

    Returns
    -------
    Verdict

    Raises
    ------
    TypeError
        For an input that cannot be turned into a NumPy array.

    Examples
    --------
    >>> check_arrays(lambda x: x * x, lambda dy, x: 2 * x * dy, np.array([0.5, 3.0])).status
    <Status.CHECKED: 'CHECKED'>
    """
    labels = tuple(names or positional_names(forward, len(inputs)))
    if len(labels) != len(inputs):
        raise ValueError(f"names: expected {len(inputs)}, one per input, got {len(labels)}")
    kernel = Kernel(forward, backward, inputs, labels, make, take, double)
    given = tuple(each.copy(order="K") for each in kernel.given)
    floats = [each for each, array in zip(labels, given) if array.dtype.kind == "f"]
    label = name or getattr(forward, "__name__", type(forward).__name__)
    converted = Converted(
        label, kernel.forward, kernel.backward, given, labels, chosen(wrt, labels, floats)
    )
    own = dict.fromkeys(str(a.dtype) for a in given if a.dtype.kind == "f" and a.itemsize < 8)
    told = [f"checked in {', '.join(own)}, as given"] if own and not double else []
    return with_findings(judged(converted, {"seed": seed, **options}), Found(told=told))


def arrays(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *inputs: Any,
    make: Callable[[Array], Any] | None = None,
    take: Callable[[Any], Array] | None = None,
    double: bool = False,
) -> tuple[Any, ...]:
    """The same as a forward, a backward and inputs of NumPy arrays, for any check:
    ``check_gradient(*arrays(forward, backward, x, w), wrt="w")``."""
    labels = positional_names(forward, len(inputs))
    kernel = Kernel(forward, backward, inputs, labels, make, take, double)
    return kernel.forward, kernel.backward, *(each.copy(order="K") for each in kernel.given)


class Kernel:
    """A forward and backward of another library's arrays, called with NumPy arrays."""

    def __init__(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        inputs: Sequence[Any],
        names: Sequence[str],
        make: Callable[[Array], Any] | None,
        take: Callable[[Any], Array] | None,
        double: bool,
    ) -> None:
        self.own_forward, self.own_backward, self.double = forward, backward, double
        self._take = take
        self.given = [self.taken(each, name) for each, name in zip(inputs, names)]
        self.make = make or _maker(inputs)

    def forward(self, *values: Array) -> tuple[Any, Any]:
        """Call forward with arrays of the library; returns ``(y, cache)`` with NumPy's y."""
        made = [self._made(each, like) for each, like in zip(values, self.given)]
        found = self.own_forward(*made)
        if isinstance(found, tuple) and len(found) == 2:
            y, cache = found[0], (found[1],)
        else:
            y = found
            cache = tuple(self._made(each, like) for each, like in zip(values, self.given))
        if isinstance(y, (tuple, list)):
            return tuple(self.taken(each, "y") for each in y), cache
        return self.taken(y, "y"), cache

    def backward(self, dy: Any, cache: tuple[Any, ...]) -> Any:
        """Call backward with what it takes beside dy; its gradients as NumPy arrays."""
        if isinstance(dy, (tuple, list)):
            handed: Any = tuple(self.make(np.array(each)) for each in dy)
        else:
            handed = self.make(np.array(dy))
        found = self.own_backward(handed, *cache)
        if isinstance(found, dict):
            return {key: self._gradient(each, key) for key, each in found.items()}
        if isinstance(found, (tuple, list)):
            return tuple(self._gradient(each, "a gradient") for each in found)
        return self._gradient(found, "a gradient")

    def _gradient(self, value: Any, what: str) -> Any:
        return None if value is None else self.taken(value, what)

    def _made(self, value: Array, like: Array) -> Any:
        """An array of the library: of the shape, dtype and layout given."""
        if value.shape != like.shape:
            raise ValueError(f"only the shapes given: {like.shape}, not {value.shape}")
        dtype = value.dtype if self.double and value.dtype.kind == "f" else like.dtype
        room = np.empty_like(like, dtype=dtype, subok=False)
        room[...] = value
        return self.make(room)

    def taken(self, value: Any, name: str) -> Array:
        """A copy as a NumPy array."""
        return np.array(self._take(value) if self._take else as_numpy(value, name), copy=True)


def as_numpy(value: Any, name: str = "the value") -> Array:
    """Turn an array of any library into a NumPy array: by ``__array__``, DLPack or its own method.

    Raises TypeError where it has none of them.
    """
    if isinstance(value, (np.ndarray, np.generic, int, float, complex, list, tuple)):
        return np.asarray(value)
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = value.detach().cpu()
    tries: list[Callable[[], Any]] = []
    if hasattr(value, "__array__"):
        tries.append(lambda: np.asarray(value))
    if hasattr(value, "__dlpack__"):
        tries.append(lambda: np.from_dlpack(value))
    for method in ("get", "asnumpy", "numpy", "to_numpy", "tolist"):
        if callable(getattr(value, method, None)):
            tries.append(getattr(value, method))
    tries.append(lambda: np.asarray(memoryview(value)))
    for each in tries:
        try:
            found = np.asarray(each())
        except Exception:  # CuPy refuses __array__, DLPack another device
            continue
        if found.dtype != object:
            return found
    raise TypeError(
        f"{name}: cannot turn {type(value).__module__}.{type(value).__qualname__} into a NumPy "
        "array; pass take=, a function that does"
    )


def _maker(inputs: Sequence[Any]) -> Callable[[Array], Any]:
    """How the library of the inputs makes an array from a NumPy one."""
    for each in inputs:
        if isinstance(each, (np.ndarray, np.generic, int, float)):
            continue
        space = getattr(each, "__array_namespace__", None)
        if callable(space):
            made: Callable[[Array], Any] = space().asarray
            return made
        raise TypeError(
            f"make: pass a function that makes a {type(each).__qualname__} from a NumPy array"
        )
    return lambda array: array


__all__ = ["Kernel", "arrays", "as_numpy", "check_arrays"]
