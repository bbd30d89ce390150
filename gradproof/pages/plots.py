"""Plots as SVG that takes its colours and its font from the page around it.

Matplotlib is imported only when a plot is drawn, and never needs a display. Text in a plot is
symbols and numbers only: words stand beside it on the page, in each language.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from gradproof.pages.curves import Picture
from gradproof.pages.stepsize import StepSizes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Stand-ins that the page's stylesheet replaces, so that a plot follows the theme.
_INK, _GRID = "#010203", "#040506"
_LINES = ("#0a0001", "#0a0002", "#0a0003", "#0a0004", "#0a0005")
_VARIABLES = {_INK: "var(--ink-soft)", _GRID: "var(--rule)"} | {
    colour: f"var(--line-{number})" for number, colour in enumerate(_LINES, start=1)
}
_DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FLOOR = 1e-17
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gradproof",
    "font.size": 9.5,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "text.color": _INK,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.7,
    "axes.unicode_minus": True,
    "path.simplify_threshold": 0.5,
}


def draw_picture(picture: Picture, name: str) -> tuple[Markup, Markup]:
    """The outputs, and their derivatives, over the same input."""
    from matplotlib import rc_context

    with rc_context(_STYLE):
        outputs, axes = _figure(3.3, 2.5)
        _panel(axes, picture, picture.outputs, picture.output_dots)
        axes.set_title(_title(picture.names, ""), fontsize=9.5, loc="left")
        slopes, axes = _figure(3.3, 2.5)
        _panel(axes, picture, picture.slopes, picture.slope_dots)
        for x, slope in picture.ends:
            axes.plot([x], [slope], "o", color=_LINES[0], markerfacecolor="none", markersize=5)
        axes.set_title(_title(picture.names, picture.moved), fontsize=9.5, loc="left")
        return _svg(outputs, f"{name}-y"), _svg(slopes, f"{name}-dy")


def _title(names: tuple[str, ...], moved: str) -> str:
    name = names[0] if len(names) == 1 else "y"
    return f"∂{name} / ∂{moved}" if moved else name


def draw_step_sizes(measured: StepSizes, name: str) -> Markup:
    """Error against step size, both logarithmic."""
    from matplotlib import rc_context

    with rc_context(_STYLE):
        figure, axes = _figure(5.6, 3.0)
        curves = (measured.forward, measured.central, measured.complex_step)
        for number, curve in enumerate(curves):
            errors = np.maximum(curve.errors, _FLOOR)
            axes.loglog(curve.steps, errors, color=_LINES[number], linestyle=_DASHES[number])
            if number < 2:
                h, error = curve.best
                axes.plot([h], [max(error, _FLOOR)], "o", color=_LINES[number], markersize=5)
        _powers_of_ten(axes)
        axes.set_xlabel("h")
        return _svg(figure, name)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure with one pair of axes; margins in inches, so that every plot lines up."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    left, right, bottom, top = 0.58, 0.12, 0.42, 0.26
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    )
    return figure, axes


def _panel(axes: Axes, picture: Picture, lines: tuple[Any, ...], dots: Any) -> None:
    for number, line in enumerate(lines):
        axes.plot(picture.x, line, color=_LINES[number], linestyle=_DASHES[number])
    if dots is not None and picture.dots is not None:
        axes.plot(picture.dots, dots, "o", color=_LINES[1], markersize=3.4)
    axes.set_xlabel(picture.moved)
    # The zero line is drawn where it is in view; it must not squeeze lines that are far from it.
    if any(np.nanmin(line) <= 0.0 <= np.nanmax(line) for line in lines):
        axes.axhline(0.0, color=_INK, linewidth=0.6)
    axes.margins(x=0.01, y=0.08)


def _powers_of_ten(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=8))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))


def power_of_ten(value: float) -> str:
    """``1e-08`` as 10⁻⁸."""
    return "10" + str(round(float(np.log10(value)))).translate(_SUPERSCRIPTS)


def _svg(figure: Figure, name: str) -> Markup:
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    return Markup(_for_page(stream.getvalue(), name))


def _for_page(svg: str, name: str) -> str:
    """Cut ``svg`` down to what stands inside a page, with ids that are unique there."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'xlink:href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    for stand_in, variable in _VARIABLES.items():
        svg = svg.replace(stand_in, variable)
    return svg.replace("<svg", '<svg class="plot" aria-hidden="true"', 1).strip()


__all__ = ["draw_picture", "draw_step_sizes", "power_of_ten"]
