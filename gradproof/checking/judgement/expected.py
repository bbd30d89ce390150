"""What the text of a pair promises, beside what was judged of it.

Which gradients a pair has is proposed by the process in which its file runs. The text says it as
well, where backward returns them by name; what is promised there and was not judged is no pass.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from gradproof.checking.records import Candidate, GradientResult, Unmatched
from gradproof.checking.source.argument_roles import role_of
from gradproof.checking.source.discover import returned_parts
from gradproof.checking.source.gradient_names import gradient_target
from gradproof.checking.source.syntax import Source

_NONE = "no way was found to call it"
_PROMISED = "what it returns as the gradient of {} was not judged"
_LEFT_OUT = "it returns None in place of the gradient of {}"
_ARRAYS = ("weight", "bias", "gamma", "beta", "recurrent")
_WITHOUT = ("labels", "index", "switch", "mode", "settings", "small", "context", "optimizer")


def missing(
    file: str,
    text: str,
    candidate: Candidate,
    results: Sequence[GradientResult | Unmatched],
    varied: Collection[str] = (),
) -> list[Unmatched]:
    """A line for what nobody has judged; none where all is there, or something is said already.

    varied: the arguments that were found to be arrays of real numbers.
    """
    judged = {each.of for each in results if isinstance(each, GradientResult)}
    said = [each.name for each in results if isinstance(each, Unmatched)]
    if not results:
        return [Unmatched(file, candidate.title, _NONE)]
    promised, left_out = promises(text, candidate, varied)
    kept = [] if said else _kept(text, candidate)
    alike = {name.lower().strip("_") for name in judged}
    promised += [name for name in kept if name.lower().strip("_") not in alike]
    lines = [(form, [name for name in names if name not in judged])
             for form, names in ((_PROMISED, promised), (_LEFT_OUT, left_out))]  # fmt: skip
    if not judged or said:
        return []
    return [Unmatched(file, candidate.title, form.format(", ".join(names)))
            for form, names in lines if names]  # fmt: skip


def promises(
    text: str, candidate: Candidate, varied: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """The arguments of forward whose gradients backward returns, by name or one for each; and those
    in whose place it returns None."""
    if candidate.kind not in ("cache", "layer"):
        return [], []
    source = Source(text)
    known = source.parameters(candidate.owner, candidate.forward)
    node = source.node(candidate.owner, candidate.backward)
    parts = [] if node is None else returned_parts(node)
    one_each = len(parts) == len(known) > 1
    in_order: Sequence[str | None] = known if one_each else [None] * len(parts)
    found = [_target(part, known, place) for part, place in zip(parts, in_order)]
    wanted = [name for name in found if name is not None and role_of(name) not in _WITHOUT]
    places = [place for part, place in zip(parts, in_order) if _is_none(part) and len(parts) > 1]
    left = known if None in places else [place for place in places if place is not None]
    by_key = [] if node is None else [gradient_target(key, known) for key in _none_keys(node)]
    left = [*left, *(name for name in by_key if name is not None)]
    bare = [name for name in left if _is_array(name, varied) and name not in wanted]
    return list(dict.fromkeys(wanted)), list(dict.fromkeys(bare))


def _kept(text: str, candidate: Candidate) -> list[str]:
    """What a layer keeps, and whose gradient its backward keeps: W, where it assigns to self.dW."""
    if candidate.kind != "layer":
        return []
    source = Source(text)
    own = set(_assigned(source.node(candidate.owner, "__init__")))
    left = _assigned(source.node(candidate.owner, candidate.backward))
    arrays = [name for name in own if role_of(name.lstrip("_")) in _ARRAYS]
    found = [gradient_target(name, arrays) for name in left]
    return list(dict.fromkeys(name for name in found if name is not None))


def _assigned(node: ast.AST | None) -> list[str]:
    """The attributes to which a method assigns: self.W = ..."""
    return [each.attr for each in ast.walk(node or ast.Module([], []))
            if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
            and isinstance(each.value, ast.Name) and each.value.id == "self"]  # fmt: skip


def _is_array(name: str, varied: Collection[str]) -> bool:
    """Whether an argument has a gradient: by its name, or as it was found to be a real array."""
    role = role_of(name)
    return role in _ARRAYS or (name in varied and role not in _WITHOUT and "mask" not in name)


def _is_none(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is None


def _none_keys(node: ast.AST) -> list[str]:
    """The keys under which a function puts None, and nothing else: grads["dw"] = None."""
    empty: dict[str, bool] = {}
    for each in ast.walk(node):
        pairs: list[tuple[ast.expr | None, ast.expr]] = []
        if isinstance(each, ast.Dict):
            pairs = list(zip(each.keys, each.values))
        elif isinstance(each, ast.Assign):
            pairs = [(target.slice, each.value) for target in each.targets
                     if isinstance(target, ast.Subscript)]  # fmt: skip
        for key, value in pairs:
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                empty[key.value] = empty.get(key.value, True) and _is_none(value)
    return [key for key, is_empty in empty.items() if is_empty]


def _target(part: ast.expr, known: Sequence[str], place: str | None) -> str | None:
    """Whose gradient a part of what is returned is: None where the text does not say."""
    if isinstance(part, ast.Constant):  # None, which is a line of its own
        return None
    name = part.id if isinstance(part, ast.Name) else ""
    return gradient_target(name, list(known)) if name else place


__all__ = ["missing", "promises"]
