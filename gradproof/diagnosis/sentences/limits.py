"""What is said where no slip can be looked for, or not to the end: why, and what is known still."""

from __future__ import annotations

from gradproof.text import Text

LOOKED_AT = Text(
    "Which slip it is was not found: {why}.",
    "어떤 실수인지는 찾지 못했어요. {why}.",
)
NO_RULE = Text(
    "the way back through `{function}` is not known here",
    "`{function}`을(를) 거슬러 가는 방법을 아직 몰라요",
)
TOO_LONG = Text(
    "the code does more than {most} steps on arrays, even at small sizes; try it on smaller inputs",
    "작은 크기에서도 배열 연산이 {most}단계를 넘어요. 더 작은 입력으로 해 보세요",
)
STOPPED_BY = Text(
    "on its way the code raised {error}{place}",
    "따라가는 도중에 코드에서 오류가 났어요: {error}{place}",
)
NOT_FINITE = Text(
    "forward gives no finite number at the inputs that were tried",
    "시도한 입력에서 forward의 값이 유한하지 않아요",
)
DOES_MORE = Text(
    "the steps on arrays that were followed are not all that forward does: it may also keep a "
    "state, draw random numbers, leave NumPy, or use numbers in a way that is not followed here",
    "따라간 배열 연산이 forward가 하는 일의 전부가 아니에요. 상태를 남기거나, 난수를 뽑거나, "
    "NumPy 밖에서 계산하거나, 여기서 따라가지 못하는 방식으로 수를 쓰는 경우예요",
)
COMPLEX = Text(
    "it computes with complex numbers, and steps on those are not followed here",
    "복소수로 계산하는데, 복소수 연산은 여기서 한 단계씩 따라가지 못해요",
)
MISGIVEN = Text(
    "`{function}` is right where it is given the {right} of the function, as in line {lines}; "
    "line {wrong} gives it the {other}.",
    "`{function}`에 {lines}행처럼 함수의 {right}을 넣으면 맞아요. "
    "{wrong}행에서는 {other}을 넣어요.",
)
INPUT, OUTPUT = Text("input", "입력"), Text("output", "출력")
RIGHT_AT_OTHERS = Text(
    "at the inputs that were drawn to look at its steps it is right, so it is wrong only close to "
    "the ones above",
    "단계를 살펴보려고 뽑은 입력에서는 맞아요. 위에 보인 입력 근처에서만 틀려요",
)
SEARCH_RAISED = Text(
    "the search ended with {error}",
    "찾는 도중에 오류가 나서 멈췄어요: {error}",
)
TOO_SLOW = Text(
    "the code {why}, and the search was stopped",
    "코드가 느려서 찾기를 멈췄어요({why})",
)
