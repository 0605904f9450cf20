"""Heat maps of heads with matplotlib, on axes of the caller's or on new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from headkb.errors import HeadkbError, need_installed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from headkb.analysis.head_column import HeadColumn

ACROSS = 3
"""Panels beside each other in a new figure."""


def heat_map(column: HeadColumn, ax: Axes | None = None) -> Axes:
    """Layers down, heads across; the darker, the more a value is one that the score looks for; grey where undefined.

    Args:
        column: A score.
        ax: Where to draw; a new figure if left out.

    Raises:
        MissingExtraError: If matplotlib is not installed.
    """
    return heat_maps([column], ax)[0]


def heat_maps(columns: Sequence[HeadColumn], ax: Axes | Sequence[Axes] | None = None) -> list[Axes]:
    """One heat map a score.

    Args:
        columns: The scores.
        ax: One axes for each of them, such as `plt.subplots(1, 2)[1]`; a new figure if left out.

    Raises:
        MissingExtraError: If matplotlib is not installed.
        HeadkbError: If there are more or fewer axes than scores.
    """
    need_installed("plot", ("matplotlib",), "notebook")
    panels = _new(columns) if ax is None else _given(ax)
    if len(panels) != len(columns):
        raise HeadkbError(
            f"{len(panels)} axes are given for {len(columns)} scores. Give one for each, or draw one score: heads['induction'].plot(ax=ax)."
        )
    for column, panel in zip(columns, panels, strict=True):
        _draw(column, panel)
    return panels


def _given(ax: Any) -> list[Axes]:
    """The axes of the caller: one, a list, or the array that `plt.subplots` gives."""
    several = ax.flatten() if hasattr(ax, "flatten") else ax
    return list(several) if hasattr(several, "__iter__") else [several]


def _new(columns: Sequence[HeadColumn]) -> list[Axes]:
    """Axes in a new figure, large enough for every head."""
    import matplotlib.pyplot as plt

    down, across = -(-len(columns) // ACROSS), min(len(columns), ACROSS)
    layers, heads = columns[0].values.shape
    size = (across * max(3.6, 0.28 * heads + 1.6), down * max(2.6, 0.28 * layers + 1.2))
    _, grid = plt.subplots(down, across, figsize=size, squeeze=False, layout="constrained")
    panels: list[Axes] = list(grid.flatten())
    for empty in panels[len(columns) :]:
        empty.set_axis_off()
    return panels[: len(columns)]


def _draw(column: HeadColumn, ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    values = column.values
    known = values[~values.isnan()]
    low, high = (known.min().item(), known.max().item()) if len(known) else (0.0, 1.0)
    if column.direction == "less":
        colours, limits = "Blues_r", (low, high)
    elif column.direction == "size" or low < 0:
        colours, limits = "RdBu_r", (-max(abs(low), abs(high)), max(abs(low), abs(high)))
    else:
        colours, limits = "Blues", (0.0, high)
    ax.set_facecolor("#e4e4e4")  # shows through where nothing is defined
    masked = torch.where(values.isnan(), torch.nan, values).numpy()
    image = ax.imshow(masked, cmap=colours, vmin=limits[0], vmax=limits[1], aspect="auto", interpolation="nearest")
    ax.set(title=f"{column.id} of {column.measurement.model}", xlabel="head", ylabel="layer")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    ax.figure.colorbar(image, ax=ax, label=column.unit)
