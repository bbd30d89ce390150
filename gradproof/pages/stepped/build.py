"""The definition of an operation, taken apart into elementary steps.

The named quantities of a derivation are taken apart into sums, products, means, roots: the graph
that one draws to go backwards node by node. Values are exact: fractions, and 30 digits where a
function leaves the fractions. A term that occurs twice is one vertex, so its gradients meet there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from gradproof.operation.derivation import Mode
from gradproof.pages.stepped import ops
from gradproof.pages.stepped.back import lengths_of, letters, send_back, sends, walk
from gradproof.pages.stepped.step_records import (
    Arrow,
    Graph,
    Op,
    Send,
    Values,
    Vertex,
    base_of,
    exact,
    plain,
    shape_of,
    values_of,
)


def graph_of(mode: Mode, given: Mapping[str, Any], upstream: Any) -> Graph:
    """Take the definition of ``mode`` apart at ``given`` inputs and parameters, and go back.

    ``given`` maps argument names to numbers or nested lists in the shapes of the definition (one
    feature of a batch, one number of an elementwise operation); ``upstream`` is dl/dy likewise.
    LookupError for a definition with a part that no elementary step is known for.
    """
    builder = _Builder(mode, given)
    last = builder.build()
    send_back(builder.vertices, last, values_of(upstream))
    return Graph(tuple(builder.vertices), last, tuple(builder.sent(last)))


class _Builder:
    def __init__(self, mode: Mode, given: Mapping[str, Any]) -> None:
        self.mode = mode
        self.vertices: list[Vertex] = []
        self.known: dict[Any, int] = {}
        self.names: dict[sp.Basic, int] = {}
        self.sizes: dict[sp.Symbol, sp.Integer] = {}
        self.choices: dict[sp.Basic, Values] = {}
        self.selectors = {base_of(each.symbol): each for each in mode.selectors}
        self._take_inputs(given)

    def _take_inputs(self, given: Mapping[str, Any]) -> None:
        for item in self.mode.inputs:
            self._input(item.symbol, item.name, given[item.name], item.differentiable)
        for parameter in self.mode.parameters:
            value = given.get(parameter.name, parameter.default)
            self._input(parameter.symbol, parameter.name, value, False)
        for node in self.mode.graph:
            for element in node.expression.atoms(sp.Indexed):
                if element.base in self.names:
                    self._learn_sizes(node.expression, element)

    def _input(self, symbol: sp.Basic, name: str, value: Any, learns: bool) -> None:
        values = values_of(value)
        shape = shape_of(values)
        own = tuple(sp.Symbol(f"a{axis}") for axis in range(len(shape)))
        number = self._add("", None, (), own, (), shape, values)
        vertex = self.vertices[number]
        vertex.given, vertex.learns, vertex.symbol = name, learns, symbol
        vertex.name = plain(symbol)
        self.names[symbol] = number

    def _learn_sizes(self, expression: sp.Expr, element: sp.Indexed) -> None:
        """Lengths of axes, from the sums that run along them."""
        shape = self.vertices[self.names[element.base]].shape
        for total in expression.atoms(sp.Sum):
            for index, _, high in total.limits:
                for axis, place in enumerate(element.indices):
                    if place == index and isinstance(high, sp.Symbol):
                        self.sizes[high] = sp.Integer(shape[axis])
        for size, axis in zip(self.mode.sizes, range(len(self.mode.sizes))):
            if size not in self.sizes and axis < len(shape):
                self.sizes.setdefault(size, sp.Integer(shape[axis]))

    def build(self) -> int:
        """Add every vertex; return the number of the output's."""
        last = 0
        for node in self.mode.graph:
            found = self._take(node.expression.subs(self.sizes))
            if isinstance(found, sp.Basic):
                raise LookupError(f"{node.symbol} is the constant {found}")
            last = found.source
            vertex = self.vertices[last]
            if not vertex.name:
                vertex.name, vertex.symbol = plain(base_of(node.symbol)), node.symbol
            order = node.symbol.indices if isinstance(node.symbol, sp.Indexed) else ()
            self.names[base_of(node.symbol)] = last
            if tuple(order) != found.indices:
                raise LookupError(f"{node.symbol}: its indices come in another order")
        return last

    def _take(self, of: sp.Expr) -> Arrow | sp.Expr:
        """The vertex that computes ``of``; a number is no vertex."""
        if of.is_number:
            return of
        if isinstance(of, sp.Indexed):
            arrow = Arrow(self._number_of(of.base), tuple(of.indices))
            if all(isinstance(place, sp.Symbol) for place in of.indices):
                return arrow
            if not all(isinstance(place, sp.Symbol | sp.Indexed) for place in of.indices):
                raise LookupError(f"{of}: an element at a computed place")
            return self._step(ops.PICK if self._is_given(of) else ops.WINNER, (arrow,))
        if isinstance(of, sp.Symbol):
            return Arrow(self._number_of(of))
        if isinstance(of, sp.Sum):
            return self._total(of, sp.Integer(1))
        if of.is_Add:
            return self._sum_of_terms(of)
        if of.is_Mul:
            return self._product(of)
        if of.is_Pow and of.base is not sp.E:
            return self._power(of.base, of.exp)
        return self._function(of)

    def _is_given(self, of: sp.Indexed) -> bool:
        """Whether an input chooses its element, as a label does; learn what a maximum chooses."""
        given = True
        for place in of.indices:
            if not isinstance(place, sp.Indexed):
                continue
            if place.base in self.selectors:
                self.choices[place.base] = self._winners(place)
                given = False
            elif place.base in self.names:
                self.choices[place.base] = self.vertices[self.names[place.base]].value
            else:
                raise LookupError(f"an element chosen by {place}: no elementary step")
        return given

    def _winners(self, place: sp.Indexed) -> Values:
        """Of each element, the first index at which the selector's score is largest."""
        selector = self.selectors[place.base]
        index, *_ = selector.over
        score = self._arrow(selector.score.subs(self.sizes))
        values = self.vertices[score.source].value
        axis = score.indices.index(index)
        others = [score.indices.index(each) for each in selector.symbol.indices]
        found: Values = {}
        for at in sorted(values):
            key = tuple(at[other] for other in others)
            best = found.get(key)
            if best is None or values[at] > values[(*at[:axis], int(best), *at[axis + 1 :])]:
                found[key] = sp.Integer(at[axis])
        return found

    def _number_of(self, symbol: sp.Basic) -> int:
        if symbol not in self.names:
            raise LookupError(f"{symbol} is neither an input nor a quantity named before")
        return self.names[symbol]

    def _total(self, of: sp.Sum, factor: sp.Expr) -> Arrow:
        if len(of.limits) > 1:
            raise LookupError(f"{of}: a sum over two indices at once")
        (index, low, high), body = of.limits[0], of.function
        if factor.is_negative:
            return self._scaled(sp.Integer(-1), self._total(of, -factor))
        mean = factor != 1 and factor * (high - low + 1) == 1
        if factor != 1 and not mean:
            return self._scaled(factor, self._total(of, sp.Integer(1)))
        coefficient, rest = body.as_coeff_Mul()
        if coefficient != 1:
            return self._scaled(coefficient, self._total(sp.Sum(rest, *of.limits), factor))
        factors = sp.Mul.make_args(rest)
        if len(factors) == 2 and all(isinstance(each, sp.Indexed) for each in factors) and not mean:
            arrows = tuple(self._arrow(each) for each in factors)
            # As in x W: first the one whose last index is summed.
            arrows = tuple(sorted(arrows, key=lambda each: each.indices[-1:] != (index,)))
            return self._step(ops.DOT, arrows, {index: int(high)})
        op = ops.mean(high) if mean else ops.SUM
        return self._step(op, (self._arrow(rest),), {index: int(high)})

    def _sum_of_terms(self, of: sp.Add) -> Arrow:
        constant, terms = sp.Integer(0), []
        for term in self._in_order(of.args):
            if term.is_number:
                constant += term
                continue
            coefficient, rest = term.as_coeff_Mul()
            if coefficient in (1, -1):
                terms.append((int(coefficient), self._arrow(rest)))
            else:
                terms.append((1, self._arrow(term)))
        signs = tuple(sign for sign, _ in terms)
        return self._step(ops.add(signs, constant), tuple(arrow for _, arrow in terms))

    def _product(self, of: sp.Mul) -> Arrow:
        numbers = [each for each in sp.Mul.make_args(of) if each.is_number]
        number = sp.Mul(*numbers)
        factors = [each for each in sp.Mul.make_args(of) if not each.is_number]
        sums = [each for each in factors if isinstance(each, sp.Sum)]
        if len(factors) == 1 and sums:
            return self._total(sums[0], number)
        under = [each for each in factors if each.is_Pow and _is_negative(each.exp)]
        over = [each for each in factors if each not in under]
        found = None
        for each in self._in_order(over):
            arrow = self._arrow(each)
            found = arrow if found is None else self._step(ops.TIMES, (found, arrow))
        for each in under:
            below = self._arrow(each.base ** (-each.exp))
            found = (
                self._step(ops.ONE_OVER, (below,))
                if found is None
                else self._step(ops.DIVIDED, (found, below))
            )
        assert found is not None
        return found if number == 1 else self._scaled(number, found)

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> Arrow:
        if _is_negative(exponent):
            return self._step(ops.ONE_OVER, (self._arrow(base ** (-exponent)),))
        if exponent == sp.Rational(1, 2):
            return self._step(ops.ROOT, (self._arrow(base),))
        if exponent == 2:
            return self._step(ops.SQUARE, (self._arrow(base),))
        if exponent.is_Integer:
            return self._step(ops.power(int(exponent)), (self._arrow(base),))
        raise LookupError(f"{base**exponent}: no elementary step")

    def _function(self, of: sp.Expr) -> Arrow:
        if isinstance(of, sp.exp | sp.log | sp.tanh):
            u = sp.Dummy("u")
            return self._step(ops.named(of.func, u), (self._arrow(of.args[0]),))
        if isinstance(of, sp.Function) and len(of.args) == 1:
            return self._step(ops.named(of.func, sp.Dummy("u")), (self._arrow(of.args[0]),))
        parts = sorted(of.atoms(sp.Indexed) or of.free_symbols, key=sp.default_sort_key)
        if isinstance(of, sp.Piecewise) and parts:
            return self._step(ops.pieces(of, parts), tuple(map(self._arrow, parts)))
        raise LookupError(f"{of}: no elementary step")

    def _in_order(self, terms: Sequence[sp.Expr]) -> list[sp.Expr]:
        """As people write: arrays, then letters, then settings; what is subtracted comes last."""
        settings = {each.symbol for each in self.mode.parameters}

        def place(term: sp.Expr) -> tuple[bool, bool, bool, str]:
            minus = bool(term.could_extract_minus_sign())
            return (minus, term in settings, isinstance(term, sp.Symbol), str(term))

        return sorted(terms, key=place)

    def _scaled(self, number: sp.Expr, of: Arrow) -> Arrow:
        return self._step(ops.times_number(number), (of,))

    def _arrow(self, of: sp.Expr) -> Arrow:
        found = self._take(of)
        if not isinstance(found, Arrow):
            raise LookupError(f"{of}: a number where a quantity was expected")
        return found

    def _step(
        self, op: Op, arrows: tuple[Arrow, ...], sums: Mapping[sp.Symbol, int] | None = None
    ) -> Arrow:
        """The vertex of this step; the one that is there, where it is the same."""
        summed = sums or {}
        free = [symbol for each in arrows for place in each.indices for symbol in letters(place)]
        own = tuple(dict.fromkeys(place for place in free if place not in summed))
        renamed = {index: sp.Symbol(f"a{at}") for at, index in enumerate(own)}
        renamed |= {index: sp.Symbol(f"s{at}") for at, index in enumerate(summed)}
        canonical = tuple(
            Arrow(each.source, tuple(place.subs(renamed) for place in each.indices))
            for each in arrows
        )
        key = (op.kind, op.sign, canonical)
        if key not in self.known:
            lengths = {renamed[index]: length for index, length in summed.items()}
            for each in canonical:
                shape = self.vertices[each.source].shape
                lengths = {**lengths_of(each.indices, shape, self.choices), **lengths}
            indices = tuple(sp.Symbol(f"a{at}") for at in range(len(own)))
            self.known[key] = self._compute(
                op, canonical, indices, tuple(renamed[index] for index in summed), lengths
            )
        return Arrow(self.known[key], own)

    def _compute(
        self,
        op: Op,
        arrows: tuple[Arrow, ...],
        own: tuple[sp.Symbol, ...],
        summed: tuple[sp.Symbol, ...],
        lengths: Mapping[sp.Basic, int],
    ) -> int:
        shape = tuple(lengths[index] for index in own)
        number = self._add("", op, arrows, own, summed, shape, {})
        vertex = self.vertices[number]
        vertex.choices = dict(self.choices)
        for at, arguments in walk(self.vertices, vertex):
            before = vertex.value.get(at, sp.Integer(0))
            vertex.value[at] = exact(before + op.value(arguments))
        return number

    def _add(self, name: str, op: Op | None, arrows: Any, own: Any, summed: Any, shape: Any,
             value: Values) -> int:  # fmt: skip
        number = len(self.vertices)
        self.vertices.append(Vertex(number, name, op, arrows, own, summed, shape, value))
        return number

    def sent(self, last: int) -> list[tuple[int, tuple[Send, ...]]]:
        """Vertex by vertex from the output back, what each hands on."""
        return [
            (vertex.number, sends(self.vertices, vertex))
            for vertex in reversed(self.vertices)
            if vertex.op is not None and vertex.gradient
        ]


def _is_negative(exponent: sp.Expr) -> bool:
    return bool(exponent.is_number and exponent.is_negative)
