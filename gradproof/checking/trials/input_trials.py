"""Inputs to try a function with: shapes, kinds of labels, sizes, until one fits."""

from __future__ import annotations

import copy
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.judgement.standins import Context, Descent, same_draws
from gradproof.checking.processes.sizes import B, D, M, N
from gradproof.checking.source.argument_roles import predicted_of, role_of
from gradproof.checking.source.gradient_names import gradient_cores, gradient_target
from gradproof.checking.structures.containers import (
    Labels,
    is_container,
    leaves,
    opened,
    rebuilt,
    whole,
    with_arrays,
)
from gradproof.checking.trials.target_values import (
    Use,
    counted,
    fitting,
    is_generic,
    shares,
    signs,
    uses_of,
)

Array = np.ndarray[Any, Any]
_MOST = 400  # combinations tried for one layout of arrays
_MADE = -5_000  # before all others
_MOST_WHOLE = 8  # readings of one call by which arrays are whole numbers
_DISTINCT = 9_000  # of more numbers some are the same


@dataclass(frozen=True)
class Argument:
    """A parameter of the author's function."""

    name: str
    role: str
    default: Any = inspect.Parameter.empty

    @classmethod
    def named(cls, name: str) -> Argument:
        """An argument of which only the name is known."""
        return cls(name, role_of(name))

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is inspect.Parameter.empty


def arguments_of(function: Callable[..., Any]) -> list[Argument]:
    """The parameters of a function, without *args and **kwargs. Raises ValueError, TypeError."""
    out = []
    for p in inspect.signature(function).parameters.values():
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            out.append(Argument(p.name, role_of(p.name), p.default))
    needed = [a for a in out if a.required]
    predicted = predicted_of([a.name for a in needed])
    out = [replace(a, role="probability") if a.name == predicted else a for a in out]
    plain = [a for a in needed if a.role in SCALARS and a.role != "settings"]
    if plain and all(a.role in (*SCALARS, "labels") for a in needed):
        # f(a): a is what it is about; beside targets, p is a prediction.
        role = "probability" if any(a.role == "labels" for a in needed) else "data"
        out[out.index(plain[0])] = replace(plain[0], role=role)
    if not any(a.role in _ARRAYS for a in needed):  # forward(a, b): letters that mean no parameter
        out = [replace(a, role="data") if len(a.name) == 1 and a.required else a for a in out]
    return out


def as_used(argument: Argument, code: str, both: str = "") -> Argument:
    """The argument as an array where the code uses it as one, whatever its name says: k.T; and as
    real numbers, where it is no target but what a curve is drawn over: exp(-a * t), t ** 2.

    both: the text of backward as well, which makes a gradient like it: np.zeros_like(k).
    """
    name = re.escape(argument.name)
    if argument.default is None and _is_computed_with(argument.name, code):
        argument = replace(argument, default=inspect.Parameter.empty)  # None is none of its values
    if argument.role == "labels":
        curve = rf"\b(exp|sin|cos|tan|sqrt|power|sinh|cosh)\([^()]*\b{name}\b|\b{name} *\*\* *\d"
        return replace(argument, role="data") if re.search(curve, code) else argument
    if argument.role not in (*SCALARS, "labels", "index") and argument.name in counted(code):
        return replace(argument, role="groups")
    product = rf"(?<![\w.]){name}(\.(T|dot)\b| *@)|@ *{name}\b"
    if argument.name in ("eps", "epsilon") and re.search(rf"\* *{name}\b|\b{name} *\*", code):
        return replace(argument, role="data")  # noise that is scaled, no guard
    used = rf"{product}|(?<![\w.]){name}\.(shape|ndim|size|sum|mean|reshape|transpose)\b"
    if argument.role == "context":  # ctx.shape = x.shape is kept on it
        used = product
    if re.search(rf"\b(zeros|empty|ones|full)_like\(\s*{name}\b", both):
        used = ""
    plain = argument.role in SCALARS and argument.role not in ("settings", "optimizer")
    return replace(argument, role="data") if plain and re.search(used, code) else argument


def _is_computed_with(name: str, code: str) -> bool:
    """Whether the code computes with an argument without asking first whether it is there."""
    asked = rf"\b(if|not|and|or|while) {re.escape(name)}\b|\b{re.escape(name)} (is|or|and|if)\b"
    return not re.search(asked, code) and uses_of(code, [name])[name].numbers


_EINSUM = r"einsum\(\s*['\"]([^'\"]+)['\"]\s*,([^()]*)"


def unpacked_ranks(code: str) -> dict[str, int]:
    """How many axes an array has whose shape the code takes apart: N, C, L = x.shape; or whose axes
    it names: np.einsum("nd,oid->no", x, W), b[:, None]."""
    names, shape = r"\(?(\w+(?: *, *\w+)+)\)?", r"(?:np\.shape\((\w+)\)|(\w+)\.shape)"
    found = re.findall(rf"^[ \t]*{names} *= *{shape} *$", code, re.M)
    ranks = {one or other: axes.count(",") + 1 for axes, one, other in found}
    for subscripts, operands in re.findall(_EINSUM, code):
        given = subscripts.replace(" ", "").split("->")[0].split(",")
        arrays = [each.strip() for each in operands.split(",")]
        ranks |= {n: len(a) for n, a in zip(arrays, given) if n.isidentifier() and "." not in a}
    widened = [(name, places.count(":")) for name, places in re.findall(_WIDENED, code)
               if "N" in places or "n" in places]  # fmt: skip
    implied = any(not colons for _, colons in widened)  # b[None] says nothing of the axes of b
    for name, colons in widened:
        if colons > implied:  # b[:, None] has an axis for each colon
            ranks.setdefault(name, colons)
    return ranks


_WIDENED = r"(?<![\w.])(\w+)\[((?:[ :,]|None|np\.newaxis)+)\]"


_ARRAYS = ("data", "probability", "labels", "state", "weight", "index", "settings")


@dataclass(frozen=True)
class Trial:
    """Values for the arguments of a forward: arrays that vary, and the rest."""

    values: Mapping[str, Any]
    tier: int
    notes: tuple[str, ...] = ()
    labels: Labels = field(default_factory=dict)

    @property
    def floats(self) -> dict[str, Array]:
        """The arguments that are real arrays, so may have a gradient, and those in containers."""
        out = {k: v for k, v in self.values.items() if _is_real(v)}
        for argument, value in self.values.items():
            if isinstance(value, (dict, list, tuple)):
                inside = leaves(value, argument, self.labels)
                out |= {name: v for name, _, v in inside if name not in out}
        return out

    @property
    def is_made(self) -> bool:
        """Whether it was made for what the code takes apart, or has containers otherwise."""
        return self.tier < _MADE // 2 or bool(self.containers)

    @property
    def containers(self) -> dict[str, Any]:
        """The arguments that are lists, tuples or dictionaries of real arrays."""
        return {k: v for k, v in self.values.items() if is_container(v)}

    def opened(
        self, found: Any, gradients: Sequence[tuple[str, Any]]
    ) -> tuple[list[tuple[str, Any]], dict[str, int]]:
        """The gradients, those in containers one by one, and whose gradient each of these is."""
        held = self.containers
        if held and whole(found, held):
            gradients = [("", found)]
        return opened(gradients, held, self.labels) if held else (list(gradients), {})

    def having(self, values: Mapping[str, Any]) -> Trial:
        """The same with other values for some arguments."""
        return replace(self, values={**self.values, **values})

    def with_floats(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments with other arrays in place of those of :attr:`floats`."""
        out = {}
        for name, value in self.values.items():
            if is_container(value):
                own = {k: v for k, v in given.items() if k not in self.values}
                out[name] = rebuilt(value, name, self.labels, own)
            else:
                out[name] = given[name] if name in given else own_copy(value)
        return out


def _is_real(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def own_copy(value: Any) -> Any:
    """A copy of what the author's code might change: arrays, and containers of them."""
    if isinstance(value, Context):
        return Context()
    return copy.deepcopy(value) if isinstance(value, (np.ndarray, dict, list, tuple)) else value


@dataclass(frozen=True)
class Tier:
    """One layout of arrays: rows are examples, columns are, images, vectors, numbers."""

    data: tuple[int, ...]
    weight: tuple[tuple[int, ...], ...]
    bias: tuple[tuple[int, ...], ...]
    classes_axis: int = 1
    state: tuple[int, ...] = (N, M)
    per_feature: tuple[tuple[int, ...], ...] = ()
    mixed: tuple[tuple[int, ...], ...] = ()  # other shapes for data


ROWS = Tier(
    (N, D),
    ((D, M), (M, D), (D,), (D, 1), (D, 4 * M)),
    ((M,), (1, M), (D,), (1, D), (4 * M,), (1, 4 * M), (), (1,)),
    per_feature=((D,), (1, D)),
)
COLUMNS = Tier((D, N), ((M, D), (1, D), (D, 1)), ((M, 1), (D, 1), ()), 0, (M, N), ((D, 1),))
VECTORS = Tier((D,), ((M, D), (D, M), (N,), (D,)), ((M,), (D,), ()), 0, (M,), ((D,),))
ONE_COLUMN = Tier((D, 1), ((M, D),), ((M, 1), (D, 1)), 0, (M, 1), ((D, 1),))
ONE_ROW = Tier((1, D), ((D, M), (M, D)), ((1, M), (M,)))
IMAGES = Tier(
    (B, 2, 4, 4),
    ((3, 2, 3, 3), (3, 2, 2, 2), (2, 3, 3)),
    ((3,), (3, 1), (2,)),
    1,
    (2, 2),
    ((2,), (1, 2, 1, 1)),
)
LAST = Tier((B, 4, 4, 2), ((3, 3, 2, 3), (2, 2, 2, 3)), ((1, 1, 1, 3), (3,)), 3, (2, 2), ((2,),))
ONE_IMAGE = Tier((2, 4, 4), ((3, 2, 3, 3),), ((3,),), 0, (2, 2), ((2,),))
PAIRS = Tier((2,), ((M, 2), (2,)), ((M,), (2,), ()), 0, (M,), ((2,),))
NUMBERS = Tier((), ((),), ((),), 0, (), ((),))
SEQUENCES = Tier((2, 3, 4), ((4, M), (4, 4)), ((M,),), 2, (2, M), ((4,),))
STEPS_FIRST = Tier((2, 3, 4), ((4, M), (4, 4)), ((M,),), 2, (3, M), ((4,),))
SIGNALS = Tier(
    (2, 4, 6), ((3, 4, 3), (3, 4, 2)), ((3,), (4,)), 1, (2, 4), ((4,), (4, 1), (1, 4, 1))
)
COLUMN_STEPS = Tier((3, D, 1), ((M, D), (M, M)), ((M, 1),), 1, (M, 1))  # a list of columns
TIERS = (
    ROWS, COLUMNS, VECTORS, ONE_COLUMN, IMAGES, LAST, SEQUENCES, STEPS_FIRST, ONE_IMAGE, SIGNALS,
    ONE_ROW, COLUMN_STEPS,
)  # fmt: skip
# Room for two steps of a window: where strides, paddings and windows are not as by default.
LARGE = (
    ROWS, COLUMNS, Tier((9,), ((3,), (2,)), ((), (3,))), VECTORS, ONE_COLUMN,
    replace(IMAGES, data=(2, 2, 7, 8)), replace(LAST, data=(2, 7, 8, 2)), SEQUENCES, STEPS_FIRST,
    replace(ONE_IMAGE, data=(2, 7, 8)), replace(SIGNALS, data=(2, 4, 9)),
)  # fmt: skip
# No length twice in one array: neither as many examples as channels, nor as wide as high.
OBLONG = (
    replace(IMAGES, data=(B + 1, 2, 4, 6)), replace(LAST, data=(B + 1, 4, 6, 2)),
    replace(ONE_IMAGE, data=(2, 4, 6)), replace(SIGNALS, data=(B + 1, 4, 6)), SEQUENCES,
    STEPS_FIRST,
)  # fmt: skip
SMALL = (NUMBERS, PAIRS)  # only where nothing larger fits: much is right there by chance


def draw(rng: np.random.Generator, shape: tuple[int, ...], kind: str = "real") -> Array:
    """Short decimals, all different and not 0: reals, or numbers between 0 and 1."""
    size = int(np.prod(shape))
    if size > _DISTINCT:
        large = rng.integers(300, 9700, shape) / 10000
        return np.asarray(large * (rng.choice([-1.0, 1.0], shape) if kind == "real" else 1.0))
    picks = rng.choice(np.arange(3, 97 if size < 90 else 9700), size=size, replace=False)
    values = picks / (100 if size < 90 else 10000)
    if kind == "real":
        values = values * rng.choice([-1.0, 1.0], size=size)
    return np.asarray(values.reshape(shape), dtype=float)


_MASK = re.compile(r"(\w+_)?(masks?|observed|rated)(_\w+)?")


def is_mask(name: str) -> bool:
    """Whether an argument is one of zeros and ones, by its name."""
    return bool(_MASK.fullmatch(name.lower()))


def zeros_and_ones(shape: tuple[int, ...]) -> Array:
    """Zeros and ones as labels and masks are: twice as many ones as zeros."""
    return np.asarray((np.arange(int(np.prod(shape))) % 3 != 1).astype(float).reshape(shape))


def gates_of(code: str) -> int:
    """How many arrays of one width stand side by side in another, by the slices that are taken of
    it: 4 where an LSTM takes a[:, 3 * H:]; 4 as well where none are."""
    last = [int(k or 1) + 1 for k in re.findall(_OPEN_SLICE, code)]
    closed = [int(k) for k in re.findall(_CLOSED_SLICE, code)]
    return max([*last, *closed], default=4)


_OPEN_SLICE = r"\[\s*:\s*,\s*(?:([2-9])\s*\*\s*)?[A-Za-z_]\w*\s*:\s*\]"
_CLOSED_SLICE = r"(?::|split\([^,()]+,)\s*([2-9])\s*(?:\*\s*[A-Za-z_]\w*\s*\]|,|\))"


@dataclass
class Trials:
    """All the ways to fill a function's arguments, the likeliest first."""

    arguments: Sequence[Argument]
    shapes: Mapping[str, int] = field(default_factory=dict)
    stated: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    seed: int = 0
    fixed: Mapping[str, Any] = field(default_factory=dict)
    loss: bool = False
    gates: int = 4
    large: bool = False
    examples: Sequence[Mapping[str, Any]] = ()
    made: Sequence[Mapping[str, Any]] = ()  # containers that arguments may be
    labels: Labels = field(default_factory=dict)
    oblong: bool = False  # only images of which no two lengths are the same
    uses: Mapping[str, Use] = field(default_factory=dict)  # what the code does with targets

    def groups(self) -> Iterator[list[Trial]]:
        """The trials, those with the same shapes together, whatever their targets are.

        The first group that fits decides: a wrong gradient is not tried again in smaller shapes,
        in which it may be right (a maximum over one piece, a sum over one example).
        """
        found: dict[Any, list[Trial]] = {}
        for trial in self:
            if not _too_small(trial):
                shapes = [(k, v.shape) for k, v in trial.floats.items() if role_of(k) != "labels"]
                whole = [(k, v.shape) for k, v in trial.values.items()
                         if isinstance(v, np.ndarray) and v.dtype.kind != "f"
                         and role_of(k) != "labels"]  # fmt: skip
                found.setdefault((trial.tier, *shapes, *whole, len(whole)), []).append(trial)
        yield from found.values()

    def __iter__(self) -> Iterator[Trial]:
        for trial in self._every_way():
            yield replace(trial, labels=self.labels)

    def _every_way(self) -> Iterator[Trial]:
        if self.oblong:
            yield from self._in_tiers((OBLONG,), self.needed())
            return
        for made in self.made:
            for trial in replace(self, fixed={**self.fixed, **made}, made=())._as_named():
                yield replace(trial, tier=trial.tier + _MADE)
        yield from self._as_named()
        letters = [a for a in self.arguments if len(a.name) == 1 and a.required]
        beside = any(a.role == "data" for a in self.arguments if a.required)
        if any(a.role in SCALARS for a in letters) and beside:
            # p beside q, a and p beside n: arrays, where no number fits.
            arrays = [replace(a, role="data") if a in letters else a for a in self.arguments]
            for trial in replace(self, arguments=arrays)._as_named():
                yield replace(trial, tier=trial.tier + 1000)

    def needed(self) -> list[Argument]:
        """The arguments for which there have to be values."""
        return [
            a for a in self.arguments
            if (a.required or (a.role == "labels" and a.default is None and self.loss))
            and a.name not in self.fixed
        ]  # fmt: skip

    def _as_named(self) -> Iterator[Trial]:
        """What the names of the arguments say that they are."""
        wanted = self.needed()
        yield from self._like_examples(wanted)
        if any(a.name in self.stated for a in wanted):
            for at, tier in enumerate((ROWS, VECTORS, NUMBERS)):
                choices = [self._stated_choices(a, tier) for a in wanted]
                for picked in itertools.islice(itertools.product(*choices), _MOST):
                    values = {a.name: v for a, v in zip(wanted, picked)}
                    yield Trial({**self.fixed, **values}, at - 3)
        sequences = (PER_STEP,) if 3 in self.shapes.values() else ()
        rest = (*sequences, *_mixed(wanted))
        usual = LARGE if self.large else TIERS
        vectors = {a.role == "data" and self.shapes.get(a.name) == 1 for a in wanted}
        yield from self._in_tiers((rest, usual, SMALL) if len(vectors) > 1 else (
            usual, rest, SMALL), wanted)  # fmt: skip

    def _in_tiers(
        self, every: Sequence[Sequence[Tier]], wanted: Sequence[Argument]
    ) -> Iterator[Trial]:
        for tiers in every:
            for rank, kind in enumerate(("real", "unit", "index")):
                for at, tier in enumerate(tiers):
                    choices = [self._choices(a, tier, kind) for a in wanted]
                    for picked in itertools.islice(itertools.product(*choices), _MOST):
                        values = {a.name: v for a, v in zip(wanted, picked)}
                        yield Trial({**self.fixed, **values}, at + 20 * rank + 100 * len(tiers))

    def _like_examples(self, wanted: Sequence[Argument]) -> Iterator[Trial]:
        """As the file itself calls the function."""
        for example in self.examples:
            if all(a.name in example for a in wanted):
                choices = [self._as_given(example[a.name], a) for a in wanted]
                for picked in itertools.islice(itertools.product(*choices), _MOST_WHOLE):
                    yield Trial({**self.fixed, **{a.name: v for a, v in zip(wanted, picked)}}, -9)

    def _as_given(self, value: Any, argument: Argument) -> list[Any]:
        """An argument as in a call; an array of whole numbers also as one of reals, and first so:
        people write x = np.arange(12), and what indexes takes none."""
        given = [_as_variable(value, argument)]
        if not (isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "iu"):
            return given
        if argument.role in ("labels", "index", "settings", *SCALARS) or is_mask(argument.name):
            return given
        rng = np.random.default_rng([self.seed, *argument.name.encode()])
        return [draw(rng, value.shape, "real" if argument.role == "data" else "unit"), *given]

    def _stated_choices(self, argument: Argument, tier: Tier) -> list[Any]:
        """Values of the shape that the docstring states."""
        shape = self.stated.get(argument.name)
        if shape is None:
            rows = [self.stated[a.name] for a in self._arrays()
                    if a.role in ("data", "probability") and a.name in self.stated]  # fmt: skip
            free = any(a.role == "data" and a.name not in self.stated for a in self._arrays())
            if argument.role == "labels" and rows and not free:  # as many as there are rows
                tier = replace(tier, data=rows[0], classes_axis=1)
            return self._choices(argument, tier, "real")
        rng = np.random.default_rng([self.seed, *argument.name.encode()])
        if argument.role != "labels":
            return [draw(rng, shape, "unit" if argument.role == "probability" else "real")]
        bits = zeros_and_ones(shape)
        numbers = np.asarray(rng.integers(0, 2, shape))
        hot = [np.eye(shape[1])[np.arange(shape[0]) % shape[1]]] if len(shape) == 2 else []
        return self._as_used([numbers, *hot, bits, draw(rng, shape)], argument)

    def _choices(self, argument: Argument, tier: Tier, kind: str) -> list[Any]:
        rng = np.random.default_rng([self.seed, *argument.name.encode()])
        role = argument.role
        if role == "labels" and not self.loss and len(self._arrays()) == 1:
            role = "data"
        found = self._arrays_for(role, tier, kind, rng)
        if argument.role == "labels" and found is not None:
            found = self._as_used(found, argument)
            if not any(a.role in ("data", "probability") for a in self._arrays()):
                found = sorted(found, key=_is_matrix_of_numbers)  # a series, before a table
        if role == "context":  # what one call keeps on it must not reach the next
            return [Context()]
        if found is None:
            return SCALARS[role]
        if is_mask(argument.name):
            found = [zeros_and_ones(np.shape(each)) for each in found if np.ndim(each)]
        rank = self.shapes.get(argument.name)
        kept = [v for v in found if rank is None or np.ndim(v) == rank]
        return kept or found

    def _as_used(self, found: list[Any], argument: Argument) -> list[Any]:
        """Targets with which the code sees all of itself."""
        use = self.uses.get(argument.name)
        return found if use is None else fitting(found, use)

    def _arrays(self) -> list[Argument]:
        return [a for a in self.arguments if a.required and a.role not in SCALARS]

    def _arrays_for(
        self, role: str, tier: Tier, kind: str, rng: np.random.Generator
    ) -> list[Any] | None:
        if role == "labels":
            return labels(tier, rng)
        if role == "probability":
            return [_normalised(draw(rng, tier.data, "unit"), tier.classes_axis)]
        if role == "index":
            rows = tier.data[:1]
            # More of them than values, so that one comes twice: its gradients must be added.
            return [
                rng.integers(0, N - 1, rows),
                rng.integers(0, N, tier.data),
                int(rng.integers(N)),
            ]
        if kind == "index" and role == "data":
            return [rng.integers(0, N, tier.data)]
        shapes = {
            "data": tier.mixed or (tier.data,), "weight": tier.weight, "bias": tier.bias,
            "gamma": tier.per_feature, "beta": tier.per_feature, "state": (tier.state,),
            "recurrent": ((M, M), (M, 4 * M), *tier.weight[:1]),
        }.get(role)  # fmt: skip
        if shapes is None:
            return None
        # What is 4 M wide may have another number of gates side by side.
        wide = [tuple(self.gates * M if n == 4 * M else n for n in shape) for shape in shapes]
        if self.gates < 4 and tier is ROWS and role in ("weight", "bias"):  # as wide as the input
            wide.append((D, self.gates * D) if role == "weight" else (self.gates * D,))
        return [draw(rng, shape, kind if role == "data" else "real") for shape in wide]


def _as_variable(value: Any, argument: Argument) -> Any:
    """One real number that may have a gradient as an array without axes, also in a container."""
    if is_container(value):
        return with_arrays(value)
    plain = type(value) is float and argument.role not in SCALARS
    return np.asarray(value) if plain else value


def _is_matrix_of_numbers(value: Any) -> bool:
    return is_generic(value) and np.ndim(value) > 1


def _mixed(wanted: Sequence[Argument]) -> tuple[Tier, ...]:
    """Layouts in which arrays of unknown names are matrices and vectors that fit each other."""
    if sum(a.role == "data" for a in wanted) < 2:
        return ()
    return (Tier((N, D), VECTORS.weight, ((M,), ()), mixed=((N, D), (D,), (N,), (D, M))),)


# Beside (N, T, H) also one number for each step, and one vector for each example.
PER_STEP = Tier((2, 3, 4), ((2, 3), (4, M)), ((M,), (2, 3)), 2, (2, 4),
                mixed=((2, 3, 4), (2, 3), (2, 4)))  # fmt: skip


def targets_are_stretched(function: Callable[..., Any], trial: Trial) -> bool:
    """Whether a column of targets is broadcast against several columns of predictions.

    Then it also takes as many columns as there are predictions, and not just any number.
    """
    for name, value in trial.values.items():
        if role_of(name) != "labels" or not isinstance(value, np.ndarray) or 1 not in value.shape:
            continue
        axis = value.shape.index(1)

        def takes(count: int, name: str = name, value: Array = value, axis: int = axis) -> bool:
            try:
                with same_draws():
                    function(**trial.with_floats({}) | {name: np.repeat(value, count, axis)})
            except Exception:  # whatever the author's code raises
                return False
            return True

        if any(map(takes, (N, D, M))) and not takes(11):
            return True
    return False


def _too_small(trial: Trial) -> bool:
    """One bias for several outputs: it runs, but then hides a sum over too many axes."""
    own = {k: v for k, v in trial.values.items() if _is_real(v)}
    several = any(
        role_of(k) in ("weight", "recurrent")
        and (M in v.shape or (v.ndim > 1 and 1 not in v.shape))
        for k, v in own.items()
    )
    return several and any(role_of(k) == "bias" and v.size == 1 for k, v in own.items())


SCALARS: dict[str, list[Any]] = {
    "groups": [2], "stride": [2, 1],
    "pad": [0, 1], "classes": [D], "fraction": [0.3], "small": [0.1],
    "unit": [1.5], "switch": [True], "mode": ["train", "test"], "settings": [{}],
    "optimizer": [Descent()], "context": [Context()], "numpy": [np],
}  # fmt: skip


def labels(tier: Tier, rng: np.random.Generator) -> list[Any]:
    """Targets as people give them: class numbers, one-hot rows, real values, zeros and ones."""
    if not tier.data:
        return [draw(rng, ()), np.asarray(1.0)]
    axis = min(tier.classes_axis, len(tier.data) - 1)
    classes = tier.data[axis]
    rest = tier.data[:axis] + tier.data[axis + 1 :]
    numbers = rng.permutation(classes)[: int(np.prod(rest))] if rest else rng.integers(classes)
    numbers = np.asarray(numbers).reshape(rest) if np.size(numbers) == np.prod(rest) else (
        rng.integers(0, classes, rest))  # fmt: skip
    hot = np.moveaxis(np.eye(classes)[numbers], -1, axis)
    bits = zeros_and_ones(tier.data)
    found: list[Any] = [numbers, hot, draw(rng, tier.data), bits, numbers % 2, bits.astype(int)]
    if len(tier.data) == 2 and axis == 1:
        found += [bits[:, :1], draw(rng, (tier.data[0], 1)), draw(rng, (tier.data[0],))]
    elif len(tier.data) == 2:
        found += [bits[:1], draw(rng, (1, tier.data[1]))]
    return [*found, *shares(tier.data), signs(tier.data), signs(tier.data[:1])]


def _normalised(values: Array, axis: int) -> Array:
    if not values.ndim:
        return values
    return np.asarray(values / values.sum(axis=min(axis, values.ndim - 1), keepdims=True))


def stated_ranks(doc: str) -> dict[str, int]:
    """How many axes a docstring says that each array has: "gamma: ... shape (D,)"."""
    found = re.findall(r"(\w+)\s*[:\-][^\n()]*?shape:?\s*\(([^()]*)\)", doc or "")
    return {name: len([p for p in inside.split(",") if p.strip()])
            for name, inside in found if "..." not in inside}  # fmt: skip


def targets_of(trial: Trial, gradients: Sequence[tuple[str, Any]]) -> dict[str, Array]:
    """What the gradients may be of: labels only where there is one for them, or one too many."""
    floats = trial.floats
    names = [name for name, value in gradients if value is not None]
    named = {gradient_target(name, list(floats)) for name in names}
    found = {k: v for k, v in floats.items() if role_of(k) != "labels" or k in named}
    # Unnamed ones may be gradients; what has a name that is none's is something else.
    likely = sum(not name or bool(gradient_cores(name)) for name in names)
    return found if len(found) >= likely else floats
