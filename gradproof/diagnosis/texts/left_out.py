"""A factor that was left out: an argument that a function does not use, a setting."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from gradproof.diagnosis.texts.changes_of_text import Change, Place, uses_of
from gradproof.diagnosis.texts.exchanged import parsed
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_UNUSED = weight("text, left out: an argument that is not used")
_SETTING, _MOST_SETTINGS = weight("text, left out: a setting"), 6
_FORMS = ("{}", "{}[:, None]", "{}[..., None]", "{}[None, :]", "{}.T")


def unused(function: ast.FunctionDef, place: Place) -> Iterator[Change]:
    """Yield the terms of a statement times an argument that the function does not use."""
    given = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
    used = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    names = [known for known in (*place.scope.shapes, *place.scope.numbers)
             if known.partition("[")[0] in set(given) - used]  # fmt: skip
    statement = place.statement
    value = getattr(statement, "value", None)
    if not names or not isinstance(statement, (ast.Assign, ast.Return)) or value is None:
        return
    terms = value.elts if isinstance(value, ast.Tuple) else [value]
    for term in terms:
        if not isinstance(term, ast.Tuple) and next(uses_of(term), None) is not None:
            for name in names[:3]:
                axes = len(place.scope.shapes.get(name, ()))
                for form in _FORMS if axes else _FORMS[:1]:
                    factor = form.format(name)
                    new = ast.BinOp(term, ast.Mult(), parsed(factor))
                    yield Change(Kind.MISSING_FACTOR, _UNUSED, term, new, f"times {factor}", factor)


def settings(place: Place) -> Iterator[Change]:
    """Yield the terms of a statement times a number that has a name, and divided by it."""
    value = getattr(place.statement, "value", None)
    if value is None or isinstance(place.statement, ast.Expr):
        return
    names = [name for name in place.numbers if name not in place.counters][:_MOST_SETTINGS]
    for term in terms_of(value):
        for name, op in itertools.product(names, (ast.Mult(), ast.Div())):
            factor = name if isinstance(op, ast.Mult) else f"1/{name}"
            new = ast.BinOp(term, op, parsed(name))
            yield Change(Kind.MISSING_FACTOR, _SETTING, term, new, f"times {factor}", factor)


def terms_of(value: ast.expr) -> Iterator[ast.expr]:
    """Yield the terms of a sum, or of the parts of a tuple."""
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
        yield from terms_of(value.left)
        yield from terms_of(value.right)
    elif isinstance(value, ast.Tuple):
        for part in value.elts:
            yield from terms_of(part)
    elif next(uses_of(value), None) is not None:
        yield value


__all__ = ["settings", "terms_of", "unused"]
