"""Atlases: what was measured of every head of a model, how, and the list of all."""

from __future__ import annotations

from collections.abc import Callable

from headkb.catalog.schema import Atlas
from headkb.catalog.schema.atlas import Column
from headkb.site.compose import facts, listing, section, table_of
from headkb.site.document import Cell, Code, Element, Page
from headkb.site.foot import record_page
from headkb.site.parts import Context, number, ref, score_ref


def atlas_page(context: Context, atlas: Atlas) -> Page:
    """One atlas."""
    body: list[Element] = [
        facts(
            ("Model", ref("models", atlas.model)),
            ("Columns", f"{len(atlas.columns)}"),
            ("Weights", f"`{atlas.weights_sha256[:12]}…`"),
            ("Time", f"{atlas.seconds:,.0f} CPU seconds on {atlas.hardware}"),
            ("Versions", ", ".join(f"{name} {version}" for name, version in sorted(atlas.versions.items()))),
        ),
        Code(f"headkb atlas {atlas.model} --out {atlas.model}", "Measure it again", "shell"),
        *section("Columns", "columns", table_of(atlas.columns, _columns(context))),
        *section(
            "Not measured",
            "left-out",
            table_of(atlas.left_out, {"Column": lambda c: f"`{c.id}`", "Why": lambda c: c.why}),
        ),
    ]
    name = context.name("models", atlas.model)
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


def _columns(context: Context) -> dict[str, Callable[[Column], Cell]]:
    scores = context.catalog.scores

    def unit(column: Column) -> str:
        return column.unit or (scores[column.score].unit if column.score in scores else "")

    return {
        "Column": lambda c: f"`{c.id}`",
        "Score": lambda c: score_ref(c.score),
        "Prompts": lambda c: f"`{c.prompts}`" if c.prompts else "none: weights",
        "Unit": unit,
        "Unchanged model": lambda c: "" if c.baseline is None else number(c.baseline),
    }


def atlases_hub(context: Context) -> list[Element]:
    """The list of all atlases."""
    return listing(
        [atlas for _, atlas in sorted(context.catalog.atlases.items())],
        {"Atlas": lambda a: ref("atlases", a.id), "Columns": lambda a: str(len(a.columns)), "Date": lambda a: a.date},
    )
