"""A network of 2, 2 and 1 units in exact fractions: forward, back, and as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from gradproof.text import Text
from report.story.vector import shape, span

Row = tuple[Fraction, ...]


@dataclass(frozen=True)
class Network:
    """Weights and biases of both layers."""

    W: tuple[Row, Row] = ((Fraction(1, 2), Fraction(-1)), (Fraction(1, 4), Fraction(1, 4)))
    b: Row = (Fraction(0), Fraction(0))
    w: Row = (Fraction(1, 2), Fraction(1))
    c: Fraction = Fraction(0)


@dataclass(frozen=True)
class Pass:
    """Every value on the way forward, and every gradient on the way back."""

    x: Row
    t: Fraction
    z: Row
    h: Row
    y: Fraction
    loss: Fraction
    dy: Fraction
    dw: Row
    dh: Row
    dz: Row
    dW: tuple[Row, Row]  # noqa: N815


def go(network: Network, x: Row = (Fraction(1), Fraction(2)), t: Fraction = Fraction(1)) -> Pass:
    """Forward and back in exact fractions."""
    z = tuple(sum((x[d] * network.W[d][k] for d in range(2)), start=network.b[k]) for k in range(2))
    h = tuple(max(each, Fraction(0)) for each in z)
    y = sum((h[k] * network.w[k] for k in range(2)), start=network.c)
    dy = 2 * (y - t)
    dh = tuple(dy * each for each in network.w)
    dz = tuple(each if at > 0 else Fraction(0) for each, at in zip(dh, z))
    dW = (tuple(x[0] * each for each in dz), tuple(x[1] * each for each in dz))
    return Pass(x, t, z, h, y, (y - t) ** 2, dy, tuple(dy * each for each in h), dh, dz, dW)


def n(value: Fraction) -> str:
    """A fraction as people write it."""
    return str(value).replace("-", "−")


_X = {"x": 34.0, "h": 182.0, "y": 320.0}
_Y = (90.0, 230.0)


def drawn_network(network: Network, p: Pass, after: Pass) -> list[Markup]:
    parts = [
        _words(Text("input", "입력"), _X["x"]),
        _words(Text("hidden", "은닉"), _X["h"]),
        _words(Text("output", "출력"), _X["y"]),
    ]
    middle = sum(_Y) / 2
    for d in range(2):
        for k in range(2):
            share = 0.3 if d != k else 0.5
            parts += _edge(
                (_X["x"], _Y[d]), (_X["h"], _Y[k]), network.W[d][k], p.dW[d][k], share, "1", "9"
            )
    for k in range(2):
        parts += _edge((_X["h"], _Y[k]), (_X["y"], middle), network.w[k], p.dw[k], 0.5, "3", "6 7")
    for d in range(2):
        parts += _unit(_X["x"], _Y[d], f"x{'₁₂'[d]}", "0", [(n(p.x[d]), "value", 0)])
    for k in range(2):
        sub = "₁₂"[k]
        lines = [
            (f"z{sub} = {n(p.z[k])}", "value", 1),
            (f"h{sub} = {n(p.h[k])}", "value", 2),
            (f"dh{sub} = {n(p.dh[k])}", "gradient", 7),
            (f"dz{sub} = {n(p.dz[k])}", "gradient", 8),
        ]
        parts += _unit(_X["h"], _Y[k], f"h{sub}", "2 7 8", lines)
    parts += _unit(
        _X["y"],
        middle,
        "y",
        "3 5",
        [
            (f"y = {n(p.y)}", "value", 3),
            (f"ℓ = {n(p.loss)}", "value", 4),
            (f"dy = {n(p.dy)}", "gradient", 5),
            (f"→ ℓ = {n(after.loss)}", "value", 10),
        ],
    )
    return parts


def _words(text: Text, x: float) -> Markup:
    return shape("text", text, x=x, y=22, class_="label middle")


def _edge(
    start: tuple[float, float],
    end: tuple[float, float],
    weight: Fraction,
    slope: Fraction,
    share: float,
    on: str,
    back: str,
) -> list[Markup]:
    x = start[0] + (end[0] - start[0]) * share
    y = start[1] + (end[1] - start[1]) * share
    lit = back.split()[0]
    return [
        shape(
            "path",
            d=f"M{start[0] + 17:g} {start[1]:g}L{end[0] - 17:g} {end[1]:g}",
            class_="edge",
            data_lit=on,
            data_back=back,
        ),
        shape("text", n(weight), x=x, y=y - 4, class_="value haloed middle", data_from=0),
        shape("text", n(slope), x=x, y=y + 11, class_="gradient haloed middle", **span(int(lit))),
    ]


def _unit(
    x: float, y: float, name: str, lit: str, lines: Sequence[tuple[str, str, int]]
) -> list[Markup]:
    inside = shape("circle", cx=x, cy=y, r=17) + shape("text", name, x=x, y=y + 5, class_="sign")
    unit = shape("g", inside, class_="vertex", data_lit=lit)
    return [
        unit,
        *(
            shape(
                "text",
                text,
                x=x,
                y=y + 33 + 15 * number,
                class_=f"{kind} haloed middle",
                **span(at),
            )
            for number, (text, kind, at) in enumerate(lines)
        ),
    ]
