"""Where heads lie in their models, as dots on lines from the first layer to the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape


def depth_strip(depths: Mapping[str, Sequence[tuple[str, Sequence[float]]]]) -> str:
    """A group of lines for each head type, a line for each model; dots at the depths of its heads, 0 the first layer and 1 the last."""
    lines = [
        '<div class="hk-strip" role="img" aria-label="Depth of heads by type and model; the table below names them">',
        '<span></span><span class="hk-axis"><span>first layer</span><span>middle</span><span>last</span></span><span></span>',
    ]
    for name, models in depths.items():
        lines.append(f'<b class="hk-strip-name">{escape(name)}</b>')
        for model, found in models:
            dots = "".join(f"<i style=--x:{depth:.3f}></i>" for depth in found)
            lines.append(
                f'<span>{escape(model)}</span><span class="hk-rail">{dots}</span><span class="hk-count">{len(found)}</span>'
            )
    return "".join([*lines, "</div>"])
