"""Drawings for a page: fewer and shorter numbers, and nothing that one could see is another."""

from __future__ import annotations

import re

import numpy as np

from gradproof.pages.canvas import INK, LINES, one_figure, plot_style, svg_of


def _points(path: str) -> np.ndarray:
    """The corners of a path of one stroke in relative steps."""
    numbers = [np.array(re.findall(r"-?(?:\d+(?:\.\d+)?|\.\d+)", each), float)
               for each in re.split("[Ml]", path)[1:]]  # fmt: skip
    return np.cumsum(numbers, axis=0)


def test_a_curve_keeps_its_shape_with_fewer_points() -> None:
    x = np.linspace(0, 10, 2000)
    with plot_style():
        figure, axes = one_figure(3.0, 2.0, margins=(0.0, 0.0, 0.0, 0.0))
        axes.set(xlim=(0, 10), ylim=(-1, 1))
        axes.fill_between(x, np.sin(x), -1, color=LINES[0])  # what is filled is thinned by no other
        svg = svg_of(figure, "wave")
    path = max(re.findall(r'd="(M[^"]*)"', svg), key=len)
    drawn = _points(path.rstrip("z"))
    assert 20 < len(drawn) < 120
    across = drawn[:, 0] * 10 / 216  # 3 inches are 216 points
    up = 1 - drawn[:, 1] * 2 / 144
    top = up > -0.999
    wanted = np.sin(across[top])
    assert np.abs(up[top] - wanted).max() * 72 < 0.5  # half a point


def test_dots_of_one_kind_are_one_path_and_curved_paths_stay() -> None:
    with plot_style():
        figure, axes = one_figure(2.0, 2.0)
        for marker, colour in (("o", LINES[0]), ("s", LINES[1])):
            axes.plot([1, 2, 3, 4], [1, 3, 2, 4], marker, color=colour, markersize=4,
                      markeredgewidth=0)  # fmt: skip
        axes.plot([1, 2, 3], [4, 4, 4], "*", color=INK, markeredgewidth=0)
        svg = svg_of(figure, "dots")
    paths = re.findall(r'<path d="([^"]*)" style="fill: none; stroke: var\(--line-(\d)\); '
                       r'stroke-linecap: (\w+); stroke-width: ([\d.]+)"/>', svg)  # fmt: skip
    assert [(d.count("h0"), line, cap, width) for d, line, cap, width in paths] == [
        (4, "1", "round", "4"), (4, "2", "square", "4")]  # fmt: skip
    assert svg.count('<use href="#dots-m') > 3  # a star is no dot
    assert "font-family" not in svg
