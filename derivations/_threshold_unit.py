"""What the step and the sign perceptron share: the score z, and the way back through it."""

from collections.abc import Callable

import sympy as sp

from gradproof.operation.derivation import Chain, Fact, Input, Layout, Mode, Node, Step
from gradproof.operation.rules import CHAIN_RULE, DEFINITION, DELTA, SUBSTITUTE
from gradproof.text import Text

n, i, j, d = sp.symbols("n i j d", integer=True, positive=True)
N, D = sp.symbols("N D", integer=True, positive=True)
x, w, y, z, dy = (sp.IndexedBase(name) for name in ("x", "w", "y", "z", "dy"))
dx, dw, dz = (sp.IndexedBase(name) for name in ("dx", "dw", "dz"))
w_0, dw_0 = sp.symbols("w_0 dw_0", real=True)

Activation = Callable[[sp.Expr], sp.Expr]


def score(sample: sp.Expr) -> sp.Expr:
    """The weighted sum of a sample's features, less the threshold w_0."""
    return sp.Sum(w[j] * x[sample, j], (j, 1, D)) - w_0


def chains(activation: Activation) -> tuple[Chain, ...]:
    """From the output back to the score, and from the score back to each input."""
    outputs = sp.Sum(dy[i] * activation(z[i]), (i, 1, N))
    to_score = (
        Step(
            sp.Derivative(outputs, z[n]),
            DEFINITION,
            Text("The loss, moved by one score.", "점수 하나가 손실을 얼마나 움직이는지 봐요."),
        ),
        Step(
            sp.Derivative(sp.piecewise_fold(dy[n] * activation(z[n])), z[n]),
            DELTA,
            Text("Only output n depends on score n.", "n번째 출력만 n번째 점수에 의존해요."),
        ),
        Step(
            sp.Integer(0),
            DEFINITION,
            Text(
                "On either side of the jump the output is constant, so its slope is 0.",
                "불연속점 양쪽에서 출력은 상수이므로 기울기가 0이에요.",
            ),
        ),
    )
    return (
        Chain(of=z[n], steps=to_score, gradient=dz[n]),
        Chain(of=x[n, d], steps=_through_score(x[n, d], dz[n] * w[d]), gradient=dx[n, d]),
        Chain(
            of=w[d],
            steps=_through_score(w[d], sp.Sum(dz[n] * x[n, d], (n, 1, N))),
            gradient=dw[d],
        ),
        Chain(of=w_0, steps=_through_score(w_0, -sp.Sum(dz[n], (n, 1, N))), gradient=dw_0),
    )


def _through_score(variable: sp.Expr, product: sp.Expr) -> tuple[Step, ...]:
    return (
        Step(
            sp.Sum(dz[i] * sp.Derivative(score(i), variable), (i, 1, N)),
            CHAIN_RULE,
            Text("Through the score of every sample.", "모든 표본의 점수를 거쳐 가요."),
        ),
        Step(
            product,
            DELTA,
            Text(
                "The score is linear, and its own slope is not zero.",
                "점수는 일차식이고, 그 기울기 자체는 0이 아니에요.",
            ),
        ),
        Step(
            sp.Integer(0),
            SUBSTITUTE,
            Text(
                "But dz = 0 for every sample, and zero times anything is zero.",
                "그러나 모든 표본에서 dz = 0이므로 무엇을 곱해도 0이에요.",
            ),
        ),
    )


SCORE_FACTS = tuple(
    Fact(sp.Derivative(score(n), variable), value, note)
    for variable, value, note in (
        (
            x[n, d],
            w[d],
            Text("The score does move with x.", "점수는 x에 따라 움직여요."),
        ),
        (
            w[d],
            x[n, d],
            Text("The score does move with w.", "점수는 w에 따라 움직여요."),
        ),
        (
            w_0,
            sp.Integer(-1),
            Text(
                "A higher threshold lowers the score; only the jump hides it.",
                "문턱값을 올리면 점수는 내려가요. 이를 가리는 것은 불연속점뿐이에요.",
            ),
        ),
    )
)

NO_SLOPE = Text(
    "Learning by gradients asks: which way, and how steeply, does the loss fall? Here a small "
    "change of a weight changes no output at all, so the answer is always 0: no slope, no "
    "direction. That is not a mistake in the derivation; a backward pass that returns zeros is "
    "right.",
    "기울기를 이용한 학습은 손실이 어느 방향으로 얼마나 가파르게 줄어드는지를 물어요. 그런데 "
    "여기서는 가중치를 조금 바꾸어도 출력이 전혀 변하지 않으므로 답이 늘 0이에요. 기울기도, 방향도 "
    "없어요. 유도가 틀린 것이 아니라, 0을 돌려주는 역전파가 옳아요.",
)


def mode(
    activation: Activation, *, facts: tuple[Fact, ...] = (), **fields: tuple[object, ...]
) -> Mode:
    """The only mode of a perceptron whose output is ``activation`` of the score."""
    return Mode(
        name="default",
        inputs=(Input("x", x), Input("w", w), Input("w_0", w_0)),
        graph=(Node(z[n], score(n)), Node(y[n], activation(z[n]))),
        layouts=(Layout("N × D", shapes={"x": ("N", "D"), "w": ("D",), "w_0": ()}, output=("N",)),),
        sizes={N: "N", D: "D"},
        dy=dy,
        loss=sp.Sum(dy[n] * y[n], (n, 1, N)),
        chains=chains(activation),
        facts=SCORE_FACTS + facts,
        **fields,  # type: ignore[arg-type]
    )
