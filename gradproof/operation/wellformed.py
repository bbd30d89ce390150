"""What is missing or wrong in the two files of an operation, in one sentence each.

Every sentence names the file, the field, what stands there and an example of what to write.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import sympy as sp

from gradproof.operation.derivation import Chain, Derivation, Input, Layout, Mode, SpecialValue
from gradproof.operation.forward_graph import names_of
from gradproof.operation.layouts import ANY_SHAPE, axes_of, names_in
from gradproof.text import Text

_KINDS = ("real", "unit", "positive", "sign", "label", "mask")


def problems(derivation: Derivation, file: str, module: ModuleType, code: str) -> Iterator[str]:
    """Every problem of one operation; ``file`` and ``code`` are how its two files are called."""
    if not derivation.modes:
        yield f"{file}: modes is empty; write modes=(Mode(name='default', ...),)"
    for mode in derivation.modes:
        where = f"{file}: Mode {mode.name!r}"
        yield from _parts(mode, where)
        if mode.inputs and mode.layouts and mode.graph:
            for layout in mode.layouts:
                yield from _layout(mode, layout, where)
            yield from _chains(mode, where)
            yield from _special_values(mode, where)
        yield from _functions(mode, where, module, code)


def _parts(mode: Mode, where: str) -> Iterator[str]:
    examples = {
        "inputs": "inputs=(Input('x', x),)",
        "graph": "graph=(Node(y, x**2),)",
        "layouts": "layouts=(ELEMENTWISE,)",
    }
    for field, example in examples.items():
        if not getattr(mode, field):
            yield f"{where}: {field} is empty; write {example}"
    if mode.backwards and mode.dy is None:
        yield f"{where}: dy is None; write dy=dy, the symbol of the upstream gradient"
    if mode.backwards and mode.loss is None:
        yield (
            f"{where}: loss is None; write the sum of dy times y, as loss=dy * y or "
            "loss=sp.Sum(dy[i] * y[i], (i, 1, D))"
        )
    for item in mode.inputs:
        yield from _domain(item, where)


def _domain(item: Input, where: str) -> Iterator[str]:
    if item.domain.kind not in _KINDS:
        yield (
            f"{where}: input {item.name!r}: Domain({item.domain.kind!r}) is none of "
            f"{', '.join(_KINDS)}; write Domain('positive')"
        )
    if item.domain.kind == "label" and not item.domain.below:
        yield (
            f"{where}: input {item.name!r}: how many labels there are is missing; "
            "write Domain('label', 'C') with the name of the axis"
        )


def _layout(mode: Mode, layout: Layout, where: str) -> Iterator[str]:
    where = f"{where}: Layout {layout.label!r}"
    names = {item.name for item in mode.inputs}
    for name in sorted(names - set(layout.shapes)):
        example = f"shapes={{'{name}': ('N', 'D'), ...}}"
        yield f"{where}: shapes lacks the input {name!r}; write {example}"
    for name in sorted(set(layout.shapes) - names):
        yield (
            f"{where}: shapes has {name!r}, which is no input; there are {', '.join(sorted(names))}"
        )
    parameters = {item.name for item in mode.parameters if item.whole}
    inputs = {axis for axes in layout.shapes.values() for axis in axes}
    known = {name for axis in inputs for name in names_in(axis)} | parameters
    for axis in layout.output:
        for name in sorted(set(names_in(axis)) - known):
            yield (
                f"{where}: output has the axis {axis!r}, but no input has an axis {name!r}; give "
                "one that name, or compute the length from others, as 'H - U + 1'"
            )
    if ANY_SHAPE in layout.output and ANY_SHAPE not in inputs:
        yield f"{where}: output is {ANY_SHAPE!r}, but no input is; write output=('N', 'D')"
    for axis in layout.mapped:
        if axis not in (*inputs, ANY_SHAPE):
            yield f"{where}: mapped has {axis!r}, which no input has; write mapped=('N',)"
    sizes = set(axes_of(layout)) | {"*"} | parameters
    for symbol, axis in mode.sizes.items():
        if not ({axis} if axis == "*" else set(names_in(axis))) <= sizes:
            yield (
                f"{where}: sizes says that {symbol} is the length of {axis!r}, but there is no "
                f"such axis; there are {', '.join(sorted(sizes - {'*'}))}"
            )


def _chains(mode: Mode, where: str) -> Iterator[str]:
    derived = {names_of(chain.of) for chain in mode.chains}
    for item in mode.differentiable if mode.backwards else ():
        if item.symbol not in derived:
            yield (
                f"{where}: chains has no derivation for the input {item.name!r}; write "
                f"Chain(of={item.name}, steps=(Step(...), ...), gradient=d{item.name}), or "
                f"Input({item.name!r}, {item.name}, differentiable=False)"
            )
    for chain in mode.chains:
        yield from _steps(chain, where)


def _steps(chain: Chain, where: str) -> Iterator[str]:
    where = f"{where}: Chain of {chain.of}"
    if not chain.steps:
        yield (
            f"{where}: steps is empty; begin with SymPy's derivative of the definition: "
            f"Step(sp.Derivative(y, {chain.of}), DEFINITION, Text('...', '...'))"
        )
    for number, step in enumerate(chain.steps, start=1):
        if not isinstance(step.expression, sp.Basic):
            yield (
                f"{where}: step {number} is {step.expression!r}, which is no SymPy expression; "
                "write sp.Integer(1) for 1"
            )
        for field in ("rule", "reason"):
            value: Any = getattr(step, field)
            if not isinstance(value, Text):
                yield (
                    f"{where}: the {field} of step {number} is {value!r}; write "
                    "Text('English', '한국어')"
                )


def _special_values(mode: Mode, where: str) -> Iterator[str]:
    names = {item.name for item in mode.inputs}
    for number, stated in enumerate(mode.special_values, start=1):
        if set(stated.inputs) != names:
            yield (
                f"{where}: special value {number} gives {_listed(stated)}, but the inputs are "
                f"{', '.join(sorted(names))}; write SpecialValue({{'x': 0.0}}, 0.0, {{'x': 1.0}})"
            )


def _listed(stated: SpecialValue) -> str:
    return ", ".join(stated.inputs) or "nothing"


def _functions(mode: Mode, where: str, module: ModuleType, code: str) -> Iterator[str]:
    for name, arguments in ((mode.forward, "x"), *((name, "dy, cache") for name in mode.backwards)):
        if not callable(getattr(module, name, None)):
            yield f"{code}: there is no function {name}; write def {name}({arguments}): ..."
    forward = getattr(module, mode.forward, None)
    if not callable(forward):
        return
    taken = inspect.signature(inspect.unwrap(forward)).parameters.values()
    arrays = [each.name for each in taken if each.kind != each.KEYWORD_ONLY]
    numbers = [each.name for each in taken if each.kind == each.KEYWORD_ONLY]
    wanted = [item.name for item in mode.inputs]
    if len(arrays) >= len(wanted) and not numbers:
        numbers, arrays = arrays[len(wanted) :], arrays[: len(wanted)]
    if arrays != wanted:
        yield (
            f"{code}: {mode.forward} takes {', '.join(arrays) or 'nothing'}, but {where} has the "
            f"inputs {', '.join(wanted)}; write def {mode.forward}({', '.join(wanted)}): ..."
        )
    stated = [item.name for item in mode.parameters]
    if sorted(numbers) != sorted(stated):
        yield (
            f"{code}: {mode.forward} takes the parameters {', '.join(numbers) or 'none'}, but "
            f"{where} has {', '.join(stated) or 'none'}; write "
            "parameters=(Parameter('alpha', alpha, 1.0),) there for each of them"
        )
