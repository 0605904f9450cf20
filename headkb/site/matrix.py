"""The evidence matrices: head type × stage, × model, × method."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape

from headkb.catalog.kinds import Kind
from headkb.catalog.schema import Head
from headkb.site.compose import by_name, counted
from headkb.site.document import Cell, DataTable, Figure, Page, Prose, Raw, Row
from headkb.site.evidence import NEVER, RUNGS, best, first_reported
from headkb.site.links import record_path
from headkb.site.parts import Context, ref
from headkb.site.stage_pages import heads_of

FACETS = {
    "stage": "Stage",
    "category": "Category",
    "family": "Model family",
    "method": "Method",
    "evidence": "Evidence",
    "year": "First reported",
    "status": "Status",
}


def matrix_pages(context: Context) -> list[Page]:
    """The three matrices."""
    return [stage_matrix(context), model_matrix(context), method_matrix(context)]


def facets_of(context: Context, head: Head) -> dict[str, str]:
    """The values by which a head type can be filtered."""
    catalog = context.catalog
    families = {catalog.models[m].family for h, m in context.known if h == head.id and m in catalog.models}
    methods = {context.name("methods", m) for p, _ in catalog.papers_of_head.get(head.id, []) for m in p.methods}
    return {
        "stage": context.name("stages", head.stage),
        "category": context.category(head),
        "family": "|".join(sorted(families)),
        "method": "|".join(sorted(methods)),
        "evidence": best(context.rungs(head.id)) or "none",
        "year": first_reported(catalog, head.id)[:4],
        "status": head.status,
        "q": " ".join([head.id, *head.names()]),
    }


def legend() -> Prose:
    """What the letters mean."""
    words = ", ".join(f"**{r.letter}** {r.label}" for name, r in RUNGS.items() if name != "invalidated")
    return Prose(f"{words}; an empty cell means {NEVER.label}. See the [evidence ladder](@evidence/).")


def stage_matrix_html(context: Context, page: str) -> str:
    """Head types as chips under their stage and category."""
    columns = []
    for stage in context.stages():
        groups = []
        for category in stage.categories:
            chips = "".join(_chip(context, head, page) for head in heads_of(context, stage, category.id))
            if chips:
                groups.append(f'<div class="hk-group"><h4>{escape(category.name)}</h4><ul>{chips}</ul></div>')
        href = escape(context.links.relative(page, record_path("stages", stage.id)))
        columns.append(
            f'<section class="hk-column"><h3><a href="{href}">{escape(stage.name)}</a></h3>{"".join(groups)}</section>'
        )
    facets = escape("|".join(f"{k}={v}" for k, v in FACETS.items()))
    return f'<div class="hk-matrix" data-facets="{facets}" data-name="head types">{"".join(columns)}</div>'


def _chip(context: Context, head: Head, page: str) -> str:
    values = facets_of(context, head)
    data = "".join(f' data-{key}="{escape(value)}"' for key, value in values.items() if value)
    rung = values["evidence"] if values["evidence"] != "none" else ""
    step = RUNGS.get(rung, NEVER)
    href = escape(context.links.relative(page, record_path("heads", head.id)))
    mark = (
        f'<span class="hk-r hk-{rung}" title="{escape(step.label)}">{step.letter}</span>'
        if rung
        else '<span class="hk-r hk-none" title="nothing known">·</span>'
    )
    return f'<li class="hk-chip"{data}><a href="{href}">{mark}{escape(head.name)}</a></li>'


def stage_matrix_markdown(context: Context) -> str:
    """The same as a list."""
    lines = []
    for stage in context.stages():
        lines.append(f"- {stage.name}")
        for head in heads_of(context, stage):
            rung = best(context.rungs(head.id))
            lines.append(f"    - {head.name}: {RUNGS[rung].label if rung else 'nothing known of particular heads'}")
    return "\n".join(lines)


def stage_matrix(context: Context) -> Page:
    """Head type × stage and category."""
    lead = (
        "Head types by stage and category. The mark before a name is the best evidence in any model. "
        "Other views: [by model](@matrix/models/), [by method](@matrix/methods/)."
    )
    figure = Figure(stage_matrix_html(context, "matrix/"), stage_matrix_markdown(context))
    return Page(
        path="matrix/",
        title="Evidence matrix: stages",
        body=(Prose(lead, lead=True), legend(), figure),
        description="Head types by stage, with the best evidence for each.",
        wide=True,
    )


def model_matrix(context: Context) -> Page:
    """Head type × model."""
    catalog = context.catalog
    models = {m for _, m in context.known if m in catalog.models}
    families = {m: catalog.models[m].family for m in sorted(models, key=lambda m: (catalog.models[m].family, m))}
    heads = [head for head in catalog.heads.values() if any(h == head.id for h, _ in context.known)]

    def cell(head: Head, model: str) -> Cell:
        known = context.known.get((head.id, model))
        label = f"{head.name} in {context.name('models', model)}"
        return mark(context, known.best, f"heads/{head.id}/#claims", "matrix/models/", label) if known else ""

    return Page(
        path="matrix/models/",
        title="Evidence matrix: models",
        body=(
            Prose(
                "Head types by model. Each mark leads to the claims of the head type. Other views: [by stage](@matrix/), [by method](@matrix/methods/).",
                lead=True,
            ),
            legend(),
            _cross(context, heads, "models", families, cell, "family"),
        ),
        parent="matrix/",
        description="Head types by model, with the best evidence for each pair.",
        wide=True,
    )


def method_matrix(context: Context) -> Page:
    """Head type × method: which methods the papers on a type used."""
    catalog = context.catalog
    used: dict[tuple[str, str], list[str]] = {}
    for paper in catalog.papers.values():
        for entry in paper.heads:
            for method in paper.methods:
                used.setdefault((entry.id, method), []).append(paper.id)
    methods = {m for _, m in used if m in catalog.methods}
    ordered = sorted(methods, key=lambda m: (catalog.methods[m].method_class, m))
    heads = [head for head in catalog.heads.values() if any((head.id, m) in used for m in methods)]

    def cell(head: Head, method: str) -> Cell:
        papers = used.get((head.id, method), [])
        statements = catalog.statements_of_head.get(head.id, [])
        rung = best(catalog.rung(s.id) for s in statements if {s.file.paper, s.claim.source.paper} & set(papers))
        label = f"{head.name}, {context.name('methods', method)}: {counted(len(papers), 'paper')}"
        target, count = f"heads/{head.id}/#papers", str(len(papers))
        return mark(context, rung, target, "matrix/methods/", label, count) if papers else ""

    return Page(
        path="matrix/methods/",
        title="Evidence matrix: methods",
        body=(
            Prose(
                "Which methods the papers on a head type used. The number counts papers; its colour is the best evidence among their claims. Other views: [by stage](@matrix/), [by model](@matrix/models/).",
                lead=True,
            ),
            legend(),
            _cross(context, heads, "methods", {m: context.name("methods", m) for m in ordered}, cell, "method"),
        ),
        parent="matrix/",
        description="Head types by discovery method.",
        wide=True,
    )


def _cross(
    context: Context,
    heads: Iterable[Head],
    kind: Kind,
    groups: Mapping[str, str],
    cell: Callable[[Head, str], Cell],
    group_by: str,
) -> DataTable:
    """Head types against records of a kind.

    Args:
        context: The catalog and its links.
        heads: The rows, in any order.
        kind: What the columns are.
        groups: Id of each column → its value of the facet `group_by`.
        cell: What stands where a head type and a column meet.
        group_by: The facet that, once chosen, leaves only its columns.
    """
    columns = ("Head type", *(f"[{context.name(kind, i)}](@{record_path(kind, i)})" for i in groups))
    rows = tuple(
        Row((ref("heads", head.id), *(cell(head, i) for i in groups)), facets_of(context, head))
        for head in by_name(heads)
    )
    return DataTable(
        columns, rows, FACETS, name="head types", style="hk-cross", group_by=group_by, groups=tuple(groups.values())
    )


def mark(context: Context, rung: str, target: str, page: str, label: str, text: str = "") -> Raw:
    """A letter or number in the colour of a rung, linked, with words for those who do not see it."""
    step = RUNGS.get(rung, NEVER)
    label_text = f"{label}{f' ({step.label})' if rung else ''}"
    href = escape(context.links.relative(page, target))
    return Raw(
        f'<a class="hk-r hk-{rung or "none"}" href="{href}" title="{escape(label_text)}">{text or step.letter or "·"}</a>',
        f"{text} {step.label if rung else ''}".strip(),
    )
