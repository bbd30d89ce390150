"""What the engine says about scopes and reasons, in Korean.

The engine writes its findings as English sentences, put together from few forms. Each form stands
here beside its Korean; a form that is not here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gradproof.numeric.korean_forms import KOREAN

_Korean = str | Callable[[re.Match[str]], str]
_USUAL = {"half the sum of squares": "제곱합의 절반인", "the cross-entropy": "교차 엔트로피인",
          "the binary cross-entropy": "이진 교차 엔트로피인"}  # fmt: skip
# Of inputs at which a gradient is not believed: judgement/special_points.py.
_KINDS_OF_INPUTS = {
    "some numbers are 0": "0이 섞인",
    "all numbers are whole": "정수만 있는",
    "numbers come several times": "같은 수가 여러 번 나오는",
    "all numbers are equal": "모든 수가 같은",
    "numbers are equal along an axis": "한 축을 따라 수가 모두 같은",
    "all numbers are positive": "양수만 있는",
    "all numbers are negative": "음수만 있는",
    "all numbers are in ascending order": "작은 수부터 차례로 늘어놓은",
    "all numbers are in descending order": "큰 수부터 차례로 늘어놓은",
    "all numbers are small": "작은 수만 있는",
    "all of an input is 0": "한 입력이 모두 0인",
    "two inputs are equal": "두 입력이 같은",
}
_FORMS: tuple[tuple[str, _Korean], ...] = (
    (r"tracing and exact normal forms", "기호 실행과 정확한 정규형"),
    (r"tracing and random evaluation in a prime field",
     "기호 실행과 소수체의 무작위 점에서의 계산"),
    (r"exact", "정확"),
    (r"chance of error at most (\S+)", r"틀릴 확률은 \1 이하"),
    (r"for (\w+ = .*)", r"\1일 때"),
    (r"except at equality of what the code compares \(the output may jump\)",
     "코드가 비교하는 두 값이 같은 점은 제외(출력이 불연속일 수 있음)"),
    (r"except at (.*) \((.*)\)", r"\1인 점은 제외(\2)"),
    (r"mode '(\w+)' could not be followed by backward: (.*)",
     r"모드 '\1'에서는 역전파를 실행하지 못함: \2"),
    (r"(\d+) random inputs of shape (\(.*\))", r"모양이 \2인 무작위 입력 \1개"),
    (r"no proof: (.*)", r"증명하지 못함: \1"),
    (r"the derivative takes the output of the function.*",
     "도함수가 함수의 출력을 받으므로(post-activation) 그에 맞추어 판정함"),
    (r"(.*) taken as means over the batch: judged times (\w+ = \d+), .*",
     r"\1: 배치 평균으로 보고 m배(\2)하여 판정함(표본마다의 손실을 여기서 평균한 것으로 봄)"),
    (r"without the guard in line ([\d, ]+) of (\S+): (?P<rest>.+)",
     r"\2의 \1번째 줄 안전장치를 뺀 경우, \g<rest>"),
    (r"without the guard in line ([\d, ]+): (?P<rest>.+)",
     r"\1번째 줄의 안전장치를 뺀 경우, \g<rest>"),
    (r"changes (\w+) in place", r"\1의 값을 제자리에서 바꿈"),
    (r"a loss is judged for (\w+) = 1", r"손실은 \1 = 1일 때로 판정함"),
    (r"backward is given the predictions again, as (\w+)", r"역전파는 예측값을 \1(으)로 다시 받음"),
    (r"backward is given the output, as (\w+)", r"역전파는 출력을 \1(으)로 받음"),
    (r"judged as the gradient of the (mean|sum) of what forward returns",
     r"순전파가 돌려주는 값의 \1에 대한 기울기로 판정함"),
    (r"judged as (?:the|(\S+) times the) gradient of (.*) of what forward returns and the targets, "
     r"which is assumed to be the loss",
     lambda f: f"손실을 밝히지 않아, 순전파의 출력과 목표값의 {_USUAL[f[2]]} 손실로 보고 그 기울기"
               f"{f'의 {f[1]}배' if f[1] else ''}로 판정함"),
    (r"(?:\S+ takes the targets (\S+), so its gradients are those of a cost|backward takes the "
     r"targets (\S+), which forward does not, and no method computes a loss)",
     lambda f: f"목표값 {f[1] or f[2]}을(를) 받는데 손실을 계산하는 함수가 없어요"),
    (r"(?:no function was found that computes one, and they|its gradients) are of no usual one",
     "흔히 쓰는 손실의 기울기도 아니에요"),
    (r"(\w+) is no upstream gradient: for zeros it gives others than zeros",
     r"\1은(는) 상류 기울기가 아니에요. 0을 넣어도 0이 나오지 않아요"),
    (r"the gradient of (.*) is read from the step of backward",
     r"\1의 기울기는 역전파가 갱신하는 양에서 읽음"),
    (r"the gradient of (.*) is read from the step of (\w+\.\w+)",
     r"\1의 기울기는 \2가 갱신하는 양에서 읽음"),
    (r"without the guard in (?:line )?([\d, ]+)", r"\1번째 줄의 안전장치를 뺀 경우"),
    (r"whole numbers (\S+) to (\S+)", r"정수 \1부터 \2까지"),
    (r"backward\(upstream gradient, what forward kept\)",
     "backward(상류 기울기, 순전파가 남긴 값)"),
    (r"methods of a layer", "층의 메서드"),
    (r"a function and its derivative", "함수와 그 도함수"),
    (r"a function and its derivative, which is given the output",
     "함수와, 함수의 출력을 받는 도함수"),
    (r"one function with a flag", "플래그가 있는 함수 하나"),
    (r"a function that returns the loss and its gradient", "손실과 그 기울기를 돌려주는 함수"),
    (r"an object with a function and its derivative", "함수와 그 도함수가 있는 객체"),
    (r"an operation of values that keep their own gradient: .*",
     "기울기를 스스로 지니는 값의 연산: out.backward() 다음 a.grad"),
    (r"elementwise, so for any shape", "원소마다 따로 계산하므로 모양은 무엇이든"),
    (r"with it, not (.*)", r"안전장치가 있으면 틀린 곳: \1"),
    (r"(forward|backward) changes (\w+) in place", r"\1가 \2의 값을 제자리에서 바꿈"),
    (r"at (.*) the code returns (.*), a subgradient in (\[.*\])",
     r"\1에서 코드는 \2(하위 기울기 \3에 속함)"),
    (r"at (.*) the code returns the left-hand derivative", r"\1에서 코드는 왼쪽 도함수"),
    (r"at (.*) the code returns the right-hand derivative", r"\1에서 코드는 오른쪽 도함수"),
    (r"at (.*) each partial derivative is one-sided, but together they are no subgradient",
     r"\1에서 편도함수는 저마다 한쪽 도함수이지만, 함께 하위 기울기를 이루지는 않음"),
    (r"at (.*) the code adds up the derivatives of both sides",
     r"\1에서 코드는 양쪽 도함수를 더함"),
    (r"it returns None in place of the gradient of (.*)",
     r"\1의 기울기 자리에 None을 돌려줘요"),
    (r"points where two conditions hold with equality at once are not covered",
     "두 조건이 동시에 등호가 되는 점은 제외"),
    (r"points where a condition holds with equality are not covered",
     "조건이 등호가 되는 점은 제외"),
    (r"with (\w+ = [^;]*)", r"\1일 때"),
    (r"also checked for (.*)", r"\1일 때도 검사함"),
    (r"not for (.*): (.*)", r"\1일 때는 제외: \2"),
    (r"wrong for (\S+ = .*)", r"\1일 때 틀림"),
    (r"otherwise right", "그 밖에는 옳음"),
    (r"(\S+) has shape (\(.*\)), and (\S+) has shape (\(.*\)): a step broadcasts it, .*",
     r"\1의 모양은 \2이고 \3의 모양은 \4: 갱신할 때 브로드캐스트되므로 값으로 판정함"),
    (r"(.*): on the way to these, not judged by itself", r"\1: 중간 단계라서 따로 판정하지 않음"),
    (r"line (\d+) computes it in a statement of the file, and no function returns it, so it is not "
     r"judged", r"\1행의 문장에서 계산하고 어떤 함수도 돌려주지 않아서 판정하지 않았어요"),
    (r"its name speaks of a derivative, .*",
     "이름은 도함수 같은데, 어느 함수의 도함수인지 찾지 못했어요"),
    (r"its values keep a gradient, .*",
     "값마다 기울기를 지니는데, 그것을 채우는 backward()를 찾지 못했어요"),
    (r"its text speaks of a gradient, .*",
     "설명에 기울기가 나오는데, 돌려주는 값 가운데 기울기의 이름을 가진 것이 없어요. "
     "`dx = ...; return loss, dx`라고 쓰면 알 수 있어요"),
    (r"line ([\d, ]+) steps it by what is computed there, .*",
     r"\1번째 줄이 그 자리에서 계산한 값으로 갱신하고, 그 기울기를 돌려주는 함수가 없어서 "
     "판정하지 않아요"),
    (r"backward changes it by more than a rate times a gradient, .*",
     "역전파가 학습률 곱하기 기울기와 다르게 갱신하므로 그 기울기는 판정하지 않아요"),
    (r"there it is given what (\S+) returns, and it is judged at the input",
     r"그 줄에서는 \1가 돌려준 값을 받는데, 여기서는 입력에서 판정했어요"),
    (r"it may be by a step in local coordinates \((\S+)\), .*",
     r"국소 좌표의 걸음(\1)에 대한 도함수일 수 있는데, 그런 도함수는 판정하지 않아요"),
    (r"forward uses it, and backward leaves no gradient of it",
     "순전파는 쓰지만 역전파가 그 기울기를 남기지 않아요"),
    (r"no argument of forward was found whose gradient it could be",
     "순전파의 어느 인수에 대한 기울기인지 찾지 못했어요"),
    (r"line ([\d, ]+) gives it the output of the function", r"\1번째 줄이 함수의 출력을 넣음"),
    (r"line ([\d, ]+) gives it the input of the function", r"\1번째 줄이 함수의 입력을 넣음"),
    (r"the Jacobian is returned transposed, .*",
     "야코비 행렬이 전치되어 있어(행마다 매개변수 하나) 그렇게 판정함"),
    (r"the gradient by the logits z, where (.*): judged as that",
     r"로짓 z에 대한 기울기로 판정함(\1)"),
    (r"the negative gradient: judged as that, for the step in line (\d+)",
     r"\1번째 줄의 갱신에 맞추어 음의 기울기로 판정함"),
    (r"the gradient of the sum, (\d+) times that of the mean: judged as that, .* line (\d+)",
     r"\2번째 줄의 갱신에 맞추어 합의 기울기(평균의 \1배)로 판정함"),
    (r"(\w+) is complex: judged as .*",
     r"\1은 복소수: d/d(실수부) + i d/d(허수부)로 판정함(마지막 축이 두 부분)"),
    (r"for one example, of shape (.*)", r"모양이 \1인 표본 하나일 때"),
    (r"for shapes (.*)", r"모양이 \1일 때"),
    (r"it is wrong for (\(.*)", r"모양이 \1이면 틀림"),
    (r"with all digits in place of (.*) in line ([\d, ]+)",
     r"\2번째 줄의 \1 대신 모든 자릿수를 쓰면"),
    (r"reading (\S+) as (\S+)", r"\1은 \2로 읽음"),
    (r"the negative gradient, as its name or its text says: judged as that",
     "이름이나 설명대로 기울기의 음수로 판정함"),
    (r"it is judged as the derivative of (\S+) \(line (\d+)\), which is refuted; once that is "
     r"mended, this is judged",
     r"\1(\2번째 줄)의 도함수로 판정하는데 \1이(가) 틀렸으므로, 그것을 고친 뒤에 판정해요"),
    (r"for (.*) of zeros and ones", r"\1이(가) 0과 1로만 된 경우"),
    (r"it is wrong for others", "그 밖의 수에서는 틀림"),
    (r"for one number per example", "표본마다 숫자 하나일 때"),
    (r"it is wrong for shape (.*)", r"모양 \1에서는 틀림"),
    (r"a loss is judged for (\w+) = 1, its default", r"손실은 \1의 기본값 1로 판정함"),
    (r"(\w+) has shape (\(.*\)), but (\w+) has shape (\(.*\))",
     r"\1의 모양은 \2인데 \3의 모양은 \4"),
    (r"(\d+) at a kink: (.*) is (\S+), of any value in (\[.*\])",
     r"꺾인 점 \1개: \2 = \3(\4의 값이면 모두 옳음)"),
    (r"(\w+): (\d+) of (\d+) elements differ from the derivative by more than the error bound",
     r"\1: 원소 \3개 중 \2개가 오차 한계보다 크게 도함수와 다름"),
    (r"(\S+): got (\S+), wanted (.*), error (\S+), bound (\S+)",
     r"\1: 코드 \2, 도함수 \3, 오차 \4, 한계 \5"),
    (r"the following arguments are required: (.*)", r"빠진 인수: \1"),
    (r"unrecognized arguments: (.*)", r"알 수 없는 인수: \1"),
    (r"argument (\S+): expected one argument", r"\1에는 값이 하나 필요해요"),
    (r"argument (\S+): expected a whole number from (\d+) up, got (.*)",
     r"\1: 필요한 값은 \2 이상의 정수, 받은 값은 \3"),
    (r"argument (\S+): expected names separated by commas, got none",
     r"\1: 쉼표로 나눈 이름이 필요해요"),
    (r"argument (\S+): invalid (int|float) value: (.*)", r"\1: 필요한 값은 수, 받은 값은 \3"),
    (r"argument (\S+): invalid choice: (\S+) \(choose from (.*)\)",
     r"\1: \2(이)라는 것은 없어요. 쓸 수 있는 것: \3"),
    (r"did you mean (.*)\?", r"\1 아닌가요?"),
    (r"there are (.*)", r"있는 것: \1"),
    (r"no pair is called (.*)", r"\1(이)라는 쌍이 없어요"),
    (r"no such file, folder or module", "그런 파일, 폴더, 모듈이 없어요"),
    (r"a folder without Python files", "Python 파일이 없는 폴더예요"),
    (r"no forward/backward pair was found", "순전파와 역전파의 쌍을 찾지 못했어요"),
    (r"for instance (`.*`) beside (`.*`), (`.*`) beside (`.*`), or a class with (`.*`) and (`.*`)",
     r"예: \1와 \2, \3와 \4, 또는 \5와 \6가 있는 클래스"),
    (r"its forward was not found \(looked for (.*)\)",
     r"짝이 되는 순전파를 찾지 못했어요(찾은 이름: \1)"),
    (r"does not parse: code cell (\d+), line (\d+): (.*)",
     r"코드 셀 \1, \2번째 줄의 문법 오류: \3"),
    (r"is no notebook that can be read: expected JSON of nbformat 4",
     "읽을 수 있는 노트북이 아니에요. nbformat 4의 JSON이어야 해요"),
    (r"does not parse: line (\d+): (.*)", r"\1번째 줄의 문법 오류: \2"),
    (r"does not parse, it seems to be Python 2 \(line (\d+): (.*)\)",
     r"Python 2 코드로 보여요(\1번째 줄: \2)"),
    (r"cannot be read: it is in UTF-16, which Python cannot run",
     "읽을 수 없어요: UTF-16 파일은 Python이 실행할 수 없어요"),
    (r"cannot be read: line (\d+) is not in UTF-8, and no other encoding is named",
     r"읽을 수 없어요: \1번째 줄이 UTF-8이 아니고, 다른 인코딩을 밝히지도 않았어요"),
    (r"save it as UTF-8", "UTF-8로 저장하세요"),
    (r"save it as UTF-8, or put (.*) into line 1",
     r"UTF-8로 저장하거나 첫 줄에 \1을(를) 쓰세요"),
    (r"TimeoutError: does not end within (\S+) s", r"\1초 안에 끝나지 않아요"),
    (r"does not answer, and does not let itself be interrupted, so it was stopped(.*)",
     r"대답이 없고 중단되지도 않아 강제로 끝냈어요\1"),
    (r"its process sent (.*) in place of an answer: the file writes to gradproof's channel or "
     r"changes gradproof, so it is not judged",
     r"프로세스가 대답 대신 다른 것을 보냈어요(\1). 파일이 gradproof의 통로에 쓰거나 gradproof를 "
     r"바꾸므로 판정하지 않아요"),
    (r"(forward|backward) gives another result when it is called again on the same numbers: it "
     r"depends on when or how often it is called",
     r"\1를 같은 수로 다시 부르면 결과가 달라져요. 언제, 몇 번 부르는지에 따라 달라져요"),
    (r"it gives finite results of the right shape only at the inputs at which it was tried first",
     "처음 시도한 입력에서만 모양이 맞고 유한한 결과를 내요"),
    (r"cannot be read: it is no regular file", "읽을 수 없어요: 보통 파일이 아니에요"),
    (r"cannot be read: it is (\d+) MB long", r"읽을 수 없어요: 길이가 \1 MB예요"),
    (r"cannot be read: (.*)", r"읽을 수 없어요: \1"),
    (r"cannot be loaded: (.*)", r"불러올 수 없어요: \1"),
    (r"still running after (\S+) s \(--timeout\), so it was stopped(.*)",
     r"\1초(--timeout)가 지나도 끝나지 않아 중단했어요\2"),
    (r"(?:tracing|deciding): more than work_limit = (\S+) units of work",
     r"정해 둔 일의 양(work_limit = \1)을 다 써서 멈췄어요"),
    (r"(?:tracing|deciding): ran out of time_limit = (\S+) s, with counted work left",
     r"할 일이 남았는데 time_limit = \1초가 지나서 멈췄어요"),
    (r"is empty", "비어 있어요"),
    (r"its process was ended by signal (.*)", r"프로세스가 신호 \1(으)로 끝났어요"),
    (r"its process ended by itself with exit status (\d+), without a verdict(.*)",
     r"프로세스가 판정 없이 종료 상태 \1(으)로 스스로 끝났어요\2"),
    (r"judging it does not end within (\S+) s \(--timeout\), so it was stopped",
     r"판정이 \1초(--timeout) 안에 끝나지 않아 중단했어요"),
    (r"judging it takes more memory than there is \((\d+) MB, --memory\)",
     r"판정에 필요한 메모리가 모자라요(\1 MB, --memory)"),
    (r"the process that judges it has ended with status (-?\d+)(.*)",
     r"판정하는 프로세스가 종료 상태 \1(으)로 끝났어요\2"),
    (r"not run, as --require-isolation asks: here is no isolation by (.*)",
     r"--require-isolation에 따라 실행하지 않았어요. 이 시스템에 없는 격리: \1"),
    (r"at module level (?P<rest>.+)", r"모듈 수준의 코드를 실행하다가, \g<rest>"),
    (r"by its definitions alone: (?P<rest>.+)", r"정의만 실행하여 판정함: \g<rest>"),
    (r"not at other sizes", "다른 크기에서는 아님"),
    (r"not at other sizes: (.*)", r"다른 크기에서는 아님: \1"),
    (r"in a second process: (?P<rest>.+)", r"두 번째 프로세스에서: \g<rest>"),
    (r"at numbers drawn in secret, like those of the check, it raises (.*)",
     r"검사에 쓴 것과 비슷한, 비밀리에 뽑은 수에서 예외를 내요: \1"),
    (r"at numbers drawn in secret, like those of the check, it does not end within (\S+) s",
     r"검사에 쓴 것과 비슷한, 비밀리에 뽑은 수에서 \1초 안에 끝나지 않아요"),
    (r"what it returns as the gradient of (.*) was not judged",
     r"\1의 기울기로 돌려주는 것을 판정하지 못했어요"),
    (r"judged with the usual (.*), which the file replaces",
     r"파일이 바꿔 놓은 \1 대신 원래 것으로 판정함"),
    (r"what runs as (\S+) is not what line (\d+) defines: .*",
     r"\1(으)로 실행되는 것은 \2번째 줄에 정의한 함수가 아니라, 파일이 바꿔 놓은 다른 것이에요"),
    (r"what runs as (\S+) is not what Python or an import gives that name: .*",
     r"\1(으)로 실행되는 것은 파이썬이나 import가 그 이름에 주는 것이 아니라, 파일이 바꿔 놓은 "
     r"다른 것이에요"),
    (r"(\S+) has another default of (\S+) than line (\d+) says: .*",
     r"\1의 매개변수 \2의 기본값이 \3번째 줄에 적힌 것과 달라요. 파일이 다른 값을 넣었어요"),
    (r"it is defined inside (\S+), where it cannot be called",
     r"\1 안에 정의되어 있어서 부를 수 없어요"),
    (r"line (\d+) runs it as text, which is not judged",
     r"\1번째 줄이 글로 된 코드를 실행해서 만들기 때문에 판정하지 않아요"),
    (r"line (\d+) makes its class without a definition, and such classes are not judged",
     r"\1번째 줄이 정의 없이 클래스를 만드는데, 그런 클래스는 판정하지 않아요"),
    (r"line (\d+) gives this name to (.*), which is judged by no name of its own",
     r"\1번째 줄이 이 이름을 \2에 붙이는데, 그것은 다른 이름으로도 판정되지 않아요"),
    (r"(\S+) defines __getattribute__, so its methods may be any others",
     r"\1이(가) __getattribute__를 정의해서, 메서드가 다른 것일 수 있어요"),
    (r"(?:ValueError: )?(\S+) does not keep what is assigned to its (\S+)",
     r"\1에 \2을(를) 넣어도 그대로 간직하지 않아요"),
    (r"backward then gives the gradient at the inputs of the first one, .*",
     "역전파가 인스턴스에 남아 있는 첫 번째 입력에서의 기울기를 돌려줘요"),
    (r"backward is not linear in the upstream gradient: for one (\S+) times as large, .*",
     r"역전파가 상류 기울기에 대해 선형이 아니에요. \1배인 상류 기울기를 주어도 기울기가 "
     r"\1배가 되지 않아요"),
    (r"backward is not linear in the upstream gradient: where all of it is 0 but one element, .*",
     r"역전파가 상류 기울기에 대해 선형이 아니에요. 원소 하나만 빼고 모두 0이면 "
     r"다른 기울기를 줘요"),
    (r"backward is not linear in the upstream gradient: where all of it is equal, .*",
     r"역전파가 상류 기울기에 대해 선형이 아니에요. 원소가 모두 같으면 다른 기울기를 줘요"),
    (r"backward is not linear in the upstream gradient: where all of it is positive, .*",
     r"역전파가 상류 기울기에 대해 선형이 아니에요. 원소가 모두 양수이면 다른 기울기를 줘요"),
    (r"backward is not linear in the upstream gradient: where all of it is negative, .*",
     r"역전파가 상류 기울기에 대해 선형이 아니에요. 원소가 모두 음수이면 다른 기울기를 줘요"),
    (r"backward is not linear in the upstream gradient: where it is made of whole numbers, .*",
     r"역전파가 상류 기울기에 대해 선형이 아니에요. 원소가 모두 정수이면 다른 기울기를 줘요"),
    (r"(forward|backward) gives another result for the same numbers where its arrays lie otherwise "
     r"in memory: .*",
     r"\1가 같은 수라도 배열이 메모리에 다르게 놓여 있으면(전치했거나 더 큰 배열의 일부이면) 다른 "
     r"결과를 내요"),
    *((rf"where {kind}, the gradient is not what differences say, .*",
       f"{korean} 입력에서는 함수가 매끄러운데도 기울기가 차분과 달라요")
      for kind, korean in _KINDS_OF_INPUTS.items()),
    (r"(forward|backward) gives another result for the same numbers where its arrays may not be "
     r"written to", r"\1가 같은 수라도 값을 써넣을 수 없는 배열이면 다른 결과를 내요"),
    (r"(forward|backward) gives another result for the same numbers as arrays of long doubles",
     r"\1가 같은 수라도 long double 배열이면 다른 결과를 내요"),
    (r"(forward|backward) gives another result for the same numbers as arrays of (\w+)",
     r"\1가 같은 수라도 \2 배열이면 다른 결과를 내요"),
    (r"(forward|backward) gives another result for the same numbers in arrays of a class made of "
     r"NumPy's", r"\1가 같은 수라도 NumPy 배열을 상속한 배열이면 다른 결과를 내요"),
    (r"(forward|backward) gives another result for the same numbers with the bytes of each number "
     r"in the other order", r"\1가 같은 수라도 바이트 순서가 반대인 배열이면 다른 결과를 내요"),
    (r"no way was found to call it", "부르는 방법을 찾지 못했어요"),
    (r"the bound on the error, (\S+), is more than 2 % of the gradient, (\S+)",
     r"오차 한계 \1이(가) 기울기 \2의 2 %보다 커요"),
    (r"not reached: (.*)", r"차례가 오지 않았어요: \1"),
    (r"your code raises (.*)", r"코드가 오류를 내요: \1"),
    (r"forward runs, but backward raises (.*)",
     r"forward는 실행되지만 backward가 오류를 내요: \1"),
    (r"no inputs were found that fit", "맞는 입력을 찾지 못했어요"),
    (r"no inputs were found that fit: (.*)", r"맞는 입력을 찾지 못했어요: \1"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(form, re.DOTALL), korean) for form, korean in (*_FORMS, *KOREAN))


_EVERYTHING = re.compile(r"(for every batch size m: )?for all (.*?)(?: where (.*))?", re.DOTALL)
_ARRAYS = re.compile(r"\b(real|positive) (\w+(?:, \w+)*?) of shape (\([^()]*\))")
_NUMBERS = re.compile(r"\b(real|positive) (?=\w)")
_KINDS = {"real": "실수", "positive": "양수"}


def _for_all(text: str) -> str | None:
    """For all real x of shape (3, 4), real dy where x > 0."""
    found = _EVERYTHING.fullmatch(text)
    if found is None:
        return None
    inside = _ARRAYS.sub(lambda a: f"모양이 {a[3]}인 모든 {_KINDS[a[1]]} {a[2]}", found[2])
    inside = _NUMBERS.sub(lambda a: f"모든 {_KINDS[a[1]]} ", inside)
    size = "모든 배치 크기 m과, " if found[1] else ""
    where = f"(단, {found[3].replace(' and ', ', ')})" if found[3] else ""
    return f"{size}{inside}에 대해{where}"


def in_korean(text: str) -> str:
    """The sentence, part by part; parts are set apart by semicolons or by lines."""
    parts = re.split(r"(; |\n\s*)", text)
    parts[::2] = [_translated(part) or part for part in parts[::2]]
    return "".join(parts)


def _translated(text: str) -> str | None:
    for pattern, korean in _PATTERNS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        if not isinstance(korean, str):
            return korean(found)
        whole = found.expand(korean)
        rest = found["rest"] if "rest" in pattern.groupindex else ""
        return whole.replace(rest, in_korean(rest)) if rest else whole
    return _for_all(text)
