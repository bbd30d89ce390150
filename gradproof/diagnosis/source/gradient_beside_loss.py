"""A gradient that a function returns beside its loss: where the author's text of it stands.

There is no backward of the author's then. What multiplies by the upstream gradient is the engine's
own, and a change of what it multiplies belongs into the author's return statement.
"""

from __future__ import annotations

import ast

from gradproof.diagnosis.search.repair import Repair
from gradproof.diagnosis.source.source_positions import enclosing
from gradproof.diagnosis.tape.author_words import Naming
from gradproof.diagnosis.tape.tape import Ref


def returned_beside(naming: Naming, repair: Repair) -> tuple[str, ast.expr, ast.Return] | None:
    """Return the file, the expression and the statement in which the operand that a repair changes
    is returned by the function that has made it; None where it is not returned so."""
    tape, old = naming.tape, repair.words(naming).old
    for index, k in repair.slots:
        op = tape.ops[index]
        operand = op.args[k]
        own = op.place is not None and naming.sources.lines(op.place.file)
        if own or index < tape.start or not isinstance(operand, Ref):
            continue
        maker = tape.ops[operand.index]
        place = maker.place or maker.site
        end = None if place is None else (place.file, place.line)
        end = end or tape.returned.get(operand.index)  # of an input there is no step
        function = None if end is None else enclosing(naming, *end)
        returns = [] if function is None else _returns(function)
        for statement in reversed(returns):
            for part in _parts(statement.value):
                if end is not None and ast.unparse(part) == old:
                    return end[0], part, statement
    return None


def _returns(function: ast.FunctionDef) -> list[ast.Return]:
    found = [n for n in ast.walk(function) if isinstance(n, ast.Return)]
    return sorted(found, key=lambda node: node.lineno)


def _parts(value: ast.expr | None) -> list[ast.expr]:
    if isinstance(value, (ast.Tuple, ast.List)):
        return [part for each in value.elts for part in _parts(each)]
    if isinstance(value, ast.Dict):
        return [part for each in value.values for part in _parts(each)]
    return [] if value is None else [value]
