"""The plots on a page about an operation.

Text in them is symbols and numbers only: words stand beside them on the page, in each language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from gradproof.pages.canvas import DASHES, INK, LINES, one_figure, plot_style, powers_of_ten, svg_of
from gradproof.pages.curves import Picture
from gradproof.pages.stepsize import StepSizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FLOOR = 1e-17


def draw_picture(picture: Picture, name: str) -> tuple[Markup, Markup]:
    """The outputs, and their derivatives, over the same input."""
    with plot_style():
        outputs, axes = one_figure(3.3, 2.5)
        _panel(axes, picture, picture.outputs, picture.output_dots)
        _points(axes, picture.output_ends, "none")
        _points(axes, picture.output_at, LINES[0])
        axes.set_title(_title(picture.names, ""), fontsize=9.5, loc="left")
        slopes, axes = one_figure(3.3, 2.5)
        _panel(axes, picture, picture.slopes, picture.slope_dots)
        _points(axes, picture.ends, "none")
        axes.set_title(_title(picture.names, picture.moved), fontsize=9.5, loc="left")
        return svg_of(outputs, f"{name}-y"), svg_of(slopes, f"{name}-dy")


def _points(axes: Axes, points: tuple[tuple[float, float], ...], inside: str) -> None:
    for x, y in points:
        axes.plot([x], [y], "o", color=LINES[0], markerfacecolor=inside, markersize=5)


def _title(names: tuple[str, ...], moved: str) -> str:
    name = names[0] if len(names) == 1 else "y"
    return f"∂{name} / ∂{moved}" if moved else name


def draw_step_sizes(measured: StepSizes, name: str) -> Markup:
    """Error against step size, both logarithmic."""
    with plot_style():
        figure, axes = one_figure(5.6, 3.0)
        curves = (measured.forward, measured.central, measured.complex_step)
        for number, curve in enumerate(curves):
            errors = np.maximum(curve.errors, _FLOOR)
            axes.loglog(curve.steps, errors, color=LINES[number], linestyle=DASHES[number])
            if number < 2:
                h, error = curve.best
                axes.plot([h], [max(error, _FLOOR)], "o", color=LINES[number], markersize=5)
        powers_of_ten(axes)
        axes.set_xlabel("h")
        return svg_of(figure, name)


def _panel(axes: Axes, picture: Picture, lines: tuple[Any, ...], dots: Any) -> None:
    for number, line in enumerate(lines):
        axes.plot(picture.x, line, color=LINES[number], linestyle=DASHES[number])
    if dots is not None and picture.dots is not None:
        axes.plot(picture.dots, dots, "o", color=LINES[1], markersize=3.4)
    axes.set_xlabel(picture.moved)
    # The zero line is drawn where it is in view; it must not squeeze lines that are far from it.
    if any(np.nanmin(line) <= 0.0 <= np.nanmax(line) for line in lines):
        axes.axhline(0.0, color=INK, linewidth=0.6)
    axes.margins(x=0.01, y=0.08)


__all__ = ["draw_picture", "draw_step_sizes"]
