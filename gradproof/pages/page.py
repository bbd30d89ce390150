"""Everything the page about one operation shows, gathered from a run and ready for a template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sympy as sp
from markupsafe import Markup

from gradproof.derivation import Branch, Chain, Derivation, Fact, Kink, Limit, Mode, Selector
from gradproof.operations import Operation
from gradproof.pages.code import Listing, listings, whole_file
from gradproof.pages.curves import Picture, picture_of
from gradproof.pages.equations import Notation, mathml
from gradproof.pages.marks import Mark, mark, marks, worst
from gradproof.pages.outcomes import Outcome, one_line
from gradproof.pages.plots import draw_picture, draw_step_sizes
from gradproof.pages.stepsize import StepSizes, measure_step_sizes
from gradproof.text import Text
from gradproof.witnesses.symbolic import (
    fact_finding,
    form_finding,
    kink_findings,
    limit_finding,
    step_findings,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """Something made for the page, or the line that says why it could not be made."""

    value: T | None
    error: str = ""


@dataclass(frozen=True)
class Line:
    """One equation of a derivation, with its mark and its words."""

    math: Markup
    mark: Mark
    branch: str = ""
    rule: Text | None = None
    note: Text | None = None


@dataclass(frozen=True)
class ChainView:
    """The derivation of one gradient."""

    title: Markup
    branch: str
    lines: tuple[Line, ...]
    note: Text | None


@dataclass(frozen=True)
class KinkView:
    """One kink: where, its one-sided derivatives, the subgradients, and what others choose."""

    place: Markup
    left: Markup
    right: Markup
    interval: Markup
    jump: bool
    frameworks: tuple[tuple[str, Markup], ...]
    note: Text
    mark: Mark


@dataclass(frozen=True)
class Plot:
    """A picture and the numbers it was drawn from."""

    svg: Markup
    data: Any


@dataclass(frozen=True)
class ModeView:
    """One mode of an operation (training, inference)."""

    name: str
    anchor: str
    definitions: tuple[Markup, ...]
    layouts: tuple[str, ...]
    parameters: tuple[tuple[str, float], ...]
    assumptions: Text | None
    chains: tuple[ChainView, ...]
    forms: tuple[Line, ...]
    facts: tuple[Line, ...]
    limits: tuple[Line, ...]
    kinks: tuple[KinkView, ...]
    picture: Attempt[Plot]
    step_sizes: Attempt[Plot]
    listings: Attempt[tuple[Listing, ...]]

    def marks(self) -> list[Mark]:
        """The marks of every line."""
        lines = [line for chain in self.chains for line in chain.lines]
        lines += [*self.forms, *self.facts, *self.limits]
        return [line.mark for line in lines] + [kink.mark for kink in self.kinks]

    def errors(self) -> list[str]:
        """What could not be made."""
        attempts: tuple[Attempt[Any], ...] = (self.picture, self.step_sizes, self.listings)
        return [each.error for each in attempts if each.error]


@dataclass(frozen=True)
class Page:
    """The page about one operation."""

    name: str
    derivation: Derivation
    modes: tuple[ModeView, ...]
    outcomes: tuple[Outcome, ...]
    file: Attempt[Listing]
    seed: int

    @property
    def holds(self) -> bool:
        """Whether every witness agrees, every line was proved, and everything could be made."""
        return (
            all(outcome.holds for outcome in self.outcomes)
            and all(each.holds for mode in self.modes for each in mode.marks())
            and not any(mode.errors() for mode in self.modes)
            and not self.file.error
        )


def build_page(operation: Operation, outcomes: Sequence[Outcome], seed: int) -> Page:
    """Check every line of the derivation, draw the plots, and gather the code and the evidence."""
    several = len(operation.derivation.modes) > 1
    modes = tuple(
        _mode_view(operation, mode, f"{operation.name}-{number}" if several else operation.name, seed)
        for number, mode in enumerate(operation.derivation.modes, start=1)
    )
    file = attempt(lambda: whole_file(operation))
    return Page(operation.name, operation.derivation, modes, tuple(outcomes), file, seed)


def attempt(make: Callable[[], T | None]) -> Attempt[T]:
    """Make something; what breaks is printed where it would have stood."""
    try:
        return Attempt(make())
    except Exception as raised:
        return Attempt(None, one_line(raised))


def _mode_view(operation: Operation, mode: Mode, anchor: str, seed: int) -> ModeView:
    notation = Notation(mode)
    return ModeView(
        name=mode.name,
        anchor=anchor,
        definitions=_definitions(notation, mode),
        layouts=tuple(_signature(mode, at) for at in range(len(mode.layouts))),
        parameters=tuple((item.name, item.default) for item in mode.parameters),
        assumptions=mode.assumptions,
        chains=tuple(_chain(notation, mode, chain) for chain in mode.chains),
        forms=tuple(
            _equation(notation, form.of, form.expression, form.branch, form.note,
                      mark(lambda form=form: form_finding(mode, form)))  # type: ignore[misc]
            for form in mode.forms
        ),
        facts=tuple(_fact(notation, mode, fact) for fact in mode.facts),
        limits=tuple(_limit(notation, mode, limit) for limit in mode.limits),
        kinks=tuple(_kink(notation, mode, kink) for kink in mode.kinks),
        picture=attempt(lambda: _picture(operation, mode, anchor, seed)),
        step_sizes=attempt(lambda: _step_sizes(operation, mode, anchor, seed)),
        listings=attempt(lambda: listings(operation, mode)),
    )  # fmt: skip


def _definitions(notation: Notation, mode: Mode) -> tuple[Markup, ...]:
    nodes = [_equals(notation, node.symbol, node.expression) for node in mode.graph]
    chosen = [_selector(notation, selector) for selector in mode.selectors]
    return tuple(mathml(latex) for latex in (*chosen, *nodes))


def _selector(notation: Notation, selector: Selector) -> str:
    index, score = notation.latex(selector.over[0]), notation.latex(selector.score)
    best = rf"\underset{{{index}}}{{\operatorname{{argmax}}}}"
    return rf"{notation.latex(selector.symbol)} = {best} \left({score}\right)"


def _signature(mode: Mode, at: int) -> str:
    layout = mode.layouts[at]
    arguments = ", ".join(f"{item.name} {_shape(layout.shapes[item.name])}" for item in mode.inputs)
    return f"{arguments} → {_shape(layout.output)}"


def _shape(axes: tuple[str, ...]) -> str:
    return f"({axes[0]},)" if len(axes) == 1 and axes[0] != "..." else f"({', '.join(axes)})"


def _chain(notation: Notation, mode: Mode, chain: Chain) -> ChainView:
    left = notation.gradient(chain)
    found = marks(step_findings(mode, chain), len(chain.steps))
    lines = tuple(
        Line(
            mathml((left if number == 0 else "") + " = " + notation.latex(step.expression)),
            each,
            rule=step.rule,
            note=step.reason,
        )
        for number, (step, each) in enumerate(zip(chain.steps, found))
    )
    return ChainView(mathml(left, display=False), chain.branch.label, lines, chain.note)


def _equation(
    notation: Notation, left: sp.Expr, right: sp.Expr, branch: Branch, note: Text, found: Mark
) -> Line:
    return Line(mathml(_equals(notation, left, right)), found, branch.label, note=note)


def _fact(notation: Notation, mode: Mode, fact: Fact) -> Line:
    left = notation.latex(fact.left)
    if fact.replace:
        swaps = r",\; ".join(
            rf"{notation.latex(old)} \to {notation.latex(new)}" for old, new in fact.replace.items()
        )
        left = rf"\left. {left} \right|_{{{swaps}}}"
    latex = f"{left} = {notation.latex(fact.right)}"
    found = mark(lambda: fact_finding(mode, fact))
    return Line(mathml(latex), found, fact.branch.label, note=fact.note)


def _limit(notation: Notation, mode: Mode, limit: Limit) -> Line:
    under = rf"{notation.latex(limit.variable)} \to {notation.latex(limit.at)}"
    inner = notation.latex(limit.expression)
    latex = rf"\underset{{{under}}}{{\lim}} \; {inner} = {notation.latex(limit.value)}"
    return Line(mathml(latex), mark(lambda: limit_finding(mode, limit)), note=limit.note)


def _kink(notation: Notation, mode: Mode, kink: Kink) -> KinkView:
    def inline(expression: Any) -> Markup:
        return mathml(notation.latex(expression), display=False)

    low, high = kink.interval
    # Two one-sided derivatives and the kind of kink: one finding each.
    found = worst(marks(kink_findings(mode, kink), 3))
    return KinkView(
        place=mathml(_equals(notation, kink.variable, kink.at), display=False),
        left=inline(kink.left),
        right=inline(kink.right),
        interval=mathml(rf"\left[{notation.latex(low)},\; {notation.latex(high)}\right]", False),
        jump=kink.jump,
        frameworks=tuple((name, inline(value)) for name, value in kink.frameworks.items()),
        note=kink.note,
        mark=found,
    )


def _equals(notation: Notation, left: Any, right: Any) -> str:
    return f"{notation.latex(left)} = {notation.latex(right)}"


def _picture(operation: Operation, mode: Mode, anchor: str, seed: int) -> Plot | None:
    found: Picture | None = picture_of(operation, mode, seed)
    return Plot(draw_picture(found, f"{anchor}-f"), found) if found else None


def _step_sizes(operation: Operation, mode: Mode, anchor: str, seed: int) -> Plot | None:
    found: StepSizes | None = measure_step_sizes(operation, mode, seed)
    if found is None or found.flat:
        return None
    return Plot(draw_step_sizes(found, f"{anchor}-h"), found)


__all__ = ["Attempt", "ChainView", "KinkView", "Line", "ModeView", "Page", "Plot", "build_page"]
