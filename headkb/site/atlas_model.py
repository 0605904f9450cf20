"""What an atlas says of its model as a whole: small maps of all heads, for how many a head type is shown, how it was measured."""

from __future__ import annotations

from collections.abc import Sequence

from headkb.catalog.schema import Model
from headkb.site.atlas_head import whose
from headkb.site.atlas_view import AtlasView
from headkb.site.atlas_words import ABLATION, DIRECT, column_ref, figure, percent, title
from headkb.site.compose import counted, facts
from headkb.site.document import Cell, Element, Figure, Heading, Prose
from headkb.site.links import head_path
from headkb.site.parts import Context, joined, ref
from headkb.site.svg_cells import small_map

MAPS = ("previous-token", ABLATION)
"""Columns that the model's page draws, where the atlas has them."""
MORE_MAPS = ("induction", "attention-to-first", DIRECT)
"""Columns that the atlas's own page draws."""


def atlas_section(context: Context, model: Model) -> list[Element]:
    """The maps and facts of a model's atlas; empty if it has none that can be read."""
    view = context.atlases.get(model.id)
    if view is None:
        return []
    return [
        Heading("Every head, measured", "atlas"),
        facts(
            ("Roles by headkb", _share(view)),
            ("Measures", f"{len(view.atlas.columns)} of every head: {ref('atlases', model.id, 'what each is')}"),
            ("Prompts", _prompts(view)),
            ("Versions", ", ".join(f"{name} {version}" for name, version in sorted(view.atlas.versions.items()))),
            ("Time", f"{view.atlas.seconds:,.0f} CPU seconds on {view.atlas.hardware}, {view.atlas.date}"),
            ("Download", downloads(view)),
            ("Whose numbers", whose(context, view)),
        ),
        *maps(view, model, MAPS),
        Prose(f"Every head has a page; {ref('atlases', model.id, 'more maps')}."),
    ]


def maps(view: AtlasView, model: Model, names: Sequence[str]) -> list[Element]:
    """A small map of all heads for each of these columns that the atlas has."""
    return [
        Prose(
            "Rows are layers, columns heads, both from 0; the strongest colour is the value furthest from zero, and negative values have "
            "the other colour."
        ),
        *(_map(view, model, name) for name in view.present(names)),
    ]


def _share(view: AtlasView) -> str:
    shown = view.labels.shown
    if not view.tried:
        return f"no recipe was run on this model yet: none of its {view.labels.n_heads} heads can have one"
    return (
        f"a head type is shown for **{len(shown)} of {view.labels.n_heads} heads ({percent(view.labels.share)})**, "
        f"for {len(view.labels.confirmed)} of them one with a confirmed causal check; "
        "a causal check silences all heads of a recipe together, so it does not say that each of them matters. "
        f"At least one recipe selected {counted(len(view.labels.of), 'head')}"
    )


def _prompts(view: AtlasView) -> str:
    sets = view.atlas.prompts
    return f"{counted(len(sets), 'set')}, {sum(p.tokens for p in sets):,} tokens" if sets else ""


def downloads(view: AtlasView) -> Cell:
    """The table as CSV and JSON, and the patterns."""
    name = view.atlas.id
    patterns = f" · [patterns and tokens](@atlases/{name}.heads.json)" if view.texts else ""
    return f"[CSV](@atlases/{name}.csv) · [JSON](@atlases/{name}.table.json){patterns}"


def _map(view: AtlasView, model: Model, name: str) -> Element:
    values, unit = view.table.values[name], view.unit(name)
    first = [f"[{h}](@{head_path(model.id, h)}) {figure(values[h])}" for h in view.top(name)]
    label = f"{title(name)} of the heads of {model.name}"
    caption = (column_ref(view, name), f" ({unit}): " if unit else ": ", joined(first) or "the same in all heads")
    said = ", ".join(f"{h} {figure(values[h])}" for h in view.top(name))
    return Figure(
        small_map(values, model.n_layers, model.n_heads, label), f"{label}, first: {said or 'none'}.", caption
    )
