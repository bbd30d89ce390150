"""Training with a bar inside a bar, and the handwritten digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from gradproof.pages.code import highlight
from gradproof.text import Text
from report.story.draw import Chart
from report.story.experiments.bars import LISTINGS
from report.story.records import Block, Code, Drawn, Figure, Heading, Key, Panel, Words, drawn
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.wording import ACTIVATIONS, count, percent

TITLE = Text("Training, with a bar in a bar", "진행 막대 안의 진행 막대")
INTRO = Text(
    "Training is two loops: epochs outside, batches inside. A bar for each shows how far it is, "
    "how fast it goes, and whether the loss is falling.",
    "학습은 두 겹의 반복입니다. 바깥은 에포크, 안쪽은 배치입니다. 반복마다 막대를 하나씩 두면 "
    "어디까지 왔는지, 얼마나 빠른지, 손실이 줄고 있는지 보입니다.",
)
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
        Heading(Text("A loop in a loop", "반복 안의 반복")),
        Words(
            Text(
                "Two reasons for a bar: you know how long it will still take, and you see at once "
                "if it is stuck. `trange` is `range` with a bar. Below the code: a terminal while "
                "it ran, with the rate and the time that is left. Each finished 2nd loop has left "
                "a line. (`sleep` stands for work; the clock is a pretended one, on which it takes "
                "exactly its time, so that every print of this book shows the same.)",
                "진행 막대를 쓰는 까닭은 둘입니다. 얼마나 더 걸릴지 알 수 있고, 멈추었으면 바로 "
                "보입니다. `trange`는 막대가 달린 `range`입니다. 코드 아래는 실행 중의 터미널로, "
                "속도와 남은 시간이 보입니다. 끝난 2nd loop마다 한 줄이 남았습니다. (`sleep`은 "
                "계산을 대신합니다. 시계는 `sleep`이 정확히 제 시간만큼 걸리는 가상의 시계라서, 이 "
                "책은 인쇄할 때마다 같습니다.)",
            )
        ),
        *_listing(demo),
        Heading(Text("Epochs and batches", "에포크와 배치")),
        Words(
            Text(
                "In training the 1st loop are the epochs, the 2nd the batches, and the bars say "
                "so. `tqdm.auto` draws in a terminal and in a notebook alike (there it is what "
                "`tqdm.notebook` is, once `tqdm_notebook`). The inner bar has `leave=False`, so "
                "that one line is left in the end, not one for every epoch. (The clock is a "
                "pretended one again.)",
                "학습에서는 1st loop가 에포크, 2nd loop가 배치이고, 막대에도 그렇게 적습니다. "
                "`tqdm.auto`는 터미널과 노트북에서 모두 그려집니다(노트북에서는 `tqdm.notebook`과 "
                "같고, 예전 이름은 `tqdm_notebook`입니다). 안쪽 막대에 `leave=False`를 주면 "
                "에포크마다 한 줄씩 쌓이지 않고 끝에 한 줄만 남습니다. (여기서도 가상의 "
                "시계입니다.)",
            )
        ),
        *_listing(bars),
        Words(
            Text(
                "`train` does the same, and more: a seed decides every bit, early stopping and "
                "Ctrl-C give back the best weights so far, and a loss that is no longer finite "
                "stops it with the layer and the step.",
                "`train`은 같은 일을 하고 더 많은 것을 합니다. 시드가 모든 비트를 정하고, 조기 "
                "종료와 Ctrl-C는 그때까지 가장 좋았던 가중치를 돌려주며, 손실이 유한하지 않게 "
                "되면 층과 단계를 알리고 멈춥니다.",
            )
        ),
        Code(_plain(f"{COMMAND} --epochs 20"), ""),
        Heading(Text("Handwritten digits", "손글씨 숫자")),
        drawn("digits-curve", digits, lambda: _curve(digits[0])),
        drawn("digits-wrong", digits, lambda: _wrong(digits[0])),
    )


def _bars(listing: tuple[str, float, str]) -> Task:
    name, look, outer = listing
    text = (LISTINGS / f"{name}.py").read_text(encoding="utf-8")
    return Task("bars", {"listing": name, "text": text, "look": look, "outer": outer})


def _listing(bars: Result) -> tuple[Code | Drawn, ...]:
    source = highlight(bars.task.parameters["text"])
    place = f"report/story/listings/{bars.task.parameters['listing']}.py"
    if bars.error:
        return (Code(source, place), Drawn("bars", None, error=bars.error))
    return (Code(source, place, "\n".join(bars.value["screen"])),)


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
            f"8 × 8 픽셀의 숫자, 학습 {train}개, 시험 {test}개. {name.ko} 유닛 {layers}, 배치 "
            f"정규화, η = {given['lr']:g}인 Adam, {given['epochs']}에포크, 시드 {given['seed']}. "
            "학습 정확도는 그 에포크의 배치에 걸친 평균입니다.",
        ),
        (
            Text(
                f"After the last epoch {percent(found['test'][-1])} of the test digits are read "
                f"right: {found['mistakes']} of {test} are wrong.",
                f"마지막 에포크 뒤 시험 숫자의 {percent(found['test'][-1])}를 바르게 읽습니다. "
                f"{test}개 가운데 {found['mistakes']}개를 틀립니다.",
            ),
        ),
        keys=(
            Key(1, Text("training accuracy", "학습 정확도")),
            Key(2, Text("test accuracy", "시험 정확도")),
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
                f"{shown} of the {count(all_of_them, 'mistake', 'mistakes')}.",
                f"틀린 {all_of_them}개 가운데 {shown}개.",
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
