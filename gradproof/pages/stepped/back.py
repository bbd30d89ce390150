"""Backwards through a graph: what each step hands on to what it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import sympy as sp

from gradproof.pages.stepped.step_records import Index, Send, Values, Vertex, exact, shape_of


def walk(vertices: Sequence[Vertex], vertex: Vertex) -> list[tuple[Index, list[sp.Expr]]]:
    """Each element that a vertex computes, with what it takes for it; repeated for each summand."""
    return [
        (at, [vertices[each.source].value[place] for each, place in zip(vertex.arrows, places)])
        for at, places in _places(vertices, vertex)
    ]


def _places(vertices: Sequence[Vertex], vertex: Vertex) -> list[tuple[Index, list[Index]]]:
    lengths: dict[sp.Basic, int] = {}
    for each in vertex.arrows:
        shape = vertices[each.source].shape
        lengths = {**lengths_of(each.indices, shape, vertex.choices), **lengths}
    indices = (*vertex.own, *vertex.summed)
    found = []
    for numbers in product(*(range(1, lengths[index] + 1) for index in indices)):
        chosen = dict(zip(indices, numbers))
        places = [
            tuple(_place(place, chosen, vertex.choices) for place in each.indices)
            for each in vertex.arrows
        ]
        found.append((numbers[: len(vertex.own)], places))
    return found


def _place(
    place: sp.Expr, chosen: Mapping[sp.Symbol, int], choices: Mapping[sp.Basic, Values]
) -> int:
    if isinstance(place, sp.Indexed):
        return int(choices[place.base][tuple(chosen[each] for each in place.indices)])
    return chosen[place]


def lengths_of(
    places: Sequence[sp.Expr], shape: Sequence[int], choices: Mapping[sp.Basic, Values]
) -> dict[sp.Basic, int]:
    """How far each index runs: along an axis, or along what chooses a place on it."""
    found: dict[sp.Basic, int] = {}
    for place, length in zip(places, shape):
        if isinstance(place, sp.Indexed):
            chosen = shape_of(choices[place.base])
            found |= lengths_of(place.indices, chosen, choices)
        else:
            found.setdefault(place, length)
    return found


def letters(place: sp.Expr) -> tuple[sp.Symbol, ...]:
    return tuple(place.indices) if isinstance(place, sp.Indexed) else (place,)


def send_back(vertices: list[Vertex], last: int, upstream: Values) -> None:
    vertices[last].gradient = upstream
    for vertex in reversed(vertices):
        if vertex.op is None or not vertex.gradient:
            continue
        for at in vertex.value:  # an element that nothing takes has gradient 0
            vertex.gradient.setdefault(at, sp.Integer(0))
        for send in sends(vertices, vertex):
            into = vertices[send.target].gradient
            for at, value in send.arrives.items():
                into[at] = exact(into.get(at, sp.Integer(0)) + value)


def sends(vertices: Sequence[Vertex], vertex: Vertex) -> tuple[Send, ...]:
    assert vertex.op is not None
    found = []
    for arrow, each in enumerate(vertex.arrows):
        if not _learns(vertices, each.source):
            continue
        arrives: Values = dict.fromkeys(vertices[each.source].value, sp.Integer(0))
        local = []
        for (at, places), (_, arguments) in zip(_places(vertices, vertex), walk(vertices, vertex)):
            slope = exact(vertex.op.locals[arrow].value(arguments))
            local.append(slope)
            more = arrives.get(places[arrow], sp.Integer(0)) + vertex.gradient[at] * slope
            arrives[places[arrow]] = exact(more)
        found.append(Send(arrow, each.source, tuple(local), arrives))
    return tuple(found)


def _learns(vertices: Sequence[Vertex], number: int) -> bool:
    """Whether a gradient goes to this vertex: not to a label, nor to a setting."""
    vertex = vertices[number]
    if vertex.op is None:
        return vertex.learns
    return any(_learns(vertices, each.source) for each in vertex.arrows)
