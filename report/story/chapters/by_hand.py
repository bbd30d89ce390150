"""Backpropagation by hand: a network of 2, 2 and 1 units in small fractions."""

from __future__ import annotations

import contextlib
import io
import runpy
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from gradproof.pages.code import highlight
from gradproof.pages.stepped.stepper import Stepper
from gradproof.text import Text
from impl import dense, mean_squared_error, relu
from report.story.by_hand import Network, Pass, Row, drawn_network, go, n
from report.story.experiments.bars import LISTINGS
from report.story.records import Block, Code, Stepped
from report.story.scale import Scale
from report.story.tasks import Result, Task
from report.story.vector import svg

FIGURES = ("by-hand",)
LISTING = "by_hand"
RATE = Fraction(1, 10)


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """Nothing takes long enough to be kept."""
    return {}


def stepped(network: Network, found: Pass) -> Network:
    """The network after one step against its gradient."""
    return Network(
        (_down(network.W[0], found.dW[0]), _down(network.W[1], found.dW[1])),
        _down(network.b, found.dz),
        _down(network.w, found.dw),
        network.c - RATE * found.dy,
    )


def _down(weights: Row, gradient: Row) -> Row:
    return tuple(weight - RATE * slope for weight, slope in zip(weights, gradient))


def held_against_the_code(network: Network, found: Pass) -> None:
    """ArithmeticError where the operations' own code gives another gradient."""
    x, W, b, w, c = (
        np.array(each, dtype=float)
        for each in ([found.x], network.W, network.b, [[each] for each in network.w], [network.c])
    )
    z, first = dense.forward(x, W, b)
    h, gate = relu.forward(z)
    y, second = dense.forward(h, w, c)
    loss, error = mean_squared_error.forward(y, np.array([[float(found.t)]]))
    back = dense.backward(mean_squared_error.backward(np.array(1.0), error), second)
    front = dense.backward(relu.backward(back.x, gate), first)
    pairs = {
        "loss": (loss, found.loss),
        "dW": (front.W, found.dW),
        "dw": (back.W[:, 0], found.dw),
        "dc": (back.b[0], found.dy),
        "db": (front.b, found.dz),
    }
    for name, (code, by_hand) in pairs.items():
        if not np.allclose(code, np.array(by_hand, dtype=float), rtol=1e-12, atol=1e-12):
            raise ArithmeticError(f"{name}: by hand {by_hand}, by the code {code}")


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """The network to step through, and the same in NumPy with what it prints."""
    network = Network()
    found = go(network)
    held_against_the_code(network, found)
    path = LISTINGS / f"{LISTING}.py"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(path))
    source = highlight(path.read_text(encoding="utf-8"))
    return (
        Stepped("by-hand", stepper(network, found, go(stepped(network, found)))),
        Code("by-hand-code", source, f"report/story/listings/{LISTING}.py", printed.getvalue()),
    )


def stepper(network: Network, found: Pass, after: Pass) -> Stepper:
    """The picture and its steps."""
    title = Text(
        "A network with 2 inputs, 2 hidden units and 1 output, values and gradients",
        "입력 2개, 은닉 유닛 2개, 출력 1개인 신경망의 값과 기울기",
    )
    said = _said(network, found, after)
    parts = drawn_network(network, found, after)
    return Stepper("by-hand", svg("by-hand", 380, 330, title, parts), said, checked=True)


def _said(network: Network, p: Pass, after: Pass) -> tuple[Text, ...]:
    (w11, w12), (w21, w22) = network.W
    v1, v2 = network.w
    return (
        Text(
            f"Given: x = ({n(p.x[0])}, {n(p.x[1])}), the truth t = {n(p.t)}, a weight on each edge "
            f"(those to the output are v₁ = {n(v1)} and v₂ = {n(v2)}), all biases 0.",
            f"주어진 값: x = ({n(p.x[0])}, {n(p.x[1])}), 참값 t = {n(p.t)}, 선마다 가중치 하나"
            f"(출력으로 가는 것은 v₁ = {n(v1)}, v₂ = {n(v2)}), 편향은 모두 0.",
        ),
        Text(
            f"Forward. z₁ = {n(w11)}·{n(p.x[0])} + {n(w21)}·{n(p.x[1])} = {n(p.z[0])}; "
            f"z₂ = {n(w12)}·{n(p.x[0])} + {n(w22)}·{n(p.x[1])} = {n(p.z[1])}.",
            f"앞으로: z₁ = {n(w11)}·{n(p.x[0])} + {n(w21)}·{n(p.x[1])} = {n(p.z[0])}, "
            f"z₂ = {n(w12)}·{n(p.x[0])} + {n(w22)}·{n(p.x[1])} = {n(p.z[1])}.",
        ),
        Text(
            f"ReLU keeps what is positive: h₁ = {n(p.h[0])}, h₂ = {n(p.h[1])}.",
            f"ReLU는 양수만 남겨요. h₁ = {n(p.h[0])}, h₂ = {n(p.h[1])}.",
        ),
        Text(
            f"Output: y = {n(v1)}·{n(p.h[0])} + {n(v2)}·{n(p.h[1])} = {n(p.y)}.",
            f"출력: y = {n(v1)}·{n(p.h[0])} + {n(v2)}·{n(p.h[1])} = {n(p.y)}.",
        ),
        Text(
            f"Loss: ℓ = (y − t)² = ({n(p.y - p.t)})² = {n(p.loss)}.",
            f"손실: ℓ = (y − t)² = ({n(p.y - p.t)})² = {n(p.loss)}.",
        ),
        Text(
            f"Now backwards. dy = 2(y − t) = {n(p.dy)}: if y grows a little, the loss falls at "
            f"this "
            "rate.",
            f"이제 거꾸로. dy = 2(y − t) = {n(p.dy)}. y가 조금 커지면 손실이 이 비율로 줄어요.",
        ),
        Text(
            f"The weights of the output: dv₁ = dy·h₁ = {n(p.dw[0])}, dv₂ = dy·h₂ = {n(p.dw[1])}.",
            f"출력의 가중치: dv₁ = dy·h₁ = {n(p.dw[0])}, dv₂ = dy·h₂ = {n(p.dw[1])}.",
        ),
        Text(
            f"To the hidden units: dh₁ = dy·v₁ = {n(p.dh[0])}, dh₂ = dy·v₂ = {n(p.dh[1])}. The "
            f"error "
            "travels along the same edges, to the left.",
            f"은닉 유닛으로: dh₁ = dy·v₁ = {n(p.dh[0])}, dh₂ = dy·v₂ = {n(p.dh[1])}. 오차가 같은 "
            "선을 따라 왼쪽으로 가요.",
        ),
        Text(
            f"Through ReLU: z₁ = {n(p.z[0])} > 0, so dz₁ = {n(p.dz[0])}; z₂ = {n(p.z[1])} < 0, the "
            f"gate "
            f"is shut, so dz₂ = {n(p.dz[1])}.",
            f"ReLU를 지나면: z₁ = {n(p.z[0])} > 0이므로 dz₁ = {n(p.dz[0])}. z₂ = {n(p.z[1])} < "
            f"0이라 "
            f"문이 닫혀 있으므로 dz₂ = {n(p.dz[1])}.",
        ),
        Text(
            "The first weights: each is its input times dz. "
            f"dw₁₁ = {n(p.x[0])}·({n(p.dz[0])}) = {n(p.dW[0][0])}, "
            f"dw₂₁ = {n(p.x[1])}·({n(p.dz[0])}) = {n(p.dW[1][0])}; those of the shut unit are 0.",
            "첫 층의 가중치: 저마다 입력 곱하기 dz예요. "
            f"dw₁₁ = {n(p.x[0])}·({n(p.dz[0])}) = {n(p.dW[0][0])}, "
            f"dw₂₁ = {n(p.x[1])}·({n(p.dz[0])}) = {n(p.dW[1][0])}. 닫힌 유닛의 것은 0이에요.",
        ),
        Text(
            f"One step against the gradient, η = {n(RATE)}: every weight moves by −η times its "
            f"gradient. Forward again: y = {n(after.y)}, loss {n(after.loss)}, which is "
            f"{float(after.loss):.4f} instead of {float(p.loss):.4f}.",
            f"기울기 반대로 한 걸음, η = {n(RATE)}: 가중치마다 −η 곱하기 기울기만큼 옮겨요. 다시 "
            f"앞으로 가면 y = {n(after.y)}, 손실 {n(after.loss)}. {float(p.loss):.4f}이던 것이 "
            f"{float(after.loss):.4f}이 되었어요.",
        ),
    )
