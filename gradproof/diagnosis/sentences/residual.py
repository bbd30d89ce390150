"""What is too much in a wrong gradient: given minus true, as a formula in the author's names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.diagnosis.quantities.missing_terms import Paths
from gradproof.diagnosis.quantities.terms import Term, entry, level_of, written
from gradproof.diagnosis.search.repair import forward_steps
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.points import Scene, close
from gradproof.diagnosis.tape.tape import Ref, Tape
from gradproof.ops import elementwise, elementwise_records, symbolic

LONGEST = 110  # letters of a formula that says more than words do
MOST_STEPS, MOST_PATHS, MOST_OPERATIONS = 60, 24, 60
_NOTHING = 1e-10  # relative to the gradient: a path that always comes to 0
_PASSED = ("returned", "positive", "reshape", "expand_dims", "astype", "broadcast_to", "squeeze")


def formula(scene: Scene, name: str) -> str:
    """Return given minus true in its simplest form; "" where no short formula is known.

    True is the sum over the paths of forward's graph. Quantities that backward has under a name
    keep it, sums and matrix products stand as they are. A formula is returned only if it has the
    values of the difference at every point.
    """
    import sympy

    true = _paths(scene, name)
    if true is None:
        return ""
    symbols = _Symbols(scene)
    target = scene.first.tape.gradients[name]
    difference = symbols.of_entry(target, whole=True) - sum(map(symbols.of_term, true))
    if sympy.count_ops(difference) > MOST_OPERATIONS or not symbols.hold(difference, name):
        return ""
    text = min((_text(each) for each in _forms(difference)), key=len)
    return text if len(text) <= LONGEST else ""


def _forms(expression: Any) -> Iterator[Any]:
    import sympy

    yield expression
    expanded = sympy.expand(expression)
    yield expanded
    yield sympy.factor_terms(expanded)
    if len(expression.free_symbols) <= 8:
        yield sympy.factor(expanded)


def _text(expression: Any) -> str:
    known = [r for r in elementwise_records() if isinstance(r.sympy, str) and r.home == "numpy"]
    names = {str(r.sympy): r.name for r in reversed(known)}
    pattern = rf"(?<![\w.])({'|'.join(names)})\("
    return re.sub(pattern, lambda found: f"np.{names[found[1]]}(", str(expression))


def _paths(scene: Scene, name: str) -> list[Term] | None:
    """Return the terms of the true gradient; None where not all of them are known."""
    tape = scene.first.tape
    used = forward_steps(tape)
    if len(used) > MOST_STEPS:
        return None
    found: list[tuple[Term, Any]] = []
    for term in _AllPaths(scene, used).contributions(tape.inputs[name]):
        try:
            found.append((term, np.asarray(term.at(tape), dtype=float)))
        except (ValueError, TypeError, IndexError):
            return None
        if len(found) > MOST_PATHS:
            return None
    true = scene.first.true[name]
    total = sum((value for _, value in found), np.zeros(np.shape(true)))
    if np.shape(total) != np.shape(true) or not close(total, true):
        return None
    size = _NOTHING * float(np.abs(true).max(initial=0.0))
    return [term for term, value in found if np.abs(value).max(initial=0.0) > size]


class _AllPaths(Paths):
    """The paths of forward's graph, those through means over some axis included.

    What comes back through such a mean has an axis of length 1 there: it broadcasts where it is
    added to the other paths, as everywhere in NumPy.
    """

    def _passed(self, index: int, j: int, a: Term) -> Term | None:
        op = self.tape.ops[index]
        if op.name in ("sum", "mean") and isinstance(op.args[j], Ref):
            return self._reduced(op, entry(op.args[j].index), entry(index), a)
        return super()._passed(index, j, a)


class _Symbols:
    """SymPy expressions of entries and terms; a symbol for each quantity that keeps its name."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.tape = scene, scene.first.tape
        self.naming: Naming = scene.naming
        self.meant: dict[Any, Term | int | float] = {}

    def _symbol(self, text: str, meant: Term | int | float) -> Any:
        import sympy

        shown = text if level_of(text) == 9 else f"({text})"
        symbol = sympy.Symbol(shown, real=True)
        self.meant.setdefault(symbol, meant)
        return symbol

    def _number(self, value: Any, text: str = "") -> Any:
        import sympy

        shown = text or self.naming.scalar(value)
        if shown.isidentifier():
            return self._symbol(shown, float(value))
        return sympy.nsimplify(value, rational=True)

    def of_entry(self, index: int, whole: bool = False) -> Any:
        """Return an entry; whole: what it is made of, though it has a name."""
        op = self.tape.ops[index]
        if op.name in _PASSED and op.args and isinstance(op.args[0], Ref) and (whole or not op.own):
            return self.of_entry(op.args[0].index, whole)
        if (op.own and not whole) or op.name in ("input", "upstream", "constant"):
            return self._symbol(self.naming.text(index), index)
        parts = [self.of_entry(a.index) if isinstance(a, Ref) else self._number(a)
                 if type(a) in (int, float) else None for a in op.args]  # fmt: skip
        made = None if None in parts else _applied(op.name, parts)
        return self._symbol(self.naming.text(index), index) if made is None else made

    def of_term(self, term: Term) -> Any:
        """Return a term over the entries."""
        if term.name == "entry":
            return self.of_entry(term.index)
        if term.name == "number":
            return self._number(term.value, term.text if term.text.isidentifier() else "")
        if term.name in _PASSED:
            return self.of_term(term.parts[0])
        made = _applied(term.name, [self.of_term(part) for part in term.parts])
        return self._symbol(written(term, self.naming.text), term) if made is None else made

    def hold(self, expression: Any, name: str) -> bool:
        """Whether an expression has the values of given minus true at every point."""
        import sympy

        symbols = sorted(expression.free_symbols, key=str)
        dummies = [sympy.Dummy() for _ in symbols]
        function = sympy.lambdify(dummies, expression.subs(dict(zip(symbols, dummies))), "numpy")
        for point in self.scene.points:
            wanted = point.given(name) - point.true[name]
            try:
                made = function(*(_value(point.tape, self.meant[s]) for s in symbols))
                if not close(np.broadcast_to(made, wanted.shape), wanted):
                    return False
            except Exception:  # names that stand for other shapes than they seem to
                return False
        return True


def _value(tape: Tape, meant: Term | int | float) -> Any:
    if isinstance(meant, Term):
        return meant.at(tape)
    return tape.value(meant) if isinstance(meant, int) else meant


def _applied(name: str, parts: list[Any]) -> Any:
    """Return a function of expressions; None for what stands as it is."""
    record = elementwise(name)
    if record is None or record.home != "numpy" or record.latex or len(parts) != record.arity:
        return None
    return None if record.sympy is None else symbolic(name, *parts)
