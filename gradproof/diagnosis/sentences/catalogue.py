"""Every sentence a diagnosis can say, in both languages.

``gradient`` is the author's name of the gradient, ``old`` what stands in the code, ``new`` what
should, ``term`` what it is about.
"""

from __future__ import annotations

import unicodedata

from gradproof.slip_kinds import Kind
from gradproof.text import LANGUAGES, Text, system_language
from gradproof.verdicts import Diagnosis

_FIX = Text(" Write `{new}` instead of `{old}`.", " `{old}` 대신 `{new}`(이)라고 쓰세요.")

SENTENCES: dict[Kind, Text] = {
    Kind.MISSING_PATH: Text(
        "{gradient} lacks a term: `{term}` was left out.",
        "{gradient}에서 항 하나가 빠졌어요: `{term}`.",
    ),
    Kind.DOUBLED_PATH: Text(
        "{gradient} has a term too many: `{term}` does not belong there, or is counted twice.",
        "{gradient}에 항 하나가 더 들어 있어요: `{term}`. 필요 없거나 두 번 더한 항이에요.",
    ),
    Kind.WRONG_SIGN: Text(
        "{gradient} has a wrong sign: that of `{term}`.",
        "{gradient}에서 `{term}`의 부호가 반대예요.",
    ),
    Kind.WRONG_FACTOR: Text(
        "{gradient} has a wrong number in a factor: `{term}`.",
        "{gradient}에서 상수 인수가 틀렸어요: `{term}`.",
    ),
    Kind.MISSING_FACTOR: Text(
        "{gradient} lacks a factor: `{term}` was left out.",
        "{gradient}에서 인수 하나가 빠졌어요: `{term}`.",
    ),
    Kind.EXTRA_FACTOR: Text(
        "{gradient} has a factor too many: `{term}`.",
        "{gradient}에 필요 없는 인수가 곱해져 있어요: `{term}`.",
    ),
    Kind.INVERTED_FACTOR: Text(
        "{gradient} multiplies by `{term}` where it should divide, or the reverse.",
        "{gradient}에서 `{term}`: 나눌 자리에 곱했거나 곱할 자리에 나눴어요.",
    ),
    Kind.WRONG_EXPONENT: Text(
        "{gradient} has a wrong power: that of `{term}`.",
        "{gradient}에서 `{term}`의 지수가 틀렸어요.",
    ),
    Kind.WRONG_CONSTANT: Text(
        "{gradient} has another constant than its forward: `{term}`.",
        "{gradient}의 상수가 forward의 것과 달라요: `{term}`.",
    ),
    Kind.WRONG_VARIABLE: Text(
        "{gradient} takes one variable for another: `{old}`.",
        "{gradient}에서 변수를 잘못 골랐어요: `{old}`.",
    ),
    Kind.WRONG_FUNCTION: Text(
        "{gradient} takes one function for another, or forgets to apply it: `{old}`.",
        "{gradient}에서 함수를 잘못 골랐거나 빠뜨렸어요: `{old}`.",
    ),
    Kind.WRONG_OPERATOR: Text(
        "{gradient} has a wrong operator before `{term}`.",
        "{gradient}에서 `{term}` 앞의 연산자가 틀렸어요.",
    ),
    Kind.WRONG_REDUCTION: Text(
        "{gradient} lacks a sum, or has one too many: `{term}`.",
        "{gradient}에서 합이 빠졌거나 더 들어갔어요: `{term}`.",
    ),
    Kind.WRONG_AXIS: Text(
        "{gradient} goes along the wrong axis: `{old}`.",
        "{gradient}에서 축(axis)이 틀렸어요: `{old}`.",
    ),
    Kind.MEAN_FOR_SUM: Text(
        "{gradient} has a mean where a sum belongs: `{term}`.",
        "{gradient}에서 합이어야 할 곳에 평균을 냈어요: `{term}`.",
    ),
    Kind.SUM_FOR_MEAN: Text(
        "{gradient} has a sum where a mean belongs: `{term}`.",
        "{gradient}에서 평균이어야 할 곳에 합을 냈어요: `{term}`.",
    ),
    Kind.TRANSPOSED: Text(
        "{gradient} has a transposed matrix, or lacks a transpose: `{term}`.",
        "{gradient}에서 행렬이 전치되었거나 전치가 빠졌어요: `{term}`.",
    ),
    Kind.ELEMENTWISE: Text(
        "{gradient} is elementwise where a matrix product belongs, or the reverse: `{old}`.",
        "{gradient}에서 행렬 곱이어야 할 곳이 원소별 곱이거나, 그 반대예요: `{old}`.",
    ),
    Kind.WRONG_MASK: Text(
        "{gradient} has a wrong mask or branch: `{old}`.",
        "{gradient}에서 마스크나 분기가 틀렸어요: `{old}`.",
    ),
    Kind.OTHER_ARGUMENT: Text(
        "What is returned as {gradient} is `{term}`, the gradient of another argument.",
        "{gradient} 자리에 다른 인수의 기울기 `{term}`을(를) 돌려주고 있어요.",
    ),
    Kind.STALE_STATISTICS: Text(
        "{gradient} treats {term} as constants, but they depend on the input: the paths through "
        "them are missing.",
        "{gradient}에서 {term}을(를) 상수로 보았어요. 입력에 따라 달라지므로 그쪽 경로도 "
        "더해야 해요.",
    ),
    Kind.IN_PLACE: Text(
        "{gradient} is wrong because `{term}` was changed in place and is still needed; work on a "
        "copy.",
        "아직 필요한 `{term}`을(를) 제자리에서 바꿔서 {gradient}이(가) 틀려요. 복사본을 쓰세요.",
    ),
    Kind.OTHER_FUNCTION: Text(
        "{gradient} is exactly the derivative of another function: as if forward had `{term}` "
        "in the place of `{old}`.",
        "{gradient}은(는) 다른 함수의 도함수와 정확히 같아요: forward에 `{old}` 대신 "
        "`{term}`이(가) "
        "있을 때의 기울기예요.",
    ),
    Kind.WRONG_SHAPE: Text(
        "{gradient} has the right numbers in the wrong shape: {old}, not {new}.",
        "{gradient}의 값은 맞지만 모양이 틀렸어요: {new}(이)어야 하는데 {old}(이)에요.",
    ),
    Kind.TWO_SLIPS: Text(
        "There are two slips. First: {first} Second: {second}",
        "실수가 두 가지 있어요. 첫째: {first} 둘째: {second}",
    ),
    Kind.LOST_DIGITS: Text(
        "The formula of {gradient} is right, but {floats} loses it at {where}, where it comes out "
        "as {given} and not {true}: {why}.",
        "{gradient}의 식은 맞지만 {where}에서 {floats} 계산이 값을 잃어요. {true}(이)어야 하는데 "
        "{given}이(가) 나와요: {why}.",
    ),
    Kind.OFF_BY_ONE: Text(
        "{gradient} is off by one here: `{old}`.", "{gradient}에서 하나가 어긋났어요: `{old}`."
    ),
    Kind.WRONG_ORDER: Text(
        "{gradient} goes through the loop in the wrong order: `{old}`.",
        "{gradient}에서 반복의 순서가 반대예요: `{old}`.",
    ),
    Kind.LEFT_TOO_SOON: Text(
        "{gradient} is incomplete: `{old}` stands inside the loop and ends it in its first turn. "
        "Move it behind the loop.",
        "{gradient}이(가) 덜 계산됐어요. `{old}`이(가) 반복문 안에 있어서 첫 바퀴에서 끝나요. "
        "반복문 뒤로 옮기세요.",
    ),
    Kind.WRONG_LOOP: Text(
        "{gradient}: `{old}` is done in every turn of the loop. Move it behind the loop.",
        "{gradient}에서 `{old}`을(를) 반복할 때마다 실행해요. 반복문 뒤로 옮기세요.",
    ),
    Kind.CHANGED_EARLY: Text(
        "{gradient} is computed with a value that was changed before it was used: `{old}` comes "
        "too early. Take the step after all gradients.",
        "{gradient}을(를) 이미 바뀐 값으로 계산했어요. `{old}`이(가) 너무 일찍 나와요. 기울기를 "
        "모두 구한 뒤에 갱신하세요.",
    ),
    Kind.STALE_CACHE: Text(
        "{gradient} is computed with what an earlier call of forward has kept: it is stored only "
        "`if {old}`. Store it in every call.",
        "{gradient}을(를) 예전 forward 호출에서 저장한 값으로 계산했어요. `if {old}`일 때만 "
        "저장하기 때문이에요. 호출할 때마다 저장하세요.",
    ),
    Kind.WRONG_ENTRY: Text(
        "{gradient} has an entry in the wrong place of the matrix: `{old}`.",
        "{gradient}에서 원소 하나가 행렬의 엉뚱한 자리에 있어요: `{old}`.",
    ),
    Kind.INCONCLUSIVE: Text(
        "The check is inconclusive: {why}.", "검사가 결론을 내지 못했어요: {why}."
    ),
    Kind.UNEXPLAINED: Text(
        "No simple slip explains {gradient}.", "{gradient}을(를) 설명하는 간단한 실수가 없어요."
    ),
}

WITHOUT_FIX = {
    Kind.WRONG_SHAPE, Kind.TWO_SLIPS, Kind.LOST_DIGITS, Kind.INCONCLUSIVE, Kind.UNEXPLAINED,
    Kind.OTHER_FUNCTION, Kind.STALE_STATISTICS, Kind.IN_PLACE, Kind.OTHER_ARGUMENT,
    Kind.LEFT_TOO_SOON, Kind.WRONG_LOOP, Kind.CHANGED_EARLY, Kind.STALE_CACHE,
}  # fmt: skip

YOURS = Text("yours", "제출")
TRUE = Text("true", "정답")
LINE = Text("line {line}", "{line}행")
ALSO = Text("also fits: {text}", "이렇게 볼 수도 있어요: {text}")
CONFIRMED = Text("confirmed: {how}", "확인: {how}")
BY_PROOF = Text("proved for {scope} ({figure})", "{scope}에 대해 증명했어요({figure})")
BY_PROOF_ELSEWHERE = Text(
    "proved for {scope}, chosen for the proof ({figure})",
    "증명하려고 고른 {scope}에 대해 증명했어요({figure})",
)
BY_NUMBERS = Text(
    "at {points} random points, to a relative error of {tolerance}",
    "무작위 점 {points}개에서 상대 오차 {tolerance} 이내로 맞아요",
)
THESE_SIZES = Text(
    "for these sizes, as the code does not take others or is not made for them: {how}",
    "코드가 다른 크기를 받지 않거나 다른 크기에 맞게 쓰이지 않아 이 크기에서만 확인했어요: {how}",
)
ARRAY = Text("{name} of shape {shape}", "모양이 {shape}인 {name}")
CHANGED = Text(
    "The values are right, but `{term}`, which belongs to the caller, is changed in place: work on "
    "a copy, `{term}.copy()`.",
    "값은 맞지만, 호출한 쪽의 배열 `{term}`을(를) 제자리에서 바꿔요. `{term}.copy()`로 복사해서 "
    "쓰세요.",
)
DIAGONAL = Text(
    "{gradient} is elementwise: it multiplies by the diagonal of the Jacobian alone, but every "
    "output depends on several inputs, so the whole matrix belongs there.",
    "{gradient}이(가) 원소별 곱이에요. 야코비 행렬의 대각선만 곱했는데, 출력 하나에 여러 입력이 "
    "영향을 주므로 행렬 전체를 곱해야 해요.",
)
GATHERED = Text(
    "{gradient} keeps one of the values that come to the same place; they belong added up.",
    "{gradient}에서 같은 자리에 오는 값이 하나만 남아요. 모두 더해야 해요.",
)
LACKS_NUMBER = Text(
    "{gradient} lacks a number as a factor of `{old}`.",
    "{gradient}에서 `{old}`에 곱할 수가 빠졌어요.",
)
SHIFTED = Text(
    "{gradient} takes another part of an array than forward has put there: `{old}`.",
    "{gradient}에서 배열의 다른 부분을 골랐어요. forward가 넣은 부분이 아니에요: `{old}`.",
)
TWICE = Text(
    "The same slip stands in two places: {first}",
    "같은 실수가 두 곳에 있어요: {first}",
)
NUMBER_FOR = Text(
    "{gradient} has a number where `{new}` belongs: `{old}`.",
    "{gradient}에서 `{new}`이(가) 있어야 할 곳에 수가 있어요: `{old}`.",
)
NAMED_SO = Text(
    "What is named `{term}` is the gradient of another argument, not {gradient}.",
    "`{term}`(이)라는 이름의 값은 {gradient}이(가) 아니라 다른 인수의 기울기예요.",
)
PATH_THROUGH = Text(
    "{gradient} lacks a path: the way back through `{term}` was left out.",
    "{gradient}에서 경로 하나가 빠졌어요: `{term}`을(를) 지나 돌아오는 길이에요.",
)
NOT_FOLLOWED = Text(
    "what the code does cannot be followed step by step at other inputs",
    "다른 입력에서 코드가 하는 일을 한 단계씩 따라갈 수 없어요",
)
RAISES = Text(
    "at the inputs as given the code raises {error} ({place})",
    "주어진 입력에서 코드를 실행하면 오류가 나요({error}, {place})",
)
NOT_CALLED = Text("{error}", "코드를 실행한 결과가 맞지 않아요({error})")
NO_NUMBERS = Text(
    "what backward returns as {gradient} is no array of numbers, but `{value}`",
    "backward가 {gradient}(으)로 돌려주는 것이 수의 배열이 아니라 `{value}`(이)에요",
)
FLOATS = Text("floating point", "부동소수점")
FLOATS_32 = Text("float32", "float32")
CANCELS = Text(
    "`{text}` is the difference of two numbers that are almost equal, and what is left of it has "
    "few right digits or none",
    "`{text}`은(는) 거의 같은 두 수의 차라서 남는 자릿수가 거의 없어요",
)
OVERFLOWS = Text(
    "`{text}` leaves the range of floats there",
    "`{text}`이(가) 그곳에서 부동소수점 범위를 벗어나요",
)
LOSES = Text(
    "`{text}` keeps few right digits there, or none",
    "`{text}`에서 맞는 자릿수가 거의 남지 않아요",
)
STABLE = Text(
    "; write `{text}` instead of `{old}`, which is the same and keeps its digits",
    "; `{old}` 대신 `{text}`(이)라고 쓰면 같은 값이면서 자릿수를 잃지 않아요",
)
FIRST_WRONG = Text(
    " Step by step, {right} right; `{wrong}` (line {line}) is the first that is not.",
    " 차례로 보면 {right} 맞고, `{wrong}`({line}행)부터 틀려요.",
)
ONLY_THERE = Text(
    "{gradient} goes wrong at `{old}`: with another value in this place alone it is right. No "
    "short way to write that value was found.",
    "{gradient}은(는) `{old}`에서 틀려요. 이 자리의 값만 바꾸면 맞아요. 그 값을 짧게 쓰는 방법은 "
    "찾지 못했어요.",
)
RIGHT_SO_FAR = Text("{names} are", "{names}까지는")
NOTHING_SO_FAR = Text("nothing before it is", "그 앞에는 확인할 것이 없고")
OFF_BY = Text(
    " Yours minus the true one is `{formula}`.", " 제출에서 정답을 빼면 `{formula}`(이)에요."
)
CUT_SHORT = Text(
    " The search ended at time_limit = {seconds} s, before its counted work was done: with more "
    "time it may find more.",
    " 할 일이 남았는데 time_limit = {seconds}초가 지나서 찾기를 멈췄어요. 시간을 더 주면 "
    "더 찾을 수도 있어요.",
)
MARKED = Text(
    " (This is told for targets of which each row has one 1 and zeros else.)",
    " (행마다 1이 하나이고 나머지가 0인 정답 배열일 때의 설명이에요.)",
)
ONLY_WHERE = Text(" It is wrong only where `{mask}`.", " `{mask}`인 곳에서만 틀려요.")
SAME_ALONG = Text(
    " It is off by the same amount along axis {axis}: look for a sum or mean over that axis.",
    " 축 {axis}을(를) 따라 같은 양만큼 어긋나요. 그 축의 합이나 평균을 살펴보세요.",
)
FORWARDS = Text(
    " (`{value}` is forward's `{name}`; to write `{name}`, hand it to backward.)",
    " (`{value}`은(는) forward의 `{name}` 값이에요. 이름으로 쓰려면 backward에 넘겨주세요.)",
)
FORWARDS_ALONE = Text(
    " (Only forward has `{name}`: hand it to backward.)",
    " (`{name}`은(는) forward에만 있어요. backward에 넘겨주세요.)",
)


def sentence(kind: Kind, fix: bool = True, **parts: str) -> Text:
    """Return the sentence of a kind with its parts filled in, and how to mend it."""
    whole = SENTENCES[kind]
    if kind is Kind.OTHER_ARGUMENT and parts["term"] == parts["gradient"]:
        whole = NAMED_SO
    if kind is Kind.MISSING_FACTOR and parts["old"].lstrip("-").isdigit():
        whole = NUMBER_FOR
    if kind is Kind.WRONG_FACTOR and not any(letter.isdigit() for letter in parts["old"]):
        whole = LACKS_NUMBER  # there is no number yet that could be wrong
    if kind is Kind.OFF_BY_ONE and ":" in parts["new"]:
        whole = SHIFTED
    gathered = parts.get("new", "").startswith(("np.add.at(", "np.subtract.at("))
    if kind is Kind.WRONG_OPERATOR and (gathered or " += " in parts["new"]):
        whole = GATHERED
    end = Text("", "") if not fix or kind in WITHOUT_FIX else _FIX
    return filled(Text(whole.en + end.en, whole.ko + end.ko), **parts)


def filled(whole: Text, /, **parts: str | Text) -> Text:
    """Return a text with its parts filled in, those that are texts in their own language."""
    out = []
    for language in LANGUAGES:
        own = {k: v.within(language) if isinstance(v, Text) else v for k, v in parts.items()}
        out.append(whole.within(language).format(**own))
    return Text(*out)


def printed(diagnosis: Diagnosis, language: str | None = None) -> list[str]:
    """Return the lines in which a diagnosis is printed."""
    spoken = language or system_language()
    where = "" if diagnosis.line is None else filled(LINE, line=str(diagnosis.line)).within(spoken)
    message = diagnosis.message.within(spoken)
    out = [f"{where}: {message}" if where else message]
    out += [f"  {row}" for row in equation_rows(diagnosis.equation, spoken)]
    if diagnosis.confirmation.en:
        out.append("  " + filled(CONFIRMED, how=diagnosis.confirmation).within(spoken))
    told = {_slip(diagnosis)}
    for other in diagnosis.others:
        # What mends the same line says the same in other words; so does the same factor elsewhere.
        if other.line != diagnosis.line and _slip(other) not in told:
            out.append(filled(ALSO, text=other.message).within(spoken))
        told.add(_slip(other))
    return out


def _slip(diagnosis: Diagnosis) -> tuple[object, ...]:
    """What a diagnosis says, wherever in the line it would have it mended."""
    return diagnosis.kind, diagnosis.term, diagnosis.line


def _marking(above: str, row: str) -> str:
    """A row of marks, as wide as what stands above: names in Hangul take two columns a letter."""
    if row.strip(" ^") or "^" not in row:
        return row
    wide = (unicodedata.east_asian_width(letter) in "WF" for letter in above.ljust(len(row)))
    return "".join(mark * (1 + each) for mark, each in zip(row, wide))


def equation_rows(equation: str, language: str) -> list[str]:
    """Return the rows of an equation with its labels in a language, marks below what they mark."""
    rows = equation.splitlines()
    rows = [_marking(above, row) for above, row in zip(["", *rows], rows)]
    for label in () if language == "en" else (YOURS, TRUE):
        own = f"{label.within(language)}:  "  # Korean letters are two columns wide
        rows = [own + row[7:] if row.startswith(f"{label.en}:") else row for row in rows]
    return rows
