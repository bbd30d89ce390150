"""Diagrams of the course: a unit, networks in layers, the shapes of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from markupsafe import Markup

from gradproof.pages.stepped.drawing import in_languages
from gradproof.text import Text
from report.story.along import along
from report.story.by_eye import by_eye
from report.story.playground import playground
from report.story.records import Block, Html
from report.story.scale import Scale
from report.story.step_size import v_curve
from report.story.tasks import Result, Task
from report.story.vector import polyline, shape, svg

FIGURES = (
    "unit",
    "deep-network",
    "two-layers",
    "shapes",
    "three-outputs",
    "shrinking",
    "along-x",
    "by-eye",
    "playground",
    "v-curve",
)
Point = tuple[float, float]


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """Nothing is computed."""
    return {}


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """Every diagram."""
    return (
        _figure("unit", _unit(), Text(
            "A perceptron: every input times its weight, all added up, less a threshold w₀; then "
            "one "
            "output.",
            "퍼셉트론: 입력마다 가중치를 곱해 모두 더하고 문턱값 w₀을 뺀 뒤, 출력 하나를 내요.")),
        _figure("three-outputs", _outputs(), Text(
            "Three ways to answer: I(z) is 1 or 0; sign(z) is 1 or −1, and 0 at the jump; the "
            "linear unit gives its sum as it is. Filled: the value at the jump. Hollow: not "
            "reached.",
            "답하는 세 가지 방법: I(z)는 1 또는 0, sign(z)는 1 또는 −1이고 뛰는 곳에서는 0, 선형 "
            "유닛은 합 그대로예요. 찬 점은 뛰는 곳에서의 값, 빈 점은 이르지 않는 값이에요.")),
        _figure("two-layers", _network((2, 3, 1)), Text(
            "A multilayer perceptron: the hidden layer stands between input and output.",
            "다층 퍼셉트론: 은닉층은 입력과 출력 사이에 있어요.")),
        _figure("deep-network", _network((3, 4, 4, 4, 2)), Text(
            "A deep network: an input layer, hidden layers (two or more), an output layer. Every "
            "unit "
            "takes all units of the layer before it.",
            "깊은 신경망: 입력층, 둘 이상의 은닉층, 출력층. 유닛마다 앞 층의 모든 유닛을 입력으로 "
            "받아요.")),
        _figure("shapes", _shapes(), Text(
            "A dense layer's arrays as rectangles. Forward (N, D)·(D, M); back, each product is "
            "the "
            "only one whose shapes fit.",
            "완전 연결층의 배열을 네모로 그렸어요. 순전파는 (N, D)·(D, M)이고, 역전파의 곱은 "
            "모양이 "
            "맞는 단 하나예요.")),
        Html("shrinking", _shrinking()),
        Html("along-x", along()),
        Html("by-eye", by_eye()),
        Html("playground", playground()),
        Html("v-curve", v_curve()),
    )  # fmt: skip


def _figure(name: str, drawing: Markup, caption: Text) -> Html:
    return Html(name, Markup(
        '<figure class="diagram" id="{}">{}<figcaption><p>{}</p></figcaption></figure>'
    ).format(name, drawing, in_languages(caption)))  # fmt: skip


def _node(at: Point, sign: str = "", radius: float = 16, kind: str = "") -> Markup:
    circle = shape("circle", cx=at[0], cy=at[1], r=radius)
    text = shape("text", sign, x=at[0], y=at[1] + 5, class_="sign") if sign else Markup("")
    return shape("g", circle + text, class_=f"vertex {kind}".strip())


def _line(start: Point, end: Point, gap: float = 17) -> Markup:
    length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5
    x, y = (end[0] - start[0]) / length * gap, (end[1] - start[1]) / length * gap
    path = f"M{start[0] + x:.1f} {start[1] + y:.1f}L{end[0] - x:.1f} {end[1] - y:.1f}"
    return shape("path", d=path, class_="edge")


def _label(text: Text | str, at: Point, kind: str = "middle") -> Markup:
    return shape("text", text, x=at[0], y=at[1], class_=f"label {kind}")


def _unit() -> Markup:
    inputs: list[Point] = [(40, 40), (40, 105), (40, 170)]
    body, out = (200.0, 105.0), (335.0, 105.0)
    parts = []
    for number, at in enumerate(inputs):
        sub = "₁₂ₘ"[number]
        parts += [_line(at, body, 20), _node(at, f"x{sub}")]
        x, y = at[0] + 0.45 * (body[0] - at[0]), at[1] + 0.45 * (body[1] - at[1])
        parts.append(shape("text", f"w{sub}", x=x, y=y - 7, class_="value haloed middle"))
    parts += [
        _label("⋮", (40, 143)), _node(body, "Σ", 20), _line(body, out, 22), _node(out, "Y"),
        _line((200, 185), body, 21), _label("−w₀", (200, 181)),
        shape("text", "z", x=268, y=98, class_="value middle"),
    ]  # fmt: skip
    title = Text(
        "A perceptron with its inputs, weights and output", "퍼셉트론의 입력, 가중치, 출력"
    )
    return svg("unit", 380, 212, title, parts)


def _outputs() -> Markup:
    parts: list[Markup] = []
    for number, name in enumerate(("I(z)", "sign(z)", "z")):
        left, middle = 8 + 124.0 * number, 62 + 124.0 * number
        zero, unit = 75.0, 34.0
        low = {"I(z)": 0.0, "sign(z)": -1.0}.get(name)
        parts += [
            polyline([(left, zero), (left + 108, zero)], class_="axis"),
            polyline([(middle, 18), (middle, 132)], class_="axis"),
            _label(name, (middle, 12)),
        ]
        if low is None:
            ends = [(middle - 50, zero + 50), (middle + 50, zero - 50)]
            parts.append(polyline(ends, class_="fall"))
            continue
        at_jump = 0.0
        parts += [
            polyline([(left, zero - low * unit), (middle, zero - low * unit)], class_="fall"),
            polyline([(middle, zero - unit), (left + 108, zero - unit)], class_="fall"),
            *(shape("circle", cx=middle, cy=zero - value * unit, r=4, class_="open")
              for value in {low, 1.0} - {at_jump}),
            shape("circle", cx=middle, cy=zero - at_jump * unit, r=4, class_="ball"),
        ]  # fmt: skip
    title = Text(
        "Indicator, sign and linear output over z", "z에 대한 지시 함수, 부호 함수, 선형 출력"
    )
    return svg("three-outputs", 380, 140, title, parts)


def _network(sizes: Sequence[int]) -> Markup:
    width, height = 380.0, 56.0 * max(sizes) + 44
    step = (width - 90) / (len(sizes) - 1)
    layers = [
        [(45 + step * at, 38 + (height - 44) * (number + 0.5) / size) for number in range(size)]
        for at, size in enumerate(sizes)
    ]
    parts = [
        _line(one, other) for before, after in pairwise(layers)
        for one in before for other in after
    ]  # fmt: skip
    for at, layer in enumerate(layers):
        kind = "first" if at == 0 else "last" if at == len(layers) - 1 else "hidden"
        parts += [_node(place, "", 13, kind) for place in layer]
    names = [
        Text("input layer", "입력층"),
        Text("hidden layers", "은닉층"),
        Text("output layer", "출력층"),
    ]
    if len(sizes) == 3:
        names[1] = Text("hidden layer", "은닉층")
    for name, x in zip(names, (45.0, width / 2, width - 45)):
        parts.append(_label(name, (x, 20)))
    title = Text(
        f"A network with layers of {', '.join(map(str, sizes))} units",
        f"유닛이 {', '.join(map(str, sizes))}개인 층으로 된 신경망",
    )
    return svg(f"network-{len(sizes)}", width, height, title, parts)


def _shapes() -> Markup:
    n, d, m = 34.0, 58.0, 40.0
    parts: list[Markup] = []

    def box(x: float, y: float, wide: float, high: float, name: str, dims: str, kind: str) -> None:
        parts.extend([
            shape("rect", x=x, y=y, width=wide, height=high, class_=f"array {kind}"),
            _label(name, (x + wide / 2, y + high / 2 + 5)),
            _label(dims, (x + wide / 2, y + high + 15), "middle small"),
        ])  # fmt: skip

    def row(y: float, boxes: Sequence[tuple[float, float, str, str, str]], signs: str) -> None:
        x = 14.0
        for number, (high, wide, name, dims, kind) in enumerate(boxes):
            box(x, y, wide, high, name, dims, kind)
            x += wide
            if number < len(signs):
                parts.append(_label(signs[number], (x + 16, y + 22)))
                x += 32

    row(14, [(n, m, "y", "(N, M)", "v"), (n, d, "x", "(N, D)", "v"), (d, m, "W", "(D, M)", "v"),
             (14, m, "b", "(M)", "v")], "=·+")  # fmt: skip
    row(110, [(n, d, "dx", "(N, D)", "g"), (n, m, "dy", "(N, M)", "g"),
              (m, d, "Wᵀ", "(M, D)", "v")], "=·")  # fmt: skip
    row(188, [(d, m, "dW", "(D, M)", "g"), (d, n, "xᵀ", "(D, N)", "v"),
              (n, m, "dy", "(N, M)", "g")], "=·")  # fmt: skip
    title = Text("Shapes of y = x W + b and of its gradients", "y = x W + b와 그 기울기의 모양")
    return svg("shapes", 380, 275, title, parts)


def _shrinking() -> Markup:
    """At most 1/4 for each sigmoid passed: bars that a slider shortens; all there without it."""
    bars = []
    for depth in range(1, 11):
        width = 260 * 0.25**depth / 0.25
        y = 8 + 24.0 * (depth - 1)
        bars.append(
            shape("g", shape("rect", x=60, y=y, width=max(width, 0.6), height=16, class_="bar")
                  + shape("text", f"{depth}", x=46, y=y + 13, class_="label end")
                  + shape("text", f"1/{4**depth}", x=66 + width, y=y + 13, class_="label"),
                  data_depth=depth)
        )  # fmt: skip
    title = Text("The largest possible factor after 1 to 10 sigmoids",
                 "시그모이드 1개에서 10개까지 지난 뒤 가능한 가장 큰 배수")  # fmt: skip
    slider = Markup(
        '<p class="slider"><label>{} <input type="range" min="1" max="10" value="10" '
        'data-depths="shrinking"></label> <output>10</output></p>'
    ).format(in_languages(Text("sigmoids passed", "지난 시그모이드 수")))
    caption = Text(
        "The slope of the sigmoid is at most 1/4. After k of them the gradient has been multiplied "
        "by at most (1/4)ᵏ, weights aside.",
        "시그모이드의 기울기는 많아야 1/4이에요. k개를 지나면 기울기에는 (가중치를 빼고 보면) "
        "많아야 "
        "(1/4)ᵏ이 곱해져요.",
    )
    drawing = svg("shrinking", 380, 252, title, bars, "graph bars")
    return Markup(
        '<figure class="diagram" id="shrinking">{}{}<figcaption><p>{}</p></figcaption></figure>'
    ).format(slider, drawing, in_languages(caption))
