"""Nothing the caller does to its own arrays alters a result, and nothing alters the caller's."""

from __future__ import annotations

import inspect
from typing import NamedTuple

import numpy as np
import pytest

from impl import mean_squared_error
from impl._contract import gradient, operation
from tests.catalogue import takes_complex_numbers
from tests.impl.calls import CALLS, Call, fields

ANALYTIC = [call for call in CALLS if takes_complex_numbers(call.operation, call.mode)]
every_call = pytest.mark.parametrize("call", CALLS, ids=str)


def _copies(arguments: dict) -> dict:
    return {name: value.copy() for name, value in arguments.items()}


def _upstream(y: np.ndarray) -> np.ndarray:
    return np.linspace(-1.5, 2.0, y.size).reshape(y.shape).astype(y.dtype)


@every_call
def test_arguments_and_dy_are_not_changed(call: Call) -> None:
    arguments = _copies(call.arguments)
    y, cache = call.forward(**arguments)
    dy = _upstream(y)
    kept = dy.copy()
    for backward in call.backwards:
        backward(dy, cache)
    np.testing.assert_array_equal(dy, kept)
    for name, value in call.arguments.items():
        np.testing.assert_array_equal(arguments[name], value)


@every_call
def test_read_only_arguments_are_enough(call: Call) -> None:
    arguments = _copies(call.arguments)
    for value in arguments.values():
        value.flags.writeable = False
    y, cache = call.forward(**arguments)
    dy = _upstream(y)
    dy.flags.writeable = False
    for backward in call.backwards:
        assert all(each.flags.writeable for each in fields(backward(dy, cache)))


@every_call
def test_changing_arguments_and_y_afterwards_does_not_alter_the_gradient(call: Call) -> None:
    arguments = _copies(call.arguments)
    y, cache = call.forward(**arguments)
    dy = _upstream(y)
    before = [fields(backward(dy, cache)) for backward in call.backwards]
    for value in arguments.values():
        value[...] = 1
    y[...] = 77
    for backward, wanted in zip(call.backwards, before):
        for got, want in zip(fields(backward(dy, cache)), wanted):
            np.testing.assert_array_equal(got, want)


@every_call
def test_results_share_no_memory_with_arguments_or_each_other(call: Call) -> None:
    arguments = _copies(call.arguments)
    y, cache = call.forward(**arguments)
    dy = _upstream(y)
    held = [*arguments.values(), dy, *(v for v in cache.bare if isinstance(v, np.ndarray))]
    results = [y, *(each for b in call.backwards for each in fields(b(dy, cache)))]
    for i, result in enumerate(results):
        assert isinstance(result, np.ndarray)
        for other in [*held, *results[:i]]:
            assert not np.shares_memory(result, other)


@every_call
def test_twice_the_same_call_gives_the_same_bits(call: Call) -> None:
    y, cache = call.forward(**call.arguments)
    again, cache_again = call.forward(**call.arguments)
    assert y.tobytes() == again.tobytes()
    for backward in call.backwards:
        one = fields(backward(_upstream(y), cache))
        for other in (backward(_upstream(y), cache), backward(_upstream(y), cache_again)):
            assert [a.tobytes() for a in one] == [b.tobytes() for b in fields(other)]


@every_call
def test_memory_layout_of_arguments_does_not_matter(call: Call) -> None:
    strided = {
        name: np.repeat(value[..., np.newaxis].astype(value.dtype, "F"), 2, axis=-1)[..., 0]
        for name, value in call.arguments.items()
    }
    plain, _ = call.forward(**call.arguments)
    other, _ = call.forward(**strided)
    assert plain.tobytes() == other.tobytes()
    assert other.flags.c_contiguous


@pytest.mark.parametrize("call", ANALYTIC, ids=str)
def test_unwrap_gives_a_formula_that_takes_complex_arrays(call: Call) -> None:
    formula = inspect.unwrap(call.forward)
    bare = {
        name: value.astype(complex) if name in call.floats() else value
        for name, value in call.arguments.items()
    }
    y, _ = call.forward(**call.arguments)
    with np.errstate(all="ignore"):
        found = np.asarray(formula(**bare)[0])
    np.testing.assert_allclose(found.real, y, rtol=1e-13)
    np.testing.assert_array_equal(found.imag, 0)


def test_inputs_may_be_one_and_the_same_array() -> None:
    x = np.array([1.0, 2.0])
    y, cache = mean_squared_error.forward(x, x)
    assert y == 0
    assert mean_squared_error.backward(1.0, cache).tolist() == [0, 0]


class _Kept(NamedTuple):
    x: np.ndarray


@operation(x="*shape")
def _careless(x: np.ndarray) -> tuple[np.ndarray, _Kept]:
    """A formula that hands back and changes what it was given."""
    x += 1
    return x, _Kept(x)


@gradient(_careless)
def _careless_backward(dy: np.ndarray, cache: _Kept) -> np.ndarray:
    dy *= cache.x
    return dy


@gradient(_careless)
def _lazy_backward(dy: np.ndarray, cache: _Kept) -> np.ndarray:
    return np.broadcast_to(cache.x[:1], dy.shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_contract_protects_the_caller_from_a_careless_formula(dtype: type) -> None:
    x = np.array([1.0, 2.0], dtype)
    y, cache = _careless(x)
    y[...] = 0
    dy = np.array([3.0, 4.0], dtype)
    for _ in range(2):
        assert _careless_backward(dy, cache).tolist() == [6, 12]
    assert (x.tolist(), dy.tolist()) == ([1, 2], [3, 4])
    lazy = _lazy_backward(dy, cache)
    lazy += 1
    assert _lazy_backward(dy, cache).tolist() == [2, 2]


def test_a_forgotten_rule_is_seen_at_import() -> None:
    with pytest.raises(TypeError, match=r"no rule, or no argument, for \{'slope'\}"):
        operation(x="*shape")(lambda x, *, slope: (x, None))
