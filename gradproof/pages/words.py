"""The words a page is written with, in each language."""

from __future__ import annotations

from gradproof.text import Text

WORDS = {
    "definition": Text("Definition", "정의"),
    "mode": Text("Mode", "모드"),
    "arguments": Text("Arrays", "배열"),
    "parameters": Text("Parameters", "매개변수"),
    "assumptions": Text("Assumptions", "가정"),
    "picture": Text("Function and derivative", "함수와 도함수"),
    "picture_y": Text("output over", "출력, 가로축"),
    "picture_dy": Text("derivative over", "도함수, 가로축"),
    "picture_line": Text(
        "line: the definition and SymPy's derivative", "선: 정의와 SymPy의 도함수"
    ),
    "picture_dots": Text("dots: the NumPy code", "점: NumPy 코드"),
    "picture_ends": Text(
        "hollow: one-sided derivatives at a kink", "빈 점: 꺾인 점에서의 한쪽 도함수"
    ),
    "picture_definition": Text(
        "line: the definition, and SymPy's derivative", "선: 정의, 그리고 SymPy의 도함수"
    ),
    "picture_at": Text("filled: the value at the jump", "찬 점: 뛰는 곳에서의 값"),
    "picture_open": Text("hollow: not reached", "빈 점: 이르지 않는 값"),
    "picture_moved": Text(
        "One element moves while the rest stays: the outputs that feel it (forward, left), and "
        "their derivatives (backward, right).",
        "원소 하나를 움직이고 나머지는 그대로 둬요. 왼쪽은 그 영향을 받는 출력(순전파), "
        "오른쪽은 그 도함수(역전파)예요.",
    ),
    "computed": Text("What the code computes", "코드가 계산하는 것"),
    "computed_note": Text(
        "Found by running the unmodified NumPy code on symbols, and decided equal to the "
        "derivative of what forward computes. One element of each array is shown; Sum runs over "
        "the batch, whose index i and size m are symbols.",
        "고치지 않은 NumPy 코드를 기호로 실행해 얻은 식이며, 순전파가 계산하는 식의 도함수와 "
        "같다고 판정했어요. 배열마다 원소 하나를 보여요. Sum은 배치에 걸친 합이고, 배치의 "
        "번호 i와 크기 m은 기호예요.",
    ),
    "derivation": Text("Derivation", "유도"),
    "step_checked": Text("machine-checked", "기계로 확인함"),
    "chain_note": Text(
        "Every line was checked, exactly, against the line before it; the first against SymPy's "
        "derivative of the definition.",
        "각 줄은 바로 앞줄과 정확히 같은지 기계로 확인했어요. 첫 줄은 SymPy가 정의를 미분한 "
        "결과와 비교했어요.",
    ),
    "chain_broken": Text(
        "Not every line of this derivation holds: see the marks in red.",
        "이 유도에는 성립하지 않는 줄이 있어요. 빨간 표시를 보세요.",
    ),
    "for": Text("where", "조건:"),
    "forms": Text("The same, written differently", "같은 식의 다른 꼴"),
    "facts": Text("Facts to check your own code by", "내 코드를 확인할 때 쓸 수 있는 사실"),
    "limits": Text("Limits", "극한"),
    "kinks": Text("Kinks", "꺾인 점"),
    "jump": Text("jump: no derivative here", "불연속: 이 점에는 도함수가 없어요"),
    "left": Text("from the left", "왼쪽 도함수"),
    "right": Text("from the right", "오른쪽 도함수"),
    "interval": Text("subgradients", "하위 기울기(subgradient)"),
    "frameworks": Text("chosen by", "프레임워크의 선택"),
    "special": Text("Values at the edge", "특별한 값"),
    "special_note": Text(
        "What the derivation states; the witness “special values” holds the code to it.",
        "유도가 정한 값이에요. 코드가 이 값을 내는지는 ‘특별한 값’ 검증이 확인해요.",
    ),
    "input": Text("input", "입력"),
    "output": Text("output", "출력"),
    "gradient": Text("gradient", "기울기"),
    "book": Text("As a book has it", "책에 적힌 대로"),
    "book_note": Text(
        "The two or three lines to learn. They are proved to be the same function as the code "
        "below; their largest errors at ordinary inputs, this form and the code:",
        "먼저 익힐 두세 줄이에요. 아래 코드와 같은 함수임을 증명했어요. 보통 입력에서 가장 큰 "
        "오차는 이 꼴과 코드가 차례로 다음과 같아요:",
    ),
    "book_from": Text("half of the digits are lost from", "유효숫자의 절반을 잃기 시작하는 곳"),
    "book_gives": Text("these lines give", "이 꼴의 값"),
    "code_gives": Text("the code gives", "코드의 값"),
    "book_same": Text(
        "At no input that was tried did these lines lose half of their digits.",
        "시험한 입력 가운데 이 꼴이 유효숫자의 절반을 잃는 곳은 없었어요.",
    ),
    "code": Text("Hand-written code", "손으로 쓴 코드"),
    "short": Text("In two lines", "두 줄로 쓰면"),
    "short_note": Text(
        "Written from the closed form above, and run: at ordinary numbers the code below gives the "
        "same. It is longer because it also takes care of NaN, infinities and overflow.",
        "위의 식을 그대로 코드로 쓰고 실행했어요. 보통 수에서는 아래 코드와 같은 값이 나와요. 아래 "
        "코드가 더 긴 "
        "것은 NaN과 무한대와 오버플로까지 다루기 때문이에요.",
    ),
    "how_checked": Text("How this was checked", "어떻게 확인했을까"),
    "link_here": Text("link to this line", "이 줄로 가는 링크"),
    "whole_file": Text("The whole file", "파일 전체"),
    "evidence": Text("Evidence", "증거"),
    "witness": Text("witness", "검증 방법"),
    "verdict": Text("verdict", "판정"),
    "method": Text("method", "방법"),
    "scope": Text("scope", "범위"),
    "figure": Text("figure", "수치"),
    "differs": Text("What differs", "무엇이 다른가"),
    "reproduce": Text("Paste this to see it again", "붙여 넣어 다시 확인하기"),
    "seed": Text("seed", "시드"),
    "steps": Text("Error against step size", "간격 h에 따른 오차"),
    "steps_note": Text(
        "The code's forward, differentiated numerically along a random direction and held against "
        "the 50-digit gradient. Too large an h truncates, too small an h rounds.",
        "코드의 순전파를 임의의 방향으로 수치 미분하여 50자리 기울기와 비교했어요. h가 너무 크면 "
        "절단 오차가, 너무 작으면 반올림 오차가 커져요.",
    ),
    "relative": Text("relative error", "상대 오차"),
    "absolute": Text("absolute error", "절대 오차"),
    "forward_difference": Text("forward difference", "전진 차분"),
    "central_difference": Text("central difference", "중앙 차분"),
    "complex_step": Text("complex step", "복소수 미분법"),
    "best_at": Text("best at", "최적"),
    "any_small": Text("any small h", "작은 h라면 모두"),
    "not_drawn": Text("This could not be made", "만들지 못했어요"),
    "stepping": Text("Step through the graph", "그래프를 한 단계씩 보기"),
    "to_first": Text("to the first step", "처음으로"),
    "one_back": Text("one step back", "한 단계 뒤로"),
    "one_on": Text("one step on", "한 단계 앞으로"),
    "to_last": Text("to the last step", "끝으로"),
    "play": Text("play or pause", "재생 또는 멈춤"),
    "step": Text("Step", "다음"),
    "all_steps": Text("All steps", "모든 단계"),
    "value_key": Text("blue: value", "파랑: 값"),
    "gradient_key": Text("orange: gradient", "주황: 기울기"),
    "graph_checked": Text(
        "The code, run at these numbers, returns the same.",
        "이 수로 코드를 실행해도 같은 값이 나와요.",
    ),
    "no_graph": Text(
        "This definition has a part that the graph cannot show:",
        "이 정의에는 그래프로 그릴 수 없는 부분이 있어요:",
    ),
    "derived": Text("derivation", "유도"),
    "graph": Text("The graph, step by step", "계산 그래프를 한 단계씩"),
    "references": Text("References", "참고 문헌"),
    "not_holding": Text("does not hold", "성립하지 않음"),
}
