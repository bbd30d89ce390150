"""An embedding, y_nd = E_{t_n, d}: row t_n of a table."""

import sympy as sp

from gradproof.operation import rules
from gradproof.operation.derivation import (
    Chain,
    Derivation,
    Domain,
    Fact,
    Input,
    Layout,
    Mode,
    Node,
    SpecialValue,
    Step,
)
from gradproof.text import Text

N, V, D = sp.symbols("N V D", integer=True, positive=True)
n, v, d, i, c = sp.symbols("n v d i c", integer=True, positive=True)
E, y, dy, dE = (sp.IndexedBase(name, real=True) for name in ("E", "y", "dy", "dE"))
t = sp.IndexedBase("t", integer=True, positive=True)  # the word at each place
same = sp.KroneckerDelta

STEPS = (
    Step(
        sp.Sum(dy[i, c] * sp.Derivative(E[t[i], c], E[v, d]), (i, 1, N), (c, 1, D)),
        rules.CHAIN_RULE,
        Text(
            "Every output counts with its upstream gradient.",
            "각 출력에 상류 기울기를 곱해 더해요.",
        ),
    ),
    Step(
        sp.Sum(dy[i, c] * same(t[i], v) * same(c, d), (i, 1, N), (c, 1, D)),
        rules.DEFINITION,
        Text(
            "An output is one element of the table: its slope is 1 by that one, else 0.",
            "출력은 표의 원소 하나예요. 그 원소에 대한 기울기는 1이고, 나머지는 0이에요.",
        ),
    ),
    Step(
        sp.Sum(dy[i, d] * same(t[i], v), (i, 1, N)),
        rules.DELTA,
        Text(
            "Row v gathers the upstream gradient of every place where the word v stood.",
            "v행은 낱말 v가 있던 모든 자리의 상류 기울기를 모아요.",
        ),
    ),
)

DERIVATION = Derivation(
    title=Text("Embedding", "임베딩"),
    summary=Text(
        "Looks up a row of a table for each word.",
        "낱말마다 표에서 한 행을 찾아 줘요.",
    ),
    chapter=3,
    position=4,
    story=(
        Text(
            "Looking up is a dense layer whose input is one-hot, without the multiplications. Back "
            "goes what came from a row, and rows that nobody looked up get 0.",
            "찾아보기는 입력이 원-핫인 완전 연결층에서 곱셈을 없앤 것이에요. 역전파에서는 각 행이 "
            "나누어 준 만큼 돌려받고, 아무도 찾지 않은 행의 기울기는 0이에요.",
        ),
        Text(
            "The usual slip: dE[t] += dy. NumPy adds only once where a word occurs twice; "
            "np.add.at "
            "adds all of them, and so does a product with the one-hot matrix.",
            "흔한 실수는 dE[t] += dy예요. 같은 낱말이 두 번 나오면 NumPy는 한 번만 더해요. "
            "np.add.at이나 원-핫 행렬과의 곱은 모두 더해요.",
        ),
    ),
    modes=(
        Mode(
            name="words",
            inputs=(Input("t", t, Domain("label", "V"), differentiable=False), Input("E", E)),
            graph=(Node(y[n, d], E[t[n], d]),),
            layouts=(Layout("words", {"t": ("N",), "E": ("V", "D")}, output=("N", "D")),),
            sizes={N: "N", V: "V", D: "D"},
            assumptions=Text(
                "The equations count words from 1, the code from 0.",
                "낱말의 번호를 식은 1부터, 코드는 0부터 세요.",
            ),
            dy=dy,
            loss=sp.Sum(dy[n, d] * y[n, d], (n, 1, N), (d, 1, D)),
            chains=(Chain(of=E[v, d], steps=STEPS, gradient=dE[v, d]),),
            facts=(
                Fact(
                    sp.Sum(E[v, d] * dE[v, d], (v, 1, V)),
                    sp.Sum(dy[n, d] * y[n, d], (n, 1, N)),
                    Text(
                        "Nothing is lost: the sums of E dE and of y dy are the same.",
                        "잃는 것이 없어요. E dE의 합과 y dy의 합이 같아요.",
                    ),
                ),
            ),
            special_values=(
                SpecialValue(
                    {"t": [1, 0, 1], "E": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]},
                    [[3.0, 4.0], [1.0, 2.0], [3.0, 4.0]],
                    {"E": [[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]]},
                    note=Text(
                        "Word 1 occurs twice: its row gets both gradients.",
                        "낱말 1이 두 번 나오므로 그 행은 두 기울기를 모두 받아요.",
                    ),
                ),
            ),
        ),
    ),
    references=("Bengio, Ducharme, Vincent & Jauvin, A Neural Probabilistic Language Model, 2003",),
)
