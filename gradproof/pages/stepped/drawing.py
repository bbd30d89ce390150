"""A graph as a drawing whose parts know at which step they are seen, and at which they are lit.

Data go from top to bottom: inputs above what takes them, beside each vertex its value, and under
that its gradient. A script hides what is not reached yet; without one the whole stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gradproof.pages.stepped.step_records import Graph, Values, Vertex, exact
from gradproof.pages.stepped.telling import Step, name_of, rows, shown
from gradproof.text import LANGUAGES, Text

WIDTH = 380
_LINE, _GAP, _RADIUS = 16, 30, 16
_WORDS = {"mean": Text("mean", "평균")}
# Where vertices of one row stand, by how many there are.
_ACROSS = {1: (70,), 3: (38, 160, 288), 4: (28, 122, 216, 310)}
_MOST = 40


@dataclass(frozen=True)
class _Place:
    x: float
    y: float
    row: int


def draw(graph: Graph, steps: Sequence[Step], name: str, title: Text) -> Markup:
    """The SVG of a graph; ValueError for one that has more vertices than a phone can show."""
    vertices = shown(graph)
    if len(vertices) > _MOST:
        raise ValueError(f"{len(vertices)} vertices: at most {_MOST} fit")
    arrived = _arrived(graph, steps)
    places, height = _places(graph, vertices, arrived)
    parts = [*_edges(graph, vertices, steps, places, name)]
    parts += [_vertex(graph, each, steps, arrived, places[each.number]) for each in vertices]
    head = Markup(
        '<svg class="graph" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title">'
        '<title id="{}-title">{}</title>'
    ).format(WIDTH, round(height), name, name, in_languages(title, "tspan"))
    return head + Markup("").join(parts) + Markup("</svg>")


def in_languages(text: Text, tag: str = "span") -> Markup:
    """A text once for each language."""
    return Markup("").join(
        Markup('<{0} lang="{1}">{2}</{0}>').format(Markup(tag), each, text.within(each))
        for each in LANGUAGES
    )


def first_step(steps: Sequence[Step], vertex: Vertex) -> int:
    """The step at which a vertex's value is known."""
    found = (at for at, step in enumerate(steps) if step.vertex == vertex.number and not step.back)
    return next(found, 0) if vertex.op is not None else 0


def _arrived(graph: Graph, steps: Sequence[Step]) -> dict[int, list[tuple[int, Values]]]:
    """Of each vertex, what its gradient is after which steps."""
    start = next(at for at, step in enumerate(steps) if step.back)
    found: dict[int, list[tuple[int, Values]]] = {
        graph.output: [(start, graph.vertices[graph.output].gradient)]
    }
    for at, step in enumerate(steps):
        for send in step.sends:
            before = found.setdefault(send.target, [])
            total = dict(send.arrives)
            for place, value in before[-1][1].items() if before else ():
                total[place] = exact(total[place] + value)
            if before and before[-1][0] == at:  # the same vertex twice in one step
                before.pop()
            before.append((at, total))
    return found


def _places(
    graph: Graph, vertices: Sequence[Vertex], arrived: Mapping[int, Sequence[tuple[int, Values]]]
) -> tuple[dict[int, _Place], float]:
    row_of = _rows(vertices)
    in_row: dict[int, list[Vertex]] = {}
    for vertex in vertices:
        in_row.setdefault(row_of[vertex.number], []).append(vertex)
    places, y = {}, 26.0
    for row in sorted(in_row):
        # What is computed stands on the left, what is given beside it; at the top all is given.
        across = sorted(in_row[row], key=lambda each: (each.op is None, each.number))
        lines = 0
        for x, vertex in zip(_columns(across), across):
            places[vertex.number] = _Place(x, y, row)
            gradient = arrived.get(vertex.number)
            count = len(rows(vertex.value)) + (len(rows(gradient[-1][1])) if gradient else 0)
            lines = max(lines, count)
        y += max(_LINE * lines, 2 * _RADIUS) + _GAP
    return places, y - _GAP + 14


def _columns(across: Sequence[Vertex]) -> tuple[float, ...]:
    """Where the vertices of one row stand; the second of two as far right as its text allows."""
    if len(across) != 2:
        return _ACROSS[min(len(across), 4)]
    texts = [text for of in (across[1].value, across[1].gradient) if of for text in rows(of)]
    return (70, max(200.0, min(306.0, WIDTH - _RADIUS - 8 - 8.2 * max(map(len, texts)))))


def _rows(vertices: Sequence[Vertex]) -> dict[int, int]:
    """A vertex stands below all that it takes; what is given, just above who takes it first."""
    row: dict[int, int] = {}
    for vertex in vertices:
        if vertex.op is not None:
            taken = [row[arrow.source] for arrow in vertex.arrows if arrow.source in row]
            row[vertex.number] = max(taken, default=0) + 1
    for vertex in vertices:
        if vertex.op is None:
            takers = [
                row[each.number]
                for each in vertices
                if each.op is not None and any(a.source == vertex.number for a in each.arrows)
            ]
            row[vertex.number] = min(takers) - 1
    return row


def _edges(
    graph: Graph, vertices: Sequence[Vertex], steps: Sequence[Step], places: Mapping[int, _Place],
    name: str,
) -> list[Markup]:  # fmt: skip
    found = [
        Markup(
            '<defs><marker id="{}-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" '
            'fill="context-stroke"/></marker></defs>'
        ).format(name)
    ]
    for vertex in vertices:
        for arrow in {each.source: each for each in vertex.arrows}.values():
            lit = [str(first_step(steps, vertex))]
            back = [
                str(at)
                for at, step in enumerate(steps)
                if step.vertex == vertex.number
                and any(send.target == arrow.source for send in step.sends)
            ]
            found.append(
                Markup(
                    '<path class="edge" d="{}" marker-end="url(#{}-tip)" data-lit="{}" '
                    'data-back="{}"/>'
                ).format(
                    _path(places[arrow.source], places[vertex.number]), name, " ".join(lit),
                    " ".join(back),
                )
            )  # fmt: skip
    return found


def _path(start: _Place, end: _Place) -> str:
    """From the foot of one vertex to the head of another; a long way swings out to the left."""
    span = end.row - start.row
    if span > 1 and start.x == end.x:
        out = min(18 + 9 * span, 56)
        left, top, foot = start.x - out, start.y + 14, end.y - 10
        x = start.x - 13
        return (
            f"M{x:g} {start.y + 10:g}C{left:g} {top + 30:g} {left:g} {foot - 30:g} {x:g} {foot:g}"
        )
    x = end.x if start.x == end.x else end.x + (14 if start.x > end.x else -14)
    head = end.y - _RADIUS - 2 + (5 if x != end.x else 0)
    middle = (start.y + _RADIUS + head) / 2
    if start.x == end.x:
        return f"M{start.x:g} {start.y + _RADIUS:g}L{x:g} {head:g}"
    return (
        f"M{start.x:g} {start.y + _RADIUS:g}C{start.x:g} {middle + 10:g} {x:g} {middle - 10:g} "
        f"{x:g} {head:g}"
    )


def _vertex(
    graph: Graph, vertex: Vertex, steps: Sequence[Step],
    arrived: Mapping[int, Sequence[tuple[int, Values]]], place: _Place,
) -> Markup:  # fmt: skip
    lit = [at for at, step in enumerate(steps) if step.vertex == vertex.number and at > 0]
    name = name_of(graph, vertex)
    sign = vertex.op.sign if vertex.op else name
    shape = (
        Markup('<circle cx="{:g}" cy="{:g}" r="{}"/>').format(place.x, place.y, _RADIUS)
        if vertex.op
        else Markup('<rect x="{:g}" y="{:g}" width="{}" height="{}" rx="5"/>').format(
            place.x - _RADIUS, place.y - _RADIUS + 2, 2 * _RADIUS, 2 * _RADIUS - 4
        )
    )
    size = "small" if len(sign) > 2 else ""
    written = in_languages(_WORDS[sign], "tspan") if sign in _WORDS else sign
    parts = [
        Markup('<g class="vertex" data-lit="{}">').format(" ".join(map(str, lit))),
        shape,
        Markup('<text class="sign {}" x="{:g}" y="{:g}">{}</text>').format(
            size, place.x, place.y + 4.5, written
        ),
        Markup("</g>"),
    ]
    x = place.x + _RADIUS + 7
    known = rows(vertex.value)
    before = f"{name} = " if vertex.op else ""
    parts.append(_lines([before + known[0], *known[1:]], x, place.y - 2, "value",
                        first_step(steps, vertex)))  # fmt: skip
    stages = arrived.get(vertex.number, [])
    for number, (at, gradient) in enumerate(stages):
        until = stages[number + 1][0] if number + 1 < len(stages) else None
        y = place.y - 2 + _LINE * len(known)
        parts.append(_lines(rows(gradient), x, y, "gradient", at, until))
    return Markup("").join(parts)


def _lines(
    lines: Sequence[str], x: float, y: float, kind: str, at: int, until: int | None = None
) -> Markup:
    spans = Markup("").join(
        Markup('<tspan x="{:g}" dy="{}">{}</tspan>').format(x, 0 if number == 0 else _LINE, line)
        for number, line in enumerate(lines)
    )
    end = Markup(' data-until="{}"').format(until) if until is not None else Markup("")
    return Markup('<text class="{}" x="{:g}" y="{:g}" data-from="{}"{}>{}</text>').format(
        kind, x, y, at, end, spans
    )


__all__ = ["draw", "first_step", "in_languages"]
