"""Every record of the table, by every interpreter: one loop each.

A record that an interpreter cannot carry out says why, in ``without``; what it says must be so.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.special  # noqa: F401 - the table looks at what is loaded
import sympy

from gradproof.diagnosis.quantities.terms import apply, entry, slope_term, written
from gradproof.diagnosis.tape.adjoints import adjoints
from gradproof.diagnosis.tape.fifty_digits import precisely
from gradproof.diagnosis.tape.recorded_array import Recorded, wrapped
from gradproof.diagnosis.tape.tape import Ref, Tape, evaluate, rerun
from gradproof.diagnosis.tape.tape_recorder import Recorder
from gradproof.ops import (
    ArrayOperation,
    Elementwise,
    Kind,
    canonical,
    digits_of,
    elementwise_records,
    find,
    function_of,
    numeric_slope,
    of_function,
    precise_slope,
    records,
    symbolic,
)
from gradproof.pages.equations import EquationPrinter
from gradproof.program.carry import carried
from gradproof.program.steps import Step
from gradproof.proof.differentiate import vjp
from gradproof.proof.zero.reals import PRECISE
from gradproof.proof.zero.reals import evaluate as at_point
from gradproof.tracing.arrays.array_functions import apply_record
from gradproof.tracing.arrays.lifting import lift
from gradproof.tracing.arrays.traced_array import TracedArray
from gradproof.tracing.elementary import scalar
from gradproof.tracing.nodes import fresh_table, truth
from gradproof.tracing.record_trace import symbols_like
from tests.ops.arguments import CALLS, Call, number_arguments

NAMES = [record.name for record in elementwise_records()]
SMOOTH = [r.name for r in elementwise_records() if any(s is not None for s in r.slopes)]
DIGITS = 50


@cache
def _elementwise(name: str) -> Elementwise:
    record = find(name)
    assert isinstance(record, Elementwise)
    return record


@pytest.mark.parametrize("name", NAMES)
def test_numbers_are_those_of_numpy_or_scipy(name: str) -> None:
    """What stands in for a function has its values; its other names are the same function."""
    record = _elementwise(name)
    originals = list(record.originals())
    assert originals or "polygamma" in name, "no function of that name is found"
    for args in number_arguments(record):
        made = function_of(name)(*args)
        for original in originals:
            np.testing.assert_allclose(made, original(*args), rtol=1e-12)
    for original in originals:
        assert of_function(original) is record
    assert all(canonical(other) == name for other in record.also)


@pytest.mark.parametrize("name", NAMES)
def test_many_digits_agree_with_floats(name: str) -> None:
    record = _elementwise(name)
    if "digits" in record.without:
        return
    for args in number_arguments(record):
        with mpmath.workdps(DIGITS):
            precise = digits_of(name, *(mpmath.mpf(float(a)) for a in args))
        assert float(precise) == pytest.approx(float(function_of(name)(*args)), rel=1e-11)


@pytest.mark.parametrize("name", SMOOTH)
def test_slopes_are_the_derivatives_of_the_digits(name: str) -> None:
    """Every slope against mpmath's derivative, to 20 digits, and against itself in floats."""
    record = _elementwise(name)
    for args in number_arguments(record):
        with mpmath.workdps(DIGITS):
            exact = tuple(mpmath.mpf(float(a)) for a in args)
            value = digits_of(name, *exact) if "digits" not in record.without else None
            for k, slope in enumerate(record.slopes):
                if slope is None or value is None:
                    continue
                true = mpmath.diff(_of_one(name, exact, k), exact[k])
                made = precise_slope(record, k, exact, value)
                assert mpmath.almosteq(mpmath.mpf(made), true, 1e-20, 1e-20), (args, k)
                floats = numeric_slope(record, k, args, function_of(name)(*args))
                assert float(floats) == pytest.approx(float(true), rel=1e-9, abs=1e-12)


def _of_one(name: str, args: tuple[Any, ...], k: int) -> Any:
    return lambda t: digits_of(name, *args[:k], t, *args[k + 1 :])


def test_a_wrong_slope_is_caught() -> None:
    """The check above, of a record whose slope lacks a factor."""
    from dataclasses import replace

    wrong = replace(_elementwise("tanh"), slopes=(_elementwise("arctan").slopes[0],))
    with mpmath.workdps(DIGITS):
        x = mpmath.mpf("0.3")
        true = mpmath.diff(mpmath.tanh, x)
        assert not mpmath.almosteq(precise_slope(wrong, 0, (x,), mpmath.tanh(x)), true, 1e-20)


@pytest.mark.parametrize("name", NAMES)
def test_the_proof_has_its_values(name: str) -> None:
    """The expression that a proof makes of it, at numbers, with 50 digits."""
    record = _elementwise(name)
    for args in number_arguments(record):
        with fresh_table(10_000):
            letters = "abc"[: record.arity]
            nodes = [symbols_like(n, (), np.dtype(float)).data[()] for n in letters]
            if isinstance(args[0], np.bool_):
                nodes = [truth(bool(a)) for a in args]
            if "proof" in record.without:
                with pytest.raises(Exception, match=r"np\.|traced"):
                    scalar(name, *nodes)
                return
            made = scalar(name, *nodes)
            point = {n: float(a) for n, a in zip(letters, args)}
            (value,) = at_point([made], point, PRECISE)
        expected = function_of(name)(*args)
        assert float(value) == pytest.approx(float(expected), rel=1e-11), args


@pytest.mark.parametrize("name", SMOOTH)
def test_the_proof_has_its_slope(name: str) -> None:
    """The derivative that a proof takes of it, at numbers."""
    record = _elementwise(name)
    if {"proof", "slope"} & set(record.without):
        return
    for args in number_arguments(record):
        with fresh_table(10_000):
            letters = "abc"[: record.arity]
            inputs = [symbols_like(n, (), np.dtype(float)) for n in letters]
            y = TracedArray(np.array(scalar(name, *(a.data[()] for a in inputs)), dtype=object))
            dy = symbols_like("dy", (), np.dtype(float))
            found = vjp(y, dy, inputs)
            point = {n: float(a) for n, a in zip(letters, args)} | {"dy": 1.0}
            values = at_point([g.data[()] for g in found], point, PRECISE)
        result = function_of(name)(*args)
        for k, value in enumerate(values):
            slope = numeric_slope(record, k, args, result)
            assert float(value) == pytest.approx(0.0 if slope is None else float(slope), rel=1e-9)


def test_a_script_carries_out_all_of_them_with_their_slopes() -> None:
    """A step in the imaginary part is the slope times the step."""
    for name in SMOOTH:
        record = _elementwise(name)
        for args in number_arguments(record) if "slope" not in record.without else ():
            value = function_of(name)(*args)
            for k, arg in enumerate(args):
                made = _carried(name, [*args[:k], arg + 1j * STEP, *args[k + 1 :]], {}, value)
                slope = numeric_slope(record, k, args, value)
                expected = 0.0 if slope is None else float(slope)
                assert float(np.imag(made)) / STEP == pytest.approx(expected, rel=1e-12), name
                assert float(np.real(made)) == pytest.approx(float(value), rel=1e-15), name


STEP = 1e-20


def _carried(name: str, args: Any, options: Any, value: Any) -> Any:
    return carried(Step(name, tuple(args), dict(options), value), int)


@pytest.mark.parametrize("name", NAMES)
def test_the_text_reads_back(name: str) -> None:
    """Written as the author would, and carried out again, it has the same value."""
    record = _elementwise(name)
    names = "uvw"[: record.arity]
    text = written(apply(name, *(entry(k) for k in range(record.arity))), lambda k: names[k])
    ast.parse(text, mode="eval")
    for args in number_arguments(record):
        arrays = dict(zip(names, map(np.asarray, args)))
        made = eval(text, {"np": np, **_scipy(), **arrays})
        np.testing.assert_allclose(made, function_of(name)(*args), rtol=1e-12)


@pytest.mark.parametrize("name", SMOOTH)
def test_slopes_can_be_written_into_a_backward(name: str) -> None:
    record = _elementwise(name)
    parts, names = [entry(k) for k in range(record.arity)], ["u", "v", "w"]
    for k, slope in enumerate(record.slopes):
        term = slope_term(name, k, parts, entry(record.arity))
        assert (term is None) == (slope is None)
        if term is None:
            continue
        text = written(term, lambda j: "y" if j == record.arity else names[j])
        for args in number_arguments(record):
            y = function_of(name)(*args)
            values = dict(zip(names, map(np.asarray, args)), y=np.asarray(y))
            made = eval(text, {"np": np, **_scipy(), **values})
            np.testing.assert_allclose(made, numeric_slope(record, k, args, y), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_sympy_has_its_values_and_latex_is_set(name: str) -> None:
    record = _elementwise(name)
    if "latex" in record.without or record.truth:
        return
    letters = sympy.symbols("a b c", real=True)[: record.arity]
    made = symbolic(name, *letters)
    for args in number_arguments(record):
        found = made.subs({s: sympy.Float(float(a), 40) for s, a in zip(letters, args)})
        expected = float(function_of(name)(*args))
        assert float(sympy.N(found, 30)) == pytest.approx(expected, rel=1e-11)
    text = EquationPrinter().doprint(made)
    assert all(str(s) in text for s in made.free_symbols)
    assert not record.latex or record.latex in text


def _scipy() -> dict[str, Any]:
    from scipy import special

    return {name: getattr(special, name) for name in dir(special) if not name.startswith("_")}


# --- of whole arrays ------------------------------------------------------------------------------

ARRAYS = [r.name for r in records() if isinstance(r, ArrayOperation)]


def test_every_array_function_is_called_here() -> None:
    """A new record needs a call, or says in CALLS why it has none."""
    assert set(CALLS) == set(ARRAYS)


WITH_CALLS = [name for name in ARRAYS if isinstance(CALLS[name], Call)]


def _call(name: str) -> tuple[ArrayOperation, Call]:
    record, call = find(name), CALLS[name]
    assert isinstance(record, ArrayOperation)
    assert isinstance(call, Call)
    return record, call


def _value(name: str, args: Any, options: Any) -> Any:
    return evaluate(name, args, options)


@pytest.mark.parametrize("name", [n for n in WITH_CALLS if find(n).meaning is not None])  # type: ignore[union-attr]
def test_the_meaning_is_the_function(name: str) -> None:
    record, call = _call(name)
    assert record.meaning is not None
    made, wanted = record.meaning(*call.args, **call.options), call.original(record)
    for a, b in zip(_several(made), _several(wanted)):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", WITH_CALLS)
def test_the_proof_carries_it_out(name: str) -> None:
    """The expressions that a proof makes of it, at numbers."""
    record, call = _call(name)
    wanted = call.original(record)
    with fresh_table(100_000):
        inputs: dict[str, float] = {}
        args = [_traced(a, f"x{k}", inputs) for k, a in enumerate(call.args)]
        if "proof" in record.without:
            with pytest.raises(Exception):  # noqa: B017, PT011 - each refuses in a way of its own
                apply_record(record, args, call.options)
            return
        made = (evaluate(name, args, call.options) if not record.home
                else apply_record(record, args, call.options))  # fmt: skip
        if record.kind is Kind.QUESTION:
            return
        for a, b in zip(_several(made), _several(wanted)):
            found = lift(a)
            roots = list(np.ravel(found.data))
            values = at_point(roots, inputs, PRECISE)
            shaped = np.array([float(v) for v in values]).reshape(found.data.shape)
            np.testing.assert_allclose(shaped, np.asarray(b, dtype=float), rtol=1e-9, atol=1e-12)


def _traced(value: Any, name: str, inputs: dict[str, float]) -> Any:
    if isinstance(value, list) and any(isinstance(v, np.ndarray) for v in value):
        return [_traced(v, f"{name}_{k}", inputs) for k, v in enumerate(value)]
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return value
    made = symbols_like(name, value.shape, np.dtype(float))
    inputs |= {n.payload.name: float(v) for n, v in zip(made.data.flat, value.flat)}
    return made


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (tuple, list)) else [value]


@pytest.mark.parametrize("name", WITH_CALLS)
def test_the_tape_repeats_it_and_passes_adjoints_on(name: str) -> None:
    """Recorded and carried out again it has its values; its adjoint has those of differences."""
    record, call = _call(name)
    tape, at = _recorded(record, call)
    if tape is None:
        assert record.kind in (Kind.QUESTION, Kind.MAKER, Kind.COPY)
        return
    result = len(tape.ops) - 1
    again = rerun(tape, {k: tape.value(k) for k in at}, [result])[0]
    np.testing.assert_allclose(again, tape.value(result), rtol=1e-12)
    y = np.asarray(tape.value(result))
    if y.dtype.kind != "f" or "adjoint" in record.without:
        return
    a = np.random.default_rng(3).normal(size=y.shape)
    found = adjoints(tape, {result: a})
    for k in at:
        passed = found.get(k, np.zeros(np.shape(tape.value(k))))
        np.testing.assert_allclose(passed, _difference(tape, k, result, a), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", WITH_CALLS)
def test_the_tape_has_it_with_many_digits(name: str) -> None:
    record, call = _call(name)
    tape, _ = _recorded(record, call)
    if tape is None or "digits" in record.without:
        return
    values = precisely(tape)
    assert values is not None, "it is not carried out with 50 digits"
    value = tape.value(len(tape.ops) - 1)
    made = np.asarray(values[-1], dtype=object).astype(float)
    np.testing.assert_allclose(made, np.asarray(value, dtype=float), rtol=1e-12)


@pytest.mark.parametrize("name", WITH_CALLS)
def test_a_script_carries_it_out_with_its_derivative(name: str) -> None:
    """A step in the imaginary part is the derivative that the adjoint of the tape has."""
    record, call = _call(name)
    tape, at = _recorded(record, call)
    strides = name == "as_strided"  # in bytes: what it shows is another array by then
    if tape is None or "adjoint" in record.without or strides or record.kind is Kind.QUESTION:
        return
    result = len(tape.ops) - 1
    value = np.asarray(tape.value(result))
    if value.dtype.kind != "f":
        return
    rng = np.random.default_rng(5)
    ways = {k: rng.normal(size=np.shape(tape.value(k))) for k in at}
    pending = iter(at)

    def moved(item: Any) -> Any:
        if isinstance(item, list):
            return [moved(part) for part in item]
        if not isinstance(item, np.ndarray) or item.dtype.kind != "f":
            return item
        return item + 1j * STEP * ways[next(pending)]

    made = _several(_carried(name, map(moved, call.args), call.options, value))[-1]
    a = rng.normal(size=value.shape)
    found = adjoints(tape, {result: a})
    expected = sum(float(np.sum(ways[k] * found[k])) for k in at if k in found)
    assert float(np.sum(a * np.imag(made))) / STEP == pytest.approx(expected, rel=1e-9, abs=1e-12)


def _recorded(record: ArrayOperation, call: Call) -> tuple[Tape | None, list[int]]:
    """Return the tape of one call, and the entries of its operands of real numbers."""
    recorder, at = Recorder(), list[int]()

    def entry_of(value: Any) -> Any:
        if isinstance(value, list) and any(isinstance(v, np.ndarray) for v in value):
            return [entry_of(v) for v in value]
        if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            return value
        at.append(recorder.add("input", (), {}, value))
        return wrapped(recorder, value.copy(), at[-1])

    args = [entry_of(a) for a in call.args]
    first = next((a for a in _flat(args) if isinstance(a, Recorded)), None)
    if first is None or record.kind is Kind.QUESTION:
        return None, at
    if not record.home:  # what only tapes have
        encoded = tuple(recorder.encode(a) for a in args)
        value = evaluate(record.name, call.args, call.options)
        recorder.add(record.name, encoded, dict(call.options), value)
    else:
        made: Any = first.apply_operation(record, args, dict(call.options))
        for part in _several(made)[-1:]:
            if not isinstance(part, Recorded):
                return None, at
            recorder.add("returned", (Ref(recorder.current(part)),), {}, np.asarray(part))
    ends = len(recorder.ops) - 1
    return Tape(recorder.ops, {}, ends, 0, {}, 0), at


def _flat(items: Any) -> list[Any]:
    return [x for i in items for x in (_flat(i) if isinstance(i, list) else [i])]


def _difference(tape: Tape, k: int, result: int, a: Any) -> Any:
    base = np.asarray(tape.value(k), dtype=float)
    out, h = np.zeros(base.shape), 1e-6
    for at in np.ndindex(*base.shape):
        ends = []
        for sign in (1, -1):
            moved = base.copy()
            moved[at] += sign * h
            ends.append(np.sum(a * np.asarray(rerun(tape, {k: moved}, [result])[0])))
        out[at] = (ends[0] - ends[1]) / (2 * h)
    return out
