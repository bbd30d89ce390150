"""The kinds of slip that a diagnosis can name: a closed set.

A kind says what sort of thing went wrong; ``Diagnosis.term`` says to which quantity. Where two
kinds describe the same wrong value equally well (``/ m`` forgotten, or a sum for a mean), the one
nearer to how the author wrote the code is named and the other is in ``Diagnosis.others``.
"""

from __future__ import annotations

import enum

from gradproof.text import Text


class Kind(enum.StrEnum):
    """What sort of slip it is; the value is the identifier in JSON and in ``Diagnosis.kind``."""

    MISSING_PATH = "missing path"
    DOUBLED_PATH = "doubled path"
    WRONG_SIGN = "wrong sign"
    WRONG_FACTOR = "wrong factor"
    MISSING_FACTOR = "missing factor"
    EXTRA_FACTOR = "extra factor"
    INVERTED_FACTOR = "inverted factor"
    WRONG_EXPONENT = "wrong exponent"
    WRONG_CONSTANT = "wrong constant"
    WRONG_VARIABLE = "wrong variable"
    WRONG_FUNCTION = "wrong function"
    WRONG_OPERATOR = "wrong operator"
    WRONG_REDUCTION = "wrong reduction"
    WRONG_AXIS = "wrong axis"
    MEAN_FOR_SUM = "mean for sum"
    SUM_FOR_MEAN = "sum for mean"
    TRANSPOSED = "transposed"
    ELEMENTWISE = "elementwise or matrix"
    WRONG_MASK = "wrong mask"
    OTHER_ARGUMENT = "other argument"
    STALE_STATISTICS = "stale statistics"
    IN_PLACE = "changed in place"
    OFF_BY_ONE = "off by one"
    WRONG_ORDER = "wrong order"
    LEFT_TOO_SOON = "return inside the loop"
    WRONG_LOOP = "inside the loop"
    CHANGED_EARLY = "changed before it is used"
    STALE_CACHE = "stale cache"
    WRONG_ENTRY = "wrong entry"
    OTHER_FUNCTION = "gradient of another function"
    WRONG_SHAPE = "wrong shape"
    TWO_SLIPS = "two slips"
    LOST_DIGITS = "right formula, lost digits"
    INCONCLUSIVE = "inconclusive"
    UNEXPLAINED = "no simple slip"


MEANINGS: dict[Kind, Text] = {
    Kind.MISSING_PATH: Text(
        "a path of the graph, so a term of the sum, is left out",
        "그래프의 경로 하나, 곧 합의 한 항이 빠졌어요",
    ),
    Kind.DOUBLED_PATH: Text(
        "a path, or a term of the sum, is taken twice or is not there in truth",
        "경로(합의 한 항)를 두 번 셌거나, 원래 없는 항을 더했어요",
    ),
    Kind.WRONG_SIGN: Text("a term or factor has the wrong sign", "항이나 인수의 부호가 반대예요"),
    Kind.WRONG_FACTOR: Text(
        "a constant factor is wrong: 2, 1/2, -1/2 ...", "상수 인수(2, 1/2, -1/2 등)가 틀렸어요"
    ),
    Kind.MISSING_FACTOR: Text(
        "a factor is left out: the upstream gradient, gamma, 1/m, x_hat ...",
        "인수(상류 기울기, gamma, 1/m, x_hat 등)가 빠졌어요",
    ),
    Kind.EXTRA_FACTOR: Text("a factor too many", "필요 없는 인수가 곱해졌어요"),
    Kind.INVERTED_FACTOR: Text(
        "multiplied where it divides, or the reverse", "나눌 것을 곱했거나 곱할 것을 나눴어요"
    ),
    Kind.WRONG_EXPONENT: Text("a power is wrong", "지수가 틀렸어요"),
    Kind.WRONG_CONSTANT: Text(
        "another constant than in forward: eps missing or foreign, a slope, m - 1 for m",
        "forward와 다른 상수예요: eps 누락이나 다른 값, 기울기, m 대신 m - 1",
    ),
    Kind.WRONG_VARIABLE: Text(
        "one variable is taken for another: y for x, x for x_hat",
        "변수를 잘못 썼어요: x 대신 y, x_hat 대신 x",
    ),
    Kind.WRONG_FUNCTION: Text(
        "a function is taken for another: exp for its argument, cos for sin, exp(x) for exp(-x)",
        "함수를 잘못 썼어요: sin 대신 cos, exp(-x) 대신 exp(x)",
    ),
    Kind.WRONG_OPERATOR: Text(
        "+ for *, and what is no sign, factor or power", "연산자가 틀렸어요(* 대신 + 등)"
    ),
    Kind.WRONG_REDUCTION: Text(
        "a sum that is missing or one too many", "합(축소)이 빠졌거나 더 들어갔어요"
    ),
    Kind.WRONG_AXIS: Text("a function runs along the wrong axis", "함수가 따라가는 축이 틀렸어요"),
    Kind.MEAN_FOR_SUM: Text("a mean where a sum belongs", "합이어야 하는데 평균을 냈어요"),
    Kind.SUM_FOR_MEAN: Text("a sum where a mean belongs", "평균이어야 하는데 합을 냈어요"),
    Kind.TRANSPOSED: Text(
        "a matrix is transposed, or a transpose is missing",
        "행렬이 전치되었거나 전치가 빠졌어요",
    ),
    Kind.ELEMENTWISE: Text(
        "elementwise where a matrix product belongs, or the reverse",
        "행렬 곱이어야 하는데 원소별 곱이거나, 그 반대예요",
    ),
    Kind.WRONG_MASK: Text(
        "a mask or branch is reversed, not strict, misplaced, or stands for the product with it",
        "마스크나 분기가 뒤집혔거나, 경계가 틀렸거나, 곱할 자리에 대입했어요",
    ),
    Kind.OTHER_ARGUMENT: Text(
        "the gradient of another argument is returned", "다른 인수의 기울기를 돌려줘요"
    ),
    Kind.STALE_STATISTICS: Text(
        "statistics of the batch are treated as constants, or are not those of this batch",
        "배치 통계량을 상수로 보았거나, 이 배치의 통계량이 아니에요",
    ),
    Kind.IN_PLACE: Text(
        "an array that is still needed was changed in place",
        "아직 필요한 배열을 제자리에서 바꿨어요",
    ),
    Kind.OFF_BY_ONE: Text(
        "an index, or where a loop begins or ends, is off by one",
        "인덱스나 반복의 시작, 끝이 하나 어긋났어요",
    ),
    Kind.WRONG_ORDER: Text(
        "a loop runs in the wrong order, or is not reversed", "반복이 거꾸로 돌아야 하는데 아니에요"
    ),
    Kind.LEFT_TOO_SOON: Text(
        "a return inside a loop ends it in its first turn",
        "반복문 안의 return 때문에 첫 바퀴에서 끝나요",
    ),
    Kind.WRONG_LOOP: Text(
        "a statement belongs behind the loop, not into it",
        "문장이 반복문 안이 아니라 뒤에 있어야 해요",
    ),
    Kind.CHANGED_EARLY: Text(
        "a parameter is changed before its old value has been used",
        "매개변수의 값을 다 쓰기 전에 바꿨어요",
    ),
    Kind.STALE_CACHE: Text(
        "backward uses what an earlier call of forward has kept",
        "backward가 예전 forward 호출에서 저장한 값을 써요",
    ),
    Kind.WRONG_ENTRY: Text(
        "an entry stands in the wrong place of the matrix",
        "원소가 행렬의 엉뚱한 자리에 있어요",
    ),
    Kind.OTHER_FUNCTION: Text(
        "exactly the gradient of another, consistent function",
        "다른 함수의 기울기와 정확히 같아요",
    ),
    Kind.WRONG_SHAPE: Text("the gradient has the wrong shape", "기울기의 모양이 틀렸어요"),
    Kind.TWO_SLIPS: Text("two slips together", "두 가지 실수가 겹쳤어요"),
    Kind.LOST_DIGITS: Text(
        "the formula is right, but floating point loses it",
        "식은 맞지만 부동소수점 계산에서 값을 잃어요",
    ),
    Kind.INCONCLUSIVE: Text("the check is inconclusive", "검사가 결론을 내지 못했어요"),
    Kind.UNEXPLAINED: Text("no simple slip explains it", "간단한 실수 하나로는 설명되지 않아요"),
}
