"""The perceptron with a step, y = 1 if x·w > w_0 and 0 otherwise."""

import sympy as sp

from derivations._threshold_unit import NO_SLOPE, mode
from gradproof.operation.derivation import Derivation, Kink, SpecialValue
from gradproof.text import Text

z = sp.Symbol("z", real=True)  # one score


def step(score: sp.Expr) -> sp.Expr:
    """1 for a positive score, 0 otherwise."""
    return sp.Piecewise((1, score > 0), (0, True))


ZEROS = {"x": [[0.0, 0.0]], "w": [0.0, 0.0], "w_0": 0.0}

DERIVATION = Derivation(
    title=Text("Step perceptron", "계단 함수 퍼셉트론"),
    summary=Text(
        "Fires (1) when the weighted sum of the inputs exceeds a threshold, else stays silent (0).",
        "입력의 가중합이 문턱값을 넘으면 켜지고(1), 아니면 꺼져 있어요(0).",
    ),
    chapter=1,
    position=1,
    story=(
        Text(
            "Each feature votes with its weight, and the unit fires if the votes exceed the "
            "threshold w_0. Note the sign: here w_0 is subtracted, while in the linear unit it is "
            "added.",
            "각 특성이 가중치만큼 표를 던지고, 합이 문턱값 w_0을 넘으면 유닛이 켜져요. 부호에 "
            "주의하세요. 여기서는 w_0을 빼지만 선형 유닛에서는 더해요.",
        ),
        NO_SLOPE,
        Text(
            "Rosenblatt's perceptron rule gets around this: it moves w by the error times the "
            "input, with no derivative of the step. The sigmoid replaces the step by a smooth "
            "slope.",
            "로젠블랫의 퍼셉트론 규칙은 계단을 미분하지 않고, 오차에 입력을 곱한 만큼 w를 "
            "옮겨요. 시그모이드는 계단을 매끄러운 비탈로 바꾸어 이 문제를 풀어요.",
        ),
    ),
    modes=(
        mode(
            step,
            kinks=(
                Kink(
                    z,
                    sp.Integer(0),
                    left=sp.Integer(0),
                    right=sp.Integer(0),
                    jump=True,
                    function=step(z),
                    note=Text(
                        "The output jumps from 0 to 1: at z = 0 there is no derivative at all. "
                        "At the jump itself the output is 0, since z > 0 is strict.",
                        "출력이 0에서 1로 뛰므로 z = 0에서는 미분할 수 없어요. 조건 z > 0이 "
                        "등호를 포함하지 않으므로 z = 0에서 출력은 0이에요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[1e300, 1e300]], "w": [1e10, -1e10], "w_0": -1.0},
                    [1.0],
                    note=Text(
                        "Each product leaves the range of floats; their sum is 0.",
                        "곱 하나하나는 부동소수점의 범위를 벗어나지만 합은 0이에요.",
                    ),
                ),
                SpecialValue(
                    ZEROS,
                    [0.0],
                    note=Text("z = 0 does not fire.", "z = 0이면 켜지지 않아요."),
                ),
                SpecialValue(
                    {"x": [[1.0, 1.0]], "w": [0.5, 0.5], "w_0": 1.0},
                    [0.0],
                    note=Text(
                        "Exactly on the threshold: still 0.", "정확히 문턱값일 때도 0이에요."
                    ),
                ),
                SpecialValue(
                    {"x": [[5e-324]], "w": [1.0], "w_0": 0.0},
                    [1.0],
                    {"x": [[0.0]], "w": [0.0], "w_0": 0.0},
                ),
                SpecialValue(
                    {"x": [[1.0, 0.0], [1.0, 1.0]], "w": [1.0, 1.0], "w_0": 1.5},
                    [0.0, 1.0],
                    {"x": [[0.0, 0.0], [0.0, 0.0]], "w": [0.0, 0.0], "w_0": 0.0},
                    cotangent=[3.0, -2.0],
                    note=Text(
                        "AND of two inputs; the gradients are 0 whatever comes from upstream.",
                        "두 입력의 AND예요. 상류 기울기가 무엇이든 기울기는 0이에요.",
                    ),
                ),
                SpecialValue({"x": [[float("inf")]], "w": [1.0], "w_0": 0.0}, [1.0]),
                SpecialValue({"x": [[float("-inf")]], "w": [1.0], "w_0": 0.0}, [0.0]),
            ),
        ),
    ),
    references=(
        "McCulloch & Pitts, A Logical Calculus of the Ideas Immanent in Nervous Activity, 1943",
        "Rosenblatt, The Perceptron, Psychological Review 65, 1958",
    ),
)
