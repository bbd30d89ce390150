"""Evaluation of expressions in a prime field, at one random point.

Variables and generators take random values; everything else follows exactly. A sum over the
batch is a linear functional: its values on linearly independent functions of the element are
independent generators, with the sum of 1 equal to m. Functions are compared at random elements:
where one is a combination of others there, it is one everywhere but for the stated chance.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from fractions import Fraction

from gradproof.proof.zero.generators import Generators, prime_factors
from gradproof.proof.zero.primes import imaginary_unit, square_root
from gradproof.proof.zero.stages import Stage
from gradproof.tracing.batch_sum import batch_size
from gradproof.tracing.expression import terms
from gradproof.tracing.nodes import Node
from gradproof.work import EVALUATED, spend

Value = int | list[int]


class NoSquareRootError(Exception):
    """A radicand has no square root at this point: another point has to be drawn."""


class VanishingDenominatorError(Exception):
    """A denominator is zero at a random point, hence zero identically."""


class UndefinedValueError(Exception):
    """The expression contains a value that does not exist."""


class Evaluation:
    """Values of expressions at one random point modulo the prime p.

    An expression of the batch element i is a list: its value at element i, then at further
    elements that serve to compare the arguments of sums.
    """

    def __init__(
        self,
        p: int,
        seed: str,
        generators: Generators,
        reseeded: Callable[[str, Node], bool] | None = None,
    ) -> None:
        self.p, self.seed, self.generators = p, seed, generators
        self.elements = generators.sums + 3 if generators.indexed else 0
        self.values: dict[Node, Value] = {}
        self.symbols: dict[object, int] = {}
        self.reseeded = reseeded
        # Which radicands were squares: (base, element, step of the root) -> Legendre symbol.
        self.residues: dict[tuple[Node, int, int], int] = {}
        self.flips: dict[tuple[Node, int, int], int] = {}
        self.tries: dict[Node, int] = {}  # how often each was drawn, where that is more than once
        self._rows: list[tuple[int, list[int], int]] | None = None
        self._weights: dict[tuple[str, Node], list[Value]] = {}
        self._inverses: dict[int, int] = {}

    # --- random values ----------------------------------------------------------------------

    def _random(self, kind: str, node: Node, element: int = -1) -> int:
        salt = str(self.tries.get(node, ""))
        if self.reseeded is not None and self.reseeded(kind, node):
            salt += "again"
        return random.Random(f"{self.seed} {kind} {node.id} {element} {salt}").randrange(1, self.p)

    def _draw(self, kind: str, node: Node) -> Value:
        if not node.indexed:
            return self._random(kind, node)
        return [self._random(kind, node, k) for k in range(self.elements)]

    # --- evaluation ---------------------------------------------------------------------------

    def run(self, order: Sequence[Node]) -> None:
        """Evaluate every node, given arguments before users."""
        values = self.values
        spend(EVALUATED * len(order) * max(self.elements, 1))
        for node in order:
            if node not in values:
                values[node] = self._value(node)

    def run_stages(self, stages: Sequence[Stage]) -> None:
        """Evaluate every node, stage by stage, each drawn again until its radicands have roots."""
        for stage in stages:
            for attempt in range(stage.tries):
                if attempt:
                    self._draw_again(stage)
                try:
                    self.run(stage.nodes)
                    for base in stage.radicands:
                        self._root(base, self.generators.roots[base], 0)
                    break
                except NoSquareRootError:
                    continue
            else:
                raise NoSquareRootError

    def _draw_again(self, stage: Stage) -> None:
        for node in stage.nodes:
            self.values.pop(node, None)
        for node in stage.drawn:
            self.tries[node] = self.tries.get(node, 0) + 1
        for key in [key for key in self._weights if key[1] in stage.drawn]:
            del self._weights[key]

    def at_element(self, node: Node) -> int:
        """Return the value of an evaluated node, at element i where it depends on one."""
        value = self.values[node]
        return value[0] if isinstance(value, list) else value

    def _value(self, node: Node) -> Value:
        match node.kind:
            case "const":
                return self._rational(node.payload)
            case "symbol":
                return self._draw("symbol", node)
            case "add":
                return self._each(node, lambda k: self._add(node, k))
            case "mul":
                return self._each(node, lambda k: self._mul(node, k))
            case "call":
                return self._call(node)
            case "sum":
                return self._sum(node)
            case "case":
                return self._case(node)
        raise UndefinedValueError

    def _each(self, node: Node, one: Callable[[int], int]) -> Value:
        if not node.indexed:
            return one(0)
        return [one(k) for k in range(self.elements)]

    def _at(self, node: Node, k: int) -> int:
        value = self.values[node]
        return value[k] if isinstance(value, list) else value

    def _rational(self, value: Fraction) -> int:
        if value.denominator == 1:
            return value.numerator % self.p
        return value.numerator * self._inverse(value.denominator % self.p) % self.p

    def _inverse(self, value: int) -> int:
        if value == 0:
            raise VanishingDenominatorError
        found = self._inverses.get(value)
        if found is None:
            found = self._inverses[value] = pow(value, -1, self.p)
        return found

    def _add(self, node: Node, k: int) -> int:
        total = 0
        for c, arg in zip(node.payload, node.args):
            value = self._at(arg, k)
            if c.denominator == 1:
                total += c.numerator * value
            else:
                total += self._rational(c) * value
        return total % self.p

    def _power(self, value: int, exponent: int) -> int:
        if exponent < 0:
            value, exponent = self._inverse(value), -exponent
        return value if exponent == 1 else pow(value, exponent, self.p)

    def _mul(self, node: Node, k: int) -> int:
        total = 1
        for base, exponent in zip(node.args, node.payload):
            if base.kind == "call" and base.payload == "exp":
                factor = self._exponential("exp", base.args[0], exponent, k)
            elif exponent.denominator == 1:
                factor = self._power(self._at(base, k), int(exponent))
            else:
                order = self.generators.roots[base]
                factor = self._power(self._root(base, order, k), int(exponent * order))
            total = total * factor % self.p
        return total

    def _exponential(self, kind: str, argument: Node, exponent: Fraction, k: int) -> int:
        scales = self.generators.scales if kind == "exp" else self.generators.angles
        total = 1
        for c, t in terms(argument):
            generator = self._random(kind, t, k if t.indexed else -1)
            total = total * self._power(generator, int(c * exponent * scales[t])) % self.p
        return total

    def _call(self, node: Node) -> Value:
        argument = node.args[0]
        if node.payload == "exp":
            return self._each(node, lambda k: self._exponential("exp", argument, Fraction(1), k))
        if node.payload in ("sin", "cos"):
            return self._each(node, lambda k: self._trigonometric(node.payload, argument, k))
        return self._draw("call", node)

    def _trigonometric(self, name: str, argument: Node, k: int) -> int:
        """sin and cos from exp(i*t), with a square root of -1 in the field."""
        p = self.p
        forward = self._exponential("angle", argument, Fraction(1), k)
        backward = self._inverse(forward)
        half = self._inverse(2)
        if name == "cos":
            return (forward + backward) * half % p
        return (forward - backward) * half * self._inverse(imaginary_unit(p)) % p

    # --- roots -----------------------------------------------------------------------------------

    def _root(self, base: Node, order: int, k: int) -> int:
        value, element = self._at(base, k), k if base.indexed else -1
        for step, prime in enumerate(prime_factors(order)):
            if prime > 2:
                value = pow(value, pow(prime, -1, self.p - 1), self.p)
                continue
            key = (base, element, step)
            root = square_root(value, self.p)
            self.residues[key] = 1 if root is not None else -1
            if root is None:
                raise NoSquareRootError
            value = root * self.flips.get(key, 1) % self.p
        return value

    # --- selections and sums ---------------------------------------------------------------------

    def _case(self, node: Node) -> Value:
        """The outcomes of a subject are weights that sum to 1, otherwise independent."""
        subject, branches = node.args[0], node.args[1:]
        key = (node.payload, subject)
        if key not in self._weights:
            drawn = [
                self._draw(f"{node.payload} outcome {k}", subject) for k in range(len(branches) - 1)
            ]
            self._weights[key] = [*drawn, self._complement(drawn, subject.indexed)]
        weights = self._weights[key]

        def one(k: int) -> int:
            total = 0
            for weight, branch in zip(weights, branches):
                w = weight[k] if isinstance(weight, list) else weight
                total += w * self._at(branch, k)
            return total % self.p

        return self._each(node, one)

    def _complement(self, drawn: Sequence[Value], indexed: bool) -> Value:
        if not indexed:
            return (1 - sum(v for v in drawn if isinstance(v, int))) % self.p
        columns = [v for v in drawn if isinstance(v, list)]
        return [(1 - sum(v[k] for v in columns)) % self.p for k in range(self.elements)]

    def _sum(self, node: Node) -> int:
        """Reduce the argument by those of earlier sums; what is new has a random sum."""
        p = self.p
        if self._rows is None:
            ones = [1] * (self.elements - 1)
            size = self.values.get(batch_size())
            if not isinstance(size, int):
                size = self._random("symbol", batch_size())
            self._rows = [(0, ones, size)]
        body = self.values[node.args[0]]
        assert isinstance(body, list)
        vector, known = body[1:], 0
        for pivot, row, value in self._rows:
            factor = vector[pivot]
            if factor:
                vector = [(a - factor * b) % p for a, b in zip(vector, row)]
                known = (known + factor * value) % p
        left = [k for k, a in enumerate(vector) if a]
        if not left:
            return known
        pivot = left[0]
        total = self._random("sum", node)
        scale = self._inverse(vector[pivot])
        row = [a * scale % p for a in vector]
        self._rows.append((pivot, row, (total - known) * scale % p))
        return total
