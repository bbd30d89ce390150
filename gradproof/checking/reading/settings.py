"""Settings that have a default: alpha=1.0, stride=1, training=True. At which other values to judge.

At its default a setting may hide a slip: alpha = 1 hides a factor alpha, stride = 1 an index that
does not move by it. So numbers are given values at which nothing vanishes or is one, and of every
flag, size and word the other values are judged as well.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.source.gradient_names import FLAGS
from gradproof.checking.trials.mode_dictionaries import compared_words

MOST = 5  # other values of settings for which one pair is judged
_TINY = 1e-3  # up to here a number is a guard such as eps, which gradients rightly leave out
_ANY_OTHER = "other"  # a word that no code compares with
_APART = re.compile(
    r"verbose|debug|plot\w*|show|print\w*|seed|random_state|rng|name|\w*_name|copy|inplace|out|dtype"
    r"|return_\w+|n_?iter\w*|max_?iter\w*|epochs?|batch_?size|n_?jobs|check\w*|tol\w*|eps\w*"
    r"|lr|learning_?rate|l_rate|step_size|momentum|weight_decay|decay|cache|\w*init\w*|shape"
)
_SIZES = re.compile(
    r".*(stride|pad|dilat|kernel|filter|size|width|height|group|head|dim|axis|axes|num|count|order)"
    r"\w*|[a-z]?_?(n|k|m|f|s)|n_\w+|steps?|degree"
)


@dataclass(frozen=True)
class Setting:
    """A parameter with a default, and the other values for which the pair is to be judged.

    number: whether it is a number of which one other value stands for all.
    """

    name: str
    default: Any
    others: tuple[Any, ...]
    number: bool = False

    def shown(self, value: Any) -> str:
        """As a reader writes it: "stride = 2"."""
        return f"{self.name} = {value!r}"


def settings_of(functions: Sequence[Callable[..., Any]], code: str) -> list[Setting]:
    """The settings among the parameters of these functions, each once.

    code: their text, in which the words stand that a setting is compared with.
    """
    found: dict[str, Setting] = {}
    for function in functions:
        for name, default in defaults_of(function):
            at = sum(each.number for each in found.values())
            if name not in found and (made := _setting(name, default, code, at)) is not None:
                found[name] = made
    return list(found.values())


def defaults_of(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """The parameters of a function that have a default, with it."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    for each in parameters:
        if each.default is not inspect.Parameter.empty:
            yield each.name, each.default


def _setting(name: str, default: Any, code: str, at: int) -> Setting | None:
    plain = name.lower().lstrip("_")
    if _APART.fullmatch(plain) or plain in FLAGS or role_of(name) == "optimizer":
        return None
    if isinstance(default, bool):
        return Setting(name, default, (not default,))
    if isinstance(default, str):
        known = compared_words(code, name)
        others = [word for word in known if word != default]
        others += [_ANY_OTHER] if others and default in known else []  # what stands under else
        return Setting(name, default, tuple(others)) if others else None
    if isinstance(default, int) and (_SIZES.fullmatch(plain) or _is_count(name, code)):
        return Setting(name, default, (_other_size(default),))
    if isinstance(default, (int, float)) and not 0 < abs(default) <= _TINY:
        return Setting(name, default, (generic(default, at),), number=True)
    if isinstance(default, tuple) and default and all(type(n) is int for n in default):
        return Setting(name, default, (tuple(map(_other_size, default)),))
    return None


def _is_count(name: str, code: str) -> bool:
    """Whether the code counts by it: range(iters)."""
    return bool(re.search(rf"\brange\([^()]*\b{re.escape(name)}\b", code))


def _other_size(size: int) -> int:
    return {0: 1, -1: 0}.get(size, size + 1)


def generic(number: float, at: int = 0) -> float:
    """Another number of the same kind that is neither 0 nor 1: between 0 and 1 where it was.

    at: how many other settings have theirs, so that no two are the same.
    """
    if number < 0:
        return -generic(-number, at)
    apart = round(0.27 * (1 - 0.75**at), 4)
    if number <= 1:
        return round((0.35 if abs(number - 0.35) > 0.1 else 0.65) + apart, 4)
    return round(0.8 * number + 0.07 + apart, 6)


def with_defaults(function: Callable[..., Any], values: Mapping[str, Any]) -> Callable[..., Any]:
    """The function with other defaults for those of its parameters that are in ``values``."""
    signature = inspect.signature(function)
    own = {k: v for k, v in values.items() if k in signature.parameters}
    if not own:
        return function

    def call(*given: Any, **named: Any) -> Any:
        bound = signature.bind_partial(*given, **named).arguments
        return function(*given, **named, **{k: v for k, v in own.items() if k not in bound})

    parameters = [
        p.replace(default=own[p.name]) if p.name in own else p
        for p in signature.parameters.values()
    ]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__wrapped__ = function  # type: ignore[attr-defined]
    call.__name__ = getattr(function, "__name__", "function")
    return call


__all__ = ["MOST", "Setting", "defaults_of", "generic", "settings_of", "with_defaults"]
