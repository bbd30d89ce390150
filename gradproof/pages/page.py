"""Everything the page about one operation shows, gathered from a run and ready for a template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Generic, TypeVar

from markupsafe import Markup

from gradproof.operation.derivation import Chain, Derivation, Fact, Form, Kink, Limit, Mode
from gradproof.operation.operations import Operation
from gradproof.pages.code import Listing, highlight, listings, textbook_listings, whole_file
from gradproof.pages.curves import Picture, picture_of
from gradproof.pages.definitions import definitions, equals, signature
from gradproof.pages.equations import Notation, mathml
from gradproof.pages.marks import PER_KINK, Mark, mode_marks, worst
from gradproof.pages.outcomes import Outcome, one_line
from gradproof.pages.plots import draw_picture, draw_step_sizes
from gradproof.pages.short import short_code
from gradproof.pages.stepped.examples import example_of
from gradproof.pages.stepped.stepper import Stepper, stepper_of
from gradproof.pages.stepsize import StepSizes, measure_step_sizes
from gradproof.text import Text
from gradproof.witnesses.textbook import Audit, audit

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

    anchor: str
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
    """One or more drawings and the numbers they were drawn from."""

    drawings: tuple[Markup, ...]
    data: Any


@dataclass(frozen=True)
class BookView:
    """The lines as a book has them, and where floats tell them from the code."""

    listings: tuple[Listing, ...]
    audit: Audit


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
    stepper: Attempt[Stepper]
    step_sizes: Attempt[Plot]
    short: Attempt[Markup]
    listings: Attempt[tuple[Listing, ...]]
    book: Attempt[BookView]

    @property
    def chains_hold(self) -> bool:
        """Whether every line of the derivations was proved."""
        return all(line.mark.holds for chain in self.chains for line in chain.lines)

    def marks(self) -> list[Mark]:
        """The marks of every line."""
        lines = [line for chain in self.chains for line in chain.lines]
        lines += [*self.forms, *self.facts, *self.limits]
        return [line.mark for line in lines] + [kink.mark for kink in self.kinks]

    def errors(self) -> list[str]:
        """What could not be made."""
        attempts: tuple[Attempt[Any], ...] = (
            self.picture, self.stepper, self.step_sizes, self.short, self.listings, self.book,
        )  # fmt: skip
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
    modes = operation.derivation.modes
    anchors = (
        [operation.name]
        if len(modes) == 1
        else [f"{operation.name}-{number}" for number in range(1, len(modes) + 1)]
    )
    found = mode_marks(operation.derivation, outcomes)
    views = tuple(
        _mode_view(operation, mode, anchor, seed, each)
        for mode, anchor, each in zip(modes, anchors, found)
    )
    file = attempt(lambda: whole_file(operation))
    return Page(operation.name, operation.derivation, views, tuple(outcomes), file, seed)


def attempt(make: Callable[[], T | None]) -> Attempt[T]:
    """Make something; what breaks is printed where it would have stood."""
    try:
        return Attempt(make())
    except Exception as raised:
        return Attempt(None, one_line(raised))


def _mode_view(
    operation: Operation, mode: Mode, anchor: str, seed: int, found: Iterator[Mark]
) -> ModeView:
    notation = Notation(mode)
    # The marks come in the order of the lines, so the lines are made in that order, too.
    return ModeView(
        name=mode.name,
        anchor=anchor,
        definitions=definitions(notation, mode),
        layouts=tuple(signature(mode, at) for at in range(len(mode.layouts))),
        parameters=tuple((item.name, item.default) for item in mode.parameters),
        assumptions=mode.assumptions,
        chains=tuple(
            _chain(notation, chain, found, f"{anchor}-chain{number}")
            for number, chain in enumerate(mode.chains, 1)
        ),
        forms=_once([_form(notation, form, next(found)) for form in mode.forms]),
        facts=_once([_fact(notation, fact, next(found)) for fact in mode.facts]),
        limits=tuple(_limit(notation, limit, next(found)) for limit in mode.limits),
        kinks=tuple(_kink(notation, kink, worst(islice(found, PER_KINK))) for kink in mode.kinks),
        picture=attempt(lambda: _picture(operation, mode, anchor, seed)),
        stepper=attempt(lambda: _stepper(operation, mode, anchor)),
        step_sizes=attempt(lambda: _step_sizes(operation, mode, anchor, seed)),
        short=attempt(lambda: _short(operation, mode)),
        listings=attempt(lambda: listings(operation, mode)),
        book=attempt(lambda: _book(operation, mode, seed)),
    )


def _chain(notation: Notation, chain: Chain, found: Iterator[Mark], anchor: str) -> ChainView:
    left = notation.gradient(chain)
    lines = tuple(
        Line(
            mathml((left if number == 0 else "") + " = " + notation.latex(step.expression)),
            next(found),
            rule=step.rule,
            note=step.reason,
        )
        for number, step in enumerate(chain.steps)
    )
    title = mathml(notation.gradient_inline(chain), display=False)
    return ChainView(anchor, title, chain.branch.label, lines, chain.note)


def _form(notation: Notation, form: Form, found: Mark) -> Line:
    math = mathml(equals(notation, form.of, form.expression))
    return Line(math, found, form.branch.label, note=form.note)


def _fact(notation: Notation, fact: Fact, found: Mark) -> Line:
    left = notation.latex(fact.left)
    if fact.replace:
        swaps = r",\; ".join(
            rf"{notation.latex(old)} \to {notation.latex(new)}" for old, new in fact.replace.items()
        )
        left = rf"\left. {left} \right|_{{{swaps}}}"
    math = mathml(f"{left} = {notation.latex(fact.right)}")
    return Line(math, found, fact.branch.label, note=fact.note)


def _once(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines that say the same on several branches as one, with all of those branches."""
    found: dict[tuple[Markup, Text | None, str], Line] = {}
    for line in lines:
        key = (line.math, line.note, line.mark.word)
        before = found.get(key)
        both = before is not None and before.branch and line.branch
        joined = (
            replace(line, branch=f"{before.branch}, {line.branch}") if both and before else line
        )
        found[key if before is None or both else (*key[:2], f"{len(found)}")] = joined
    return tuple(found.values())


def _limit(notation: Notation, limit: Limit, found: Mark) -> Line:
    under = rf"{notation.latex(limit.variable)} \to {notation.latex(limit.at)}"
    inner = notation.latex(limit.expression)
    latex = rf"\underset{{{under}}}{{\lim}} \; {inner} = {notation.latex(limit.value)}"
    return Line(mathml(latex), found, note=limit.note)


def _kink(notation: Notation, kink: Kink, found: Mark) -> KinkView:
    def inline(expression: Any) -> Markup:
        return mathml(notation.latex(expression), display=False)

    low, high = kink.interval
    return KinkView(
        place=mathml(equals(notation, kink.variable, kink.at), display=False),
        left=inline(kink.left),
        right=inline(kink.right),
        interval=mathml(rf"[{notation.latex(low)},\; {notation.latex(high)}]", False),
        jump=kink.jump,
        frameworks=tuple((name, inline(value)) for name, value in kink.frameworks.items()),
        note=kink.note,
        mark=found,
    )


def _book(operation: Operation, mode: Mode, seed: int) -> BookView | None:
    measured = audit(operation, mode, seed)
    return BookView(textbook_listings(operation, mode), measured) if measured else None


def _picture(operation: Operation, mode: Mode, anchor: str, seed: int) -> Plot | None:
    found: Picture | None = picture_of(operation, mode, seed)
    return Plot(draw_picture(found, f"{anchor}-f"), found) if found else None


def _short(operation: Operation, mode: Mode) -> Markup | None:
    code = short_code(operation, mode)
    return highlight(code) if code else None


def _stepper(operation: Operation, mode: Mode, anchor: str) -> Stepper | None:
    if mode.loss is None or mode.dy is None or not mode.backwards or not mode.differentiable:
        return None
    try:
        return stepper_of(operation, mode, f"{anchor}-graph", example_of(mode), anchor=anchor)
    except (LookupError, TypeError, ValueError) as raised:
        # A definition with a part that no elementary step is known for, or that small numbers of
        # this sort are no example of: said in the graph's place. Other numbers are an error.
        return Stepper("", Markup(""), (), missing=one_line(raised))


def _step_sizes(operation: Operation, mode: Mode, anchor: str, seed: int) -> Plot | None:
    found: StepSizes | None = measure_step_sizes(operation, mode, seed)
    # Where the derivative is 0 everywhere there is no relative error, and nothing to see.
    if found is None or found.flat or not found.relative:
        return None
    return Plot((draw_step_sizes(found, f"{anchor}-h"),), found)


__all__ = ["Attempt", "ChainView", "KinkView", "Line", "ModeView", "Page", "Plot", "build_page"]
