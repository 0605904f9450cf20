"""Two head types side by side: what each reads and writes, how it is told, its traps, where it is, and the heads that are of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headkb.catalog.schema import Head, HeadIndex
from headkb.catalog.schema.common import Remark
from headkb.catalog.state import first_report, head_sentences
from headkb.site.compare_models import chooser
from headkb.site.compose import by_name, one_line, section
from headkb.site.document import Cell, DataTable, Element, Figure, Page, Prose, Raw, Row, table
from headkb.site.foot import page_foot
from headkb.site.parts import Context, bullets, heads_cell, joined, model_cell, ref, with_sources
from headkb.site.relations import related
from headkb.site.to_html import cell_html

PATH = "compare/types/"
LEAD = (
    "Two head types beside each other, as their records tell them. Choose them here, or in the address: "
    "`compare/types/?a=induction&b=anti-induction`. [Two models side by side](@compare/)."
)
NO_COMMON = "No head of the catalog is of both types."
NO_RELATION = "The records of the two types state no relation between them."


def compare_types_page(context: Context) -> Page:
    """The page, with two types of which a record says that they are not the same, those with most claims."""
    pair = _first_pair(context)
    body: list[Element] = [
        Prose(LEAD, lead=True),
        Figure(chooser("types", pair and (pair[0].id, pair[1].id), unrelated=NO_RELATION, apart=NO_COMMON)),
        *(_side_by_side(context, *pair) if pair else []),
        *page_foot(context, "Two head types side by side", PATH),
    ]
    told = "Any two head types side by side: reads, writes, criterion, traps, heads in common."
    return Page(PATH, "Compare two head types", tuple(body), "compare/", told, subtitle="Compare", boost=1.5, wide=True)


def _first_pair(context: Context) -> tuple[Head, Head] | None:
    heads, told = context.catalog.heads, context.catalog.statements_of_head
    pairs = [
        (head, heads[relation.head])
        for head in heads.values()
        for relation in head.relations
        if relation.type == "distinct_from" and relation.head in heads
    ]

    def weight(pair: tuple[Head, Head]) -> tuple[int, str, str]:
        fewer = min(len(told.get(head.id, ())) for head in pair)
        return (-fewer, pair[0].id, pair[1].id)

    return min(pairs, key=weight, default=None)


def _side_by_side(context: Context, a: Head, b: Head) -> list[Element]:
    sides = [dict(rows_of(context, head)) for head in (a, b)]
    rows = tuple(
        Row((name, *(side.get(name, "–") for side in sides))) for name in dict.fromkeys([*sides[0], *sides[1]])
    )
    columns = ("", ref("heads", a.id), ref("heads", b.id))
    relation = related(context, a).get(b.id, [])
    common = in_common(context, a, b)
    shared = tuple(
        Row((model_cell(context, model), heads_cell(context, model, found, 24))) for model, found in common.items()
    )
    return [
        *section(f"{a.name} and {b.name}", "pair", DataTable(columns, rows, style="hk-sides")),
        *section("How they stand to each other", "relation", bullets(relation) if relation else Prose(NO_RELATION)),
        *section("Heads in common", "common", table(("Model", "Heads"), shared) if shared else Prose(NO_COMMON)),
    ]


def rows_of(context: Context, head: Head) -> list[tuple[str, Cell]]:
    """What is told of a type, row by row; empty ones are left out."""
    paper = first_report(context.catalog, head.id)
    claims, *kinds = head_sentences(context.catalog, head.id)
    shown = [s.model for s in context.catalog.evidence.showings_of_head.get(head.id, ()) if s.word == "shown"]
    criterion = head.criterion
    rows: list[tuple[str, Cell]] = [
        ("Definition", one_line(head.definition)),
        ("Stage", f"{ref('stages', head.stage)} › {context.category(head)}"),
        ("Reads (QK)", one_line(head.reads)),
        ("Writes (OV)", one_line(head.writes)),
        ("Criterion", one_line(criterion.plain) if criterion else ""),
        ("Threshold", one_line(criterion.threshold) if criterion else ""),
        ("Usual depth", head.depth.typical if head.depth else ""),
        ("If the label is right", one_line(head.ablation.prediction) if head.ablation else ""),
        ("Traps", _listed(head.traps)),
        ("First report", f"{paper.first_public[:7]} {ref('papers', paper.id)}" if paper else ""),
        ("Claims", claims),
        *((name, said) for name, _, said in (sentence.partition(": ") for sentence in kinds)),
        ("Shown on", joined([model_cell(context, model) for model in shown])),
    ]
    return [(name, cell) for name, cell in rows if cell]


def _listed(items: Sequence[Remark]) -> Cell:
    parts: list[Cell] = []
    for number, item in enumerate(items):
        parts += [Raw("<p>", " · " if number else ""), with_sources(item.text, item.sources), Raw("</p>")]
    return tuple(parts)


def in_common(context: Context, a: Head, b: Head) -> dict[str, list[HeadIndex]]:
    """Model → its heads that are of both types, by a claim or a showing of each."""
    one, other = heads_of(context, a.id), heads_of(context, b.id)
    both = {model: [head for head in heads if head in other.get(model, ())] for model, heads in one.items()}
    return {model: heads for model, heads in both.items() if heads}


def heads_of(context: Context, head_type: str) -> dict[str, list[HeadIndex]]:
    """Model → its heads that are of a type."""
    found = {
        model: [head for head, dossier in dossiers.items() if any(r.head_type == head_type for r in dossier.roles)]
        for model, dossiers in context.dossiers.items()
    }
    return {model: heads for model, heads in found.items() if heads}


def type_data(context: Context, head: Head) -> dict[str, Any]:
    """What the page fetches of a type: its rows and relations as HTML, for the address of the page, and its heads."""

    def html(cell: Cell) -> str:
        return cell_html(cell, context.links, PATH)

    heads: Mapping[str, list[HeadIndex]] = heads_of(context, head.id)
    return {
        "id": head.id,
        "name": head.name,
        "rows": [[name, html(cell)] for name, cell in rows_of(context, head)],
        "relations": {other: [html(cell) for cell in cells] for other, cells in related(context, head).items()},
        "heads": {model: [str(h) for h in found] for model, found in heads.items()},
        "models": {model: html(model_cell(context, model)) for model in heads},
    }


def type_list(context: Context) -> list[dict[str, str]]:
    """The types that can be compared, by name: `compare/types-list.json`."""
    return [{"id": head.id, "name": head.name} for head in by_name(context.catalog.heads.values())]
