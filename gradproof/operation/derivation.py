"""Records in which a derivation is written down, as data.

One file under ``derivations/`` states one operation: its forward definition as a graph of named
intermediate quantities, and for every gradient a chain of steps that leads from the chain rule to
the closed form. Nothing here computes: :mod:`gradproof.witnesses` holds each statement against
SymPy and against the code.

Conventions shared by all records
---------------------------------
* Array elements are ``sympy.Indexed``, with indices from 1 as on paper; an operation that acts on
  each element alone uses plain symbols.
* ``dy`` is the upstream gradient: dl/dy for an arbitrary scalar loss l, an independent array.
* A *branch* is a dictionary that replaces symbols by expressions valid only there, for instance
  ``{x: p}`` with ``p`` a positive symbol for "x > 0". On a branch every condition decides itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from gradproof.shown import Brief
from gradproof.text import Text


@dataclass(frozen=True)
class Step:
    """One line of a derivation: equal to the line before it, by ``rule``, because of ``reason``."""

    expression: sp.Expr
    rule: Text
    reason: Text


@dataclass(frozen=True, eq=False)
class Branch:
    """A part of the domain on which the definition is smooth.

    ``label`` is how the part is written ("x > 0"); ``where`` maps a symbol to an expression that
    takes exactly the values of that part, in symbols of declared sign.
    """

    label: str = ""
    where: Mapping[sp.Basic, sp.Expr] = field(default_factory=dict)


EVERYWHERE = Branch()


@dataclass(frozen=True, repr=False)
class Chain(Brief):
    """The derivation of one gradient, dl/d``of``, on one branch.

    The first step must equal SymPy's own derivative of the definition, every later step the step
    before it, and the last step is the closed form.
    """

    of: sp.Expr
    steps: tuple[Step, ...]
    gradient: sp.Expr | None = None
    branch: Branch = EVERYWHERE
    note: Text | None = None

    def __repr__(self) -> str:
        return f"d/d{self.of}" + (f" where {self.branch.label}" if self.branch.label else "")

    @property
    def closed_form(self) -> sp.Expr:
        """The expression of the last step."""
        return self.steps[-1].expression


@dataclass(frozen=True)
class Form:
    """Another shape of the same thing, proved equal.

    ``of`` is a node (another way to write the forward value) or the ``gradient`` of a chain.
    The bound on the code's own rounding error is taken from the most accurate form stated.
    """

    of: sp.Expr
    expression: sp.Expr
    note: Text
    branch: Branch = EVERYWHERE


@dataclass(frozen=True)
class Fact:
    """A consequence to be proved: ``left`` equals ``right``, written in nodes and gradients.

    ``replace`` substitutes inputs before the comparison (``{x[i]: x[i] + c}`` on the left side
    only, for an invariance). A learner can use a fact as a check of their own code.
    """

    left: sp.Expr
    right: sp.Expr
    note: Text
    branch: Branch = EVERYWHERE
    replace: Mapping[sp.Expr, sp.Expr] = field(default_factory=dict)


@dataclass(frozen=True)
class Limit:
    """The value ``expression`` tends to when ``variable`` tends to ``at``."""

    expression: sp.Expr
    variable: sp.Symbol
    at: sp.Expr
    value: sp.Expr
    note: Text | None = None


@dataclass(frozen=True, repr=False)
class Kink(Brief):
    """A point at which the two one-sided derivatives differ, or at which the function jumps.

    ``frameworks`` tells which value each framework's gradient takes there. ``jump`` marks a
    discontinuity: there is no derivative at all, and ``left`` and ``right`` belong to the sides.
    ``function`` is the function of ``variable`` that has the kink; by default the output.
    """

    variable: sp.Symbol
    at: sp.Expr
    left: sp.Expr
    right: sp.Expr
    note: Text
    frameworks: Mapping[str, sp.Expr] = field(default_factory=dict)
    jump: bool = False
    function: sp.Expr | None = None

    def __repr__(self) -> str:
        return f"{self.variable} = {self.at}"

    @property
    def interval(self) -> tuple[sp.Expr, sp.Expr]:
        """The subgradients: every value between the one-sided derivatives, ends included."""
        low, high = sp.Min(self.left, self.right), sp.Max(self.left, self.right)
        return low, high


@dataclass(frozen=True)
class Domain:
    """Where an input's values are drawn from.

    kind: "real", "unit" (between 0 and 1), "positive", "sign" (-1 and 1), "label" (integers
    0..below-1, with ``below`` the name of an axis), or "mask" (integers 0 and 1, at least one 1 in
    each row).
    """

    kind: str = "real"
    below: str = ""

    @property
    def whole(self) -> bool:
        """Whether the values are integers: data that no derivative is taken by."""
        return self.kind in ("label", "mask")

    def choices(self, lengths: Mapping[str, int]) -> int:
        """How many integers there are to choose from."""
        return 2 if self.kind == "mask" else lengths[self.below]


@dataclass(frozen=True)
class Input:
    """An array argument of ``forward``, in call order; ``symbol`` is how the definition writes it.

    ``symbol`` is a Symbol (elementwise, or one number per mapped axis) or an IndexedBase.
    """

    name: str
    symbol: sp.Symbol | sp.IndexedBase
    domain: Domain = Domain()
    differentiable: bool = True


@dataclass(frozen=True)
class Parameter:
    """A number that ``forward`` takes by keyword: its default and the values to try.

    ``whole`` is for numbers that count, such as a stride: they may stand in the length of an axis,
    and the code is proved for the default and for each value in ``tried``, not for all of them.
    """

    name: str
    symbol: sp.Symbol
    default: float
    tried: tuple[float, ...] = ()
    least: float | None = None
    most: float | None = None
    whole: bool = False


@dataclass(frozen=True)
class Layout:
    """How the arrays lie in memory, and how the definition's indices run over them.

    ``shapes`` gives each input's axes by name (``{"x": ("N", "C", "H", "W"), "gamma": ("C",)}``);
    ``output`` the axes of y. A length may be computed from others: ``"H - U + 1"``,
    ``"(H - U) // stride + 1"``. The definition speaks of one slice along the axes in ``mapped``;
    the other axes are flattened, in order, where the definition has one index for several axes
    (``flatten=True``), or are its indices one by one. An input without one of the ``mapped`` axes
    is shared by the slices: its gradient is the sum of theirs.
    ``least`` says how long an axis must be, as a number or as a length: ``{"H": "U"}``; ``most``
    how long the longest is that is tried, where an array with many axes grows fast (0: as usual).
    """

    label: str
    shapes: Mapping[str, tuple[str, ...]]
    output: tuple[str, ...]
    mapped: tuple[str, ...] = ()
    flatten: bool = False
    least: Mapping[str, int | str] = field(default_factory=dict)
    most: int = 0


@dataclass(frozen=True)
class Node:
    """A named quantity of the forward graph: ``symbol`` is defined as ``expression``.

    For an Indexed symbol the indices are those of ``symbol`` and ``expression`` holds for each.
    """

    symbol: sp.Expr
    expression: sp.Expr


@dataclass(frozen=True)
class Selector:
    """An integer chosen by a maximum: ``symbol`` is the first ``over`` that maximises ``score``.

    It is locally constant, so derivatives are taken with it held fixed; where two scores tie the
    function has a kink.
    """

    symbol: sp.Expr
    score: sp.Expr
    over: tuple[sp.Symbol, sp.Expr, sp.Expr]


@dataclass(frozen=True)
class SpecialValue:
    """What forward must return at an extreme input, and backward for the given upstream gradient.

    Values are nested lists of floats, in the shapes of the mode's first layout; ``inputs`` and
    ``gradients`` are keyed by argument name. Zeros, infinities and NaN are compared exactly, the
    sign of zero included where a value is stated as -0.0; other values to a few ULPs.
    """

    inputs: Mapping[str, Any]
    output: Any
    gradients: Mapping[str, Any] = field(default_factory=dict)
    cotangent: Any = 1.0
    parameters: Mapping[str, float] = field(default_factory=dict)
    note: Text | None = None


@dataclass(frozen=True)
class HardCase:
    """Arguments at which code once failed, or that chance draws too rarely; held to 50 digits.

    ``arguments``: every input, parameters that are not at their default, and dy, by name, in the
    shapes of the mode's first layout.
    """

    arguments: Mapping[str, Any]
    note: Text | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Mode(Brief):
    """One way to run an operation (training, inference): its definition and what is derived.

    ``loss`` is the scalar l that the gradients are taken of, to first order: the sum of dy * y.
    ``forward`` and ``backwards`` name functions in the operation's file under impl/. The last
    ``outputs`` nodes of ``graph`` are what forward returns. ``sizes`` maps the symbol of an axis
    length to the axis in the layouts, or to ``"*"`` for all flattened axes together.
    ``local`` is for operations that act on each element alone: the chains then derive the local
    derivative dy/dx, and the gradient dl/dx is dy times it.
    """

    name: str
    inputs: tuple[Input, ...]
    graph: tuple[Node, ...]
    layouts: tuple[Layout, ...]
    dy: sp.Symbol | sp.IndexedBase | None
    loss: sp.Expr | None
    chains: tuple[Chain, ...] = ()
    forms: tuple[Form, ...] = ()
    facts: tuple[Fact, ...] = ()
    limits: tuple[Limit, ...] = ()
    kinks: tuple[Kink, ...] = ()
    branches: tuple[Branch, ...] = (EVERYWHERE,)
    parameters: tuple[Parameter, ...] = ()
    selectors: tuple[Selector, ...] = ()
    special_values: tuple[SpecialValue, ...] = ()
    hard_cases: tuple[HardCase, ...] = ()
    sizes: Mapping[sp.Symbol, str] = field(default_factory=dict)
    assumptions: Text | None = None
    forward: str = "forward"
    backwards: tuple[str, ...] = ("backward",)
    outputs: int = 1
    local: bool = False

    def __repr__(self) -> str:
        return self.name

    @property
    def output_nodes(self) -> tuple[Node, ...]:
        """The nodes that forward returns."""
        return self.graph[len(self.graph) - self.outputs :]

    @property
    def differentiable(self) -> tuple[Input, ...]:
        """The inputs that have a gradient."""
        return tuple(item for item in self.inputs if item.differentiable)


@dataclass(frozen=True)
class Derivation:
    """What the mathematics says about one operation.

    ``chapter`` and ``position`` say where in the book it stands.
    """

    title: Text
    summary: Text
    modes: tuple[Mode, ...]
    story: Sequence[Text] = ()
    references: Sequence[str] = ()
    chapter: int = 1
    position: int = 0
