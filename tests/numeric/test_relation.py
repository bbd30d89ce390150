"""What a wrong gradient is, compared with the true one, where only the numbers are to be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from gradproof.numeric.relations.relation import Setting, relations
from gradproof.slip_kinds import Kind

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(20)
TRUE = RNG.normal(size=(6, 5))
SQUARE = RNG.normal(size=(4, 4))
X = RNG.normal(size=(6, 5))
DY = RNG.normal(size=(6, 5))
SHAPES = {"x": (6, 5), "w": (5, 3), "y": (6, 3)}


@dataclass(frozen=True)
class Slip:
    """got, of a true gradient; what is said about it, and what is not."""

    name: str
    got: Callable[[], Array]
    says: tuple[str, ...]
    kind: Kind
    true: Array = field(default_factory=lambda: TRUE)
    never: tuple[str, ...] = ()


def changed(array: Array, where: Any, value: Any) -> Array:
    new = array.copy()
    new[where] = value
    return new


ONE = np.array([1.375])

SLIPS = [
    Slip("twice", lambda: 2 * TRUE, ("2 times the true gradient",), Kind.WRONG_FACTOR),
    Slip("half", lambda: TRUE / 2, ("1/2 times the true gradient",), Kind.WRONG_FACTOR),
    Slip("sign", lambda: -TRUE, ("the wrong sign",), Kind.WRONG_SIGN),
    Slip("zero", lambda: 0 * TRUE, ("is zero",), Kind.MISSING_PATH),
    Slip(
        "length", lambda: 3 * TRUE, ("3 times", "the length of axis 1 of w, y"), Kind.WRONG_FACTOR
    ),
    Slip("one by length", lambda: TRUE / 6, ("1/6", "axis 0 of x, y"), Kind.WRONG_FACTOR),
    Slip("product", lambda: TRUE / 30, ("1/30", "elements of x"), Kind.WRONG_FACTOR),
    Slip("root", lambda: np.sqrt(5) * TRUE, ("sqrt(5)", "axis 1 of x"), Kind.WRONG_FACTOR),
    Slip("one less", lambda: 6 / 5 * TRUE, ("6/5",), Kind.WRONG_FACTOR),
    Slip("minus length", lambda: -3 * TRUE, ("-3 times", "axis 1 of w"), Kind.WRONG_FACTOR),
    Slip("a parameter", lambda: 0.1375 * TRUE, ("alpha",), Kind.WRONG_FACTOR),
    Slip(
        "no name", lambda: 0.73159 * TRUE, ("0.73159 times",), Kind.WRONG_FACTOR, never=("length",)
    ),
    Slip("transposed", lambda: SQUARE.T.copy(), ("transpose",), Kind.TRANSPOSED, SQUARE),
    Slip("minus transposed", lambda: -SQUARE.T, ("-1 times", "transpose"), Kind.TRANSPOSED, SQUARE),
    Slip("reversed", lambda: TRUE[::-1], ("reversed along axis 0",), Kind.WRONG_VARIABLE),
    Slip(
        "rolled", lambda: np.roll(TRUE, 1, 1), ("shifted by 1 along axis 1",), Kind.WRONG_VARIABLE
    ),
    Slip(
        "permuted",
        lambda: TRUE[[2, 0, 1, 5, 3, 4]],
        ("another order along axis 0",),
        Kind.WRONG_VARIABLE,
    ),
    Slip("memory", lambda: TRUE.T.reshape(6, 5), ("order of memory",), Kind.WRONG_SHAPE),
    Slip(
        "a row zero",
        lambda: changed(TRUE, 2, 0),
        ("index 2 along axis 0", "zero"),
        Kind.MISSING_PATH,
    ),
    Slip(
        "a row sign",
        lambda: changed(TRUE, 0, -TRUE[0]),
        ("index 0 along axis 0", "sign"),
        Kind.WRONG_SIGN,
    ),
    Slip(
        "last column",
        lambda: changed(TRUE, (slice(None), 4), 2 * TRUE[:, 4]),
        ("index 4 along axis 1", "2 times"),
        Kind.WRONG_FACTOR,
    ),
    Slip(
        "second half",
        lambda: changed(TRUE, slice(3, 6), 0),
        ("indices 3 to 5 along axis 0", "zero"),
        Kind.MISSING_PATH,
    ),
    Slip(
        "every second",
        lambda: changed(TRUE, slice(0, 6, 2), 0),
        ("every second index along axis 0",),
        Kind.MISSING_PATH,
    ),
    Slip("one element", lambda: changed(TRUE, (1, 3), 7.0), ("dx[1, 3] alone",), Kind.UNEXPLAINED),
    Slip(
        "negative x", lambda: np.where(X < 0, 0, TRUE), ("x is negative", "zero"), Kind.WRONG_MASK
    ),
    Slip("above", lambda: np.where(X > 0.7, 0, TRUE), ("x is above",), Kind.WRONG_MASK),
    Slip("times x", lambda: TRUE * X, ("times `x`",), Kind.EXTRA_FACTOR),
    Slip("dy left out", lambda: TRUE / DY, ("divided by `dy`",), Kind.MISSING_FACTOR),
    Slip("mean path", lambda: TRUE - TRUE.mean(0), ("same all along axis 0",), Kind.MISSING_PATH),
    Slip(
        "other argument",
        lambda: SQUARE,
        ("true gradient by `b`",),
        Kind.OTHER_ARGUMENT,
        SQUARE.T @ SQUARE,
    ),
    Slip(
        "summed",
        lambda: np.broadcast_to(TRUE.sum(0), (6, 5)),
        ("sum of the true gradient over axis 0",),
        Kind.WRONG_REDUCTION,
    ),
    Slip(
        "mean",
        lambda: np.broadcast_to(TRUE.mean(1, keepdims=True), (6, 5)),
        ("mean of the true gradient over axis 1",),
        Kind.WRONG_REDUCTION,
    ),
    Slip("cumulated", lambda: TRUE.cumsum(1), ("cumulative sum", "axis 1"), Kind.WRONG_REDUCTION),
    Slip(
        "size alone",
        lambda: np.abs(TRUE),
        ("wrong sign", f"{(TRUE < 0).sum()} of 30"),
        Kind.WRONG_SIGN,
    ),
    Slip(
        "not finite", lambda: changed(TRUE, (2, 2), np.nan), ("dx[2, 2]", "NaN"), Kind.LOST_DIGITS
    ),
    Slip(
        "flat forward",
        lambda: DY,
        ("equals `dy`", "straight-through"),
        Kind.OTHER_FUNCTION,
        0 * TRUE,
    ),
]


def setting(**more: Any) -> Setting:
    return Setting(
        "x", SHAPES, {"x": X, "dy": DY}, numbers={"alpha": 0.1375}, others={"b": SQUARE}, **more
    )


def said(got: Array, true: Array, bound: Any, **more: Any) -> str:
    found = relations(got, true, np.broadcast_to(bound, true.shape), setting(**more))
    return "" if found is None else found.text.en


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_named(slip: Slip) -> None:
    got = np.array(slip.got())
    bound = 1e-11 * (1 + np.abs(slip.true))
    noise = np.random.default_rng(1).uniform(-1, 1, got.shape) * bound / 3
    found = relations(got + noise, slip.true, bound, setting())
    assert found is not None
    assert found.kind is slip.kind, found.text.en
    for text in slip.says:
        assert text in found.text.en, found.text.en
    for text in slip.never:
        assert text not in found.text.en, found.text.en
    assert found.text.ko.strip()
    assert found.text.ko != found.text.en


class TestNothingIsSaidTooMuch:
    @pytest.mark.parametrize("seed", range(20))
    def test_numbers_that_have_nothing_to_do_with_it(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        for shape in ((6, 5), (4, 4), (3,), (2, 3, 2)):
            true, got = rng.normal(size=(2, *shape))
            assert said(got, true, 1e-9) == ""

    @pytest.mark.parametrize("seed", range(20))
    def test_one_number_in_wide_bounds(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        true, got = rng.normal(size=(2, 1))
        assert said(got, true, 1e-3) == ""

    def test_a_ratio_that_is_nearly_a_length(self) -> None:
        text = said(3.0001 * TRUE, TRUE, 1e-9)
        assert "3.0001 times" in text
        assert "length" not in text

    def test_all_readings_within_the_bounds_are_told(self) -> None:
        shapes = {"x": (4, 4), "y": (4, 2)}
        found = relations(2 * SQUARE, SQUARE, np.full((4, 4), 1e-10), Setting("x", shapes))
        assert found is not None
        assert "2 is the length of axis 1 of y" in found.text.en
        assert "sqrt(4)" in found.text.en

    def test_elements_that_are_not_known_say_nothing(self) -> None:
        got, bound = 2 * TRUE, np.full(TRUE.shape, 1e-10)
        got[0], bound[0] = 17.0, np.inf
        assert "2 times" in said(got, TRUE, bound)
        assert said(got, TRUE, np.full(TRUE.shape, np.inf)) == ""

    def test_wide_bounds_do_not_make_a_zero(self) -> None:
        true = np.full(12, 0.5)
        for got, wanted in ((0 * true, true), (true, 0 * true)):
            bound = np.full(12, 0.6)
            bound[0] = 0.1
            text = said(got, wanted, bound)
            assert "flat" not in text
            assert "is zero" not in text

    def test_a_gradient_within_its_bounds_is_no_slip(self) -> None:
        assert said(TRUE, TRUE, 1e-9) == ""
        assert said(np.empty((0, 3)), np.empty((0, 3)), 1e-9) == ""

    @pytest.mark.parametrize("seed", range(20))
    def test_a_few_wrong_elements_are_no_condition_on_x(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        got = TRUE + 0.0
        got.ravel()[rng.choice(30, 12, replace=False)] += rng.normal(size=12)
        assert " x is " not in said(got, TRUE, 1e-9)
