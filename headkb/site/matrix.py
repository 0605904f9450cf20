"""The evidence matrices: head type × stage, × model, × method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape

from headkb.catalog.kinds import Kind
from headkb.catalog.schema import Head
from headkb.catalog.showing import WORDS
from headkb.catalog.state import KINDS_TOLD, SAID, first_report, head_sentences
from headkb.site.cells import CELL_FACETS, CellTable, Pair, cell_table, claims_number, said_of, summary_mark
from headkb.site.compose import by_name, counted, grouped
from headkb.site.document import Cell, ChipColumn, ChipGroup, Chips, DataTable, Element, Figure, Page, Prose, Raw, Row
from headkb.site.evidence import STANDINGS, showing_mark
from headkb.site.links import record_path
from headkb.site.parts import Context, ref
from headkb.site.split import shortened
from headkb.site.stage_pages import heads_of

FACETS = {
    "stage": "Stage",
    "category": "Category",
    **CELL_FACETS,
    "method": "Method",
    "year": "First report",
    "status": "Status",
}


def matrix_pages(context: Context) -> list[Page]:
    """The three matrices."""
    return [stage_matrix(context), model_matrix(context), method_matrix(context)]


def facets_of(context: Context, head: Head, cells: CellTable) -> dict[str, str]:
    """The values by which a head type can be filtered, and its cells."""
    catalog = context.catalog
    methods = {context.name("methods", m) for p, _ in catalog.papers_of_head.get(head.id, []) for m in p.methods}
    first = first_report(catalog, head.id)
    return {
        "stage": context.name("stages", head.stage),
        "category": context.category(head),
        "method": "|".join(sorted(methods)),
        "year": first.first_public[:4] if first else "",
        "status": head.status,
        "q": " ".join([head.id, *head.names()]),
        "cells": cells.of(head.id),
    }


def legend() -> Figure:
    """What the marks mean: a shape for each word, filled and outlined."""
    words = [word for word in WORDS if word != "invalidated"]
    shapes = "".join(
        f"<li>{''.join(showing_mark(word, kind, words=False).html for kind in KINDS_TOLD)} {SAID[word]}</li>"
        for word in words
    )
    html = (
        f'<ul class="hk-legend">{shapes}</ul><p class="hk-small">Filled: public models. Outlined: organisms, small models trained here, '
        "which say nothing about the literature. No shape: not tried. Exact models have no shape.</p>"
    )
    said = ", ".join(SAID[word] for word in words)
    return Figure(html, f"Words for a head type in a model: {said}. Public models and organisms are counted apart.")


def stage_chips(context: Context) -> Chips:
    """Head types as chips under their stage and category: name, number of claims, public models, organisms.

    Where not all have room, those with the most claims stay.
    """
    cells = cell_table(context, sorted(context.catalog.heads))
    columns = []
    for stage in context.stages():
        groups = []
        for category in stage.categories:
            chips = tuple(_chip(context, head, cells) for head in heads_of(context, stage, category.id))
            told = {"stage": context.name("stages", stage.id), "category": category.name}
            path = f"{record_path('stages', stage.id)}#{category.id}"
            groups += [ChipGroup(category.name, chips, told, path)] if chips else []
        columns.append(ChipColumn(ref("stages", stage.id), tuple(groups)))
    claims = context.catalog.statements_of_head
    first = sorted(context.catalog.heads, key=lambda head: (-len(claims.get(head, ())), head))
    return Chips(
        tuple(columns),
        FACETS,
        cells.legend(),
        "head types",
        stage_matrix_markdown(context),
        tuple(record_path("heads", head) for head in first),
    )


def some_chips(context: Context, page: str) -> Chips:
    """The same for a hand-written page: where not all types have room, those with the most claims in each category."""
    return shortened(stage_chips(context), context.links, page, ROOM, "matrix/")


ROOM = 36_500
"""Bytes of HTML for the head types on a hand-written page."""


def _chip(context: Context, head: Head, cells: CellTable) -> Row:
    facets = facets_of(context, head, cells)
    of_chip = {key: value for key, value in facets.items() if key not in ("stage", "category")}
    marks = [summary_mark(context.catalog, head.id, kind) for kind in KINDS_TOLD]
    # Every entry of the map is a head: its name says what kind.
    name = Raw(escape(head.name.removesuffix(" head")), head.name)
    return Row((name, claims_number(context.catalog, head.id), *marks), of_chip, record_path("heads", head.id))


def stage_matrix_markdown(context: Context) -> str:
    """The same as a list."""
    lines = []
    for stage in context.stages():
        lines.append(f"- {stage.name}")
        heads = heads_of(context, stage)
        lines += [f"    - {head.name}: {' '.join(head_sentences(context.catalog, head.id))}" for head in heads]
    return "\n".join(lines)


MARKS = (
    "After a name stand the number of claims about it, then what runs show in public models and in organisms: "
    "a shape, and in how many of the models tried."
)


def stage_matrix(context: Context) -> Page:
    """Head type × stage and category."""
    lead = f"Head types by stage and category. {MARKS} Other views: [by model](@matrix/models/), [by method](@matrix/methods/)."
    return _page(
        "stages", lead, stage_chips(context), "Head types by stage, with claims and what runs show, by kind of model."
    )


def _page(view: str, lead: str, content: Element, description: str) -> Page:
    """One view of the matrix: that of the stages is the first, the others lie below it."""
    path, parent = ("matrix/", "") if view == "stages" else (f"matrix/{view}/", "matrix/")
    more = Prose("[What the marks say](@evidence/).")
    body = (Prose(lead, lead=True), *(() if view == "methods" else (legend(), more)), content)
    return Page(path, f"Evidence matrix: {view}", body, parent, description, wide=True)


def model_matrix(context: Context) -> Page:
    """Head type × model."""
    catalog = context.catalog
    cells = cell_table(context, sorted(catalog.heads))
    columns = {model: str(number) for number, model in enumerate(cells.models)}
    heads = [head for head in catalog.heads.values() if cells.pairs[head.id]]

    def cell(head: Head, model: str) -> Cell:
        pair = cells.pairs[head.id].get(model)
        return pair_mark(context, pair) if pair else ""

    lead = (
        "Head types by model. A number counts claims; below it stand those that were rerun (✓ met, ≠ off), and the shape of what runs show "
        "of this type in this model. Other views: [by stage](@matrix/), [by method](@matrix/methods/)."
    )
    table = _cross(context, heads, cells, "models", columns, cell, "cells")
    return _page("models", lead, table, "Head types by model: claims and what runs show, for each pair.")


def pair_mark(context: Context, pair: Pair) -> Raw:
    """What stands for a head type in a model, for a narrow cell: claims, those that were rerun, the shape; linked to both."""
    catalog = context.catalog
    count = pair.claims(catalog)
    signs = [f"{STANDINGS[word].sign}{n}" for word in ("met", "off") if (n := count.by.get(word, 0))]
    shape = ""
    if pair.showing:
        kind = catalog.models[pair.model].type
        shape = f'<i class="hk-m hk-m-{pair.showing.word} hk-{kind}" aria-hidden="true"></i>'
    said = said_of(context, pair)
    target = f"heads/{pair.head_type}/#{'claims' if pair.statements else 'runs'}"
    lines = "".join(f"<b>{line}</b>" for line in [*([str(count.total)] if count.total else []), *signs])
    html = f'<a class="hk-x" href="{{href}}" title="{escape(said)}">{lines}{shape}</a>'
    return Raw(html, said.partition(": ")[2], target)


def method_matrix(context: Context) -> Page:
    """Head type × method: which methods the papers on a type used."""
    catalog = context.catalog
    papers = catalog.papers.values()
    pairs = (((entry.id, method), paper.id) for paper in papers for entry in paper.heads for method in paper.methods)
    used = {pair: [paper for _, paper in group] for pair, group in grouped(pairs, lambda item: item[0]).items()}
    methods = {m for _, m in used if m in catalog.methods}
    ordered = sorted(methods, key=lambda m: (catalog.methods[m].method_class, m))
    names = {method: context.name("methods", method) for method in ordered}
    heads = [head for head in catalog.heads.values() if any((head.id, m) in used for m in methods)]

    def cell(head: Head, method: str) -> Cell:
        count = len(used.get((head.id, method), []))
        label = f"{head.name}, {names[method]}: {counted(count, 'paper')}"
        return number_link(f"heads/{head.id}/#papers", label, count) if count else ""

    lead = (
        "Which methods the papers on a head type used. The number counts papers; it says nothing about what they found. "
        "Other views: [by stage](@matrix/), [by model](@matrix/models/)."
    )
    table = _cross(context, heads, cell_table(context, sorted(catalog.heads)), "methods", names, cell, "method")
    return _page("methods", lead, table, "Head types by discovery method.")


def _cross(
    context: Context,
    heads: Iterable[Head],
    cells: CellTable,
    kind: Kind,
    groups: Mapping[str, str],
    cell: Callable[[Head, str], Cell],
    group_by: str,
) -> DataTable:
    """Head types against records of a kind.

    Args:
        context: The catalog and its links.
        heads: The rows, in any order.
        cells: What stands for each of them in each model, for the filters.
        kind: What the columns are.
        groups: Id of each column → its value of the facet `group_by`, or its number among the models of the cells.
        cell: What stands where a head type and a column meet.
        group_by: The facet that, once chosen, leaves only its columns; `cells`: those in which a cell of a listed row fits.
    """
    columns = ("Head type", *(f"[{context.name(kind, i)}](@{record_path(kind, i)})" for i in groups))
    rows = tuple(
        Row((ref("heads", head.id), *(cell(head, i) for i in groups)), facets_of(context, head, cells))
        for head in by_name(heads)
    )
    return DataTable(
        columns,
        rows,
        FACETS,
        name="head types",
        style="hk-cross",
        group_by=group_by,
        groups=tuple(groups.values()),
        models=cells.legend(),
    )


def number_link(target: str, label: str, count: int) -> Raw:
    """A number in ink, linked, with words for those who do not see what it counts."""
    return Raw(f'<a class="hk-x" href="{{href}}" title="{escape(label)}"><b>{count}</b></a>', str(count), target)
