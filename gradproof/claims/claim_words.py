"""Say of each update what was found: its line, the scalar, the number, and where it was held.

Nothing is said to be wrong beside nothing: an update is refuted only where another parameter's
update fits the loss, or shares its learning rate with one that does. The rest is undecided, with
what is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gradproof.claims.factors import has_penalty, off_its_rate, other_factor
from gradproof.claims.fits import COARSE, Fit, Reading
from gradproof.claims.loss_words import decay_words, held_words, joined, loss_words, rate_words
from gradproof.claims.parameter_names import lines_of, names_of
from gradproof.claims.reasons import reason_of
from gradproof.claims.script_reading import ScriptReading
from gradproof.claims.unread_steps import left_over
from gradproof.claims.updates import Update
from gradproof.program.steps import Place, Program
from gradproof.text import Text
from gradproof.verdicts import Status


@dataclass(frozen=True)
class Claim:
    """What is said of one update.

    place:  the line of the update.
    target: the parameter as the author writes it ("self.W1").
    status: CHECKED, REFUTED or UNDECIDED.
    loss:   the scalar in words; no words where none fits.
    factor: by which its gradient is multiplied and added; None if it is no multiple.
    said:   the sentence.
    lines:  of what is checked, and of what no scalar fits, the lines of the script in which what is
            added is computed.
    """

    place: Place
    target: str
    status: Status
    loss: Text
    factor: float | None
    said: Text
    lines: tuple[int, ...] = ()


def claims_of(reading: ScriptReading) -> list[Claim]:
    """Return what is said of the updates of a script, one entry for a line and a parameter."""
    best = reading.best
    if best is None:
        return []
    out: dict[tuple[Place, str, Text], Claim] = {}
    parts = [best, *best.others]
    names = iter(names_of(reading, [fit.update for part in parts for fit in part.fits]))
    for part in parts:
        for fit, target in zip(part.fits, names):
            claim = _claim(reading, part, _kindest(reading, part, fit), target)
            out.setdefault((claim.place, claim.target, claim.said), claim)
    for other, fit in _only_elsewhere(reading, best):
        (target,) = names_of(reading, [fit.update])
        claim = _claim(reading, other, fit, target)
        out.setdefault((claim.place, claim.target, claim.said), claim)
    for place, target in left_over(reading, best):
        said = Text(
            f"what is added to {target} does not depend on {target}, though the loss does: it is "
            "no gradient step",
            f"{target}에 더하는 값이 {target}에 달려 있지 않아요. 손실은 {target}에 달려 있으니 "
            "기울기의 갱신이 아니에요",
        )
        claim = Claim(place, target, Status.UNDECIDED, Text("", ""), None, said)
        out.setdefault((place, target, said), claim)
    return list(out.values())


def _only_elsewhere(reading: ScriptReading, best: Reading) -> Iterator[tuple[Reading, Fit]]:
    """Yield the updates of other rounds by lines that the best one has none of: what begins as a
    plain 0 is a parameter from the second round on."""
    seen = {fit.update.place for part in (best, *best.others) for fit in part.fits}
    for other in reading.rounds:
        if other.loss is None or best.loss is None or other.loss.place != best.loss.place:
            continue
        for fit in other.fits:
            if fit.update.place not in seen:
                yield other, fit
        seen |= {fit.update.place for fit in other.fits}


def _kindest(reading: ScriptReading, best: Reading, fit: Fit) -> Fit:
    """The fit of the same update in the round in which it fits best: a rule with a memory, as
    momentum is, makes a multiple of the gradient in the first round alone."""
    found = [fit]
    for other in (part for each in reading.rounds for part in (each, *each.others)):
        if other is best or other.loss is None or best.loss is None:
            continue
        if (other.loss.kind, other.loss.place) == (best.loss.kind, best.loss.place):
            found += [each for each in other.fits
                      if _is_same(reading.program, each.update, fit.update)]  # fmt: skip
    return max(
        found,
        key=lambda each: (each.factor is not None, each.direct, each.way != 0, not each.decay),
    )


def _is_same(program: Program, first: Update, second: Update) -> bool:
    """Whether two updates are of one parameter: of one memory, or one of what the other gave."""
    a, b = program.steps[first.step], program.steps[second.step]
    if a.written and b.written:
        return a.home == b.home and first.key == second.key
    return first.source == second.step or second.source == first.step


def _claim(reading: ScriptReading, best: Reading, fit: Fit, target: str) -> Claim:
    place = fit.update.place
    loss = Text("", "") if best.loss is None else loss_words(reading, best.loss, place.file)
    status, said = _said(reading, best, fit, target, loss)
    unfit = status is Status.UNDECIDED and fit.factor is None and not fit.zero
    told = unfit or status is Status.CHECKED
    lines = lines_of(reading, fit.update) if told else ()
    return Claim(place, target, status, loss, fit.factor, said, lines)


def _said(
    reading: ScriptReading, best: Reading, fit: Fit, target: str, loss: Text
) -> tuple[Status, Text]:
    held = held_words(best, reading.program.made_up)
    if fit.unseen is not None:
        line = reading.program.steps[fit.unseen].place.line
        return Status.UNDECIDED, Text(
            f"the step of {target} depends on a value of line {line} whose making was not seen",
            f"{target}의 갱신이 {line}행의 값에 달려 있는데, "
            "그 값이 어떻게 만들어졌는지 보지 못했어요",
        )
    if fit.factor is None:
        status, words = _unfitted(best, fit, target, loss, held)
        if status is Status.REFUTED:
            why = reason_of(reading, best, fit)
            words = Text(f"{words.en}{why.en}", f"{words.ko}{why.ko}")
        return status, words
    number = f"{fit.factor:.4g}"
    if fit.decay and fit.direct and not fit.is_plain:
        return _lacks_penalty(best, fit, target, loss, held)
    if best.meant is not None:
        return _of_another(reading, best, fit, target, loss, held)
    if fit.decay and fit.direct and has_penalty(reading.program, best, fit):
        return _other_penalty(best, fit, target, loss, held)
    other = other_factor(reading.program, best, fit)
    if best.loss is not None and best.loss.falls and fit.is_uphill and other is None:
        return Status.UNDECIDED, Text(
            f"the step of {target} goes up the gradient of {loss.en}, as an ascent does; {held.en}",
            f"{target}의 갱신은 {loss.ko}의 기울기를 따라 올라가요. 내려가는 방향이 아니에요. "
            f"{held.ko}",
        )
    if fit.inner is not None and (fit.update.size == 1 and not _has_array(best)):
        return _unfitted(replace(best, loss=None), fit, target, loss, held)
    if fit.inner is not None:
        return _made(reading, best, fit, fit.inner, other, target, loss, held)
    off = off_its_rate(reading.program, best, fit)
    plus = joined(decay_words(fit), rate_words(off))
    plainly = Text(
        f"the step of {target} is {number} times the gradient of {loss.en}{plus.en}; {held.en}",
        f"{target}의 갱신은 {loss.ko}의 기울기의 {number}배예요{plus.ko}. {held.ko}",
    )
    if other is None and off is not None and not off[2]:
        return Status.UNDECIDED, plainly
    if other is None and not (best.sure or len(best.agreeing) > 1 or fit.update.size > 1):
        return Status.UNDECIDED, plainly
    return (Status.CHECKED, plainly) if other is None else _apart(
        best, fit, other, target, loss, held)  # fmt: skip


def _made(
    reading: ScriptReading, best: Reading, fit: Fit, inner: int,
    other: tuple[float, bool, int] | None, target: str, loss: Text, held: Text,
) -> tuple[Status, Text]:  # fmt: skip
    """The step is made, by a rule, of ``inner``, which is a multiple of the gradient."""
    number, line = f"{fit.factor:.4g}", reading.program.steps[inner].place.line
    if not fit.way:
        return Status.UNDECIDED, Text(
            f"the step of {target} is made of {number} times the gradient of {loss.en} (line "
            f"{line}) by a rule that does not move every element the way the gradient says; "
            f"the rule is not judged here; {held.en}",
            f"{target}의 갱신은 {loss.ko}의 기울기에 {number}을(를) 곱한 값({line}행)에서 "
            "만들어지는데, 모든 원소를 기울기의 방향으로 움직이지는 않아요. "
            f"그 규칙은 여기서 판정하지 않아요. {held.ko}",
        )
    if other is not None and (other[2] or ((fit.factor or 0.0) < 0) != (other[0] < 0)):
        return _apart(best, fit, other, target, loss, held)
    alike = [each for each in best.agreeing if each.update.place == fit.update.place]
    if best.agreeing and not alike:  # one statement has one rule, which may leave some alone
        plain = replace(best, fits=best.agreeing)
        return Status.UNDECIDED, Text(
            f"the step of {target} is not a multiple of the gradient of {loss.en}, as "
            f"{_listed(plain, 'en')} is: it is made of {number} times it (line {line}) by a "
            f"rule of its own, which is not judged here; {held.en}",
            f"{target}의 갱신은 {loss.ko}의 기울기의 배수가 아니에요. "
            f"{_listed(plain, 'ko')} 갱신은 배수가 맞아요. 기울기에 {number}을(를) 곱한 "
            f"값({line}행)에서 따로 만들어지는데, 그 규칙은 여기서 판정하지 않아요. {held.ko}",
        )
    return Status.CHECKED, Text(
        f"the step of {target} is made, by a rule that is not judged here, of {number} times "
        f"the gradient of {loss.en} (line {line}); {held.en}",
        f"{target}의 갱신은 {loss.ko}의 기울기에 {number}을(를) 곱한 값({line}행)에서 "
        f"만들어져요. 그 규칙 자체는 여기서 판정하지 않아요. {held.ko}",
    )


def _unfitted(best: Reading, fit: Fit, target: str, loss: Text, held: Text) -> tuple[Status, Text]:
    if fit.zero:
        return Status.UNDECIDED, Text(
            f"what is added to {target} is always zero", f"{target}에 더해지는 값이 늘 0이에요"
        )
    if best.loss is None or fit.apart or not best.sure:
        return Status.UNDECIDED, Text(
            "no scalar of this script, and none of the usual losses, was found of which the step "
            f"of {target} is a multiple of the gradient",
            f"{target}의 갱신이 어떤 스칼라의 기울기의 배수인지 찾지 못했어요. "
            "이 스크립트가 계산하는 스칼라와 흔한 손실을 모두 살펴봤어요",
        )
    near = ""
    if fit.off < COARSE:
        near = f" (off by {fit.off:.1g} of its size)"
    return Status.REFUTED, Text(
        f"the step of {target} is no multiple of the gradient of {loss.en}{near}, though "
        f"{_listed(best, 'en')} is; {held.en}",
        f"{target}의 갱신은 {loss.ko}의 기울기의 배수가 아니에요. "
        f"{_listed(best, 'ko')} 갱신은 배수가 맞아요. {held.ko}",
    )


def _has_array(best: Reading) -> bool:
    """Whether a whole array is a multiple of the gradient, or made of one."""
    return any(fit.factor is not None and fit.update.size > 1 for fit in best.fits)


def _listed(best: Reading, language: str) -> str:
    fitting = [each for each in best.fits if each.factor is not None]
    lines = sorted({each.update.place.line for each in fitting})
    shown = ", ".join(map(str, lines[:4]))
    if language == "ko":
        return f"{shown}행의"
    return f"that of line{'s' if len(lines) > 1 else ''} {shown}"


def _lacks_penalty(
    best: Reading, fit: Fit, target: str, loss: Text, held: Text
) -> tuple[Status, Text]:
    """What is left over has the sign of a penalty that the loss has and the step has not; beside a
    loss that is assumed, it moves the parameter away from zero."""
    number, lacking = f"{fit.factor:.4g}", f"{-fit.decay:.4g}"
    status = Status.REFUTED if best.sure else Status.UNDECIDED
    if best.loss is None or not best.loss.computed:
        return status, Text(
            f"the step of {target} is {number} times the gradient of {loss.en}, plus "
            f"{fit.decay:.4g} times {target} itself, which moves it away from zero: a penalty "
            f"takes that away; {held.en}",
            f"{target}의 갱신은 {loss.ko}의 기울기의 {number}배에 {target} 자신의 "
            f"{fit.decay:.4g}배를 더한 값인데, 그러면 0에서 멀어져요. 규제항이라면 빼야 해요. "
            f"{held.ko}",
        )
    return status, Text(
        f"the step of {target} is {number} times the gradient of {loss.en}, but for {lacking} "
        f"times {target} itself, which it lacks: the part of a penalty on {target}; {held.en}",
        f"{target}의 갱신은 {loss.ko}의 기울기의 {number}배인데, {target} 자신의 "
        f"{lacking}배가 빠져 있어요. 규제항의 몫이에요. {held.ko}",
    )


def _other_penalty(
    best: Reading, fit: Fit, target: str, loss: Text, held: Text
) -> tuple[Status, Text]:
    """The loss has a penalty, and the step takes away another multiple of the parameter."""
    return Status.REFUTED if best.sure else Status.UNDECIDED, Text(
        f"the step of {target} is {fit.factor:.4g} times the gradient of {loss.en}, plus "
        f"{fit.decay:.4g} times {target} itself beside the penalty of that loss: the two penalties "
        f"differ; {held.en}",
        f"{target}의 갱신은 {loss.ko}의 기울기의 {fit.factor:.4g}배에 {target} 자신의 "
        f"{fit.decay:.4g}배를 더한 값이에요. 손실에도 규제항이 있는데 둘이 서로 달라요. {held.ko}",
    )


def _of_another(
    reading: ScriptReading, best: Reading, fit: Fit, target: str, loss: Text, held: Text
) -> tuple[Status, Text]:
    """The step fits another scalar than the one that the author computes as the loss."""
    assert best.loss is not None
    assert best.meant is not None
    meant = loss_words(reading, best.meant, fit.update.place.file)
    how = Text(
        f"but {meant.en} is another loss, of which it is no multiple",
        f"하지만 {meant.ko}은 다른 손실이고, 그 기울기의 배수는 아니에요",
    )
    if best.loss.whole is not None:
        how = Text(
            f"which is a part alone of {meant.en}, and no multiple of the gradient of the whole",
            f"그 값은 {meant.ko}의 일부일 뿐이고, 전체의 기울기의 배수는 아니에요",
        )
    return Status.UNDECIDED, Text(
        f"the step of {target} is {fit.factor:.4g} times the gradient of {loss.en}, {how.en}; "
        f"{held.en}",
        f"{target}의 갱신은 {loss.ko}의 기울기의 {fit.factor:.4g}배예요. {how.ko}. {held.ko}",
    )


def _apart(
    best: Reading, fit: Fit, other: tuple[float, bool, int], target: str, loss: Text,
    held: Text,
) -> tuple[Status, Text]:  # fmt: skip
    """A multiple of the gradient by another number than the other parameters have."""
    shared, certain, length = other
    ratio = (fit.factor or 0.0) / shared
    number, times = f"{fit.factor:.4g}", f"{ratio:.4g}"
    why = Text("", "")
    if length and ratio > 1:
        why = Text(
            ": it is summed where the others are means", ": 다른 것은 평균인데 여기는 합이에요"
        )
    elif length:
        why = Text(
            ": it is a mean where the others are sums", ": 다른 것은 합인데 여기는 평균이에요"
        )
    elif ratio < 0:
        why = Text(": it goes the other way", ": 방향이 반대예요")
    wrong = best.sure and (certain or length or ratio < 0)
    status = Status.REFUTED if wrong else Status.CHECKED
    if status is Status.CHECKED and certain:
        status = Status.UNDECIDED
        why = Text(", though the same number stands before both",
                   ". 두 갱신에 같은 수가 곱해져 있는데도 달라요")  # fmt: skip
    elif status is Status.CHECKED:
        why = Text(", which a learning rate of its own would explain",
                   ". 학습률이 따로라면 그럴 수 있어요")  # fmt: skip
    made = Text("is", "갱신은") if fit.inner is None else Text("is made of", "갱신에 쓰인 값은")
    return status, Text(
        f"the step of {target} {made.en} {number} times the gradient of {loss.en}, {times} times "
        f"what the others have ({shared:.4g}){why.en}; {held.en}",
        f"{target}의 {made.ko} {loss.ko}의 기울기의 {number}배로, 다른 것({shared:.4g}배)의 "
        f"{times}배예요{why.ko}. {held.ko}",
    )


def file_of(claim: Claim) -> str:
    """Return the name of the file in which an update stands."""
    return Path(claim.place.file).name


__all__ = ["Claim", "claims_of", "file_of"]
