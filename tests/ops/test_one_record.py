"""Adding a function is one record: proofs, diagnoses and pages know it then, and forget it after.

The function is Dawson's integral, D(x) = exp(-x**2) times the integral of exp(t**2) from 0 to x,
whose slope is 1 - 2*x*D(x). Nothing in gradproof has its name.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from scipy.special import dawsn

import gradproof
from gradproof import diagnose, prove_gradient
from gradproof.operation.derivation import Chain, Step
from gradproof.operation.operations import Operation
from gradproof.operation.rules import DEFINITION
from gradproof.ops import Elementwise, added, find, of_function, symbolic
from gradproof.ops.formula import X, Y
from gradproof.pages import build_page, render_page
from gradproof.text import Text
from gradproof.verdicts import Status
from gradproof.witnesses.symbolic import calculus, paper
from tests.catalogue import OPERATIONS

DAWSON = Elementwise(
    name="dawsn", home="scipy.special", slopes=(1 - 2 * X * Y,), sign="argument", latex="D_{+}",
    digits=lambda mp, x: mp.sqrt(mp.pi) / 2 * mp.exp(-(x**2)) * mp.erfi(x),
)  # fmt: skip
INPUT = np.array([0.5, -1.25, 2.0])


@pytest.fixture(autouse=True)
def record() -> Iterator[None]:
    with added(DAWSON):
        yield
    assert find("dawsn") is None


def forward(x: Any) -> Any:
    return 2 * dawsn(x) ** 2


def backward(dy: Any, x: Any) -> Any:
    return 4 * dy * dawsn(x) * (1 - 2 * x * dawsn(x))


def slip(dy: Any, x: Any) -> Any:
    return 4 * dy * dawsn(x) * (1 - x * dawsn(x))


def test_no_file_of_gradproof_has_its_name() -> None:
    files = Path(gradproof.__file__).parent.rglob("*.py")
    assert not [file for file in files if "dawsn" in file.read_text(encoding="utf-8")]


def test_it_is_proved_right_and_refuted_wrong() -> None:
    assert of_function(dawsn) is DAWSON
    assert prove_gradient(forward, backward, INPUT).status is Status.PROVED
    assert prove_gradient(forward, slip, INPUT).status is Status.REFUTED


def test_without_its_record_nothing_is_said_of_it() -> None:
    from gradproof.ops import TABLE

    TABLE.remove(DAWSON)
    try:
        verdict = prove_gradient(forward, backward, INPUT)
    finally:
        TABLE.add(DAWSON)
    assert verdict.status is Status.UNDECIDED
    assert "dawsn" in str(verdict)


def test_with_a_wrong_slope_right_code_is_not_proved() -> None:
    """A record with a slip of its own; test_table.py holds every slope against its digits."""
    from gradproof.ops import TABLE

    wrong = replace(DAWSON, slopes=(1 - X * Y,))
    TABLE.remove(DAWSON)
    try:
        with added(wrong):
            assert prove_gradient(forward, backward, INPUT).status is not Status.PROVED
    finally:
        TABLE.add(DAWSON)


def test_its_slip_is_found_and_mended() -> None:
    found = diagnose(forward, slip, INPUT)
    assert found is not None
    assert found.exact
    assert found.line == slip.__code__.co_firstlineno + 1
    assert "2" in found.fix


def _operation() -> Operation:
    """An operation about it, made of the sigmoid's by other formulas."""
    base = OPERATIONS["sigmoid"]
    mode = base.derivation.modes[0]
    x, y = mode.inputs[0].symbol, mode.graph[0].symbol
    dawson = symbolic("dawsn", x)
    steps = (
        Step(sp.Derivative(dawson, x), DEFINITION, Text("We want this.", "구하려는 것입니다.")),
        Step(1 - 2 * x * dawson, DEFINITION, Text("Its equation.", "정의에서 바로 나옵니다.")),
    )  # fmt: skip
    chain = Chain(of=x, steps=steps, gradient=mode.chains[0].gradient)
    made = replace(mode, graph=(replace(mode.graph[0], expression=dawson),), chains=(chain,),
                   forms=(), facts=(), limits=(), special_values=())  # fmt: skip
    code = types.ModuleType("dawson")
    code.__file__ = __file__
    code.forward = lambda x: (dawsn(x), x)  # type: ignore[attr-defined]
    code.backward = lambda dy, x: dy * (1 - 2 * x * dawsn(x))  # type: ignore[attr-defined]
    assert y in made.graph[0].symbol.free_symbols
    return Operation("dawson", replace(base.derivation, modes=(made,)), code)


def test_a_derivation_and_a_page_have_it() -> None:
    operation = _operation()
    assert calculus(operation.derivation).holds
    assert paper(operation.derivation).holds
    html = render_page(build_page(operation, (), seed=0))
    assert "<mi>D</mi>" in html
    assert html.count("<mi>D</mi>") == 3
