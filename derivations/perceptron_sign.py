"""The perceptron with a sign, y = sign(x·w - w_0)."""

import sympy as sp

from derivations._threshold_unit import NO_SLOPE, mode
from gradproof.operation.derivation import Branch, Derivation, Fact, Kink, SpecialValue
from gradproof.text import Text

z = sp.Symbol("z", real=True)  # one score


def sign(score: sp.Expr) -> sp.Expr:
    """1 for a positive score, -1 for a negative one, 0 for none."""
    return sp.Piecewise((1, score > 0), (-1, score < 0), (0, True))


STEP = sp.Piecewise((1, z > 0), (0, True))
SIDES = (
    Branch("z > 0", {z: sp.Symbol("p", positive=True)}),
    Branch("z < 0", {z: sp.Symbol("q", negative=True)}),
)

DERIVATION = Derivation(
    title=Text("Sign perceptron", "부호 함수 퍼셉트론"),
    summary=Text(
        "Tells on which side of a hyperplane a point lies: 1, -1, or 0 exactly on it.",
        "점이 초평면의 어느 쪽에 있는지를 1과 -1로, 바로 위에 있으면 0으로 알려 줘요.",
    ),
    chapter=1,
    position=2,
    story=(
        Text(
            "The weights are the normal of a hyperplane, w_0 places it, and the output names the "
            "side. Apart from the plane itself, sign(z) = 2 step(z) - 1.",
            "가중치는 초평면의 법선이고 w_0은 그 위치를 정하며, 출력은 어느 쪽인지를 말해 줘요. "
            "초평면 위만 빼면 sign(z) = 2 step(z) - 1이에요.",
        ),
        NO_SLOPE,
        Text(
            "The perceptron rule adds t x to w whenever a point of label t = ±1 is on the wrong "
            "side, and needs no slope. Binary networks do use signs, and pretend in backward that "
            "the sign was the identity: the straight-through estimator, a useful trick but not a "
            "derivative.",
            "퍼셉트론 규칙은 레이블 t = ±1인 점이 틀린 쪽에 있을 때마다 w에 t x를 더하며, 기울기가 "
            "필요 없어요. 이진 신경망은 부호를 쓰면서 역전파에서는 부호가 항등함수였던 것처럼 "
            "다뤄요. 이 straight-through 추정량은 쓸모 있는 요령이지만 도함수는 아니에요.",
        ),
    ),
    modes=(
        mode(
            sign,
            facts=tuple(
                Fact(
                    sign(z),
                    2 * STEP - 1,
                    Text(
                        "A step, stretched and moved down.",
                        "계단 함수를 두 배로 늘리고 1만큼 내린 것이에요.",
                    ),
                    side,
                )
                for side in SIDES
            ),
            kinks=(
                Kink(
                    z,
                    sp.Integer(0),
                    left=sp.Integer(0),
                    right=sp.Integer(0),
                    jump=True,
                    function=sign(z),
                    frameworks={
                        "PyTorch": sp.Integer(0),
                        "JAX": sp.Integer(0),
                        "TensorFlow": sp.Integer(0),
                    },
                    note=Text(
                        "The output jumps from -1 to 1: at z = 0 there is no derivative. The "
                        "frameworks' sign returns the gradient 0 there as everywhere else.",
                        "출력이 -1에서 1로 뛰므로 z = 0에서는 미분할 수 없어요. 프레임워크의 "
                        "sign은 여기서도 다른 곳과 마찬가지로 기울기 0을 돌려줘요.",
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
                    {"x": [[0.0, 0.0]], "w": [0.0, 0.0], "w_0": 0.0},
                    [0.0],
                    note=Text("sign(0) = 0.", "sign(0) = 0이에요."),
                ),
                SpecialValue(
                    {"x": [[-5e-324], [5e-324]], "w": [1.0], "w_0": 0.0},
                    [-1.0, 1.0],
                    {"x": [[0.0], [0.0]], "w": [0.0], "w_0": 0.0},
                ),
                SpecialValue(
                    {"x": [[1.0, 1.0], [-1.0, 1.0], [0.5, 0.5]], "w": [1.0, 1.0], "w_0": 1.0},
                    [1.0, -1.0, 0.0],
                    note=Text(
                        "Above the line, below it, and on it.",
                        "직선의 위, 아래, 그리고 바로 위의 점이에요.",
                    ),
                ),
                SpecialValue(
                    {"x": [[float("inf")], [float("-inf")]], "w": [1.0], "w_0": 0.0}, [1.0, -1.0]
                ),
            ),
        ),
    ),
    references=(
        "Rosenblatt, The Perceptron, Psychological Review 65, 1958",
        "Minsky & Papert, Perceptrons, 1969",
        "Bengio, Léonard & Courville, Estimating or Propagating Gradients Through Stochastic "
        "Neurons for Conditional Computation, 2013 (straight-through estimator)",
    ),
)
