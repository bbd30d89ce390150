"""Training with a bar inside a bar, and the handwritten digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from gradproof.pages.code import highlight
from gradproof.text import Text
from report.story.draw import Chart
from report.story.experiments.bars import LISTINGS
from report.story.records import Block, Code, Drawn, Figure, Key, Panel, drawn
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import ACTIVATIONS, count, percent

FIGURES = ("digits-curve", "digits-wrong")
# Each listing, how many seconds a look at the clock takes in it, and which moment is shown.
DEMO, TRAINING = ("nested_bars", 0.0, "1st loop:  50%"), ("training_bars", 0.0025, "epochs:  40%")
COMMAND = "python -m impl.network --data digits --hidden 64,64 --activation elu --batch-norm"
_SIDE = 8


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """The listing, run; the digits, learned."""
    digits = {"hidden": [64, 64], "activation": "elu", "batch_norm": True, "lr": 0.003, "seed": 0}
    return {
        "bars": tuple(map(_bars, (DEMO, TRAINING))),
        "digits": (
            Task("digits", {**digits, "epochs": scale.epochs(20)}, ("scikit-learn",)),
        ),
    }  # fmt: skip


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """What stands in the chapter, from the results of its tasks."""
    (demo, bars), digits = results["bars"], results["digits"]
    return (
        *_listing("bars-demo", demo),
        *_listing("bars-training", bars),
        Code("digits-command", _plain(f"{COMMAND} --epochs 20"), ""),
        drawn("digits-curve", digits, lambda: _curve(digits[0])),
        drawn("digits-wrong", digits, lambda: _wrong(digits[0])),
    )


def _bars(listing: tuple[str, float, str]) -> Task:
    name, look, outer = listing
    text = (LISTINGS / f"{name}.py").read_text(encoding="utf-8")
    return Task("bars", {"listing": name, "text": text, "look": look, "outer": outer})


def _listing(name: str, bars: Result) -> tuple[Code | Drawn, ...]:
    source = highlight(bars.task.parameters["text"])
    place = f"report/story/listings/{bars.task.parameters['listing']}.py"
    if bars.error:
        return (Code(name, source, place), Drawn(f"{name}-screen", None, error=bars.error))
    return (Code(name, source, place, "\n".join(bars.value["screen"])),)


def _plain(text: str) -> Markup:
    return Markup("{}").format(text)


def _curve(result: Result) -> Figure:
    found, given = result.value, result.task.parameters
    chart = Chart(Text("epoch", "에포크"), Text("accuracy, %", "정확도, %"), 5.6, 2.6)
    for number, side in enumerate(("train", "test"), 1):
        epochs = range(1, len(found[side]) + 1)
        chart.curve(epochs, [100 * share for share in found[side]], number)
    train, test = found["examples"]
    layers = " + ".join(map(str, given["hidden"]))
    name = ACTIVATIONS[given["activation"]]
    return Figure(
        (Panel(chart.svg("digits-curve")),),
        Text(
            f"{train} digits of 8 × 8 pixels to learn from, {test} for the test; {layers} "
            f"{name.en} units with batch norm, Adam with η = {given['lr']:g}, "
            f"{count(given['epochs'], 'epoch', 'epochs')}, seed {given['seed']}. Training: mean "
            "over the batches of the epoch.",
            f"8 × 8 픽셀의 숫자, 훈련 {train}개, 테스트 {test}개. {name.ko} 유닛 {layers}, 배치 "
            f"정규화, η = {given['lr']:g}인 Adam, {given['epochs']}에포크, 시드 {given['seed']}. "
            "훈련 정확도는 그 에포크의 배치에 걸친 평균이에요.",
        ),
        (
            Text(
                f"After the last epoch {percent(found['test'][-1])} of the test digits are read "
                f"right: {found['mistakes']} of {test} are wrong.",
                f"마지막 에포크 뒤 테스트 숫자의 {percent(found['test'][-1])}를 바르게 읽어요. "
                f"{test}개 가운데 {found['mistakes']}개를 틀려요.",
            ),
        ),
        keys=(
            Key(1, Text("training accuracy", "훈련 정확도")),
            Key(2, Text("test accuracy", "테스트 정확도")),
        ),
    )


def _wrong(result: Result) -> Figure:
    wrong = result.value["wrong"]
    panels = tuple(Panel(_digit(pixels), f"{written} → {read}") for pixels, written, read in wrong)
    shown, all_of_them = len(wrong), result.value["mistakes"]
    return Figure(
        panels,
        Text(
            "Above each digit: what was written → what was read.",
            "숫자 위: 쓴 것 → 읽은 것.",
        ),
        (
            Text(
                f"The digits that were read wrong: {shown} of {all_of_them}.",
                f"잘못 읽은 숫자 {all_of_them}개 가운데 {shown}개예요.",
            ),
        ),
        columns=8,
    )


def _digit(pixels: Sequence[int]) -> Markup:
    """A digit of 8 x 8 pixels from 0 to 16, drawn in the page's ink: one path for each shade."""
    shades: dict[int, list[str]] = {}
    for at, value in enumerate(pixels):
        shade = -(-value // 4)
        if shade:
            row, column = divmod(at, _SIDE)
            shades.setdefault(shade, []).append(f"M{column} {row}h1v1h-1z")
    paths = Markup("").join(
        Markup('<path d="{}" fill="var(--ink)" fill-opacity="{}"/>').format("".join(d), shade / 4)
        for shade, d in sorted(shades.items())
    )
    svg = '<svg class="plot digit" aria-hidden="true" viewBox="0 0 8 8">{}</svg>'
    return Markup(svg).format(paths)
