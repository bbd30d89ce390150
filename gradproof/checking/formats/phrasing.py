"""A result in its author's words: upstream gradient and parameters as they are written there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from gradproof.checking.formats.short_scope import ANY_SHAPE
from gradproof.checking.records import Candidate, GradientResult
from gradproof.checking.source.elementwise_code import is_elementwise
from gradproof.checking.source.gradient_names import looks_upstream
from gradproof.checking.source.syntax import Source
from gradproof.text import Text
from gradproof.verdicts import Diagnosis

OURS = "dy"
_WITH_UPSTREAM = ("cache", "layer")
_NUMBERED = re.compile(r"(\w*?[a-zA-Z]\w*?)_(\d+)")
_NO_WORDS: Mapping[str, str] = {}
# A proof for arrays of one shape alone, which may then be any shape where the code is elementwise.
_ONE_SHAPE = re.compile(
    r"for all (?:real|positive) [\w, ]+ of shape (\([^()]*\))"
    r"(?:, (?:real|positive) [\w, ]+ of shape \1)*(?: where .*)?"
)


def in_their_words(result: GradientResult, candidate: Candidate, text: str) -> GradientResult:
    """The result about a pair of this text, with the author's name for the upstream gradient."""
    return _with_upstream(_for_any_shape(result, candidate, text), candidate, text)


def with_parameters(
    result: GradientResult, text: str, spoken: Mapping[str, str] = _NO_WORDS
) -> GradientResult:
    """The result with parameters as their author writes them: the last step, for the reader alone.

    spoken: our names of inputs, and how the author writes them (``W__``: ``lin_v.W``).
    """
    names = _their_names(result, text, spoken)
    return _renamed_all(result, names) if names else result


def _for_any_shape(result: GradientResult, candidate: Candidate, text: str) -> GradientResult:
    if result.verdict != "PROVED" or not _ONE_SHAPE.fullmatch(result.scope.partition("; ")[0]):
        return result
    if not is_elementwise(text, candidate):
        return result
    return replace(result, scope=f"{result.scope}; {ANY_SHAPE}")


def _with_upstream(result: GradientResult, candidate: Candidate, text: str) -> GradientResult:
    theirs = _upstream(candidate, text)
    example = result.counterexample
    inputs = dict(example["inputs"]) if example is not None else {}
    if theirs is None or theirs == OURS or theirs in inputs:
        return result
    if example is not None:
        renamed = {theirs if name == OURS else name: value for name, value in inputs.items()}
        example = {**example, "inputs": renamed}
    return replace(
        result, counterexample=example,
        scope=_renamed(result.scope, theirs), reason=_renamed(result.reason, theirs),
    )  # fmt: skip


def _upstream(candidate: Candidate, text: str) -> str | None:
    if candidate.kind not in _WITH_UPSTREAM:
        return None
    source = Source(text)
    node = source.node(candidate.owner, candidate.backward)
    names = source.parameters(candidate.owner, candidate.backward)
    names = names[: len(names) - len(node.args.defaults)] if node is not None else names
    return ", ".join(filter(looks_upstream, names)) or None  # dh, dc: of both outputs, joined


def _renamed(text: str, theirs: str) -> str:
    if re.search(rf"\b{re.escape(theirs)}\b", text):
        return text
    return re.sub(rf"\b{OURS}\b", theirs, text)


# --- parameters ---------------------------------------------------------------------------------


def _their_names(result: GradientResult, text: str, spoken: Mapping[str, str]) -> dict[str, str]:
    """Our names that the author does not have, with theirs: ``weights_0`` and ``weights[0]``."""
    example = result.counterexample
    ours = {result.of, *(example["inputs"] if example is not None else ()), *spoken}
    names = {name: spoken[name] for name in ours if spoken.get(name, name) != name}
    for name in sorted(ours - set(names)):
        found = _NUMBERED.fullmatch(name)
        if found and not _has(text, name) and re.search(rf"\b{re.escape(found[1])}\[", text):
            names[name] = f"{found[1]}[{found[2]}]"
    return names


def _has(text: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", text) is not None


def _renamed_all(result: GradientResult, names: Mapping[str, str]) -> GradientResult:
    pattern = re.compile(rf"(?<![\w.])(d?)({'|'.join(map(re.escape, sorted(names)))})(?!\w)")

    def said(text: str) -> str:
        return pattern.sub(lambda m: _gradient(m[1], names[m[2]]), text)

    example = result.counterexample
    if example is not None:
        inputs = {names.get(name, name): value for name, value in example["inputs"].items()}
        example = {**example, "inputs": inputs, "at": said(example["at"])}
    slip = result.diagnosis
    return replace(
        result, of=names.get(result.of, result.of), scope=said(result.scope),
        counterexample=example, reason=said(result.reason), korean=said(result.korean),
        diagnosis=_slip(slip, said) if isinstance(slip, Diagnosis) else slip,
    )  # fmt: skip


def _gradient(prefix: str, name: str) -> str:
    return f"d({name})" if prefix else name


def _slip(slip: Diagnosis, said: Callable[[str], str]) -> Diagnosis:
    def both(text: Text) -> Text:
        return Text(said(text.en), said(text.ko))

    return replace(
        slip, message=both(slip.message), confirmation=both(slip.confirmation),
        others=tuple(_slip(each, said) for each in slip.others),
        steps=tuple(map(both, slip.steps)),
    )  # fmt: skip


__all__ = ["OURS", "in_their_words", "with_parameters"]
