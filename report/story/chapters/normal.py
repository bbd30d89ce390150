"""Batch normalisation: its graph at a worked example, the six equations, and what they leave."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import sympy as sp
from markupsafe import Markup

import derivations
import impl
from gradproof.operation.derivation import Mode
from gradproof.operation.operations import Operation, load_operations
from gradproof.pages.equations import mathml
from gradproof.pages.stepped.examples import Example
from gradproof.pages.stepped.stepper import stepper_of
from gradproof.pages.stepped.telling import number
from gradproof.text import Text
from gradproof.verdicts import Status, Verdict
from report.story.records import Block, Claim, Html, Stepped
from report.story.scale import Scale
from report.story.six_equations import SIX, box, finding
from report.story.tasks import Result, Task
from report.story.vector import shape, svg

FIGURES = ("bn-graph", "bn-six", "bn-switches", "bn-space")
# One feature of three examples, where all that happens stays a fraction.
X, DY = (6, 9, 0), (1, 2, 0)
GAMMA, BETA, EPS = sp.Integer(15), sp.Integer(1), sp.Rational(1, 16)
VALUES = {"x": "(6, 9, 0)", "dy": "(1, 2, 0)", "gamma": "15", "beta": "1", "eps": "1/16"}
Row = tuple[sp.Expr, ...]


def tasks(scale: Scale) -> dict[str, tuple[Task, ...]]:
    """Nothing takes long enough to be kept."""
    return {}


def blocks(results: Mapping[str, Sequence[Result]]) -> tuple[Block, ...]:
    """The graph with the six equations beside it, their claim, and the two switches."""
    operation = load_operations(derivations, impl, ["batch_norm"])["batch_norm"]
    mode = operation.derivation.modes[0]
    example = Example(
        {"x": list(X), "gamma": GAMMA, "beta": BETA, "eps": EPS}, [sp.Integer(each) for each in DY]
    )
    equations = {each.of: mathml(f"{each.left} = {each.latex}") for each in SIX}
    graph = stepper_of(operation, mode, "bn-graph", example, equations, anchor="batch_norm-1")
    return (
        Stepped("bn-graph", graph),
        six_claim(mode),
        Html("bn-switches", switches()),
        Html("bn-six", box(_textbook(operation), mode, "batch_norm-1")),
        Html("bn-space", space()),
    )


def six_claim(mode: Mode, equations: Sequence[object] = SIX) -> Claim:
    """All six, as they are printed, held against the derivative of the definition."""
    found = [finding(mode, each) for each in equations]  # type: ignore[arg-type]
    wrong = [each for each in found if not each.holds]
    return Claim(
        "six-equations",
        Text(
            "The six equations, as they stand here, are the derivative of batch normalisation, for "
            "every batch size m.",
            "여기 쓴 그대로의 여섯 식은 배치 크기 m이 무엇이든 배치 정규화의 도함수예요.",
        ),
        Verdict(
            Status.REFUTED if wrong else Status.PROVED,
            "the six equations",
            "each against SymPy's derivative of the definition, exactly",
            "for every batch size m",
            Text(f"{len(found)} equations, exact", f"식 {len(found)}개, 정확"),
            chance=0.0,
            reason=wrong[0].detail if wrong else "",
        ),
    )


@dataclass(frozen=True)
class Way:
    """dx with some of its paths: through x_hat always, through var and mu where they are kept."""

    var: bool
    mu: bool
    dx: Row
    total: sp.Expr
    along: sp.Expr


def ways() -> list[Way]:
    """The gradient with each path kept and left out, in exact fractions."""
    m = sp.Integer(len(X))
    mu = sum(map(sp.Integer, X)) / m
    centred = [x - mu for x in X]
    var = sum(each**2 for each in centred) / m
    std = sp.sqrt(var + EPS)
    x_hat = [each / std for each in centred]
    dx_hat = [dy * GAMMA for dy in DY]
    dvar = sum(a * b for a, b in zip(dx_hat, centred)) * sp.Rational(-1, 2) / std**3
    found = []
    for keep_var, keep_mu in product((True, False), repeat=2):
        by_var = dvar if keep_var else sp.Integer(0)
        dmu = sum(-each / std for each in dx_hat) + by_var * sum(-2 * each for each in centred) / m
        by_mu = dmu if keep_mu else sp.Integer(0)
        dx = tuple(a / std + by_var * 2 * b / m + by_mu / m for a, b in zip(dx_hat, centred))
        along = sum(a * b for a, b in zip(dx, x_hat))
        found.append(Way(keep_var, keep_mu, dx, sum(dx), along))
    return found


def switches() -> Markup:
    """Two switches that leave paths out, and for each setting the gradient and its two facts."""
    boxes = Markup("").join(
        Markup('<label><input type="checkbox" id="bn-{}" checked> {}</label>').format(
            name, _both(text)
        )
        for name, text in (
            ("var", Text("through σ²", "σ²을 지나는 길")),
            ("mu", Text("through μ", "μ를 지나는 길")),
        )
    )
    head = Markup('<p class="boxes">{} {}</p>').format(
        _both(Text("Ways back to x: straight, and", "x로 돌아오는 길: 곧장, 그리고")), boxes
    )
    states = Markup("").join(_state(way) for way in ways())
    return Markup('<figure class="switches" id="bn-switches">{}{}</figure>').format(head, states)


def _state(way: Way) -> Markup:
    whole = ways()[0]
    state = f"{way.var:d}{way.mu:d}"
    dx = f"({', '.join(map(number, way.dx))})"
    facts = [
        (Text("sum of dx", "dx의 합"), way.total, way.total == 0,
         Text("0: a shift of all x changes nothing", "0. 모든 x를 함께 옮겨도 달라지지 않아요"),
         Text("not 0: it would say that shifting all x changes y, which it does not",
              "0이 아님. 모든 x를 옮기면 y가 달라진다는 말인데, 그렇지 않아요")),
        (Text("dx · x̂", "dx · x̂"), way.along, way.along == whole.along,
         Text("what ε leaves, nearly 0: stretching x changes next to nothing",
              "ε이 남긴 값으로 거의 0. x를 늘여도 거의 달라지지 않아요"),
         Text("far from it: it would say that stretching x changes y",
              "훨씬 큼. x를 늘이면 y가 달라진다는 말이에요")),
    ]  # fmt: skip
    rows = Markup("").join(
        Markup('<li class="{}"><b>{} = {}</b> {} {}</li>').format(
            "good" if holds else "bad", _both(name), number(value), "✓" if holds else "✗",
            _both(good if holds else bad),
        )
        for name, value, holds, good, bad in facts
    )  # fmt: skip
    return Markup('<div class="state" data-state="{}"><p>dx = {}</p>{}<ul>{}</ul></div>').format(
        state, dx, _bars(way, state), rows
    )


def _bars(way: Way, state: str) -> Markup:
    """One bar for each element of dx, up or down from 0."""
    most = float(max(abs(each) for other in ways() for each in other.dx))
    parts = [shape("path", d="M10 60H350", class_="axis")]
    for at, value in enumerate(way.dx):
        height = 50 * abs(float(value)) / most
        top = 60 - height if value > 0 else 60
        parts.append(shape("rect", x=50 + 100 * at, y=top, width=60, height=max(height, 0.5),
                           class_="bar"))  # fmt: skip
        y = top - 4 if value > 0 else top + height + 14
        written = f"{float(value):.2f}".replace("-", "−")
        parts.append(shape("text", written, x=80 + 100 * at, y=y, class_="label middle"))
    title = Text("The three elements of dx as bars", "dx의 세 원소를 나타낸 막대")
    return svg(f"bn-bars-{state}", 360, 128, title, parts, "graph bars")


def space() -> Markup:
    """dy, the plane of 1 and x_hat, and what is left of dy outside it: for a script to turn."""
    whole = ways()[0]
    root = sp.sqrt(sum(sp.Integer(x - 5) ** 2 for x in X) / 3 + EPS)
    x_hat = [float((x - 5) / root) for x in X]
    left = [float(each * root / GAMMA) for each in whole.dx]
    vectors = {"one": [1.0, 1.0, 1.0], "x_hat": x_hat, "dy": list(map(float, DY)), "left": left}
    data = ";".join(f"{name}:" + ",".join(f"{v:.5f}" for v in of) for name, of in vectors.items())
    title = Text(
        "dy, the plane through 1 and x̂, and the part of dy that stands upright on it",
        "dy, 1과 x̂가 만드는 평면, 그리고 그 위에 수직으로 서 있는 dy의 성분",
    )
    hint = Text("Drag, or use the arrow keys, to turn it.", "끌거나 화살표 키를 눌러 돌려 보세요.")
    caption = Text(
        "Blue: 1 and x̂ and the plane they span. Orange: dy. Green: what is left of dy when both "
        "are taken out; dx is that, times γ/√(σ² + ε).",
        "파랑: 1과 x̂, 그리고 둘이 만드는 평면. 주황: dy. 초록: dy에서 두 방향을 뺀 나머지. 여기에 "
        "γ/√(σ² + ε)을 곱하면 dx예요.",
    )
    drawing = svg("bn-space", 360, 280, title, [shape("g", "", class_="turned")], "graph space")
    return Markup(
        '<figure class="turning" id="bn-space" tabindex="0" role="group" data-vectors="{}">{}'
        "<figcaption><p>{} {}</p></figcaption></figure>"
    ).format(data, drawing, _both(caption), _both(hint))


def _both(text: Text) -> Markup:
    from gradproof.pages.stepped.drawing import in_languages

    return in_languages(text)


def _textbook(operation: Operation) -> str:
    """The six lines of backward, as they stand in the operation's file."""
    source = inspect.getsource(inspect.unwrap(operation.backward("backward"))).splitlines()
    first = next(at for at, line in enumerate(source) if "dl/dx_hat_i" in line)
    last = next(at for at, line in enumerate(source) if line.strip().startswith("dbeta ="))
    return "\n".join(line[4:] for line in source[first : last + 1])
