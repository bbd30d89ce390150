"""What witnesses say of their methods and scopes, in every language.

They write English sentences put together from few forms; each form stands here beside its Korean,
or with the engine's own. A form that is in neither stays as it is.
"""

from __future__ import annotations

import re

from gradproof.checking.formats.korean_scopes import in_korean
from gradproof.text import Text

_FORMS = (
    (r"50-digit evaluation", "50자리 계산"),
    (r"SymPy's derivative of the definition", "정의를 SymPy로 미분"),
    (r"complex step and central differences of the code", "코드의 복소수 미분법과 중앙 차분"),
    (r"each step against the one before it", "각 줄을 바로 앞줄과 비교"),
    (r"special values, with floating-point errors raised",
     "특별한 값, 부동소수점 오류를 예외로 바꾸어 실행"),
    (r"tracing the code, and deciding the identity on every branch",
     "코드를 기호로 실행하고 갈래마다 항등식을 판정"),
    (r"(\d+) stated values, (\d+) extreme cases", r"정해 둔 값 \1개, 극단적인 경우 \2개"),
    (r"(\d+) random cases", r"무작위 경우 \1개"),
    (r"at (.+) the code returns (\S+), of any value in (\[.*\])",
     r"\1에서 코드가 내는 값은 \2이고, \3의 어느 값이든 맞음"),
    (r"at (.+) the code returns (\S+), of (\S+)", r"\1에서 코드가 내는 값은 \2이고, 맞는 값은 \3"),
    (r"at equality of what the code compares the code returns the right-hand derivative",
     "코드가 비교하는 두 값이 같은 점에서 코드는 오른쪽 도함수"),
    (r"at equality of what the code compares the code returns the left-hand derivative",
     "코드가 비교하는 두 값이 같은 점에서 코드는 왼쪽 도함수"),
    (r"at equality of what the code compares the output jumps and has no derivative",
     "코드가 비교하는 두 값이 같은 점에서 출력은 뛰고 도함수가 없음"),
    (r"(float16 / float32 / float64)", r"\1"),
    (r"ULPs at ordinary inputs \(normally distributed, spread 1\), bounds also at larger and "
     r"extreme ones",
     "보통 입력(퍼짐이 1인 정규 분포)에서의 ULP. 한계는 더 큰 입력과 극단적인 입력에서도 확인"),
    (r"the worst, (.+) ULP in (\w+), is element (.+) \(it should be (.+)\) of (\S+) of (.+), "
     r"at (.+)",
     r"가장 나쁜 것은 \2에서 \1 ULP: \6의 \5에서 원소 \3(참값 \4). 입력은 \7"),
)  # fmt: skip
# What a proof is of: an operation by its file, and one of its modes by its name.
_CLAIMS = (
    (r"gradients of (\w+), as a book has it", r"교과서 꼴로 쓴 \1의 기울기"),
    (r"gradients of (\w+)", r"\1의 기울기"),
    (r"outputs of (\w+) and as a book has it", r"교과서 꼴의 출력과 \1의 출력"),
    (r"the difference of (\w+) and as a book has it does not depend on (.+)$",
     r"교과서 꼴과 \1의 차이는 \2에 따라 달라지지 않음"),
)  # fmt: skip
_MODES = {
    "default": "기본", "training": "학습", "inference": "추론", "running average": "이동 평균",
    "rows": "행마다", "labels": "레이블", "mean": "평균", "logits": "로짓",
}  # fmt: skip
_OF_GRADIENT = re.compile(r"(d\w+) (for every batch size m: .*|for all .*)")


def told(english: str) -> Text:
    """A method or a scope in both languages.

    >>> told("6 random cases").ko
    '무작위 경우 6개'
    """
    return Text(english, "; ".join(map(_part, english.split("; "))))


def claimed(english: str) -> Text:
    """What a proof is of, in both languages.

    >>> claimed("gradients of batch_norm, training, backward").ko
    'batch_norm의 기울기, 학습, backward'
    """
    for form, korean in _CLAIMS:
        found = re.match(form, english)
        if found:
            rest = [_MODES.get(each, each) for each in english[found.end() :].split(", ")[1:]]
            return Text(english, ", ".join((found.expand(korean), *rest)))
    return Text(english, english)


def mode_name(name: str) -> Text:
    """What a mode is called."""
    return Text(name, _MODES.get(name, name))


def _part(english: str) -> str:
    of = _OF_GRADIENT.fullmatch(english)
    if of:
        return f"{of[1]}: {_part(of[2])}"
    for form, korean in _FORMS:
        found = re.fullmatch(form, english)
        if found:
            return found.expand(korean)
    return re.sub(r", (\w+) in (\d+)\.\.(\d+)에 대해", r", \2~\3인 \1에 대해", in_korean(english))


__all__ = ["claimed", "mode_name", "told"]
