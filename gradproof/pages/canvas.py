"""A canvas for plots whose SVG takes its colours, its font and its language from the page.

Matplotlib is imported only when something is drawn, and never needs a display.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape

from gradproof.text import LANGUAGES, Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Stand-ins that the page's stylesheet replaces, so that a plot follows the theme.
INK, GRID = "#010203", "#040506"
LINES = ("#0a0001", "#0a0002", "#0a0003", "#0a0004", "#0a0005")
_VARIABLES = {INK: "var(--ink-soft)", GRID: "var(--rule)"} | {
    colour: f"var(--line-{number})" for number, colour in enumerate(LINES, start=1)
}
DASHES: tuple[Any, ...] = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "gradproof",
    "font.size": 9.5,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.7,
    "axes.unicode_minus": True,
    "path.simplify_threshold": 0.5,
}


def plot_style() -> AbstractContextManager[None]:
    """Inside this context, Matplotlib draws as a page's plots look."""
    from matplotlib import rc_context

    context: AbstractContextManager[None] = rc_context(_STYLE)
    return context


def one_figure(
    width: float,
    height: float,
    margins: tuple[float, float, float, float] = (0.58, 0.12, 0.42, 0.26),
) -> tuple[Figure, Axes]:
    """A figure with one pair of axes.

    Margins in inches (left, right, bottom, top), so that every plot lines up.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    left, right, bottom, top = margins
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    )
    return figure, axes


def powers_of_ten(axes: Axes) -> None:
    """Mark the powers of ten along both axes, which are logarithmic."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(numticks=8))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))


def power_of_ten(value: float) -> str:
    """``1e-08`` as 10⁻⁸."""
    return "10" + str(round(float(np.log10(value)))).translate(_SUPERSCRIPTS)


def svg_of(figure: Figure, name: str, words: Iterable[Text] = ()) -> Markup:
    """The figure as SVG for inside a page, with ids that begin with ``name``.

    A label that reads as one of ``words`` does in English is printed in every language.
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    svg = _for_page(stream.getvalue(), name)
    for text in words:
        svg = svg.replace(f">{escape(text.en)}</text>", f">{_in_every_language(text)}</text>")
    return Markup(svg)


def _in_every_language(text: Text) -> Markup:
    return Markup("").join(
        Markup('<tspan lang="{}">{}</tspan>').format(language, text.within(language))
        for language in LANGUAGES
    )


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
    # A tenth of a point is as fine as a screen; it halves the size of a path.
    svg = re.sub(r"(\d\.\d)\d+", r"\1", svg)
    svg = re.sub(r"\s*\n\s*", "\n", re.sub(r"\s*\nL ", "L", svg))
    svg = re.sub(r' transform="rotate\(-0 [^"]*"|<g/>\n', "", svg)
    svg = re.sub(r" font-family: [^;\"]*;?", "", svg)  # the page has its own
    svg = re.sub(r'd="M ([^"]*)"', _thinned, svg)
    first = r'<path id="([^"]+)" d="M ?(-?[\d.]+) (-?[\d.]+)'
    marks = {name: (x, y) for name, x, y in re.findall(first, svg)}
    svg = re.sub(r'(?:<use [^>]*style="[^"]*"/>\s*){3,}', partial(_dots, marks), svg)
    for stand_in, variable in _VARIABLES.items():
        svg = svg.replace(stand_in, variable)
    return svg.replace("<svg", '<svg class="plot" aria-hidden="true"', 1).strip()


# Within a quarter of a point nobody sees a corner.
_NEAR = 0.25
_POINT = re.compile(r"([ML]) ?(-?[\d.]+) (-?[\d.]+)|(z)|(.)", re.S)


def _thinned(found: re.Match[str]) -> str:
    """A path of straight lines with fewer points and shorter numbers; any other as it is."""
    pieces: list[tuple[list[tuple[float, float]], str]] = []
    for letter, x, y, end, other in _POINT.findall("M " + found[1]):
        if other.strip() or (end and not pieces):
            return found[0]
        if letter == "M":
            pieces.append(([], ""))
        if letter:
            pieces[-1][0].append((float(x), float(y)))
        elif end:
            pieces[-1] = (pieces[-1][0], "z")
    return f'd="{"".join(_short(_corners(points), end) for points, end in pieces)}"'


def _corners(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ends, and what is needed between them (Douglas and Peucker 1973)."""
    kept, waiting = {0, len(points) - 1}, [(0, len(points) - 1)]
    xy = np.array(points)
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        start, along = xy[first], xy[last] - xy[first]
        inner = xy[first + 1 : last] - start
        length = float(along @ along)
        share = np.clip(inner @ along / length, 0, 1) if length else np.zeros(len(inner))
        away = np.hypot(*(inner - share[:, None] * along).T)
        if away.max() > _NEAR:
            at = first + 1 + int(away.argmax())
            kept.add(at)
            waiting += [(first, at), (at, last)]
    return [points[at] for at in sorted(kept)]


def _short(points: list[tuple[float, float]], end: str) -> str:
    """Each point by its distance from the last, in tenths that add up without rounding."""
    tenths = np.round(10 * np.array(points)).astype(int)
    steps = [f"l{x / 10:g} {y / 10:g}" for x, y in np.diff(tenths, axis=0)]
    x, y = points[0]
    return f"M{x:g} {y:g}" + re.sub(r"(?<!\d)0\.", ".", "".join(steps).replace(" -", "-")) + end


def _dots(marks: Mapping[str, tuple[str, str]], found: re.Match[str]) -> str:
    """A run of equal dots or squares as one path: a line of no length has ends of that shape."""
    names = set(re.findall(r'href="#([^"]*)"', found[0]))
    styles = set(re.findall(r'style="fill: ([^";]*)"', found[0]))
    if len(names) > 1 or len(styles) != 1 or "stroke" in found[0]:
        return found[0]
    across, up = marks.get(names.pop(), ("", ""))
    if across not in ("0", f"-{up}"):
        return found[0]
    at = "".join(f"M{x} {y}h0" for x, y in re.findall(r'x="([^"]*)" y="([^"]*)"', found[0]))
    cap = "round" if across == "0" else "square"
    return (
        f'<path d="{at}" style="fill: none; stroke: {styles.pop()}; stroke-linecap: {cap}; '
        f'stroke-width: {2 * float(up):g}"/>\n'
    )
