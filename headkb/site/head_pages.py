"""Head types: the page of one, and the list of all."""

from __future__ import annotations

from headkb.catalog.schema import Head
from headkb.catalog.state import first_report
from headkb.site.cells import CELL_FACETS, cell_table
from headkb.site.compose import by_name, prose, section, table_of
from headkb.site.depth_strip import where
from headkb.site.detection import detection, mechanism, refutation, traps
from headkb.site.dispute_box import type_box
from headkb.site.document import Cell, Element, Page, Prose, Row, table
from headkb.site.foot import record_page
from headkb.site.head_answers import answers
from headkb.site.head_claims import claim_nodes
from headkb.site.matrix import legend
from headkb.site.parts import Context, bullets, ref, refs, sources_section, titled
from headkb.site.patterns import pattern_nodes
from headkb.site.play import try_type
from headkb.site.public_pages import side_by_side
from headkb.site.relations import relations
from headkb.site.run_tables import MANY_RUNS, run_nodes
from headkb.site.stage_pages import state_columns
from headkb.site.text import words

MANY_PAPERS = 14


def head_page(context: Context, head: Head) -> Page:
    """Everything known about one head type."""
    papers = context.catalog.papers_of_head.get(head.id, [])
    runs = context.catalog.runs_of_head.get(head.id, [])
    body: list[Element] = [
        *prose(head.definition, lead=True),
        answers(context, head),
        *type_box(context, head),
        *pattern_nodes(context, head),
        *mechanism(context, head),
        *detection(context, head),
        *try_type(context, head),
        *where(context, head),
        *section("Published heads", "claims", claim_nodes(context, head)),
        *section("Runs", "runs", _runs(context, head)),
        *traps(head),
        *refutation(head),
        *relations(context, head),
        *section("Papers", "papers", _papers(context, head)),
        *sources_section(head.sources),
    ]
    return record_page(
        context,
        head,
        body,
        subtitle="Head type",
        boost=3.0,
        updated=max((*(paper.date for paper, _ in papers), *(run.date for run in runs)), default=""),
        linked_data={
            "@type": "DefinedTerm",
            "name": head.name,
            "alternateName": [a.name for a in head.aliases],
            "description": words(head.definition, context.links),
            "termCode": head.id,
            "inDefinedTermSet": "headkb: types of attention heads",
        },
    )


def report_cell(context: Context, head: Head) -> Cell:
    """The first report of a type: month and paper; empty if the catalog knows none."""
    paper = first_report(context.catalog, head.id)
    return (paper.first_public[:7], " ", ref("papers", paper.id)) if paper else ""


def _runs(context: Context, head: Head) -> list[Element]:
    runs = context.catalog.runs_of_head.get(head.id, [])
    if not runs:
        return [Prose("Not rerun yet." + (" The recipe above can be run as it stands." if head.recipes else ""))]
    beside = side_by_side(context, head)
    # What one run shows looks like a contradiction to the box where the type has several defining recipes.
    alone = not beside and len(head.defining) > 1
    more = " A run tests one recipe; the lines at the top speak of the whole type." if alone else ""
    command = Prose(f"`headkb reproduce {head.id} --check` reruns those at hand.{more}")
    listed = run_nodes(context, runs, "Head type", "head", head.name, 0 if beside else MANY_RUNS)
    return [command, *beside, *listed]


def _papers(context: Context, head: Head) -> list[Element]:
    entries = context.catalog.papers_of_head.get(head.id, [])
    if not entries:
        return []
    notes = {p.id: " ".join(h.note.split()) for p, _ in entries for h in p.heads if h.id == head.id and h.note}
    # Where many papers use a type, a line names those that apply or observe it, whose own pages say how, those that contest it, whose notes
    # stand in the box above, and replications without a note.
    brief = {
        role: [p for p, r in entries if r == role and (role != "replicates" or p.id not in notes)]
        for role in ("replicates", "applies", "observes", "contests")
    }
    brief = brief if len(entries) > MANY_PAPERS else {}
    rows = tuple(
        Row((paper.date, titled(paper), role, notes.get(paper.id, "")))
        for paper, role in entries
        if paper not in brief.get(role, [])
    )
    verbs = {
        "replicates": "Replicated in ",
        "applies": "Applied in ",
        "observes": "Observed in ",
        "contests": "Contested in ",
    }
    lines = bullets(
        (verbs[role], refs("papers", [p.id for p in papers]), ".") for role, papers in brief.items() if papers
    )
    return [table(("Date", "Paper", "Role", "What it adds"), rows), *([lines] if lines.items else [])]


def heads_hub(context: Context) -> list[Element]:
    """Head types by name, with the claims about them and what runs show, by kind of model."""
    catalog = context.catalog
    cells = cell_table(context, sorted(catalog.heads))

    def recipe(head: Head) -> str:
        return "yes" if head.recipes else "no"

    def year(head: Head) -> str:
        paper = first_report(catalog, head.id)
        return paper.first_public[:4] if paper else ""

    def stage(head: Head) -> Cell:
        place = catalog.stages.get(head.stage)
        return ref("stages", head.stage, place.abbreviation if place else "")

    table = table_of(
        by_name(catalog.heads.values()),
        {
            "Head type": lambda h: ref("heads", h.id),
            "What it does": lambda h: h.definition,
            "Stage": stage,
            "Papers": lambda h: str(len(catalog.papers_of_head.get(h.id, []))),
            **state_columns(context),
            "First": year,
            "Recipe": recipe,
        },
        lambda h: {
            "stage": context.name("stages", h.stage),
            "category": h.category.replace("-", " "),
            "year": year(h),
            "recipe": recipe(h),
            "q": " ".join([h.id, *(a.name for a in h.aliases)]),
            "cells": cells.of(h.id),
        },
        {"stage": "Stage", "category": "Category", **CELL_FACETS, "year": "First report", "recipe": "Recipe"},
        name="head types",
        models=cells.legend(),
    )
    return [Prose("[What the marks say](@evidence/)."), legend(), table]
