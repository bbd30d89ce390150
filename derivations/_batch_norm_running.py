"""How batch normalisation gathers, in training, the statistics that it uses at inference."""

import sympy as sp

from derivations._batch_norm_symbols import j, m, mu, over_batch, running_mean, running_var, var, x
from gradproof.operation.derivation import (
    Domain,
    Fact,
    Form,
    Input,
    Layout,
    Mode,
    Node,
    Parameter,
    SpecialValue,
)
from gradproof.text import Text

momentum = sp.Symbol(r"\alpha", positive=True)
w = sp.Symbol("w", real=True)  # what is left of the first value after n updates: (1 - alpha)^n
new_mean = sp.Symbol(r"\bar{\mu}'", real=True)
new_var = sp.Symbol(r"{\bar{\sigma}^{2}}'", real=True)
MEAN = over_batch(x[j]) / m
UNBIASED = over_batch((x[j] - MEAN) ** 2) / (m - 1)

RUNNING_AVERAGE = Mode(
    name="running average",
    inputs=(
        Input("running_mean", running_mean, differentiable=False),
        Input("running_var", running_var, Domain("positive"), differentiable=False),
        Input("x", x, differentiable=False),
    ),
    graph=(
        Node(mu, MEAN),
        Node(var, over_batch((x[j] - mu) ** 2) / m),
        Node(new_mean, (1 - momentum) * running_mean + momentum * mu),
        Node(new_var, (1 - momentum) * running_var + momentum * (m / (m - 1)) * var),
    ),
    layouts=(
        Layout(
            "rows of features",
            {"running_mean": ("D",), "running_var": ("D",), "x": ("N", "D")},
            output=("D",),
            mapped=("D",),
            flatten=True,
            least={"N": 2},
        ),
        Layout(
            "images",
            {"running_mean": ("C",), "running_var": ("C",), "x": ("N", "C", "H", "W")},
            output=("C",),
            mapped=("C",),
            flatten=True,
            least={"N": 2},
        ),
    ),
    sizes={m: "*"},
    dy=None,
    loss=None,
    forms=(
        Form(
            new_mean,
            running_mean + momentum * (mu - running_mean),
            Text(
                "A step of size α from the old mean towards the batch mean.",
                "이전 평균에서 배치 평균 쪽으로 α만큼 다가가요.",
            ),
        ),
        Form(
            new_var,
            (1 - momentum) * running_var + momentum * over_batch((x[j] - mu) ** 2) / (m - 1),
            Text(
                "The m/(m-1) makes the batch variance unbiased; y itself uses 1/m.",
                "m/(m-1)을 곱하면 배치 분산이 불편분산이 돼요. y 자체에는 1/m을 써요.",
            ),
        ),
    ),
    facts=(
        Fact(
            new_mean,
            momentum * mu + (1 - momentum) * (momentum * mu + (1 - momentum) * running_mean),
            Text(
                "After two updates with one batch the first mean counts (1 - α)².",
                "같은 배치로 두 번 갱신하면 처음 평균의 비중은 (1 - α)²이에요.",
            ),
            replace={running_mean: (1 - momentum) * running_mean + momentum * MEAN},
        ),
        Fact(
            new_mean,
            (1 - momentum) * w * running_mean + (1 - (1 - momentum) * w) * mu,
            Text(
                "Each update multiplies the weight w of the first mean by 1 - α: after n it is (1"
                " - α)ⁿ.",
                "갱신할 때마다 처음 평균의 비중 w에 1 - α가 곱해져요. n번 뒤에는 (1 - α)ⁿ이에요.",
            ),
            replace={running_mean: w * running_mean + (1 - w) * MEAN},
        ),
        Fact(
            new_var,
            (1 - momentum) * w * running_var + (1 - (1 - momentum) * w) * UNBIASED,
            Text("The variance forgets at the same rate.", "분산도 같은 속도로 잊어요."),
            replace={running_var: w * running_var + (1 - w) * UNBIASED},
        ),
        Fact(
            new_mean,
            mu,
            Text("A mean that is right already stays.", "이미 맞는 평균은 그대로예요."),
            replace={running_mean: MEAN},
        ),
    ),
    parameters=(Parameter("momentum", momentum, 0.1, tried=(0.1, 0.01, 0.5, 1.0)),),
    special_values=(
        SpecialValue(
            {"running_mean": [2.0], "running_var": [1.0], "x": [[4.0], [8.0]]},
            [[4.0], [4.5]],
            parameters={"momentum": 0.5},
            note=Text(
                "The variance 4 of {4, 8} counts as 8: m/(m-1) = 2.",
                "{4, 8}의 분산 4는 m/(m-1) = 2를 곱해 8로 세요.",
            ),
        ),
    ),
    assumptions=Text("At least two values per feature.", "특성마다 값이 둘 이상 있어요."),
    forward="update_running_statistics",
    backwards=(),
    outputs=2,
)
