"""Where in public models the heads lie for which claims assert a type: a row a model, a dot for each layer that holds some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from html import escape

from headkb.catalog.best_known import asserting_claims, in_dispute
from headkb.catalog.depths import heads_at_depth, observed_depth
from headkb.catalog.inline import plain
from headkb.catalog.schema import Head
from headkb.site.compose import counted, facts, section
from headkb.site.document import Cell, Element, Figure, Fold, Row, table
from headkb.site.links import record_path
from headkb.site.parts import Context
from headkb.site.svg import depth_bar

FEW = 4
"""Heads from which on quartiles say more than the depths themselves."""
MOST_ROWS = 40
"""Models in the drawing: with more, it could not be read."""
NAMED = 40
"""With at most so many layers that hold heads, each dot names them to the pointer."""
SEVERAL = ("", "b", "c")
"""Class of a dot of one head, of two or three, of more."""


def where(context: Context, head: Head) -> list[Element]:
    """The section about depth: the strip with its table, the quartiles, and what the record says is usual."""
    usual: Cell = ""
    if head.depth:
        usual = (f"{head.depth.typical[:1].upper()}{head.depth.typical[1:]}. ", head.depth.basis)
    drawn, told = _strip(context, head) or _bar(head), facts(("Usual depth", usual))
    return section("Where in the model", "depth", [*drawn, *([told] if told.rows else [])])


def _quartiles(context: Context, head: Head) -> str:
    """Where the heads lie that claims assert of public models, worked out from the claims."""
    seen = observed_depth(context.catalog, head.id)
    if seen is None:
        return ""
    low, middle, high = (f"{quartile:.2f}" for quartile in seen.quartiles)
    told = f"{counted(len(seen.places), 'head')} of {counted(seen.models, 'public model')}"
    if len(seen.places) < FEW:
        places = ", ".join(f"{depth:.2f}" for depth, _ in seen.places)
        return f"{told}, at {places} of the way from the first layer (0) to the last (1)."
    return f"{told}: a quarter lies at {low} or lower, half at {middle} or lower, three quarters at {high} or lower; 0 is the first layer, 1 the last."


def _bar(head: Head) -> list[Element]:
    """The range of the record alone, where no claim about a public model asserts the type of a head."""
    if head.depth is None or head.depth.start is None or head.depth.end is None:
        return []
    text = f"Usual depth: {head.depth.start:.0%} to {head.depth.end:.0%} of the layers."
    return [Figure(depth_bar(head.depth.start, head.depth.end), text, text)]


def _strip(context: Context, head: Head) -> list[Element]:
    """A row for each public model, models of few layers first; below it the same as a table."""
    found = heads_at_depth(context.catalog, head.id)
    models = context.catalog.models
    order = sorted(found, key=lambda name: (models[name].n_layers, context.name("models", name).casefold()))
    layers = {
        name: Counter(round(depth, 3) for depth, _ in found[name].values()) for name in order
    }  # fmt: skip
    if not order:
        return []
    named: dict[str, dict[float, str]] = {}
    if sum(map(len, layers.values())) <= NAMED:
        for name in order:
            for (_, one), (depth, _) in sorted(found[name].items(), key=lambda item: item[0][1]):
                there = named.setdefault(name, {})
                there[round(depth, 3)] = f"{there[round(depth, 3)]}, {one}" if round(depth, 3) in there else str(one)
    page = record_path("heads", head.id)
    rows = "".join(
        f"<a href={escape(context.links.relative(page, record_path('models', name)))}>{escape(context.name('models', name), quote=False)}</a>"
        f"{_track(layers[name], named.get(name, {}))}<b>{len(found[name])}</b>"
        for name in order[:MOST_ROWS]
    )
    axis = "<span></span><span class=hk-axis><span>first layer</span><span>middle</span><span>last</span></span><span>heads</span>"
    label = f"Depth of the heads that claims name, by model: {counted(len(order), 'model')}; the numbers stand in the table below"
    html = f'<div class="hk-strip" role="group" aria-label="{escape(label)}"{_band(head)}>{axis}{rows}</div>'
    cells = tuple(Row((plain(context.name("models", name)), _depths(layers[name]))) for name in order)
    listed = table(("Model", "Depth of its heads (how many, if several)"), cells)
    said = _caption(context, head, found)
    return [Figure(html, said, said), Fold("The same as a table", (listed,))]


def _track(depths: Mapping[float, int], named: Mapping[float, str]) -> str:
    """The dots of a model: a path of points without length, drawn round by the ends of its line."""
    paths: dict[tuple[str, str], list[float]] = {}
    for depth, count in sorted(depths.items()):
        css = SEVERAL[min(count // 2, 2)]
        paths.setdefault((css, named.get(depth, "")), []).append(depth)
    drawn = "".join(
        f'<path{f" class={css}" if css else ""} d="{"".join(f"M{_short(depth)}.5h0" for depth in points)}"'
        + (f"><title>{escape(title)}</title></path>" if title else "/>")
        for (css, title), points in paths.items()
    )
    return f'<svg viewBox="0 0 1 1" preserveAspectRatio=none>{drawn}</svg>'


def _band(head: Head) -> str:
    """The range that the record states, for the ground of all rows."""
    depth = head.depth
    if depth is None or depth.start is None or depth.end is None:
        return ""
    return f' style="--a:{depth.start:.0%};--b:{max(depth.end, depth.start + 0.01):.0%}"'


def _short(number: float) -> str:
    """`0.455` as `.455`, and 1 as `1.0`, so that another number can follow without a blank."""
    return f"{number:.3f}".rstrip("0").removeprefix("0").removesuffix(".") + (".0" if number in (0, 1) else "")


def _depths(depths: Mapping[float, int]) -> str:
    """`0.45 (5), 0.55`: each depth with how many heads lie there, if it is not one."""
    return ", ".join(
        f"{depth:.2f} ({count})" if count > 1 else f"{depth:.2f}" for depth, count in sorted(depths.items())
    )


def _caption(context: Context, head: Head, found: Collection[str]) -> str:
    """What is drawn, out of what, and what was left out."""
    disputed = sum(in_dispute(context.catalog, s) for s in asserting_claims(context.catalog, head.id))
    text = f"{_quartiles(context, head)} A dot is a layer that holds such heads, stronger where it holds several."
    if _band(head):
        text += " Band: the usual range that the record states."
    if disputed:
        text += f" Left out: {counted(disputed, 'claim')} in dispute."
    if len(found) > MOST_ROWS:
        text += f" Drawn are the {MOST_ROWS} models of the fewest layers; the table has all."
    return f"{text} Sources list as many heads as they like, so that counts of models cannot be compared."
