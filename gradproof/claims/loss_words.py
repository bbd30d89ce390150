"""Parts of sentences: which scalar, by which number, and where that was held."""

from __future__ import annotations

from pathlib import Path

from gradproof.claims.fits import Fit, Reading
from gradproof.claims.losses import Loss
from gradproof.claims.script_reading import ScriptReading
from gradproof.text import Text


def loss_words(reading: ScriptReading, loss: Loss, file: str) -> Text:
    """The scalar in words; file: that of the update, as lines of another one are told with it."""
    line, of = loss.place.line, Text("", "")
    if loss.place.file != file:
        other = Path(loss.place.file).name
        of = Text(f" of {other}", f"{other} ")
    if loss.kind == "scalar":
        name = reading.statements.target(loss.place)
        called = f" ({name})" if name else ""
        return {
            "": Text(f"what line {line}{of.en} computes{called}",
                     f"{of.ko}{line}행이 계산하는 값{called}"),
            "sum": Text(f"the sum of what line {line}{of.en} computes{called}",
                        f"{of.ko}{line}행이 계산하는 값{called}의 합"),
            "first": Text(f"what line {line}{of.en} computes first{called}",
                          f"{of.ko}{line}행이 처음 계산하는 값{called}"),
        }[loss.over]  # fmt: skip
    kind = _KINDS[loss.kind]
    over = _OVER[loss.over]
    return Text(
        f"{kind.en} of {over.en}line {line}{of.en}, which is assumed to be the loss",
        f"{of.ko}{line}행의 {over.ko}{kind.ko}(손실이라고 가정했어요)",
    )


_KINDS = {
    "squares": Text("half the sum of squares", "제곱합의 절반"),
    "cross-entropy": Text("the cross-entropy", "교차 엔트로피"),
    "binary cross-entropy": Text("the binary cross-entropy", "이진 교차 엔트로피"),
    "hinge": Text("the hinge loss", "힌지 손실"),
}
_OVER = {
    "": Text("", ""),
    "sum": Text("all runs of ", "모든 실행에 걸친 "),
    "first": Text("the first run of ", "첫 실행의 "),
}


def decay_words(fit: Fit) -> Text:
    if not fit.decay:
        return Text("", "")
    return Text(
        f", plus {fit.decay:.4g} times itself (weight decay)",
        f"이고, 자기 자신의 {fit.decay:.4g}배(가중치 감쇠)를 더해요",
    )


def rate_words(found: tuple[float, float, bool] | None) -> Text:
    """Return how often the gradient is in the step, where the number that stands there is another
    one; found: by :func:`off_its_rate`."""
    if found is None:
        return Text("", "")
    ratio, rate, explained = found
    why = Text("", "") if explained else Text(
        ", and no mean, sum or square explains that", ", 평균이나 합, 제곱으로 설명되지 않아요"
    )  # fmt: skip
    return Text(
        f" ({ratio:.4g} times as much as the {rate:.4g} of its line says{why.en})",
        f"(그 행의 {rate:.4g}에 견주면 {ratio:.4g}배{why.ko})",
    )


def joined(*texts: Text) -> Text:
    return Text("".join(each.en for each in texts), "".join(each.ko for each in texts))


def held_words(best: Reading, made_up: list[str]) -> Text:
    points = best.points
    held = Text(
        f"held at {points} points other than the author's",
        f"원래 값이 아닌 점 {points}곳에서 확인했어요",
    )
    if best.branch:
        held = Text(
            f"held at {points} points beside the author's, on the branches that the run took",
            f"실행이 거친 분기에서, 원래 값 옆의 점 {points}곳에서 확인했어요",
        )
    if best.without:
        lines = ", ".join(map(str, best.without))
        held = Text(f"{held.en}, without the small number of line {lines}",
                    f"{held.ko}. {lines}행의 아주 작은 수는 빼고 봤어요")  # fmt: skip
    if not made_up:
        return held
    names = ", ".join(made_up[:3])
    return Text(
        f"{held.en}, with data made up in place of {names}, not found here",
        f"{held.ko}. 여기에 없는 {names} 대신 지어낸 데이터를 썼어요",
    )


__all__ = ["decay_words", "held_words", "joined", "loss_words", "rate_words"]
