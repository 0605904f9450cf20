"""Stages: how they feed each other, the page of one, and the list of all."""

from __future__ import annotations

from collections.abc import Callable

from headkb.catalog.inline import plain
from headkb.catalog.schema import Head, Stage
from headkb.catalog.state import KINDS_TOLD
from headkb.site.cells import claims_number, summary_mark
from headkb.site.compose import by_name, facts, listing, prose, section, table_of
from headkb.site.document import Cell, Element, Figure, Fold, Page, Prose
from headkb.site.foot import record_page
from headkb.site.links import record_path
from headkb.site.parts import Context, also_called, bullets, joined, ref, sources_section, with_sources
from headkb.site.svg import GraphNode, flow, ranges_chart

MOST_BARS = 60
"""Head types in the drawing of depths: with more, it could not be read."""


def stage_flow(context: Context, page: str) -> Figure:
    """The stages in order, with the transitions between them."""
    stages = context.stages()
    boxes = [
        GraphNode(s.id, s.name, s.abbreviation, context.links.relative(page, record_path("stages", s.id)))
        for s in stages
    ]
    arrows = [(s.id, t.to) for s in stages for t in s.transitions]
    text = "\n".join(f"- {s.name} → {context.name('stages', t.to)}" for s in stages for t in s.transitions)
    return Figure(flow(boxes, arrows, "The stages and how they feed each other"), text)


def stage_page(context: Context, stage: Stage) -> Page:
    """A stage: categories with their head types, and what it feeds."""
    transitions = bullets(
        ("To ", ref("stages", t.to), ": ", with_sources(t.note, t.sources)) for t in stage.transitions
    )
    body: list[Element] = [
        *prose(stage.definition, lead=True),
        facts(("Abbreviation", stage.abbreviation), ("Analogy", stage.analogy), ("Also called", also_called(stage))),
        *prose(stage.description),
        *section("Between the stages", "flow", stage_flow(context, record_path("stages", stage.id))),
        *([transitions] if stage.transitions else []),
    ]
    for category in stage.categories:
        heads = _head_types(context, stage, category.id)
        body += section(plain(category.name), category.id, [Prose(category.definition), *heads])
    body += sources_section(stage.sources)
    return record_page(context, stage, body, subtitle=f"Stage {stage.order}", boost=1.5, aliases=[stage.abbreviation])


def _head_types(context: Context, stage: Stage, category: str) -> list[Element]:
    return listing(
        heads_of(context, stage, category),
        {
            "Head type": lambda h: ref("heads", h.id),
            "What it does": lambda h: h.definition,
            **state_columns(context),
            "Placed by": lambda h: h.placement.by,
        },
        none="No head type stands here yet.",
    )


def state_columns(context: Context) -> dict[str, Callable[[Head], Cell]]:
    """Columns of a table of head types: claims about each, and what runs show in each kind of model."""

    def mark(kind: str) -> Callable[[Head], Cell]:
        return lambda head: summary_mark(context.catalog, head.id, kind)

    claims: dict[str, Callable[[Head], Cell]] = {"Claims": lambda head: claims_number(context.catalog, head.id)}
    return claims | {name: mark(kind) for kind, name in KINDS_TOLD.items()}


def heads_of(context: Context, stage: Stage, category: str = "") -> list[Head]:
    """The head types of a stage by name, or those of one of its categories."""
    heads = (h for h in context.catalog.heads.values() if h.stage == stage.id and category in ("", h.category))
    return by_name(heads)


def stages_hub(context: Context) -> list[Element]:
    """The stages in order: how they feed each other, their categories, and where in a model their head types lie."""
    table = listing(
        context.stages(),
        {
            "": lambda s: str(s.order),
            "Stage": lambda s: ref("stages", s.id),
            "What happens": lambda s: s.definition,
            "Categories": lambda s: joined([f"[{plain(c.name)}](@stages/{s.id}/#{c.id})" for c in s.categories]),
            "Head types": lambda s: str(len(heads_of(context, s))),
        },
    )
    return [stage_flow(context, "stages/"), *table, *section("Stage against depth", "depth", _depths(context))]


def _depths(context: Context) -> list[Element]:
    """Where in a model the types of each stage lie, from the depth ranges of head records."""
    rows: list[tuple[str, str, float, float, str]] = []
    names: list[str] = []
    for number, stage in enumerate(context.stages(), start=1):
        ranges = sorted(
            (h.depth.start, h.depth.end, h.name, h.id)
            for h in heads_of(context, stage)
            if h.depth and h.depth.start is not None and h.depth.end is not None
        )
        for start, end, name, head_id in ranges:
            href = context.links.relative("stages/", record_path("heads", head_id))
            rows.append((f"{stage.abbreviation} {name}"[:32], href, start, end, f"hk-s{number}"))
            names.append(head_id)
    if not rows:
        return []
    told = table_of(
        zip(names, rows, strict=True),
        {
            "Head type": lambda item: ref("heads", item[0]),
            "Stage": lambda item: ref("stages", context.catalog.heads[item[0]].stage),
            "From": lambda item: f"{item[1][2] * 100:.0f} %",
            "To": lambda item: f"{item[1][3] * 100:.0f} %",
        },
        caption="Usual depth, from the first layer (0 %) to the last (100 %)",
        style="hk-narrow",
    )
    claims = context.catalog.statements_of_head
    most = sorted(range(len(rows)), key=lambda at: (-len(claims.get(names[at], ())), at))[:MOST_BARS]
    caption = "Usual depth of the head types for which sources name enough heads; the basis stands on each head's page."
    if len(most) < len(rows):
        caption += f" Drawn are {len(most)} of {len(rows)}, those with the most claims."
    return [
        Figure(ranges_chart([rows[at] for at in sorted(most)], "Usual depth of head types, by stage"), "", caption),
        Fold(f"All {len(rows)} as a table", (told,)),
    ]
