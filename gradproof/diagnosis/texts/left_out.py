"""An argument that a function does not use: most likely a factor that was left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gradproof.diagnosis.texts.changes_of_text import Change, Place, uses_of
from gradproof.diagnosis.texts.exchanged import parsed
from gradproof.diagnosis.weights import weight
from gradproof.slip_kinds import Kind

_UNUSED = weight("text, left out: an argument that is not used")
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


__all__ = ["unused"]
