"""The chapters of the book, in the order of the course."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.text import Text

TITLE = Text("Gradients, proved", "증명된 기울기")
SUBTITLE = Text(
    "The forward and backward passes of a first course in deep learning: derived on paper, "
    "written by hand in NumPy, and held against each other.",
    "딥러닝 첫 강의에 나오는 순전파와 역전파를 손으로 유도하고, NumPy로 직접 구현하고, 둘을 서로 "
    "대조했습니다.",
)
BOARD = Text("The verdict board", "판정표")
HOW_TO_READ = Text(
    "Each row is an operation, each column an independent witness, and each cell its verdict with "
    "the figure behind it: PROVED, and whether exactly or with which chance of error; CHECKED "
    "numerically; REFUTED by a counterexample; or UNDECIDED. A cell leads to its evidence.",
    "행은 연산, 열은 서로 독립적인 증인이고, 각 칸은 판정과 그 근거가 되는 수치입니다. PROVED는 "
    "증명이며 정확한지, 아니면 틀릴 확률이 얼마인지 함께 적습니다. CHECKED는 수치 확인, REFUTED는 "
    "반례 발견, UNDECIDED는 판단 보류를 뜻하며, 칸을 누르면 증거로 이동합니다.",
)
WITNESSES = Text("The witnesses", "증인들")
WITNESS = Text("witness", "증인")
ASKS = Text("asks", "묻는 것")
AS_CODE = Text(
    "To see the comparison as code, read one file first:",
    "비교하는 코드를 보려면 이 파일부터 읽으십시오:",
)
FIRST_FILE = "tests/test_cross_check.py"
BLIND_TO = Text("does not see", "보지 못하는 것")
ALL_HOLD = Text("Every verdict holds.", "모든 판정이 성립합니다.")
SOME_FAIL = Text("Not every verdict holds:", "성립하지 않는 판정이 있습니다:")
CONTENTS = Text("Contents", "차례")
OPERATION = Text("operation", "연산")
STORY = Text("From one line to a deep network", "직선 하나에서 깊은 신경망까지")
NOT_HERE = Text("This figure is not drawn here.", "이 그림은 여기에 그리지 못했습니다.")
INSTALL = Text(
    "A package that it needs is not installed:", "필요한 패키지가 설치되어 있지 않습니다. 설치:"
)
LANGUAGE = Text("Language", "언어")
TIMINGS = Text("How long it took", "걸린 시간")
TIMINGS_NOTE = Text(
    "In seconds. These numbers are others in every run; everything else on this page is the same "
    "in every run on one machine with the same code, seed and versions.",
    "단위는 초입니다. 이 수치는 실행할 때마다 달라집니다. 이 페이지의 나머지는 한 기계에서 코드와 "
    "시드와 버전이 같으면 언제나 같습니다.",
)
PRINTED_BY = Text(
    "Every verdict on an operation was computed in the run that printed this page. An experiment "
    "may be kept from an earlier run, as long as its code, its parameters and its versions are the "
    "same.",
    "연산의 판정은 모두 이 페이지를 만든 실행에서 계산한 것입니다. 실험의 결과는 코드와 매개변수와 "
    "버전이 모두 같을 때에만 이전 실행의 것을 그대로 씁니다.",
)


@dataclass(frozen=True)
class Chapter:
    """A chapter's number (as derivations name it), its title and what it is about."""

    number: int
    title: Text
    intro: Text

    @property
    def label(self) -> Text:
        """What stands above the title."""
        return chapter_label(self.number)


CHAPTERS = (
    Chapter(
        1,
        Text("The perceptron", "퍼셉트론"),
        Text(
            "One weighted sum and three ways to read it. Two of them jump, and a jump has no "
            "slope to follow: this is where gradient learning needs something smoother.",
            "가중합 하나를 세 가지 방식으로 출력합니다. 그중 둘은 값이 뛰는데, 뛰는 곳에는 따라갈 "
            "기울기가 없습니다. 그래서 기울기로 학습하려면 더 매끄러운 함수가 필요합니다.",
        ),
    ),
    Chapter(
        2,
        Text("Activations", "활성화 함수"),
        Text(
            "Functions applied to each element alone. Their derivatives are short, and most of "
            "them can be read off the output without looking at the input again.",
            "원소마다 따로 적용하는 함수들입니다. 도함수가 짧고, 대부분은 입력을 다시 보지 않고 "
            "출력만으로 구할 수 있습니다.",
        ),
    ),
    Chapter(
        3,
        Text("Layers", "층"),
        Text(
            "A layer mixes elements with weights, so its gradients are sums over everything that "
            "was mixed. The shapes of the arrays tell where each sum runs.",
            "층은 가중치로 원소들을 섞으므로, 기울기는 섞인 것 전체에 대한 합이 됩니다. 각 합을 "
            "어디에 대해 구하는지는 배열의 모양이 알려 줍니다.",
        ),
    ),
    Chapter(
        4,
        Text("Losses and softmax", "손실 함수와 소프트맥스"),
        Text(
            "Where the gradient starts. A good pairing of output and loss leaves almost nothing "
            "to compute: prediction minus target.",
            "기울기가 출발하는 곳입니다. 출력과 손실이 잘 맞으면 계산할 것은 거의 남지 않습니다. "
            "예측에서 목표를 빼면 됩니다.",
        ),
    ),
    Chapter(
        5,
        Text("Batch normalisation", "배치 정규화"),
        Text(
            "Every example of a batch influences every other through the mean and the variance. "
            "The gradient follows three paths back, and they collapse into one short formula.",
            "배치의 모든 표본이 평균과 분산을 통해 서로 영향을 줍니다. 기울기는 세 갈래 길로 "
            "되돌아오고, 그 셋은 짧은 식 하나로 합쳐집니다.",
        ),
    ),
)


def chapter_label(number: int) -> Text:
    """What stands above a chapter's title."""
    return Text(f"Chapter {number}", f"{number}장")


def chapter_of(number: int) -> Chapter:
    """The chapter with this number; one that has no words yet gets its number as a title."""
    for chapter in CHAPTERS:
        if chapter.number == number:
            return chapter
    return Chapter(number, Text(f"Part {number}", f"{number}부"), Text("", ""))
