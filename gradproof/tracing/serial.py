"""A trace as plain data, so that one process can trace and another decide.

``packed`` turns a trace into lists, numbers and strings. ``unpacked`` trusts none of them: it makes
the symbols itself, builds every node anew with the constructors of ``expression`` (which derive
signs, conditions and canonical forms), and refuses whatever is not a graph of known operations on
these symbols. What it accepts is a well-formed claim about the code and nothing more; that the code
computes it is for ``gradproof.proof.validate`` to find out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.tracing import expression as ex
from gradproof.tracing.arrays.traced_array import TracedArray, is_traced
from gradproof.tracing.elementary import is_function, scalar
from gradproof.tracing.nodes import (
    NEG,
    POS,
    ZERO,
    Node,
    number,
    postorder,
    table,
    truth,
    undefined,
)
from gradproof.tracing.record_trace import (
    Program,
    Trace,
    make_inputs,
    make_parameters,
    symbols_like,
)

# Larger constants and powers are none that a person writes; they only cost time.
MOST_DIGITS = 2000
MOST_POWER = 2**20
MOST_TEXT = 500
_RATIONAL = re.compile(r"-?\d+(/\d+)?")
_EFFECT = re.compile(r"changes \w+ in place")
_DEMANDS = (NEG, NEG | ZERO, NEG | POS, ZERO | POS, POS)  # what signs code can need a value to have
_EXACT = 2**53  # integers up to here are written as JSON numbers


class SerialError(Exception):
    """A trace that cannot be sent, or was not accepted; the text says why."""


def packed(record: Trace) -> dict[str, Any]:
    """Return a trace as plain data. Raises SerialError for a trace of any batch size."""
    arrays = [*record.inputs.values(), record.y, record.dy, *record.gradients.values()]
    if any(array.batch for array in arrays):
        raise SerialError("a trace for every batch size is not sent")
    obliged = list(table().obligations)
    roots = [node for array in (record.y, *record.gradients.values()) for node in array.data.flat]
    roots += [node for answers, _ in record.refused for node, _ in answers]
    roots += [node for node, _ in obliged]
    nodes = sorted(postorder(roots), key=lambda node: node.id)
    at = {node: k for k, node in enumerate(nodes)}
    return {
        "nodes": [_packed_node(node, at) for node in nodes],
        "y": _packed_array(record.y, at),
        "gradients": {k: _packed_array(v, at) for k, v in record.gradients.items()},
        "paths": record.paths,
        "refused": [[[[at[n], v] for n, v in answers], text] for answers, text in record.refused],
        "effects": list(record.side_effects),
        "obligations": [[at[node], signs] for node, signs in obliged],
        "literals": [[value, form] for value, form in table().literals.items()],
    }


def _packed_array(array: TracedArray, at: Mapping[Node, int]) -> list[Any]:
    return [list(array.data.shape), array.dtype.str, [at[node] for node in array.data.flat]]


def _packed_node(node: Node, at: Mapping[Node, int]) -> list[Any]:
    payload: Any = node.payload
    if node.kind == "const":
        payload = _packed_number(payload)
    elif node.kind == "symbol":
        payload = payload.name
    elif node.kind in ("add", "mul"):
        payload = [_packed_number(each) for each in payload]
    return [node.kind, payload, *(at[arg] for arg in node.args)]


def _packed_number(value: Fraction) -> int | str:
    if value.denominator == 1 and abs(value.numerator) < _EXACT:
        return value.numerator
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 3 * MOST_DIGITS:
        raise SerialError("a constant of too many digits")
    return str(value)


# --- the trusted side -----------------------------------------------------------------------------


def unpacked(data: Any, program: Program) -> Trace:
    """Build the trace of a program from plain data of unknown origin. Raises SerialError."""
    try:
        return _Reader(program).trace(data)
    except SerialError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError) as error:
        raise SerialError(f"malformed: {type(error).__name__}: {error}") from None


class _Reader:
    """Builds nodes in the current table."""

    def __init__(self, program: Program) -> None:
        if program.batch:
            raise SerialError("a trace for every batch size is not read")
        self.program = program
        made = make_inputs(program)
        self.inputs = {k: v for k, v in made.items() if is_traced(v)}
        self.parameters = make_parameters(program)
        self.symbols: dict[str, Node] = {"pi": ex.pi()}
        for array in self.inputs.values():
            self._know(array)
        self.symbols |= self.parameters
        self.nodes: list[Node] = []
        self.truths: list[bool] = []
        self.powers: list[int] = []

    def _know(self, array: TracedArray) -> None:
        self.symbols |= {node.payload.name: node for node in array.data.flat}

    def trace(self, data: Mapping[str, Any]) -> Trace:
        dy = symbols_like("dy", self._shape(data["y"]), np.dtype(np.float64))
        self._know(dy)
        for entry in data["nodes"]:
            self._add(entry)
        built, table().obligations = table().obligations, {}
        for at, signs in data["obligations"]:
            table().oblige(self._value(at), self._signs(signs))
        table().obligations |= built
        gradients = {k: self._array(data["gradients"][k]) for k in self.program.wrt}
        for value, form in data["literals"]:
            table().literals[float(value)] = plain_text(form)
        return Trace(
            self.inputs, self.parameters, self._array(data["y"]), dy, gradients,
            self._count(data["paths"]), [self._refused(*each) for each in data["refused"]],
            [self._effect(each) for each in data["effects"]],
        )  # fmt: skip

    # --- nodes ----------------------------------------------------------------------------------

    def _add(self, entry: Sequence[Any]) -> None:
        kind, payload, *where = entry
        args = [self._known(at) for at in where]
        self.powers.append(max([1, *(self.powers[at] for at in where)]))
        is_truth = kind == "bool" or (kind == "case" and self._branches(kind, where[1:]))
        if kind not in ("bool", "case") and any(self.truths[at] for at in where):
            raise SerialError(f"a truth value as an argument of {kind!r}")
        self.nodes.append(self._made(kind, payload, args))
        self.truths.append(is_truth)

    def _branches(self, kind: str, where: Sequence[int]) -> bool:
        """Whether a case is a truth value; its branches are all of one sort."""
        found = {self.truths[at] for at in where if self.nodes[at].kind != "undefined"}
        if len(found) > 1:
            raise SerialError(f"a {kind} of numbers and truth values")
        return found == {True}

    def _made(self, kind: str, payload: Any, args: list[Node]) -> Node:
        match kind:
            case "const" if not args:
                return number(self._number(payload))
            case "bool" if not args:
                return truth(bool(payload))
            case "undefined" if not args:
                return undefined()
            case "symbol" if not args and payload in self.symbols:
                return self.symbols[payload]
            case "add" if len(payload) == len(args):
                return ex.linear(list(zip(map(self._number, payload), args)))
            case "mul" if len(payload) == len(args):
                return self._product([self._number(each) for each in payload], args)
            case "call" if isinstance(payload, str) and is_function(payload) and len(args) == 1:
                return self._called(payload, args[0])
            case "case" if payload in ("sign", "label"):
                return self._case(payload, args)
        shown = plain_text([kind, payload, len(args)], 80)
        raise SerialError(f"a node that is none: {shown}")

    def _product(self, exponents: list[Fraction], args: list[Node]) -> Node:
        self.powers[-1] *= max([1, *(abs(e.numerator) * e.denominator for e in exponents)])
        if self.powers[-1] > MOST_POWER:
            raise SerialError("a power of a power that is too high")
        for base, exponent in zip(args, exponents):
            if exponent < 0:
                ex.oblige_nonzero(base)
            if exponent.denominator % 2 == 0:
                table().oblige(base, ZERO | POS)
        return ex.power_product(list(zip(args, exponents)))

    def _called(self, name: str, arg: Node) -> Node:
        return ex.log(arg) if name == "log" else scalar(name, arg)

    def _case(self, kind: str, args: list[Node]) -> Node:
        subject, *branches = args
        choices = subject.payload.choices if subject.kind == "symbol" else 0
        if len(branches) != (3 if kind == "sign" else choices) or subject.kind == "bool":
            raise SerialError(f"a case over a {kind} with {len(branches)} branches")
        return ex.case(kind, subject, branches)

    # --- parts ----------------------------------------------------------------------------------

    def _known(self, at: Any) -> Node:
        if type(at) is not int or not 0 <= at < len(self.nodes):
            raise SerialError("a node that refers to one not yet read")
        return self.nodes[at]

    def _value(self, at: Any) -> Node:
        node = self._known(at)
        if self.truths[at]:
            raise SerialError("a truth value where a number is expected")
        return node

    def _number(self, value: Any) -> Fraction:
        if type(value) is int and abs(value) < _EXACT:
            return Fraction(value)
        fits = isinstance(value, str) and len(value) <= 2 * MOST_DIGITS
        if not fits or not _RATIONAL.fullmatch(value):
            raise SerialError(f"{plain_text(value)!r} is no rational number")
        return Fraction(value)

    def _signs(self, value: Any) -> int:
        if type(value) is not int or value not in _DEMANDS:
            raise SerialError(f"{plain_text(value)!r} is no set of signs")
        return value

    def _count(self, value: Any) -> int:
        if type(value) is not int or not 0 < value < 10**6:
            raise SerialError(f"{plain_text(value)!r} is no number of paths")
        return value

    def _shape(self, array: Any) -> tuple[int, ...]:
        shape = tuple(array[0])
        fits = all(type(n) is int and n >= 0 for n in shape) and len(shape) <= 32
        if not fits or int(np.prod(shape, dtype=object)) != len(array[2]):
            raise SerialError(f"an array of shape {plain_text(shape, 80)} of other length")
        return shape

    def _array(self, array: Any) -> TracedArray:
        shape = self._shape(array)
        dtype = np.dtype(str(array[1]))
        if dtype.kind not in "biuf":
            raise SerialError(f"an array of dtype {dtype}")
        data = np.empty(len(array[2]), dtype=object)
        for k, at in enumerate(array[2]):
            data[k] = self._value(at)
        return TracedArray(data.reshape(shape), dtype)

    def _refused(self, answers: Any, text: Any) -> tuple[list[tuple[Node, bool]], str]:
        return [(self._known(at), bool(value)) for at, value in answers], plain_text(text)

    def _effect(self, text: Any) -> str:
        if not isinstance(text, str) or not _EFFECT.fullmatch(text):
            raise SerialError(f"{plain_text(text)!r} is no side effect")
        return text


def plain_text(value: Any, most: int = MOST_TEXT) -> str:
    """What the other process says, in one line without control characters."""
    text = str(value)[: 4 * most]
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


__all__ = ["SerialError", "packed", "plain_text", "unpacked"]
