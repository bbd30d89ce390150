"""One step of a recurrent network, y = tanh(x W + h U + b), h the state of the step before."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Fact,
    Form,
    Input,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.text import Text

N, D, H = sp.symbols("N D H", integer=True, positive=True)
n, d, e, k, i, c, r, m = sp.symbols("n d e k i c r m", integer=True, positive=True)
x, h, W, U, b = (sp.IndexedBase(name, real=True) for name in ("x", "h", "W", "U", "b"))
a, y, dy, da = (sp.IndexedBase(name, real=True) for name in ("a", "y", "dy", "da"))
dx, dh, dW, dU, db = (sp.IndexedBase(name, real=True) for name in ("dx", "dh", "dW", "dU", "db"))
same = sp.KroneckerDelta

SUM = sp.Sum(x[n, c] * W[c, k], (c, 1, D)) + sp.Sum(h[n, m] * U[m, k], (m, 1, H)) + b[k]


def all_units(term: sp.Expr) -> sp.Expr:
    """The sum over all examples and units."""
    return sp.Sum(term, (r, 1, H), (i, 1, N))


def through(slope: sp.Expr, closed: sp.Expr, why: Text) -> tuple[Step, ...]:
    """From the gradient of a, which every unit sends back, to that of an argument."""
    return (
        Step(
            all_units(da[i, r] * slope),
            rules.CHAIN_RULE,
            Text(
                "Every unit sends back the gradient of its sum a.",
                "모든 유닛이 자기 합 a의 기울기를 돌려보내요.",
            ),
        ),
        Step(closed, rules.DELTA, why),
    )


TO_A = (
    Step(
        dy[n, k] * sp.Derivative(sp.tanh(a[n, k]), a[n, k]),
        rules.CHAIN_RULE,
        Text("tanh acts on each element alone.", "tanh는 원소마다 따로 작용해요."),
    ),
    Step(
        dy[n, k] * (1 - y[n, k] ** 2),
        rules.SUBSTITUTE,
        Text("tanh has slope 1 - tanh².", "tanh의 기울기는 1 - tanh²이에요."),
    ),
)

DERIVATION = Derivation(
    title=Text("RNN cell", "RNN 셀"),
    summary=Text(
        "A dense layer that also sees its own output of the step before.",
        "한 걸음 전의 자기 출력도 함께 보는 완전 연결층이에요.",
    ),
    chapter=3,
    position=8,
    story=(
        Text(
            "One step of a sequence. The new state goes out, and in again at the next step; so dh, "
            "the gradient by the old state, is the dy of the step before, and the same U "
            "multiplies "
            "it every time: that is why gradients vanish or explode.",
            "수열의 한 걸음이에요. 새 상태는 나갔다가 다음 걸음에 다시 들어와요. 그래서 옛 "
            "상태에 대한 기울기 dh가 한 걸음 전의 dy이고, 걸음마다 같은 U가 곱해져요. 기울기가 "
            "사라지거나 폭발하는 까닭이에요.",
        ),
        Text(
            "The usual slips: 1 - a² for 1 - y²; W and U changed over; weights' gradients of the "
            "steps not added up.",
            "흔한 실수는 1 - y² 자리에 1 - a²을 쓰는 것, W와 U를 뒤바꾸는 것, 걸음마다 나온 "
            "가중치의 기울기를 더하지 않는 것이에요.",
        ),
    ),
    modes=(
        Mode(
            name="step",
            inputs=(Input("x", x), Input("h", h), Input("W", W), Input("U", U), Input("b", b)),
            graph=(Node(a[n, k], SUM), Node(y[n, k], sp.tanh(a[n, k]))),
            layouts=(
                Layout(
                    "N × D",
                    {
                        "x": ("N", "D"),
                        "h": ("N", "H"),
                        "W": ("D", "H"),
                        "U": ("H", "H"),
                        "b": ("H",),
                    },
                    output=("N", "H"),
                    most=2,
                ),
            ),
            sizes={N: "N", D: "D", H: "H"},
            dy=dy,
            loss=sp.Sum(dy[n, k] * y[n, k], (n, 1, N), (k, 1, H)),
            chains=(
                Chain(of=a[n, k], steps=TO_A, gradient=da[n, k]),
                Chain(
                    of=x[n, d],
                    gradient=dx[n, d],
                    steps=through(
                        same(i, n) * W[d, r],
                        sp.Sum(da[n, r] * W[d, r], (r, 1, H)),
                        Text("dx = da Wᵀ.", "dx = da Wᵀ예요."),
                    ),
                ),
                Chain(
                    of=h[n, e],
                    gradient=dh[n, e],
                    steps=through(
                        same(i, n) * U[e, r],
                        sp.Sum(da[n, r] * U[e, r], (r, 1, H)),
                        Text(
                            "dh = da Uᵀ: what the step before gets as its dy.",
                            "dh = da Uᵀ예요. 한 걸음 전이 dy로 받는 값이에요.",
                        ),
                    ),
                ),
                Chain(
                    of=W[d, k],
                    gradient=dW[d, k],
                    steps=through(
                        x[i, d] * same(r, k),
                        sp.Sum(x[i, d] * da[i, k], (i, 1, N)),
                        Text("dW = xᵀ da.", "dW = xᵀ da예요."),
                    ),
                ),
                Chain(
                    of=U[e, k],
                    gradient=dU[e, k],
                    steps=through(
                        h[i, e] * same(r, k),
                        sp.Sum(h[i, e] * da[i, k], (i, 1, N)),
                        Text("dU = hᵀ da.", "dU = hᵀ da예요."),
                    ),
                ),
                Chain(
                    of=b[k],
                    gradient=db[k],
                    steps=through(
                        same(r, k),
                        sp.Sum(da[i, k], (i, 1, N)),
                        Text("All examples share b.", "모든 표본이 b를 함께 써요."),
                    ),
                ),
            ),
            forms=(
                Form(
                    da[n, k],
                    4 * dy[n, k] / (sp.exp(a[n, k]) + sp.exp(-a[n, k])) ** 2,
                    Text(
                        "1 - tanh² is sech²: nothing cancels.",
                        "1 - tanh²은 sech²이에요. 상쇄되는 항이 없어요.",
                    ),
                ),
            ),
            facts=(
                Fact(
                    sp.Sum(x[i, c] * dx[i, c], (i, 1, N), (c, 1, D)),
                    sp.Sum(W[c, r] * dW[c, r], (c, 1, D), (r, 1, H)),
                    Text(
                        "x and W enter as a product, so x·dx and W·dW add up to the same number.",
                        "x와 W는 곱으로 들어가므로 x·dx의 합과 W·dW의 합이 같아요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue(
                    {"x": [[0.0]], "h": [[0.0]], "W": [[1.0]], "U": [[2.0]], "b": [0.0]},
                    [[0.0]],
                    {"x": [[1.0]], "h": [[2.0]], "W": [[0.0]], "U": [[0.0]], "b": [1.0]},
                ),
                SpecialValue(
                    {"x": [[1e300]], "h": [[1.0]], "W": [[1e10]], "U": [[0.0]], "b": [0.0]},
                    [[1.0]],
                    {"x": [[0.0]], "W": [[0.0]]},
                ),
            ),
        ),
    ),
    references=("Elman, Finding Structure in Time, 1990",),
)
