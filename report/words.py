"""The words around the chapters: titles, the board, and the groups of operations on it."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.text import Text

TITLE = Text("Gradients, proved", "증명된 기울기")
SUBTITLE = Text(
    "The forward and backward passes of a first course in deep learning: derived on paper, "
    "written by hand in NumPy, and held against each other.",
    "딥러닝 첫 강의에 나오는 순전파와 역전파를 손으로 유도하고, NumPy로 직접 구현하고, 둘을 서로 "
    "대조했어요.",
)
BOARD = Text("The verdict board", "검증 결과표")
HOW_TO_READ = Text(
    "Each row is an operation, each column an independent witness, and each cell its verdict with "
    "the figure behind it: PROVED, and whether exactly or with which chance of error; CHECKED "
    "numerically; REFUTED by a counterexample; or UNDECIDED. A cell leads to its evidence.",
    "행은 연산, 열은 서로 독립적인 검증 방법이고, 각 칸은 판정과 그 근거가 되는 수치예요. PROVED는 "
    "증명이며 정확한지, 아니면 틀릴 확률이 얼마인지 함께 적어요. CHECKED는 수치 확인, REFUTED는 "
    "반례 발견, UNDECIDED는 판단 보류를 뜻하며, 칸을 누르면 증거로 이동해요.",
)
WITNESSES = Text("The witnesses", "검증 방법")
WITNESS = Text("witness", "검증 방법")
ASKS = Text("asks", "묻는 것")
AS_CODE = Text(
    "To see the comparison as code, read one file first:",
    "비교하는 코드를 보려면 이 파일부터 읽으세요:",
)
FIRST_FILE = "tests/test_cross_check.py"
BLIND_TO = Text("does not see", "보지 못하는 것")
ALL_HOLD = Text("Every verdict holds.", "모든 판정이 성립해요.")
SOME_FAIL = Text("Not every verdict holds:", "성립하지 않는 판정이 있어요:")
CONTENTS = Text("Contents", "차례")
OPERATION = Text("operation", "연산")
STORY = Text("From one line to a deep network", "직선 하나에서 깊은 신경망까지")
NOT_HERE = Text("This figure is not drawn here.", "이 그림은 여기에 그리지 못했어요.")
INSTALL = Text(
    "A package that it needs is not installed:", "필요한 패키지가 설치되어 있지 않아요. 설치:"
)
LANGUAGE_NAMES = {"en": "English", "ko": "한국어"}
SKIP = Text("Skip to the text", "본문으로 건너뛰기")
SEARCH = Text("Search headings and terms", "제목과 용어 찾기")
THEME = Text("Light or dark", "밝게 또는 어둡게")
TURN = Text("Pages before and after", "앞뒤 쪽")
HOLDS = Text("everything holds", "모두 성립해요")
READ_AS = Text("read", "읽기:")
NOT_TRANSLATED = Text("This chapter is not written in this language yet.",
                      "이 장은 아직 이 언어로 쓰지 않았어요.")  # fmt: skip
TIMINGS = Text("How long it took", "걸린 시간")
TIMINGS_NOTE = Text(
    "In seconds. These numbers are others in every run; everything else on this page is the same "
    "in every run on one machine with the same code, seed and versions.",
    "단위는 초예요. 이 수치는 실행할 때마다 달라져요. 이 페이지의 나머지는 한 기계에서 코드와 "
    "시드와 버전이 같으면 언제나 같아요.",
)
PRINTED_BY = Text(
    "Every verdict on an operation was computed in the run that printed this page. An experiment "
    "may be kept from an earlier run, as long as its code, its parameters and its versions are the "
    "same.",
    "연산의 판정은 모두 이 페이지를 만든 실행에서 계산한 것이에요. 실험의 결과는 코드와 매개변수와 "
    "버전이 모두 같을 때에만 이전 실행의 것을 그대로 써요.",
)


@dataclass(frozen=True)
class Group:
    """The operations that a derivation's ``chapter`` puts together, and what they are called."""

    number: int
    title: Text


GROUPS = (
    Group(1, Text("The perceptron", "퍼셉트론")),
    Group(2, Text("Activation functions", "활성화 함수")),
    Group(3, Text("Layers", "층")),
    Group(4, Text("Losses and softmax", "손실 함수와 소프트맥스")),
    Group(5, Text("Normalisation", "정규화")),
)


def chapter_label(number: int) -> Text:
    """What stands above a chapter's title."""
    return Text(f"Chapter {number}", f"{number}장")


def group_of(number: int) -> Group:
    """The group with this number; one that has no name yet is called by its number."""
    for group in GROUPS:
        if group.number == number:
            return group
    return Group(number, Text(f"Part {number}", f"{number}부"))
