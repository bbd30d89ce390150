"""The same code at other sizes and with other settings, where a fix has to hold as well.

A number that is right at one size may be there by chance: with ``reg = 0.1`` and five columns
``2 * reg`` is ``1 / W.shape[1]``. Here no axis is as long as it was, nor as long as another one,
and the numbers that the code has as settings are others: parameters, what stands in objects, in
closures and in global variables.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from gradproof.diagnosis.scene.call_parameters import TINY, forward_alone, parameters_of
from gradproof.diagnosis.scene.resized import NOT_SIZES, other_lengths, resized, resized_to
from gradproof.diagnosis.scene.sample_inputs import drawn
from gradproof.diagnosis.search.repair import forward_steps
from gradproof.diagnosis.tape.points import Point, Scene, close, fitting, point_at
from gradproof.diagnosis.tape.tape import Array, Tape
from gradproof.tracing.namespace.user_namespace import Namespace
from gradproof.tracing.record_trace import Program

_LENGTHS = (5, 3, 7, 4, 6, 9, 8, 11, 10, 13)  # none is 1 or 2, of which too much is true
_LARGEST, _LARGEST_OF_WINDOWS = 900, 4000  # elements of all inputs together
_WINDOWS = (2, 3, 4, 6)
_LONGEST_TAPE = 4000
_POINTS, _TRIES, _MOST_FORWARDS = 2, 4, 40

_NO_SETTINGS = (0.0, math.pi, math.e, math.inf, -math.inf)
_SPREAD = (0.37, 0.61)  # what a setting is multiplied by at least, and by how much more at most
_SHORT = 30  # characters that a change may add to a short line
_PLAIN = 7  # characters of what may well stand there twice: 1 - y, len(x)
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Elsewhere:
    """Other programs, each with a point; resized: whether every axis has another length there."""

    places: tuple[tuple[Program, Point], ...] = ()
    resized: bool = False


def elsewhere(scene: Scene) -> Elsewhere:
    """Return the program of a scene at other sizes and settings, as far as it runs there."""
    keep = _kept(scene)
    found: list[tuple[Program, Point]] = []
    for sized in _other_sizes(scene.asked, _pairs_of(scene)):
        for program in (_with_other_settings(sized, keep), sized):
            found = _points(scene, program)
            if found:
                break
        if found:
            break
    found += _with_other_counts(scene, found[0][0]) if found else []
    if found and found[0][0] is not sized:
        return Elsewhere(tuple(found), True)
    more = _points(scene, _with_other_settings(scene.program, keep))
    lengths = any(map(np.ndim, scene.asked.inputs.values()))
    return Elsewhere((*found, *more), bool(found) or not lengths)


# --- settings -------------------------------------------------------------------------------------


class _Everything(frozenset[float]):
    """Every number."""

    def __contains__(self, value: object) -> bool:
        return True


_EVERYTHING = _Everything()


class _Settings(Namespace):
    """Copies of the code in which a number that is a setting is another one, the same everywhere.

    What was equal stays equal: a rate in an object and in the cache made from it.
    """

    def __init__(
        self, keep: Collection[float], array: Callable[[Array], Any] | None = None
    ) -> None:
        super().__init__(array=array)
        self.keep = keep

    def of(self, value: Any) -> Any:
        """Return what stands for a value; for a number, another number."""
        if type(value) in (float, np.float64):
            return type(value)(other_setting(float(value), self.keep))
        return super().of(value)


def other_setting(value: float, keep: Collection[float]) -> float:
    """Return another value for a setting; the same if it is kept, or hardly shows.

    >>> other_setting(0.5, ()) == other_setting(0.5, ()) != 0.5
    True
    """
    if value in keep or value in _NO_SETTINGS or not math.isfinite(value) or abs(value) < TINY:
        return value
    part = (abs(value) * 1000 * _GOLDEN) % 1  # another one for each value, the same at every call
    return round(value * (_SPREAD[0] + (_SPREAD[1] - _SPREAD[0]) * part), 6)


def _with_other_settings(program: Program, keep: Collection[float]) -> Program:
    return program.within(_Settings(keep))


def _with_other_counts(scene: Scene, sized: Program) -> list[tuple[Program, Point]]:
    """Return points of a program in which whole parameters are one more, where it runs so: how far
    something is rolled, a width. A length that is right for the default alone is no fix."""
    known = parameters_of(scene.asked)
    more = {k: v + 1 for k, v in known.items()
            if type(v) is int and v > 0 and k not in NOT_SIZES}  # fmt: skip
    if not more:
        return []
    return _points(scene, replace(sized, constants=dict(sized.constants) | more))[:1]


def _kept(scene: Scene) -> set[float]:
    """Return the numbers that stand as such in what only backward computes, and the parameters for
    which alone it may be right: they have to stay for it to be what it was."""
    tape = scene.first.tape
    forward = set(forward_steps(tape))
    found: set[float] = set()
    for index, op in enumerate(tape.ops):
        for k, value in enumerate(op.args) if index not in forward else ():
            node = scene.naming.operand_node(op, k) if type(value) in (int, float) else None
            for part in () if node is None else ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, (int, float)):
                    found.add(float(part.value))
    used = {float(a) for k in forward for a in tape.ops[k].args if type(a) in (int, float)}
    found |= {v for v in tape.constants.values() if v == 1.0 and v not in used}  # dout=1.0
    if scene.program is scene.asked:
        return found
    own = parameters_of(scene.asked)
    return found | {v for k, v in forward_alone(scene.program, tape).items() if own.get(k) == v}


# --- sizes ----------------------------------------------------------------------------------------


def _pairs_of(scene: Scene) -> set[tuple[int, int]]:
    """Return the lengths of axes as they were given, each with that where a slip is looked for."""
    given, here = scene.asked.inputs, scene.program.inputs
    return {pair for k, v in given.items() for pair in zip(np.shape(v), np.shape(here[k]))}


def _other_sizes(program: Program, taken: Collection[tuple[int, int]]) -> Iterator[Program]:
    """Yield the program with other lengths of all axes: all different first, then as windows may
    need them. taken: lengths, each with one that it is not to have, where the explanations were
    found: what was right there by chance would be so once more."""
    shapes = [np.shape(v) for v in program.inputs.values()]
    own = list(dict.fromkeys(n for shape in shapes for n in shape if n > 1))
    if not own or len(own) > len(_LENGTHS) or max(own) > 64:
        return
    rows = [_lengths(own)]
    rows += [row for row in other_lengths(program) if all(row[n] != n for n in own)]
    rows += [{n: n + 1 for n in own} | {1: 1, 0: 0}]
    most = [_LARGEST] * len(rows)
    for by in _WINDOWS:  # the lengths that windows of this size divide stay such lengths
        if not any((n, n + by) in taken for n in own):
            rows.append({n: n + by for n in own} | {1: 1, 0: 0})
            most.append(_LARGEST_OF_WINDOWS)
    # Where explanations were found at one of these rows, it would tell nothing new.
    same = [all((n, row[n]) in taken for n in own) for row in rows]
    for _, row, largest in sorted(zip(same, rows, most), key=lambda each: each[0]):
        fits = sum(math.prod(row[n] for n in shape) for shape in shapes) <= largest
        if not fits or min(row[n] for n in own) <= 2:
            continue
        for sized in (_Sized(program, row), _Sized(program, row, held=True)):
            if _runs(sized.program({})):
                split = _apart(sized)
                if split:
                    yield sized.program(split)
                yield sized.program({})
                break  # else it may hold arrays, which are longer then, too


def _lengths(own: list[int]) -> dict[int, int]:
    """Return a length for each that occurs: another one, and all of them different."""
    found: dict[int, int] = {1: 1, 0: 0}
    left = list(_LENGTHS)
    for n in own:
        found[n] = next((each for each in left if each != n), left[0])
        left.remove(found[n])
    return found


_Axis = tuple[str | int, int]  # of an input by its name, of an array that is held by its id


class _Sized:
    """A program at other lengths; held: the arrays that its code holds are as long, too."""

    def __init__(self, asked: Program, row: Mapping[int, int], held: bool = False) -> None:
        self.asked, self.row, self.held = asked, row, held
        self.longer = resized(asked, row)
        self.found: dict[int, Array] = {}  # arrays that the code holds

    def program(self, lengths: Mapping[_Axis, int]) -> Program:
        """Return it, with some axes of lengths of their own."""
        inputs = {
            name: self._resized(np.asarray(self.asked.inputs[name]), name, np.shape(value), lengths)
            for name, value in self.longer.inputs.items()
        }
        program = replace(self.longer, inputs=inputs) if lengths else self.longer
        if not self.held:
            return program
        return program.within(_Settings(_EVERYTHING, partial(self._array, lengths)))

    def axes(self) -> list[tuple[_Axis, int, bool]]:
        """Return the axes of inputs and of arrays that are held, each with its length as asked, and
        whether it is one of labels."""
        arrays: list[tuple[str | int, Array]] = [*self.asked.inputs.items(), *self.found.items()]
        return [((key, axis), n, np.asarray(value).dtype.kind in "iu")
                for key, value in arrays for axis, n in enumerate(np.shape(value))]  # fmt: skip

    def taken(self) -> set[int]:
        """Return the lengths that occur."""
        return {n for value in self.longer.inputs.values() for n in np.shape(value)}

    def _array(self, lengths: Mapping[_Axis, int], array: Array) -> Array:
        self.found.setdefault(id(array), array)
        shape = tuple(self.row.get(n, n) for n in array.shape)
        return self._resized(array, id(array), shape, lengths)

    def _resized(
        self, value: Array, key: str | int, shape: tuple[int, ...], lengths: Mapping[_Axis, int]
    ) -> Array:
        new = tuple(lengths.get((key, axis), n) for axis, n in enumerate(shape))
        return resized_to(value, new, 3)


def _apart(sized: _Sized) -> dict[_Axis, int]:
    """Return lengths of axes that have one length by chance, a square matrix, told apart.

    Labels stay as many as the examples: fewer may run as well, and mean nothing.
    """
    axes = sized.axes()
    fresh = iter(n for n in (*_LENGTHS, 12, 14, 15) if n not in {*sized.taken(), *sized.row})
    new, runs, found = next(fresh, None), 0, dict[_Axis, int]()
    for count, (axis, length, of_labels) in itertools.product((1, 2, 3), axes):
        alike = [a for a, n, _ in axes if n == length and a not in found]
        labels = [a for a, n, whole in axes if n == length and whole]
        apart = length < 2 or len(alike) <= 1 + len(labels) or axis in found
        if apart or of_labels or not isinstance(axis[0], str):
            continue
        later = alike[alike.index(axis) + 1 :]
        later.sort(key=lambda each: each[0] == axis[0])  # the axes of another array are likelier
        for others in itertools.combinations(later, count - 1):
            if new is None or runs >= _MOST_FORWARDS:
                return found
            runs += 1
            tried = found | dict.fromkeys([axis, *others, *labels], new)
            if _runs(sized.program(tried)):
                found, new = tried, next(fresh, None)
                break
    return found


def _runs(program: Program) -> bool:
    try:
        with np.errstate(all="ignore"):
            program.outputs(map(np.array, program.inputs.values()), program.parameters)
    except Exception:  # the author's code does not take these sizes
        return False
    return True


# --- points ---------------------------------------------------------------------------------------


def _points(scene: Scene, program: Program) -> list[tuple[Program, Point]]:
    """Return points of a program; none unless what was right is right there, too."""
    rng = np.random.default_rng([len(scene.first.tape.ops), 9])
    right = set(scene.first.tape.gradients) - set(scene.wrong())
    found: list[tuple[Program, Point]] = []
    for attempt in range(_TRIES):
        try:
            point = point_at(program, drawn(program, rng, attempt), attempt, most=_LONGEST_TAPE,
                             sources=scene.naming.sources)  # fmt: skip
            if point is None:
                continue
            if not all(close(point.given(n), point.true[n]) for n in right):
                return []
            if fitting(scene.first) and not fitting(point):  # the code is for these sizes alone
                return []
        except Exception:  # of the author's code, which does not take these inputs or settings
            continue
        found.append((program, point))
        if len(found) == _POINTS:
            break
    return found


# --- texts ----------------------------------------------------------------------------------------


def is_trivial(yours: str, true: str) -> bool:
    """Whether a change brings in a difference or a quotient of two equal terms, or a factor 1.

    >>> is_trivial("dy", "dy * (self.p - self.p)"), is_trivial("dy", "dy / n")
    (True, False)
    >>> is_trivial("dx = dy", "dx = 1 * dy")
    True
    """
    ones = yours != true and _without_ones(true) == yours
    return ones or bool(_equal_sides(true) - _equal_sides(yours))


def _without_ones(text: str) -> str:
    try:
        return ast.unparse(_NoOnes().visit(ast.parse(text)))
    except SyntaxError:
        return ""


class _NoOnes(ast.NodeTransformer):
    """Leaves out factors 1."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        for one, other in ((node.left, node.right), (node.right, node.left)):
            plain = isinstance(one, ast.Constant) and one.value == 1
            divides = isinstance(node.op, ast.Div) and one is node.right
            if plain and (isinstance(node.op, ast.Mult) or divides):
                return other
        return node


def is_contorted(yours: str, true: str) -> bool:
    """Whether a change is no way in which an author would write it: more than twice as long as the
    line, or with an operation or a call twice that the line had not.

    >>> is_contorted("d2 = a2 - y", "d2 = (a2 - y) * a2 * np.exp(-z2) / (1 + np.exp(-z2))")
    True
    >>> is_contorted("dx = dy * sigmoid(x)", "dx = dy * sigmoid(x) * (1 - sigmoid(x))")
    False
    """
    if len(true) > 2 * len(yours) + _SHORT:
        return True
    old, new = _operations(yours), _operations(true)
    return any(count > 1 and text not in old for text, count in new.items())


def _operations(text: str) -> Counter[str]:
    """Return the sums, products, powers and calls in a text, each as often as it stands there."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return Counter()
    nodes = (n for n in ast.walk(tree) if isinstance(n, (ast.BinOp, ast.Call)))
    return Counter(text for text in map(ast.unparse, nodes) if len(text) > _PLAIN)


def is_idle(text: str) -> bool:
    """Whether a statement does nothing: what it should be is that it was not there.

    >>> is_idle("W = W"), is_idle("self.W = self.W"), is_idle("W = V")
    (True, True, False)
    """
    left, _, right = text.partition(" = ")
    return left == right != ""


def _equal_sides(text: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    return {
        ast.dump(node) for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv))
        and not isinstance(node.left, ast.Constant)
        and ast.dump(node.left) == ast.dump(node.right)
    }  # fmt: skip


def values_of(names: Tape, point: Point, before: int) -> dict[str, Any]:
    """Return what the names of a tape stand for at another point, before a step."""
    known: dict[str, Any] = dict(point.tape.foreign) | dict(point.tape.constants)
    for own, op in zip(names.ops[:before], point.tape.ops):
        known |= dict.fromkeys(own.names, op.value)
    return known | {"np": np}
