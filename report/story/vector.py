"""Drawings made of plain shapes, for pictures that are stepped through and for diagrams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from gradproof.pages.stepped.drawing import in_languages
from gradproof.text import Text


def shape(tag: str, text: Any = None, **attributes: Any) -> Markup:
    """One element: ``stroke_width=2`` becomes stroke-width="2"; ``text`` stands inside."""
    written = Markup("").join(
        Markup(' {}="{}"').format(
            name.rstrip("_").replace("_", "-"), f"{value:g}" if isinstance(value, float) else value
        )
        for name, value in attributes.items()
        if value is not None
    )
    inside = in_languages(text, "tspan") if isinstance(text, Text) else text
    if inside is None:
        return Markup("<{}{}/>").format(Markup(tag), written)
    return Markup("<{}{}>{}</{}>").format(Markup(tag), written, inside, Markup(tag))


def svg(name: str, width: float, height: float, title: Text, parts: Iterable[Markup],
        kind: str = "graph") -> Markup:  # fmt: skip
    """A drawing with a title that a screen reader says."""
    head = shape("title", title, id=f"{name}-title")
    return shape(
        "svg", head + Markup("").join(parts), class_=kind, viewBox=f"0 0 {width:g} {height:g}",
        role="img", aria_labelledby=f"{name}-title",
    )  # fmt: skip


def span(at: int, until: int | None = None) -> dict[str, Any]:
    """The steps from which and until which something is seen."""
    return {"data_from": at, "data_until": until}


def polyline(points: Sequence[tuple[float, float]], **attributes: Any) -> Markup:
    """A broken line through points."""
    return shape("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), **attributes)


__all__ = ["polyline", "shape", "span", "svg"]
