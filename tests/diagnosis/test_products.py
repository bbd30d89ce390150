"""Terms that were left out are written as a person writes them, in the author's quantities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradproof import diagnose
from gradproof.diagnosis import Kind
from gradproof.diagnosis.quantities.products import Products, factors_of, without
from gradproof.diagnosis.quantities.terms import Term, apply, entry, number, written
from gradproof.diagnosis.sentences.relabel import reworded
from gradproof.diagnosis.tape.tape import Op, Ref, Tape

ROWS, VECTOR, OTHER = np.random.default_rng(5).normal(size=(3, 4, 3))
NAMES = ["x", "r", "dy", "n"]


def tape() -> Tape:
    """Named x (3, 4), r (3, 1) = 1 / sqrt(the mean of x**2), dy and n = the sum of dy along 1."""
    rng = np.random.default_rng(1)
    x, dy = rng.normal(size=(2, 3, 4))
    square = (x**2).mean(axis=1, keepdims=True)
    values = [x, 1 / np.sqrt(square), dy, dy.sum(axis=1, keepdims=True)]
    ops = [Op("input", (), {}, value, names=[name], own=1) for value, name in zip(values, NAMES)]
    ops += [Op("mean", (Ref(0),), {}, square), Op("sqrt", (Ref(4),), {}, np.sqrt(square))]
    return Tape(ops, {"x": 0}, 0, 2, {}, 2)


X, R, DY, N, ROOT = (entry(k) for k in (0, 1, 2, 3, 5))


def times(*factors: Term) -> Term:
    out = factors[0]
    for factor in factors[1:]:
        out = apply("multiply", out, factor)
    return out


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (times(number(2), apply("negative", DY), apply("divide", X, times(number(2), R))),
         "-dy * x / r"),
        (apply("divide", times(DY, R), ROOT), "dy * r**2"),  # the root is 1 / r
        (apply("sum", times(DY, R), axis=1, keepdims=True), "n * r"),  # r is constant along axis 1
        (apply("sum", times(DY, X), axis=1, keepdims=True), "(dy * x).sum(axis=1, keepdims=True)"),
        (times(apply("sqrt", apply("power", X, number(2))), DY), "dy * np.sqrt(x**2)"),  # it is |x|
        (times(number(1.702), DY, number(2)), "3.404 * dy"),
        (apply("divide", DY, apply("power", R, number(3))), "dy / r**3"),
    ],
)  # fmt: skip
def test_products_are_brought_into_the_form_that_a_person_writes(term: Term, text: str) -> None:
    at = tape()
    made = Products(at).simplified(term)
    assert np.allclose(made.at(at), term.at(at))
    assert written(made, lambda k: NAMES[k] if k < 4 else f"made[{k}]") == text


def test_a_normal_form_that_has_another_value_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    term = times(DY, X)
    monkeypatch.setattr(Products, "_written", lambda *_: times(DY, R))
    assert Products(tape()).simplified(term) is term


def test_one_factor_of_a_product_is_taken_out_of_it() -> None:
    term = apply("divide", times(apply("negative", DY), X), R)
    assert factors_of(term) == [DY, X]
    assert without(term, X) == apply("divide", apply("negative", DY), R)
    assert without(term, R) is None
    assert without(DY, DY) == number(1)


def cosine(a, b):
    na, nb = np.sqrt(np.sum(a**2)), np.sqrt(np.sum(b**2))
    c = np.sum(a * b) / (na * nb)
    return c, (a, b, na, nb, c)


def cosine_without_its_length(dc, cache):
    a, b, na, nb, c = cache
    da = dc * (b / (na * nb))
    return da, dc * (a / (na * nb) - c * b / nb**2)


def rms(x, eps=1e-6):
    r = 1 / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + eps)
    return x * r, (x, r)


def rms_as_if_constant(dy, cache):
    x, r = cache  # noqa: RUF059
    return r * dy


def gate(x):
    s = 1 / (1 + np.exp(-1.702 * x))
    return x * s, (x, s)


def gate_passed_on(dy, cache):
    x, s = cache  # noqa: RUF059
    return dy


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    y = e / e.sum(axis=1, keepdims=True)
    return y, y


def softmax_of_one(dy, cache):
    y = cache
    dx = y
    return dx  # noqa: RET504


class Rectifier:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        return dx  # noqa: RET504


def rectified(x):
    layer = Rectifier()
    return layer.forward(x), layer


def rectifier_without_mask(dy, layer):
    return layer.backward(dy)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("forward", "backward", "inputs", "kind", "term", "fix"),
    [
        (cosine, cosine_without_its_length, (VECTOR[0], OTHER[0]), Kind.MISSING_PATH,
         "-a * c / na**2", "dc * (b / (na * nb) - a * c / na ** 2)"),
        (rms, rms_as_if_constant, (ROWS,), Kind.MISSING_PATH, None, None),
        (gate, gate_passed_on, (VECTOR,), Kind.MISSING_FACTOR, None, None),
        (softmax, softmax_of_one, (ROWS,), Kind.MISSING_FACTOR,
         "dy - (dy * y).sum(axis=1, keepdims=True)",
         "y * (dy - (dy * y).sum(axis=1, keepdims=True))"),
        (rectified, rectifier_without_mask, (VECTOR,), Kind.MISSING_FACTOR, "~self.mask",
         "dout.copy() * ~self.mask"),
    ],
)  # fmt: skip
def test_what_was_left_out_is_told_in_the_authors_quantities(
    forward: Callable[..., Any], backward: Callable[..., Any], inputs: tuple[Any, ...],
    kind: Kind, term: str | None, fix: str | None,
) -> None:  # fmt: skip
    found = diagnose(forward, backward, *inputs)
    assert found is not None
    assert (found.kind, found.exact) == (kind, True)
    assert term in (None, found.term)
    assert fix in (None, found.fix)
    assert "0.2" not in found.fix  # no number that was drawn stands for eps


def quotient(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)), x


def quotient_twice_wrong(dy, x):
    return dy * 8 / (np.exp(-x) + np.exp(-x)) ** 2


def test_a_function_that_forward_has_twice_is_not_taken_for_another_in_one_place() -> None:
    # 2 * exp(2x) is also what comes out if one exp(x) of the two is exp(3x).
    found = diagnose(quotient, quotient_twice_wrong, VECTOR)
    assert found is not None
    assert found.kind != Kind.OTHER_FUNCTION or not found.exact


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1 / n", "1 / np.sqrt(n)", (Kind.WRONG_EXPONENT, "n")),
        ("2 * std ** 2", "2 * std", (Kind.WRONG_EXPONENT, "std")),
        ("1 * np.sqrt(n)", "1 / np.sqrt(n)", (Kind.INVERTED_FACTOR, "np.sqrt(n)")),
        ("-c", "-(c * lam)", (Kind.MISSING_FACTOR, "lam")),
        ("c", "c / n", (Kind.MISSING_FACTOR, "1 / n")),
        ("2 * c", "c", (Kind.EXTRA_FACTOR, "2")),
        ("2 * c", "3 * c", None),
        ("a + b", "c * d", None),
        ("1 / n", "not python", None),
    ],
)
def test_a_wrong_number_is_called_by_how_it_is_written(
    old: str, new: str, expected: tuple[Kind, str] | None
) -> None:
    assert reworded(old, new) == expected
