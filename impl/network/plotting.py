"""Draw what a network decides, over the plane of its data. Needs matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impl.network.data import Data
from impl.network.mlp import MLP

Array = NDArray[Any]
FORMATS = (".svg", ".png", ".pdf")
GRID = 200
# Okabe & Ito 2008, and four more: told apart by colour-blind readers as far as ten can be.
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9",
    "#D55E00", "#F0E442", "#999999", "#332288", "#882255",
)  # fmt: skip


def plane(x: Array) -> tuple[Array, Array]:
    """Return a point (D,) and two directions (2, D) that span the plane to draw.

    Two features are drawn as they are. More are cut along the two principal components of x
    (N, D), through its mean: the directions in which the data vary most.
    """
    if x.shape[1] == 2:
        return np.zeros(2), np.eye(2)
    centre = x.mean(axis=0)
    directions: Array = np.linalg.svd(x - centre, full_matrices=False)[2][:2]
    return centre, directions


def grid(points: Array) -> tuple[Array, Array]:
    """Return axes a and b, GRID numbers each, that enclose points (N, 2) with some room."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.1 * np.maximum(high - low, 1e-9)
    a, b = np.linspace(low - room, high + room, GRID, axis=1)
    return a, b


def draw_boundary(path: str | Path, network: MLP, data: Data) -> None:
    """Draw the class decided at each point of the plane, and the test examples over it.

    Raises ModuleNotFoundError without matplotlib, OSError if the file cannot be written.
    """
    matplotlib, figure_class = _matplotlib()
    centre, directions = plane(data.x_train)
    points = (data.x_test - centre) @ directions.T
    a, b = grid((data.x_train - centre) @ directions.T)
    cells = np.stack(np.meshgrid(a, b), axis=-1).reshape(-1, 2)
    decided = network.predict(centre + cells @ directions).reshape(GRID, GRID)
    colours = matplotlib.colors.ListedColormap(COLOURS[: data.classes])
    scale = {"cmap": colours, "vmin": -0.5, "vmax": data.classes - 0.5}

    with matplotlib.rc_context({"svg.hashsalt": "boundary"}):
        figure = figure_class(figsize=(5.5, 5), layout="constrained")
        axes = figure.subplots()
        axes.pcolormesh(a, b, decided, alpha=0.35, rasterized=True, **scale)
        dots = axes.scatter(
            *points.T, c=data.t_test, s=16, edgecolors="white", linewidths=0.5, **scale
        )
        axes.legend(*dots.legend_elements(num=None), title="class", loc="center left",
                    bbox_to_anchor=(1, 0.5), frameon=False)  # fmt: skip
        kind = "principal component" if data.features > 2 else "feature"
        axes.set(xlabel=f"1st {kind}", ylabel=f"2nd {kind}", title=_title(network, data))
        metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
        figure.savefig(path, dpi=150, metadata=metadata.get(Path(path).suffix.lower()))


def _title(network: MLP, data: Data) -> str:
    _, right = network.evaluate(data.x_test, data.t_test)
    cut = "\n(background: the plane through the mean)" if data.features > 2 else ""
    return f"{data.name}: {right:.1%} of the test examples right{cut}"


def _matplotlib() -> tuple[Any, Any]:
    try:
        import matplotlib
        import matplotlib.colors
        from matplotlib.figure import Figure
    except ImportError:
        raise ModuleNotFoundError(
            "plots need matplotlib, which is not installed; pip install matplotlib, or everything "
            "the report needs: pip install -e '.[report]'"
        ) from None
    return matplotlib, Figure
