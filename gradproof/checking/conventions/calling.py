"""From a candidate that was found by name to pairs that can be called."""

from __future__ import annotations

import functools
import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.checking.conventions.derivative_pairs import Slope, matched_derivatives, matched_loss
from gradproof.checking.conventions.engines import matched_engine
from gradproof.checking.conventions.function_pairs import Pair, every_mode
from gradproof.checking.conventions.instance_state import clone
from gradproof.checking.conventions.layer_classes import matched_layer, matched_without_loss
from gradproof.checking.conventions.layer_runs import Layer
from gradproof.checking.conventions.match import (
    SELECT,
    Match,
    MatchError,
    distance,
    fits,
    numeric,
    run,
    speaks_for_itself,
    times,
    with_names,
)
from gradproof.checking.conventions.networks import includes_cost, matched_network
from gradproof.checking.conventions.torch_functions import is_torch_function, matched_function
from gradproof.checking.judgement.telling_errors import BACKWARD_RAISES
from gradproof.checking.reading.callsites import CallSites, call_sites, passes_over_zeros
from gradproof.checking.reading.conventions import as_meant, entry_by_entry
from gradproof.checking.reading.kept_flags import kept_flags
from gradproof.checking.reading.listed import speaks_of_derivative
from gradproof.checking.reading.observed import Observed
from gradproof.checking.reading.settings import (
    MOST,
    Setting,
    defaults_of,
    settings_of,
    with_defaults,
)
from gradproof.checking.records import Candidate
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.source.gradient_names import FLAGS, LOSS, argument_of, looks_upstream
from gradproof.checking.source.syntax import Source
from gradproof.checking.trials.construct import depths, instances
from gradproof.checking.trials.input_trials import arguments_of
from gradproof.checking.trials.mode_dictionaries import in_dictionary, sizes_in

Reading = Callable[[], list[Match]]
UNSURE = (
    "it may be the derivative of {}, with which it does not agree anywhere; nothing in the file "
    "says that it is, so it is not judged"
)
_NEGATIVE = "the negative gradient, as its name or its text says: judged as that"


@dataclass(frozen=True)
class _Asked:
    """What is to be read: a candidate in its module, with these values of its settings.

    large: whether windows, steps and paddings of more than one are to have room in the inputs.
    """

    candidate: Candidate
    module: types.ModuleType
    source: Source
    seed: int
    values: Mapping[str, Any] = field(default_factory=dict)
    large: bool = False
    observed: Observed = field(default_factory=Observed)

    @functools.cached_property
    def sites(self) -> CallSites:
        """What the file's own calls of backward say."""
        return call_sites(self.source.tree, self.candidate.forward, self.candidate.backward)

    @property
    def examples(self) -> list[dict[str, Any]]:
        """Arguments like those with which the file calls forward."""
        names = (self.candidate.forward, self.candidate.backward)  # both may take the same
        titles = [f"{self.owner}.{name}" if self.owner else name for name in names]
        rng = np.random.default_rng([self.seed, 5])
        return [each for title in titles for each in self.observed.examples(title, rng)]

    @property
    def owner(self) -> str:
        """The class whose methods they are; "" for functions."""
        return self.candidate.owner


def matches(
    candidate: Candidate,
    module: types.ModuleType,
    source: Source,
    seed: int,
    observed: Observed | None = None,
) -> list[Match]:
    """The ways in which a candidate is to be judged: one for each mode. Raises MatchError.

    What has a default has one value in all of them; the same for other values follows, with what
    differs in ``Match.setting``.
    """
    asked = _Asked(candidate, module, source.stating(candidate), seed,
                   observed=observed or Observed())  # fmt: skip
    settings = _settings(asked)
    numbers = {each.name: each.others[0] for each in settings if each.number}
    shown = ", ".join(each.shown(numbers[each.name]) for each in settings if each.number)
    others: list[Match] = []
    if numbers:
        try:
            others, right = _chosen(replace(asked, values=numbers))
        except MatchError:  # the code does not take them
            others, right = [], False
        if right:
            found = [_real_only(asked, match.noted(f"with {shown}")) for match in others]
            beside, raising = _at_other_values(asked, numbers, settings, found)
            found[0] = replace(found[0], unjudged=(*found[0].unjudged, *raising))
            return [*found, *_at_own_defaults(asked, found), *beside]
    found, right = _chosen(asked)
    if candidate.guessed and not right and not all(map(speaks_for_itself, found)):
        raise MatchError(UNSURE.format(candidate.forward))
    node = asked.source.node(asked.owner, candidate.backward)
    line = passes_over_zeros(node) if node is not None and not right else None
    if line is not None:
        found = [entry_by_entry(match, line) for match in found]
        right = all(map(_is_right, found))
    if not right:
        plain, found = found, [_as_meant(asked, match, len(found) > 1) for match in found]
        changed = any(a is not b for a, b in zip(plain, found))
        right = changed and all(map(_is_right, found))
    found = [_with_penalties(asked, _used_elsewhere(asked, _real_only(asked, match)))
             for match in found]  # fmt: skip
    if not right or not settings:  # the fewer calls before it is judged, the better
        return found
    others = [replace(m, setting=shown) for m in others if _is_like(m, found)]
    beside, raising = _at_other_values(asked, {}, settings, found)
    found[0] = replace(found[0], unjudged=(*found[0].unjudged, *raising))
    return [*found, *others, *beside]


def _real_only(asked: _Asked, match: Match) -> Match:
    """The match; not one for real numbers where the file itself gives complex ones.

    Raises MatchError.
    """
    called = {f"{asked.owner}.{name}".lstrip(".")
              for name in (asked.candidate.forward, asked.candidate.backward)}  # fmt: skip
    given = {**match.fixed, **match.inputs}
    found = sorted({n for name in called for n in asked.observed.complex_ones(name)
                    if n in given and not np.iscomplexobj(given[n])})  # fmt: skip
    if found and not any("is complex" in note for note in match.notes):
        raise MatchError(f"the file calls it with complex {', '.join(found)}, which is not judged")
    return match


def _used_elsewhere(asked: _Asked, match: Match) -> Match:
    """The match; a derivative of several arguments that is given the output in a line is listed."""
    lines = asked.sites.by_output
    several = len(asked.source.parameters(asked.owner, asked.candidate.backward)) > 1
    if not lines or not several or match.contract == "output" or asked.candidate.kind == "cache":
        return match
    use = f"its use in line {', '.join(map(str, lines))}"
    why = f"there it is given what {asked.candidate.forward} returns, and it is judged at the input"
    return replace(match, unjudged=(*match.unjudged, (use, why)))


def _as_meant(asked: _Asked, match: Match, one_of_several: bool) -> Match:
    """The match, under another convention where it is right under that one.

    one_of_several: whether it may be right as it is, and another one wrong.
    """
    if match.contract == "output" or (one_of_several and _is_right(match)):
        return match
    return as_meant(match, asked.sites, asked.candidate.forward)


def _settings(asked: _Asked) -> list[Setting]:
    """The settings of a pair: of forward, and of the constructor where there is one."""
    if asked.candidate.kind == "engine":
        return []
    holder = _from(asked.module, asked.owner) if asked.owner else asked.module
    functions: list[Any] = [holder] if asked.owner else []
    functions += [f for f in (getattr(holder, asked.candidate.forward, None),) if f is not None]
    code = asked.source.class_code(asked.owner) or asked.source.code("", asked.candidate.forward)
    found = settings_of(functions, code)
    if asked.candidate.kind == "layer":
        found += _flags(asked)[0]
    if isinstance(holder, type):
        found += [Setting(name, sizes, tuple(more)) for name, sizes, more in depths(holder)]
    if asked.candidate.kind == "layer":  # a layer's penalty is added in its loss, not in forward
        found = [s for s in found if role_of(s.name) != "small" and not _is_penalty(s.name)]
    if asked.candidate.kind == "cache" and not asked.owner:
        found = [s for s in found if role_of(s.name) != "mode"]  # each is judged by itself
        for name in asked.source.parameters("", asked.candidate.forward):
            found += [Setting(in_dictionary(name, key), value, (other,))
                      for key, value, other in sizes_in(code, name)]  # fmt: skip
    return found


def _flags(asked: _Asked) -> tuple[list[Setting], list[str]]:
    """What an instance of a layer keeps by which it decides."""
    candidate = asked.candidate
    return kept_flags(asked.source, asked.owner, candidate.forward, candidate.backward)


_PENALTY = re.compile(r".*(regulari[sz]|penalt|decay|lambda).*|(.*_)?(l[12]|reg)(_.*)?", re.I)


def _is_penalty(name: str) -> bool:
    """Whether a setting is the size of a penalty, which a layer's loss adds and its forward not."""
    return bool(_PENALTY.fullmatch(name))


def _with_penalties(asked: _Asked, match: Match) -> Match:
    """The match, with a note for the penalties of a layer at whose default it is judged."""
    if asked.candidate.kind != "layer" or not asked.owner:
        return match
    cls = getattr(asked.module, asked.owner, None)
    try:
        given = inspect.signature(cls).parameters.values() if isinstance(cls, type) else ()
    except (TypeError, ValueError):
        return match
    plain = [f"{p.name} = {p.default!r}" for p in given
             if _is_penalty(p.name) and isinstance(p.default, (int, float))]  # fmt: skip
    plain += _flags(asked)[1]
    return match.noted(f"for {', '.join(plain)}") if plain else match


def _at_other_values(
    asked: _Asked, numbers: Mapping[str, Any], settings: list[Setting], base: list[Match]
) -> tuple[list[Match], list[tuple[str, str]]]:
    """The pair for each other value of a flag, size or word, in arrays laid out alike; and those
    that forward takes and backward raises at, with what it raises."""
    out: list[Match] = []
    raising: list[tuple[str, str]] = []
    tried = [(each, value) for each in settings if not each.number for value in each.others]
    for each, value in tried[:MOST]:
        large = not isinstance(value, (bool, str))  # a flag asks for no larger windows
        other = replace(asked, values={**numbers, each.name: value}, large=large)
        try:
            found, _ = _chosen(other)
        except MatchError as error:
            if str(error).startswith(BACKWARD_RAISES) and _is_no_way_back(asked, each):
                base[0] = base[0].noted(f"not for {each.shown(value)}: {error}")
            elif str(error).startswith(BACKWARD_RAISES):
                raising.append((each.shown(value), f"{error}; so it is not judged for that"))
            continue  # else it is no value that the code takes
        out += (replace(m, setting=each.shown(value)) for m in found if _is_like(m, base))
    return out, raising


def _is_no_way_back(asked: _Asked, setting: Setting) -> bool:
    """Whether a value of a setting at which backward raises is none that the author must mean: a
    flag of forward alone, retain=False, or a layer more than the class is written for."""
    code = asked.source.code(asked.owner, asked.candidate.backward)
    flag = isinstance(setting.default, bool) and setting.name not in code
    return flag or isinstance(setting.default, list)


def _at_own_defaults(asked: _Asked, base: list[Match]) -> Iterator[Match]:
    """The pair as it is called without its settings, where the two have other defaults."""
    holder = _from(asked.module, asked.owner) if asked.owner else asked.module
    names = asked.candidate.forward, asked.candidate.backward
    try:
        first, second = (dict(defaults_of(_from(holder, name))) for name in names)
    except MatchError:  # a method of an instance that is made first
        return
    apart = [n for n, value in first.items() if isinstance(value, (bool, int, float, str))
             and type(second.get(n)) is type(value) and second[n] != value]  # fmt: skip
    if apart:
        shown = ", ".join(f"{n} = {first[n]!r} in {names[0]} and {second[n]!r} in {names[1]}"
                          for n in apart)  # fmt: skip
        found, _ = _chosen(asked)
        known = {name for match in base for name in match.wrt}
        yield from (replace(m, setting=shown) for m in found if _fits(m) and {*m.wrt} <= known)


def _is_like(match: Match, base: Sequence[Match]) -> bool:
    """Whether a match runs and takes arrays with as many axes as one of the others; and further
    ones, of a deeper network.

    In another layout it is another reading, which its setting did not ask for.
    """
    axes = {name: value.ndim for name, value in match.inputs.items()}.items()
    like = any({n: v.ndim for n, v in other.inputs.items()}.items() <= axes for other in base)
    try:
        return like and numeric(run(match)[0])
    except Exception:  # whatever the author's code raises
        return False


def _chosen(asked: _Asked) -> tuple[list[Match], bool]:
    """The first reading under which the gradient is right counts; where it is right under none,
    the first under which its shapes fit. Whether it is right, too. Raises MatchError."""
    fitting: list[Match] = []
    usable: list[Match] = []
    reason = ""
    for reading in _readings(asked):
        try:
            found = reading()
        except MatchError as error:
            reason = reason or str(error)
            continue
        if all(map(_is_right, found)) and _count(found) >= _count(fitting):
            return found, True
        found = [part for match in found for part in _by_shape(match)]
        usable = usable or found
        fitting = fitting or (found if all(map(_fits, found)) else [])
    if not usable:
        raise MatchError(reason)
    return fitting or usable, False


def _count(found: list[Match]) -> int:
    """How many gradients a reading knows of: one that sees fewer does not explain the others."""
    return sum(len(match.wrt) for match in found)


def _by_shape(match: Match) -> list[Match]:
    """Gradients of a wrong shape apart from the others, on which they cast no doubt."""
    try:
        gradients = run(match)[2]
    except Exception:  # whatever the author's code raises
        return [match]
    right = [np.shape(g) == match.inputs[n].shape for n, g in zip(match.wrt, gradients)]
    return [
        match.only([at for at, fits_ in enumerate(right) if fits_ is wanted])
        for wanted in (True, False) if wanted in right
    ]  # fmt: skip


def _fits(match: Match) -> bool:
    try:
        return fits(match)
    except Exception:  # whatever the author's code raises
        return False


def _is_right(match: Match) -> bool:
    try:
        return distance(match) < SELECT
    except Exception:  # whatever the author's code raises, or too many elements: it is judged
        return False


def _readings(asked: _Asked) -> Iterator[Reading]:
    """The ways to read the pair, likeliest first."""
    for reading in _ways(asked):
        for sign in asked.candidate.signs:
            yield functools.partial(_negated, reading) if sign < 0 else reading


def _negated(reading: Reading) -> list[Match]:
    return [times(match, -1).noted(_NEGATIVE) for match in reading()]


def _ways(asked: _Asked) -> Iterator[Reading]:
    kind = asked.candidate.kind
    cls = getattr(asked.module, asked.owner, None) if asked.owner else None
    if kind == "engine":
        yield lambda: [_engine(asked)]
    elif is_torch_function(cls):
        code = asked.source.code(asked.owner, asked.candidate.forward)
        yield lambda: [matched_function(cls, code, asked.seed)]
    elif asked.owner and kind in ("layer", "object", "loss", "cache", "derivative"):
        layered, plain = _layered(asked), _plain(asked)
        yield from (*layered, *plain) if kind == "layer" else (*plain, *layered)
    else:
        yield from _plain(asked)


def _engine(asked: _Asked) -> Match:
    """As an operation of values that keep their own gradient."""
    cls = _from(asked.module, asked.owner)
    return matched_engine(cls, asked.candidate.forward, asked.seed)


def _layered(asked: _Asked) -> list[Reading]:
    """As methods that keep what they need on self."""
    candidate, owner, module = asked.candidate, asked.owner, asked.module
    names = tuple(asked.source.returned(owner, candidate.backward))
    code = asked.source.class_code(owner)
    backward = candidate.backward
    if candidate.kind == "loss":  # forward returns the loss, then the gradients
        backward, names = "", names[1:]

    def read(forward: str, target: str = "") -> list[Match]:
        cls = _from(module, owner)
        layer = Layer(cls, _known(cls, forward, candidate), backward, names, code,
                      candidate.kind in ("object", "derivative"), asked.values, asked.large,
                      asked.observed, asked.source.code_with_calls(owner, forward),
                      _step_of(asked))  # fmt: skip
        if target:
            return [matched_without_loss(replace(layer, target=target), asked.seed)]
        return [matched_layer(layer, asked.seed)]

    readings: list[Reading] = [functools.partial(read, candidate.forward)]
    losses = _losses_of(asked)
    readings = [*(functools.partial(read, name) for name in losses), *readings]
    if candidate.forward != "__call__" and _is_callable(module, owner):
        readings.append(functools.partial(read, "__call__"))
    if (target := _target_alone(asked)) and not losses:
        readings.insert(0, functools.partial(read, candidate.forward, target))
    return readings


_STEP = re.compile(r"_*(update|step|apply|adjust|learn|optimi[sz]e|descend)\w*", re.I)


def _step_of(asked: _Asked) -> str:
    """The one method that steps the weights by what backward has kept, given a rate or nothing."""
    owner, source = asked.owner, asked.source
    found = [
        name for name in source.methods(owner)
        if _STEP.fullmatch(name) and "self" in source.code(owner, name)
        and all(role_of(n) == "small" for n in source.parameters(owner, name))
    ]  # fmt: skip
    return found[0] if len(found) == 1 else ""


def _losses_of(asked: _Asked) -> list[str]:
    """The methods whose loss backward is of, where it takes targets and forward does not."""
    owner, source = asked.owner, asked.source
    if not _target_alone(asked):
        return []
    own = [m for m in source.methods(owner) if LOSS.search(m) or m in ("J", "error", "energy")]
    return [m for m in own if any(role_of(n) == "labels" for n in source.parameters(owner, m))
            and m != asked.candidate.backward and not speaks_of_derivative(m)]  # fmt: skip


def _target_alone(asked: _Asked) -> str:
    """The targets that backward takes and forward does not; "" where there are none."""
    candidate, owner, source = asked.candidate, asked.owner, asked.source
    known = source.parameters(owner, candidate.forward)
    found = [n for n in source.parameters(owner, candidate.backward)
             if role_of(n) == "labels" and n not in known]  # fmt: skip
    whole = candidate.kind in ("layer", "object", "derivative")
    return found[0] if len(found) == 1 and whole else ""


def _is_callable(module: types.ModuleType, owner: str) -> bool:
    """Whether the class or one that it is derived from has a __call__."""
    return any("__call__" in vars(each) for each in getattr(module, owner, object).__mro__)


def _known(cls: type, forward: str, candidate: Candidate) -> str:
    if hasattr(cls, forward):
        return forward
    raise MatchError(f"{cls.__name__} has no forward that {candidate.backward} could belong to")


def _plain(asked: _Asked) -> list[Reading]:
    """As functions, or methods that are given all they need."""
    candidate, owner, source, seed = asked.candidate, asked.owner, asked.source, asked.seed
    kind = candidate.kind
    names = tuple(source.returned(owner, candidate.backward))

    def holder() -> Any:
        return _holder(asked) if owner else asked.module

    def cached() -> list[Match]:
        pair = _pair(asked, holder())
        try:
            return every_mode(pair, seed)
        except MatchError:
            if owner or not includes_cost(pair):
                raise
            return matched_network(pair, asked.module, seed)

    def sloped() -> list[Match]:
        return matched_derivatives(_slope(asked, holder()), seed)

    def lossy() -> list[Match]:
        doc = source.doc(owner, candidate.forward)
        function = with_defaults(_from(holder(), candidate.forward), asked.values)
        code = source.code_with_calls(owner, candidate.forward)
        return [matched_loss(function, names, doc, seed, asked.examples, code)]

    if kind == "loss":
        return [lossy]
    if kind in ("derivative", "flag", "object"):
        return [sloped]
    own = source.parameters(owner, candidate.backward)
    slope_too = not any(map(looks_upstream, own))
    return [cached, sloped] if slope_too else [cached]


def _both(asked: _Asked, holder: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Forward and backward, with the values of their settings."""
    names = asked.candidate.forward, asked.candidate.backward
    forward, backward = (with_defaults(_from(holder, name), asked.values) for name in names)
    return forward, backward


def _pair(asked: _Asked, holder: Any) -> Pair:
    candidate = asked.candidate
    return Pair(*_both(asked, holder), candidate.forward, asked.source, asked.owner,
                candidate.backward, values=asked.values, large=asked.large,
                observed=asked.observed)  # fmt: skip


def _slope(asked: _Asked, holder: Any) -> Slope:
    candidate, owner, source = asked.candidate, asked.owner, asked.source
    name = candidate.forward
    forward, backward = _both(asked, holder)
    if candidate.kind == "flag":
        forward, backward = _by_flag(forward, source.parameters(owner, name))
    outputs = source.returned(owner, name)
    output = outputs[0] if outputs and outputs[0] else f"{_shown(candidate)}()"
    returned = tuple(source.returned(owner, candidate.backward))
    by = argument_of(candidate.backward, name, source.parameters(owner, name)) or ""
    return Slope(forward, backward, f"{owner} {name}", source.doc(owner, name), output, returned,
                 source.code_with_calls(owner, name), asked.examples, asked.sites,
                 by,
                 source.code(owner, candidate.backward))  # fmt: skip


def _shown(candidate: Candidate) -> str:
    """How the author calls the function: an object by its own name."""
    return candidate.owner if candidate.forward.startswith("__") else candidate.forward


def _from(holder: Any, name: str) -> Any:
    inside = re.fullmatch(r"(\w+)\['(\w+)'\]", name)
    try:
        found = getattr(holder, name) if inside is None else getattr(holder, inside[1])[inside[2]]
    except AttributeError:
        raise MatchError(f"{name} is not there once the file has been run") from None
    if isinstance(found, np.vectorize):
        return _elementwise(found)
    return _on_a_copy(found) if inspect.ismethod(found) else found


def _elementwise(found: Any) -> Any:
    """A function that np.vectorize made, with the parameters of the author's."""

    def call(*given: Any, **named: Any) -> Any:
        return found(*given, *named.values())

    call.__signature__ = inspect.signature(found.pyfunc)  # type: ignore[attr-defined]
    call.__wrapped__ = found.pyfunc  # type: ignore[attr-defined]
    call.__name__ = found.pyfunc.__name__
    return call


def _on_a_copy(method: Any) -> Any:
    """The method of a fresh copy at every call: nothing that it keeps is left for the next."""
    instance, name = method.__self__, method.__name__
    if isinstance(instance, type):
        return method

    def call(*given: Any, **named: Any) -> Any:
        return getattr(clone(instance), name)(*given, **named)

    call.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    call.__wrapped__ = method  # type: ignore[attr-defined]
    call.__name__ = name
    return call


def _holder(asked: _Asked) -> Any:
    """An instance of the class, one whose constructor was not run if need be."""
    cls = _from(asked.module, asked.owner)
    found = next(instances(cls, asked.seed, asked.values), None)
    if found is not None:
        return found
    try:
        return object.__new__(cls)
    except TypeError as error:
        raise MatchError(f"{cls.__name__} could not be constructed: {error}") from None


def _by_flag(
    function: Callable[..., Any], parameters: list[str]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """f and f' of one function with a flag deriv=True."""
    flag = next(name for name in parameters if name.lower() in FLAGS)
    others = [name for name in parameters if name != flag]

    def forward(*x: Any, **named: Any) -> Any:
        return function(*x, **named, **{flag: False})

    def derivative(*x: Any, **named: Any) -> Any:
        return function(*x, **named, **{flag: True})

    if not others:
        raise MatchError(f"takes nothing but the flag {flag}")
    needed = [a.name for a in arguments_of(function) if a.required and a.name in others]
    given = needed or others[:1]
    return with_names(forward, given, function), with_names(derivative, given, function)
