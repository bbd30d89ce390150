"""check_arrays holds against compiled kernels and arrays that are not NumPy's."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from gradproof import check_arrays, check_gradient
from gradproof.adapters import arrays
from gradproof.adapters.kernels import as_numpy
from gradproof.verdicts import Status

Array = np.ndarray[Any, Any]
X = np.array([[0.5, -1.25, 2.0], [0.75, 1.5, -0.5]])


class Device:
    """An array like CuPy's: no implicit conversion, ``get()`` and a namespace to make one."""

    def __init__(self, values: Any) -> None:
        self._values = np.array(values)

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise TypeError("implicit conversion to a NumPy array is not allowed")

    def get(self) -> Array:
        return self._values.copy()

    def __array_namespace__(self) -> type[Namespace]:
        return Namespace

    def __mul__(self, other: Any) -> Device:
        return Device(self._values * (other._values if isinstance(other, Device) else other))

    __rmul__ = __mul__


class Namespace:
    @staticmethod
    def asarray(values: Any) -> Device:
        return Device(values)


class Buffer:
    """A memoryview's kind of array, with ``__array__`` alone."""

    def __init__(self, values: Any) -> None:
        self.values = np.array(values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return self.values


class TestConversion:
    def test_every_way_back(self) -> None:
        class Packed:
            def __dlpack__(self, **keywords: Any) -> Any:
                return X.__dlpack__(**keywords)

            def __dlpack_device__(self) -> Any:
                return X.__dlpack_device__()

        for value in (X, Buffer(X), Device(X), Packed(), memoryview(X), X.tolist()):
            assert np.array_equal(as_numpy(value), X)
        with pytest.raises(TypeError, match=r"cannot turn builtins\.object"):
            as_numpy(object())

    def test_arrays_of_a_device(self) -> None:
        def forward(x: Device) -> Device:
            assert isinstance(x, Device)
            return x * x

        def backward(dy: Device, x: Device) -> Device:
            assert isinstance(dy, Device)
            return 2 * x * dy

        assert check_arrays(forward, backward, Device(X)).holds
        assert check_gradient(*arrays(forward, backward, Device(X))).holds
        wrong = check_arrays(forward, lambda dy, x: x * dy, Device(X))
        assert wrong.status is Status.REFUTED
        assert "gradient by `x`" in wrong.reason

    def test_make_and_take(self) -> None:
        class Own:
            def __init__(self, values: Array) -> None:
                self.values = values

        def forward(x: Own) -> Any:
            return Own(x.values**3), x

        def backward(dy: Own, x: Own) -> Own:
            return Own(3 * x.values**2 * dy.values)

        with pytest.raises(TypeError, match="pass take="):
            check_arrays(forward, backward, Own(X))
        with pytest.raises(TypeError, match="make: pass a function"):
            check_arrays(forward, backward, Own(X), take=lambda own: own.values)
        assert check_arrays(forward, backward, Own(X), make=Own, take=lambda own: own.values).holds


class TestKernels:
    def test_only_the_shapes_and_dtypes_given(self) -> None:
        seen: set[Any] = set()

        def forward(x: Array) -> Array:
            seen.add((x.shape, x.dtype.str, x.flags.c_contiguous))
            return np.tanh(x)

        def backward(dy: Array, x: Array) -> Array:
            return dy / np.cosh(x) ** 2

        verdict = check_arrays(forward, backward, X.astype(np.float32))
        assert verdict.holds, str(verdict)
        assert seen == {((2, 3), "<f4", True)}
        assert "checked in float32" in verdict.scope
        seen.clear()
        assert check_arrays(forward, backward, np.asfortranarray(X)).holds
        assert seen == {((2, 3), "<f8", False)}

    def test_a_kernel_by_ctypes_whose_memory_has_one_size(self) -> None:
        """``qsort`` of the C library sorts as many numbers as it is told: here always six."""
        libc = ctypes.CDLL(None)
        compare = ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(ctypes.c_double), ctypes.POINTER(ctypes.c_double)
        )(lambda a, b: (a[0] > b[0]) - (a[0] < b[0]))

        def forward(x: Array) -> Any:
            assert x.size == 6
            y = np.array(x)
            libc.qsort(
                ctypes.c_void_p(y.ctypes.data), ctypes.c_size_t(6), ctypes.c_size_t(8), compare
            )
            return y, np.argsort(x)

        def backward(dy: Array, order: Array) -> Array:
            dx = np.empty_like(dy)
            dx[order] = dy
            return dx

        x = X.ravel()
        assert check_arrays(forward, backward, x).holds
        assert not check_arrays(forward, lambda dy, order: dy[order], x).holds

    def test_numba(self) -> None:
        numba = pytest.importorskip("numba")

        @numba.njit
        def forward(x: Array) -> Array:
            y = np.empty_like(x)
            for i in range(x.shape[0]):
                total = 0.0
                for j in range(x.shape[1]):
                    total += x[i, j] * x[i, j]
                for j in range(x.shape[1]):
                    y[i, j] = x[i, j] / np.sqrt(total)
            return y

        @numba.njit
        def backward(dy: Array, x: Array) -> Array:
            dx = np.empty_like(x)
            for i in range(x.shape[0]):
                total, inner = 0.0, 0.0
                for j in range(x.shape[1]):
                    total += x[i, j] * x[i, j]
                    inner += x[i, j] * dy[i, j]
                for j in range(x.shape[1]):
                    dx[i, j] = dy[i, j] / np.sqrt(total) - x[i, j] * inner / total**1.5
            return dx

        assert check_arrays(forward, backward, X).holds
        assert not check_arrays(forward, lambda dy, x: dy, X).holds
