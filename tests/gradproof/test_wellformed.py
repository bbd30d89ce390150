"""What is missing or wrong in an operation's two files is told in one sentence with an example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import sympy as sp

from gradproof.operation.derivation import Derivation, Domain, Layout, Mode
from gradproof.operation.operations import Operation
from gradproof.operation.wellformed import problems
from tests.catalogue import EACH_OPERATION, OPERATIONS

# Any operation over rows with several inputs will do to plant an error in.
ROWS = next(
    each
    for each in OPERATIONS.values()
    if len(each.derivation.modes) == 1
    and each.derivation.modes[0].layouts[0].mapped == ("N",)
    and len(each.derivation.modes[0].inputs) == 2
    and each.derivation.modes[0].parameters
)


def told(derivation: Derivation, module: ModuleType | None = None) -> list[str]:
    code = module or ROWS.implementation
    return list(problems(derivation, "derivations/rows.py", code, "impl/rows.py"))


def planted(**changes: Any) -> list[str]:
    (mode,) = ROWS.derivation.modes
    return told(replace(ROWS.derivation, modes=(replace(mode, **changes),)))


def laid_out(**changes: Any) -> list[str]:
    (layout,) = ROWS.derivation.modes[0].layouts
    return planted(layouts=(replace(layout, **changes),))


def _mode() -> Mode:
    return ROWS.derivation.modes[0]


def _without_gradient() -> list[str]:
    return planted(chains=_mode().chains[:1])


def _step(**changes: Any) -> list[str]:
    first, *others = _mode().chains
    step, *rest = first.steps
    return planted(chains=(replace(first, steps=(replace(step, **changes), *rest)), *others))


def _unknown_domain() -> list[str]:
    first, *others = _mode().inputs
    return planted(inputs=(replace(first, domain=Domain("integer")), *others))


def _no_classes() -> list[str]:
    first, *others = _mode().inputs
    return planted(inputs=(replace(first, domain=Domain("label")), *others))


def _other_function() -> list[str]:
    module = ModuleType("rows")
    module.forward = lambda x, weight, *, eps=1e-5: (x, None)  # type: ignore[attr-defined]
    return told(ROWS.derivation, module)


PLANTED: dict[str, tuple[Callable[[], list[str]], tuple[str, ...]]] = {
    "no mode": (
        lambda: told(replace(ROWS.derivation, modes=())),
        ("modes is empty; write modes=(Mode(",),
    ),
    "no layout": (lambda: planted(layouts=()), ("layouts is empty; write layouts=(ELEMENTWISE,)",)),
    "no dy": (lambda: planted(dy=None), ("dy is None; write dy=dy",)),
    "no loss": (lambda: planted(loss=None), ("loss is None; write the sum of dy times y",)),
    "no shape of an input": (
        lambda: laid_out(shapes={"x": ("N", "D")}),
        ("shapes lacks the input 'gamma'; write shapes={'gamma': ('N', 'D'), ...}",),
    ),
    "a shape of no input": (
        lambda: laid_out(shapes={"x": ("N", "D"), "gamma": ("D",), "b": ("D",)}),
        ("shapes has 'b', which is no input; there are gamma, x",),
    ),
    "an axis from nowhere": (
        lambda: laid_out(output=("N", "F")),
        ("output has the axis 'F', but no input has an axis 'F'", "as 'H - U + 1'"),
    ),
    "a mapped axis from nowhere": (
        lambda: laid_out(mapped=("B",)),
        ("mapped has 'B', which no input has; write mapped=('N',)",),
    ),
    "a size from nowhere": (
        lambda: planted(sizes={sp.Symbol("D"): "E"}),
        ("sizes says that D is the length of 'E'", "there are D, N"),
    ),
    "no chain": (
        _without_gradient,
        ("chains has no derivation for the input 'gamma'", "differentiable=False"),
    ),
    "a number that is none": (
        lambda: _step(expression=1.0),
        ("step 1 is 1.0, which is no SymPy expression; write sp.Integer(1) for 1",),
    ),
    "a text in one language": (
        lambda: _step(reason="because"),
        ("the reason of step 1 is 'because'; write Text('English', '한국어')",),
    ),
    "a domain that is none": (
        _unknown_domain,
        ("Domain('integer') is none of real, unit, positive", "write Domain('positive')"),
    ),
    "labels without a number": (_no_classes, ("write Domain('label', 'C')",)),
    "another argument, and no backward": (
        _other_function,
        (
            "impl/rows.py: there is no function backward; write def backward(dy, cache): ...",
            "impl/rows.py: forward takes x, weight, but derivations/rows.py: Mode",
        ),
    ),
}


@pytest.mark.parametrize(("plant", "wanted"), PLANTED.values(), ids=PLANTED)
def test_a_planted_error_is_told_in_one_sentence(
    plant: Callable[[], list[str]], wanted: tuple[str, ...]
) -> None:
    found = plant()
    assert found
    for text in wanted:
        assert any(text in each for each in found), found
    for each in found:
        assert each.startswith(("derivations/rows.py: ", "impl/rows.py: "))
        assert "\n" not in each


@pytest.mark.parametrize("operation", EACH_OPERATION)
def test_nothing_is_said_of_what_is_right(operation: Operation) -> None:
    assert not list(problems(operation.derivation, "", operation.implementation, ""))


def test_what_is_optional_may_stay_away() -> None:
    bare = planted(forms=(), facts=(), limits=(), kinks=(), special_values=(), assumptions=None)
    assert not bare
    assert not told(replace(ROWS.derivation, story=(), references=()))


def test_a_layout_can_compute_lengths_from_counts() -> None:
    layout = Layout("", {"x": ("N", "P * size")}, output=("N", "(P - 1) // size + 1"))
    from gradproof.operation.layouts import axes_of, lengths_from, shape_of

    assert axes_of(layout, ["size"]) == ("N", "P")
    lengths = lengths_from(layout, {"x": (4, 6)}, {"size": 2})
    assert lengths == {"N": 4, "P": 3}
    assert shape_of(layout.output, {**lengths, "size": 2}) == (4, 2)
