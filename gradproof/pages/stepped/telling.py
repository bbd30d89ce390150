"""What happens at each step of a graph, in words: forward, and then backwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sympy as sp

from gradproof.pages.stepped.step_records import Graph, Send, Values, Vertex, exact, plain
from gradproof.text import Text

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_SHORT = 4  # so many local derivatives are read off at a glance
_RULES = {
    "add": Text("A sum copies the gradient.", "덧셈은 기울기를 그대로 복사해요."),
    "minus": Text(
        "A difference copies the gradient, with a minus for what is subtracted.",
        "뺄셈은 기울기를 복사하되, 빼는 쪽에는 부호를 바꾸어 보내요.",
    ),
    "times": Text(
        "A product swaps: each factor gets the gradient times the other factor.",
        "곱셈은 서로 바꾸어 곱해요. 한 인수의 기울기에는 다른 인수가 곱해져요.",
    ),
    "dot": Text(
        "A sum of products: each factor gets the gradient times the other factor.",
        "곱의 합이에요. 한 인수의 기울기에는 다른 인수가 곱해져요.",
    ),
    "mean": Text(
        "A mean spreads the gradient: an equal part to each.",
        "평균은 기울기를 똑같이 나누어 주어요.",
    ),
    "sum": Text("A sum copies the gradient to each.", "합은 기울기를 저마다에게 복사해요."),
    "winner": Text(
        "A maximum routes the gradient to the largest; the others get 0.",
        "최댓값은 가장 큰 것에만 기울기를 보내고, 나머지에는 0을 보내요.",
    ),
    "pick": Text(
        "Only the chosen element gets the gradient; the others get 0.",
        "고른 원소만 기울기를 받고, 나머지는 0을 받아요.",
    ),
    "divided": Text(
        "A quotient: 1/b goes to what is above, −a/b² to what is below.",
        "나눗셈에서는 분자에 1/b, 분모에 −a/b²이 곱해져요.",
    ),
}


@dataclass(frozen=True)
class Step:
    """One step: what is said, which vertex it is about, and which arrows it runs along."""

    said: Text
    vertex: int
    back: bool
    sends: tuple[Send, ...] = ()


def name_of(graph: Graph, vertex: Vertex) -> str:
    """Its name; one that has none gets a number in a circle."""
    if vertex.name:
        return vertex.name
    unnamed = [each.number for each in shown(graph) if not each.name]
    return _CIRCLED[unnamed.index(vertex.number) % len(_CIRCLED)]


def shown(graph: Graph) -> list[Vertex]:
    """The vertices on the way from the inputs to the output."""
    needed = {graph.output}
    for vertex in reversed(graph.vertices):
        if vertex.number in needed:
            needed |= {arrow.source for arrow in vertex.arrows}
    return [vertex for vertex in graph.vertices if vertex.number in needed]


def steps_of(graph: Graph) -> list[Step]:
    """Every step: the inputs, each vertex forward, the upstream gradient, each vertex back."""
    output = graph.vertices[graph.output]
    found = [Step(_given(graph), -1, False)]
    found += [
        Step(_forward(graph, vertex), vertex.number, False)
        for vertex in shown(graph)
        if vertex.op is not None
    ]
    upstream, y = written(output.gradient), name_of(graph, output)
    found.append(
        Step(
            Text(
                f"Now backwards. From above comes ∂ℓ/∂{y} = {upstream}.",
                f"이제 거꾸로 가요. 위에서 ∂ℓ/∂{y} = {upstream}이 와요.",
            ),
            output.number,
            True,
        )
    )
    arrived: dict[int, Values] = {}
    for number, sends in graph.back:
        said = _backward(graph, graph.vertices[number], sends, arrived)
        found.append(Step(said, number, True, sends))
    return found


def _given(graph: Graph) -> Text:
    inputs = [each for each in graph.vertices if each.op is None]
    listed = ", ".join(f"{name_of(graph, each)} = {written(each.value)}" for each in inputs)
    return Text(f"Given: {listed}.", f"주어진 값: {listed}.")


def _forward(graph: Graph, vertex: Vertex) -> Text:
    told = f"{name_of(graph, vertex)} = {formula(graph, vertex)} = {written(vertex.value)}"
    return Text(f"Forward: {told}.", f"앞으로: {told}.")


def formula(graph: Graph, vertex: Vertex) -> str:
    """What a vertex computes, in the names of what it takes."""
    assert vertex.op is not None
    names = [name_of(graph, graph.vertices[arrow.source]) for arrow in vertex.arrows]
    first, kind, sign = names[0], vertex.op.kind, vertex.op.sign
    if kind in ("times", "divided"):
        return f"{first} {sign} {names[1]}"
    if kind == "dot":
        return f"{first} · {names[1]}"
    if kind.startswith("add") and len(names) > 1:
        return f" {sign} ".join(names)
    if kind == "mean":
        return f"mean({first})"
    if kind == "sum":
        return f"Σ {first}"
    if kind == "root":
        return f"√{first}"
    if kind == "pick":
        return f"{first}[{', '.join(map(plain, vertex.choices))}]"
    if kind in ("function", "pieces", "winner"):
        return f"{sign}({', '.join(names)})"
    return sign.replace("u", first)


def _backward(
    graph: Graph, vertex: Vertex, sends: Sequence[Send], arrived: dict[int, Values]
) -> Text:
    assert vertex.op is not None
    above, kind = written(vertex.gradient), vertex.op.kind
    if kind.startswith("add"):
        kind = "minus" if vertex.op.sign == "−" else "add" if len(vertex.arrows) > 1 else ""
    rule = _RULES.get(kind, Text("", ""))
    en, ko = [rule.en], [rule.ko]
    for send in sends:
        to = name_of(graph, graph.vertices[send.target])
        local = _letters(graph, vertex, vertex.op.locals[send.arrow].written)
        slopes = _once(send.local)
        few = len(set(send.local)) == 1 or len(send.local) <= _SHORT
        slope = slopes if slopes == local else f"{local} = {slopes}" if few else local
        added = len(send.arrives) < len(send.local)
        arrives = written(send.arrives)
        en.append(
            f"To {to}: local derivative {slope}, times {above} from above"
            f"{', added up' if added else ''}: {arrives}."
        )
        ko.append(
            f"{to} 쪽: 국소적 미분 {slope}에 위에서 온 {above} 곱하기"
            f"{', 모두 더하기' if added else ''}: {arrives}."
        )
        before = arrived.get(send.target)
        total = dict(send.arrives)
        if before is not None:
            for at, value in before.items():
                total[at] = exact(total.get(at, sp.Integer(0)) + value)
            meeting = f"{written(before)} + {arrives} = {written(total)}"
            en.append(f"There two gradients meet: {meeting}.")
            ko.append(f"여기서 두 기울기가 만나 더해져요: {meeting}.")
        arrived[send.target] = total
    place = name_of(graph, vertex)
    return Text(
        f"Back through {place}. " + " ".join(each for each in en if each),
        f"{place} 거꾸로. " + " ".join(each for each in ko if each),
    )


def _letters(graph: Graph, vertex: Vertex, rule: str) -> str:
    """A rule's a, b and u in the names of what the vertex takes."""
    names = [name_of(graph, graph.vertices[arrow.source]) for arrow in vertex.arrows]
    if rule in ("f′",):
        return f"f′({names[0]})"
    letters = {"a": names[0], "b": names[-1], "u": names[0], "ᵘ": f"^{names[0]}"}
    found = rule if rule.startswith("1 − tanh") else None
    if found is not None:
        return found.replace("u", names[0])
    return "".join(letters.get(letter, letter) for letter in rule)


def _once(values: Iterable[sp.Expr]) -> str:
    """Values that are all equal once, others as a row."""
    found = list(values)
    return number(found[0]) if len(set(found)) == 1 else f"({', '.join(map(number, found))})"


def written(values: Values) -> str:
    """An array as text: 5, or (1, 4, −5), or ((1, 2), (3, 4))."""
    return _nested(values, ())


# So many characters of a number find room beside a vertex.
_LONGEST = 15


def rows(values: Values) -> list[str]:
    """The same as lines to stand below each other: one for each row of a matrix."""
    if () in values or len(next(iter(values))) < 2:
        return [written(values)]
    outer = sorted({at[:-1] for at in values})
    return [_nested(values, at) for at in outer]


def _nested(values: Values, at: tuple[int, ...]) -> str:
    if at in values:
        return number(values[at])
    inner = sorted({place[: len(at) + 1] for place in values if place[: len(at)] == at})
    return f"({', '.join(_nested(values, each) for each in inner)})"


def number(value: sp.Expr) -> str:
    """A fraction as it is, its first digits where it is too long; what is none, to three digits.

    >>> number(sp.Rational(-64, 75)), number(sp.Rational("1.6732632423543772"))
    ('−64/75', '1.6732…')
    """
    text = str(value) if value.is_Rational else f"{float(value):.3g}"
    if len(text) > _LONGEST:
        text = sp.Float(value, 30).__format__(".20f")
        text = f"{text[: text.index('.') + 5]}…"
    return text.replace("-", "−")


__all__ = ["Step", "formula", "name_of", "rows", "shown", "steps_of", "written"]
