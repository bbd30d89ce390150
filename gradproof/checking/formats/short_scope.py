"""A scope in short: what stays on the line of a report, what is a warning, what is a detail.

The scope of a result is a list of parts, set apart by semicolons. What limits a verdict stays on
the line; a part that is not known here is taken for such. What only adds to it needs ``-v``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gradproof.checking.records import DAMAGE
from gradproof.checking.trials.target_values import SORTS
from gradproof.text import Text

ANY_SHAPE = "elementwise, so for any shape"

# Conventions: as what a gradient was judged.
_NOTES = (
    r"the derivative takes the output of the function.*",
    r".* taken as means over the batch: judged times .*",
    r"judged as the gradient of the (mean|sum) of what forward returns",
    r"judged as .* of what forward returns and the targets, which is assumed to be the loss",
    r"a force is minus the gradient of the energy: judged as that",
    r"the Jacobian is returned transposed, .*",
    r"the gradient by the logits z, where .*",
    r"the negative gradient: judged as that, .*",
    r"the gradient of the sum, .*",
    r"\w+ is complex: judged as .*",
    r"\S+ has shape \(.*\), and \S+ has shape \(.*\): a step broadcasts it, .*",
    r"judged with the usual .*, which the file replaces",
)
_DETAILS = (
    r"exact", r"chance of error at most \S+", ANY_SHAPE,
    r"at .* the code (returns|adds up) .*", r"\d+ at a kink: .*",
    r"also checked for .*", r"reading \S+ as \S+", r"no proof: .*",
    r"backward is given the (predictions again|output), as \w+",
    r"the gradient of .* is read from the step of .*",
    r"line [\d, ]+ gives it the (output|input) of the function",
)  # fmt: skip
_FOR_ALL = re.compile(r"(?P<size>for every batch size m: )?for all (?P<what>.*)", re.DOTALL)
_TRIED = re.compile(r"(?P<count>\d+) random inputs of shape (?P<shape>\(.*\))")
_GUARD = re.compile(r"(without the guard in .*?): (exact|chance of error at most \S+)")
_BRIEF = {
    r"not at other sizes: .*": Text("not at other sizes", "다른 크기에서는 아님"),
    "points where two conditions hold with equality at once are not covered":
        Text("not where two comparisons tie at once", "두 비교가 동시에 등호인 점은 제외"),
    "points where a condition holds with equality are not covered":
        Text("not where a comparison ties", "비교가 등호인 점은 제외"),
    r"except at equality of what the code compares \(.*\)":
        Text("not where what it compares is equal", "비교하는 두 값이 같은 점은 제외"),
}  # fmt: skip
_ELSEWHERE = re.compile(r"not at other sizes|it is wrong for|not for ")
_LOSS = re.compile(r"a loss is judged for (\w+ = 1)(, its default)?")
_ARRAYS = re.compile(r"\b(real|positive) (\w[\w.\[\]]*(?:, \w[\w.\[\]]*)*?) of shape (\([^()]*\))")
_REPEATED = re.compile(r"(?<=, )real ")
_KEPT = re.compile(r"for (\w+ = .*)", re.DOTALL)
_MOST_KEPT = 24  # letters of a value that is kept; of a longer one only the name is said

_TEXTS = {
    "any shape": Text("any shape", "모양은 무엇이든"),
    "every m": Text("every batch size m", "배치 크기 m은 무엇이든"),
    "for all": Text("for all {what}", "모든 {what}"),
    "real": Text("real", "실수"), "positive": Text("positive", "양수"),
    "where": Text(" where ", ", 단 "), "and": Text(" and ", ", "),
    "tried": Text("{count} random inputs {shape}", "무작위 입력 {count}개 {shape}"),
    "for one": Text("for {what}", "{what}일 때"),
    "one-hot": Text("one-hot {names}", "원-핫 {names}"),
    "normalised": Text("normalised {names}", "합이 1인 {names}"),
    "fixed": Text("{names} fixed", "고정: {names}"),
    "with it": Text("with it, it is wrong", "안전장치가 있으면 틀려요"),
    "in place": Text("changes {what} in place", "{what}의 값을 제자리에서 바꿔요"),
}  # fmt: skip


@dataclass(frozen=True)
class ShortScope:
    """limits: what a verdict holds for, in a reader's language; warnings, notes: in English, as
    the scope has them, each for a line of its own."""

    limits: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def parts_of(scope: str) -> list[str]:
    """The parts of a scope; a semicolon within brackets parts nothing. Brackets that are open where
    something is cut off never close.

    >>> parts_of("for f(a; b); for W = [[1, 2, ...; y fixed")
    ['for f(a; b)', 'for W = [[1, 2, ...', 'y fixed']
    """
    found, depth, start = [], 0, 0
    for at, letter in enumerate(scope):
        depth += (letter in "([{") - (letter in ")]}")
        depth *= not scope.startswith("...", at)
        if scope.startswith("; ", at) and depth <= 0:
            found.append(scope[start:at])
            start = at + 2
    return [part for part in (*found, scope[start:]) if part]


def short(scope: str, language: str = "en") -> ShortScope:
    """The scope in short.

    >>> short("for all real x, dy of shape (3, 4); at x = 0 the code returns 0, a subgradient "
    ...       "in [0, 1]; elementwise, so for any shape").limits
    ('for all real x, dy', 'any shape')
    """
    parts = parts_of(scope)
    anywhere = ANY_SHAPE in parts and not any(map(_ELSEWHERE.match, parts))
    limits, warnings, notes = [], [], []
    for part in parts:
        if DAMAGE.fullmatch(part):
            warnings.append(part)
        elif _any(_NOTES, part):
            notes.append(part)
        elif not _any(_DETAILS, part):
            limits += _limit(part, anywhere, language)
    return ShortScope(tuple(dict.fromkeys(limits)), tuple(warnings), tuple(notes))


def _any(forms: Sequence[str], part: str) -> bool:
    return any(re.fullmatch(form, part, re.DOTALL) for form in forms)


def _limit(part: str, anywhere: bool, language: str) -> list[str]:
    found = _FOR_ALL.fullmatch(part)
    if found is not None:
        said = [_for_all(found["what"], anywhere, language)]
        said += [_text("every m", language)] if found["size"] else []
        return said + ([_text("any shape", language)] if anywhere else [])
    found = _TRIED.fullmatch(part)
    if found is not None:
        return [_text("tried", language, **found.groupdict())]
    found = _LOSS.fullmatch(part)
    if found is not None:
        return [_text("for one", language, what=found[1])]
    brief = next((text for form, text in _BRIEF.items() if re.fullmatch(form, part)), None)
    if brief is not None:
        return [brief.within(language)]
    if part.startswith("with it, not "):
        return [_text("with it", language)]
    found = _GUARD.fullmatch(part)
    if found is not None:
        return [_spoken(found[1], language)]
    found = _KEPT.fullmatch(part)
    return _kept(found[1], language) if found is not None else [_spoken(part, language)]


def _for_all(what: str, anywhere: bool, language: str) -> str:
    """real x, dout (3, 4), gamma (4,), where x > 0."""
    quantified, where, domain = what.partition(" where ")
    quantified = _ARRAYS.sub(r"\1 \2" if anywhere else r"\1 \2 \3", quantified)
    if "positive" not in quantified:
        quantified = _REPEATED.sub("", quantified)
    if language != "en":
        for kind in ("real", "positive"):
            quantified = re.sub(rf"\b{kind}\b(?= )", _text(kind, language), quantified)
    if where:
        quantified += _text("where", language) + domain.replace(" and ", _text("and", language))
    return _text("for all", language, what=quantified)


def _kept(values: str, language: str) -> list[str]:
    """Short values as they are; of the others only which they are."""
    pairs = [pair.partition(" = ") for pair in re.split(r", (?=\w+ = )", values)]
    plain = [f"{name} = {value}" for name, _, value in pairs if len(value) <= _MOST_KEPT]
    named: dict[str, list[str]] = {}
    for name, _, value in pairs:
        if len(value) > _MOST_KEPT:
            named.setdefault(_sort_of(value), []).append(name)
    said = [_text("for one", language, what=", ".join(plain))] if plain else []
    for sort, names in named.items():
        what = _text(sort, language, names=", ".join(names))
        said.append(what if sort == "fixed" else _text("for one", language, what=what))
    return said


def _sort_of(value: str) -> str:
    """Of which sort the numbers of an array are, as its text begins."""
    return next((sort for sort in SORTS if value.startswith(f"{sort} ")), "fixed")


def in_place(warning: str, language: str) -> str:
    """What a warning of damage says."""
    found = DAMAGE.fullmatch(warning)
    return _text("in place", language, what=found["what"] if found else warning)


def _spoken(part: str, language: str) -> str:
    from gradproof.checking.formats.korean_scopes import in_korean

    return in_korean(part) if language == "ko" else part


def _text(name: str, language: str, **values: str) -> str:
    return _TEXTS[name].within(language).format(**values)


__all__ = ["ANY_SHAPE", "ShortScope", "in_place", "parts_of", "short"]
