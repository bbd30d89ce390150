"""Functions as SymPy's expressions: SymPy's own, or made of a record where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from gradproof.ops.digits import digits_of
from gradproof.ops.function_record import TABLE, Elementwise, Operation, elementwise, read


def symbolic(name: str, *args: Any) -> Any:
    """Carry out an operation on SymPy's expressions."""
    import sympy

    if name == "pi":
        return sympy.pi
    if name == "where":
        return sympy.Piecewise((args[1], args[0]), (args[2], True))
    record = elementwise(name)
    if record is None:
        raise LookupError(f"{name} is no function of each element that has a record")
    if callable(record.sympy):
        return record.sympy(sympy, *args)
    if record.sympy is not None:
        return getattr(sympy, record.sympy)(*args)
    if record.latex or record.meaning is None:
        return symbol_function(record)(*args)
    return meant_symbolically(record, args)


def of_symbolic(expression: Any) -> Elementwise | None:
    """Return the record of the function at the top of an expression of SymPy."""
    found = getattr(expression, "record", None)
    if isinstance(found, Elementwise):
        return found
    return _by_sympy(tuple(TABLE.records.values())).get(type(expression))


@lru_cache(maxsize=4)
def _by_sympy(known: tuple[Operation, ...]) -> dict[type, Elementwise]:
    """Return the records of functions of one argument, by their class in SymPy."""
    import sympy

    x = sympy.Symbol("x")
    found: dict[type, Elementwise] = {}
    for record in known:
        if isinstance(record, Elementwise) and record.arity == 1 and record.sympy is not None:
            made = symbolic(record.name, x)
            if getattr(made, "args", ()) == (x,) and made.is_Function:
                found.setdefault(type(made), record)
    return found


def meant_symbolically(record: Elementwise, args: Sequence[Any]) -> Any:
    """Return what a function means, in SymPy's expressions."""
    import sympy

    return read(record.meaning, symbolic, sympy.Rational, args)


@cache
def symbol_function(record: Elementwise) -> Any:
    """Return a function of SymPy with the slopes, digits and letters of a record."""
    import mpmath
    import sympy

    def fdiff(self: Any, argindex: int = 1) -> Any:
        slope = record.derivative(argindex - 1, symbolic, sympy.Rational, self.args, self)
        return sympy.S.Zero if slope is None else slope

    def expanded(self: Any, **hints: Any) -> Any:
        return self if record.meaning is None else meant_symbolically(record, self.args)

    def evaluated(self: Any, digits: int) -> Any:
        with mpmath.workprec(digits):
            values = [a._to_mpmath(digits) for a in self.args]
            return sympy.Expr._from_mpmath(digits_of(record.name, *values), digits)

    def latex(self: Any, printer: Any, exp: str | None = None) -> str:
        inside = ", ".join(map(printer._print, self.args))
        name = record.latex or rf"\operatorname{{{record.name}}}"
        return rf"{name}{'' if exp is None else f'^{{{exp}}}'}\left({inside}\right)"

    made = {
        "fdiff": fdiff,
        "_eval_expand_func": expanded,
        "_eval_evalf": evaluated,
        "_latex": latex,
        "record": record,
    }
    return type(record.name, (sympy.Function,), {**made, "is_real": True, "nargs": record.arity})


__all__ = ["meant_symbolically", "of_symbolic", "symbol_function", "symbolic"]
