"""Drawings that several chapters use, on the canvas of the book's plots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gradproof.pages.canvas import DASHES, INK, LINES, one_figure, plot_style, svg_of
from gradproof.text import Text

Array = NDArray[Any]
_MARKERS = ("o", "s")
_MOST_POINTS = 100


class Plane:
    """A drawing of two inputs: regions, lines and examples. ``svg()`` gives it."""

    def __init__(
        self,
        low: Sequence[float],
        high: Sequence[float],
        side: float = 2.1,
        names: Sequence[str] = ("x₁", "x₂"),
    ) -> None:
        edge = (0.27, 0.05, 0.27, 0.05) if names else (0.05, 0.05, 0.05, 0.05)
        with plot_style():
            self.figure, self.axes = one_figure(side, side, margins=edge)
        self.low, self.high = low, high
        self.axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[])
        if names:
            self._name_axes(*names)
        self.axes.grid(False)
        for spine in self.axes.spines.values():
            spine.set_visible(True)

    def _name_axes(self, across: str, up: str) -> None:
        """Whole numbers along both edges, and each axis's name at its end."""
        for axis, (low, high), name in zip(
            (self.axes.xaxis, self.axes.yaxis), zip(self.low, self.high), (across, up)
        ):
            step = max(1, round((high - low) / 4))
            whole = [n for n in range(int(np.ceil(low)), int(np.floor(high)) + 1) if n % step == 0]
            at = [n for n in whole if n < high - 0.14 * (high - low)]
            end = high - 0.05 * (high - low)
            axis.set_ticks([*at, end], [*(f"{n}".replace("-", "−") for n in at), name])
            axis.set_tick_params(length=0, pad=2, labelsize=8.5)

    def shows(self, weights: Sequence[float]) -> bool:
        """Whether some of the line w_1 x_1 + w_2 x_2 = w_0 lies within the frame."""
        w_1, w_2, w_0 = (float(each) for each in weights)
        scores = [w_1 * x + w_2 * y - w_0 for x in (self.low[0], self.high[0])
                  for y in (self.low[1], self.high[1])]  # fmt: skip
        return min(scores) < 0 < max(scores)

    def regions(self, values: Any) -> None:
        """Shade where ``values``, on a net over the plane, are below and above 0; draw 0."""
        above = np.asarray(values)
        x, y = self._net(above)
        reach = max(float(np.abs(above).max()), 1e-9) * 2
        self.axes.contourf(x, y, above, [-reach, 0, reach], colors=LINES[:2], alpha=0.16)
        self.zero(values, INK, "-", 1.4)

    def zero(self, values: Any, colour: str, dashes: Any = "-", width: float = 1.5) -> None:
        """Draw where ``values`` are 0, if anywhere."""
        found = np.asarray(values)
        if found.min() < 0 < found.max():
            x, y = self._net(found)
            self.axes.contour(
                x, y, found, [0], colors=colour, linestyles=[dashes], linewidths=width
            )

    def line(
        self, weights: Sequence[float], colour: str = INK, width: float = 1.5, alpha: float = 1.0
    ) -> None:
        """Draw w_1 x_1 + w_2 x_2 = w_0 for ``weights`` (w_1, w_2, w_0); nothing where w is 0."""
        ends = _ends(weights, self.low, self.high)
        if ends is not None:
            self.axes.plot(*ends, color=colour, linewidth=width, alpha=alpha)

    def examples(self, x: Any, t: Any, size: float = 3.2) -> None:
        """Draw the examples: circles of class 0, squares of class 1; at most a hundred."""
        points, labels = np.asarray(x)[:_MOST_POINTS], np.asarray(t)[:_MOST_POINTS]
        for label in (0, 1):
            chosen = points[labels == label]
            self.axes.plot(
                chosen[:, 0], chosen[:, 1], _MARKERS[label], color=LINES[label], markersize=size,
                markeredgewidth=0, linestyle="none",
            )  # fmt: skip

    def svg(self, name: str) -> Markup:
        """The drawing."""
        with plot_style():
            return svg_of(self.figure, name)

    def _net(self, values: Array) -> tuple[Array, Array]:
        rows, columns = values.shape
        return (
            np.linspace(self.low[0], self.high[0], columns),
            np.linspace(self.low[1], self.high[1], rows),
        )


class Chart:
    """A drawing of figures against a number. ``svg()`` gives it, axes named in every language."""

    def __init__(self, across: Text, up: Text, width: float = 3.3, height: float = 2.5) -> None:
        from matplotlib.ticker import MaxNLocator

        with plot_style():
            self.figure, self.axes = one_figure(width, height)
        self.words = (across, up)
        self.axes.set_xlabel(across.en)
        self.axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        # The name of the upward axis stands above it, where it needs no turned head.
        self.axes.set_title(up.en, fontsize=9.5, loc="left", x=-0.06, pad=7)

    def curve(self, x: Any, y: Any, number: int, alpha: float = 1.0, dots: bool = False) -> None:
        """One line in the colour and dashes called ``number`` (from 1)."""
        self.axes.plot(
            x, y, color=LINES[number - 1], linestyle=DASHES[number - 1], alpha=alpha,
            marker="o" if dots else None, markersize=3.5,
        )  # fmt: skip

    def band(self, x: Any, samples: Any, number: int) -> None:
        """From the least to the largest of each column of ``samples``."""
        values = np.asarray(samples, dtype=float)
        self.axes.fill_between(
            x, values.min(axis=0), values.max(axis=0), color=LINES[number - 1], alpha=0.15,
            linewidth=0,
        )  # fmt: skip

    def spread(self, x: Any, samples: Any, number: int) -> None:
        """The mean of each column of ``samples`` as a line, with its band."""
        self.band(x, samples, number)
        self.curve(x, np.asarray(samples, dtype=float).mean(axis=0), number, dots=True)

    def mark(self, x: float, y: float, number: int) -> None:
        """One dot."""
        self.axes.plot([x], [y], "o", color=LINES[number - 1], markersize=6)

    def level(self, y: float, number: int) -> None:
        """A thin line across, at a value that is not passed."""
        self.axes.axhline(y, color=LINES[number - 1], linewidth=0.9, linestyle=(0, (1, 2)))

    def svg(self, name: str) -> Markup:
        """The drawing."""
        with plot_style():
            return svg_of(self.figure, name, self.words)


class Ranges:
    """Named rows with a dot for the mean and a bar from lowest to highest, for two series."""

    def __init__(self, across: Text, names: Sequence[Text], width: float = 5.6) -> None:
        height = 0.75 + 0.34 * len(names)
        with plot_style():
            self.figure, self.axes = one_figure(width, height, margins=(1.6, 0.15, 0.42, 0.1))
        self.words = (across, *names)
        self.axes.set_xlabel(across.en)
        self.axes.set_yticks(range(len(names)), [name.en for name in names])
        self.axes.set_ylim(len(names) - 0.4, -0.6)
        self.axes.grid(visible=False, axis="y")

    def row_values(self, rows: Sequence[Sequence[float]], number: int) -> None:
        """The values of one series, row by row."""
        at = np.arange(len(rows)) + (0.14 if number == 2 else -0.14)
        for y, values in zip(at, rows):
            self.axes.plot([min(values), max(values)], [y, y], color=LINES[number - 1], alpha=0.4)
        self.axes.plot(
            [float(np.mean(values)) for values in rows], at, _MARKERS[number - 1],
            color=LINES[number - 1], markersize=5,
        )  # fmt: skip

    def svg(self, name: str) -> Markup:
        """The drawing."""
        with plot_style():
            return svg_of(self.figure, name, self.words)


def span(x: Any, margin: float) -> tuple[list[float], list[float]]:
    """The lower and the upper corner of a plane that shows all of x, with a margin around."""
    points = np.asarray(x)
    return (points.min(axis=0) - margin).tolist(), (points.max(axis=0) + margin).tolist()


def _ends(
    weights: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> tuple[list[float], list[float]] | None:
    """Two points of the line, far enough out; None where there is no line."""
    w, w_0 = np.array(weights[:2], dtype=float), float(weights[2])
    length = float(np.linalg.norm(w))
    if length == 0:
        return None
    middle = (np.array(low) + np.array(high)) / 2
    nearest = middle + w * (w_0 - w @ middle) / length**2
    reach = 2 * float(np.linalg.norm(np.array(high) - np.array(low)))
    along = np.array([-w[1], w[0]]) / length * reach
    ends = np.stack([nearest - along, nearest + along])
    return ends[:, 0].tolist(), ends[:, 1].tolist()


def powers(values: Iterable[float]) -> tuple[list[float], list[str]]:
    """Positions and labels of the powers of ten that ``values`` span."""
    from gradproof.pages.canvas import power_of_ten

    logs = np.log10([value for value in values if value > 0])
    ticks = [10.0**k for k in range(int(np.floor(logs.min())), int(np.ceil(logs.max())) + 1)]
    ticks = ticks[:: -(-len(ticks) // 7)]
    return ticks, [power_of_ten(tick) for tick in ticks]
