"""Atlases: what each column of a model's table is and on which prompts; what it found stands on the pages of the model and its heads."""

from __future__ import annotations

from collections.abc import Callable

from headkb.catalog.schema import Atlas
from headkb.catalog.schema.atlas import AtlasPrompts, Column
from headkb.site.atlas_model import MORE_MAPS, maps
from headkb.site.atlas_words import figure, percent
from headkb.site.commands import model_code
from headkb.site.compose import facts, listing, section, table_of
from headkb.site.document import Cell, Element, Page
from headkb.site.foot import record_page
from headkb.site.links import record_path
from headkb.site.parts import Context, keywords, ref, score_ref


def atlas_page(context: Context, atlas: Atlas) -> Page:
    """One atlas."""
    name, view = context.name("models", atlas.model), context.atlases.get(atlas.model)
    body: list[Element] = [
        facts(
            (
                "What it found",
                f"[maps, figures and a page for every head of {name}](@{record_path('models', atlas.model)}#atlas)",
            ),
            ("Weights", f"`{atlas.weights_sha256}`"),
            ("Computed in", f"{atlas.dtype}, {atlas.attention} attention"),
        ),
        model_code(
            f"headkb atlas {atlas.model} --out {atlas.model}",
            "Measure it again",
            context.catalog.models.get(atlas.model),
        ),
        *([] if view is None else section("Maps", "maps", maps(view, context.catalog.models[atlas.model], MORE_MAPS))),
        *section("Columns", "columns", table_of(atlas.columns, _columns(context))),
        *section(
            "Not measured",
            "left-out",
            table_of(atlas.left_out, {"Column": lambda c: f"`{c.id}`", "Why": lambda c: c.why}),
        ),
        *section("Prompts", "prompts", table_of(atlas.prompts, PROMPTS)),
    ]
    return record_page(
        context,
        atlas,
        body,
        subtitle=f"Atlas · {atlas.date}",
        boost=0.6,
        title=f"Atlas of {name}",
        description=f"Every head of {name} under {len(atlas.columns)} measures.",
        updated=atlas.date,
    )


PROMPTS: dict[str, Callable[[AtlasPrompts], Cell]] = {
    "Set": lambda p: f"`{p.id}`",
    "Prompts": lambda p: str(p.n),
    "Seed": lambda p: str(p.seed),
    "Tokens": lambda p: f"{p.tokens:,}",
    "SHA-256 of the tokens": lambda p: f"`{p.sha256[:12]}…`" if p.sha256 else "",
}


def _columns(context: Context) -> dict[str, Callable[[Column], Cell]]:
    scores = context.catalog.scores

    def unit(column: Column) -> str:
        return column.unit or (scores[column.score].unit if column.score in scores else "")

    return {
        "Column": lambda c: f"`{c.id}`",
        "Score": lambda c: f"{score_ref(c.score)} {c.version}{keywords(c.parameters)}",
        "Prompts": lambda c: f"`{c.prompts}`" if c.prompts else "none: weights",
        "Unit": unit,
        "Unchanged model": lambda c: "" if c.baseline is None else figure(c.baseline),
    }


def atlases_hub(context: Context) -> list[Element]:
    """All atlases, and for how many heads of each model a head type is shown."""
    views = context.atlases

    def share(atlas: Atlas) -> str:
        labels = views[atlas.model].labels if atlas.model in views else None
        return f"{len(labels.shown)} of {labels.n_heads} ({percent(labels.share)})" if labels else ""

    return listing(
        [atlas for _, atlas in sorted(context.catalog.atlases.items())],
        {
            "Model": lambda a: f"[{context.name('models', a.model)}](@{record_path('models', a.model)}#atlas)",
            "Atlas": lambda a: ref("atlases", a.id, "columns and prompts"),
            "Measures": lambda a: str(len(a.columns)),
            "Heads for which a type is shown": share,
            "Date": lambda a: a.date,
        },
    )
