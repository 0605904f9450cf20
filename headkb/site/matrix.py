"""The evidence matrices: head type × stage, × model, × method."""

from __future__ import annotations

from html import escape

from headkb.catalog.schema import Head
from headkb.site.document import Cell, Figure, Node, Page, Prose, Raw, Row, Table
from headkb.site.evidence import NEVER, RUNGS, badge, best, first_reported
from headkb.site.links import record_path
from headkb.site.parts import Context, ref

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


def head_rung(context: Context, head_id: str) -> str:
    """The best evidence for a head type in any model; empty if nothing is known."""
    return best(r for (h, _), known in context.known.items() if h == head_id for r in known.rungs)


def facets_of(context: Context, head: Head) -> dict[str, str]:
    """The values by which a head type can be filtered."""
    stage = context.catalog.stages.get(head.stage)
    category = (
        next((c.name for c in stage.categories if c.id == head.category), head.category) if stage else head.category
    )
    models = [context.catalog.models[m] for h, m in context.known if h == head.id and m in context.catalog.models]
    methods = {m for p, _ in context.catalog.papers_of_head.get(head.id, []) for m in p.methods}
    return {
        "stage": stage.name if stage else head.stage,
        "category": category,
        "family": "|".join(sorted({m.family for m in models})),
        "method": "|".join(sorted(context.links.name(f"methods/{m}") for m in methods)),
        "evidence": head_rung(context, head.id) or "none",
        "year": first_reported(context.catalog, head.id)[:4],
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
    for stage in sorted(context.catalog.stages.values(), key=lambda s: s.order):
        groups = []
        for category in stage.categories:
            heads = sorted(
                (h for h in context.catalog.heads.values() if (h.stage, h.category) == (stage.id, category.id)),
                key=lambda h: h.name.casefold(),
            )
            chips = "".join(_chip(context, head, page) for head in heads)
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
    for stage in sorted(context.catalog.stages.values(), key=lambda s: s.order):
        lines.append(f"- {stage.name}")
        for head in sorted(
            (h for h in context.catalog.heads.values() if h.stage == stage.id), key=lambda h: h.name.casefold()
        ):
            rung = head_rung(context, head.id)
            lines.append(f"    - {head.name}: {RUNGS[rung].label if rung else 'nothing known of particular heads'}")
    return "\n".join(lines)


def stage_matrix(context: Context) -> Page:
    """Head type × stage and category."""
    body: list[Node] = [
        Prose(
            "Head types by stage and category. The mark before a name is the best evidence in any model. Other views: [by model](@matrix/models/), [by method](@matrix/methods/).",
            lead=True,
        ),
        legend(),
        Figure(stage_matrix_html(context, "matrix/"), stage_matrix_markdown(context)),
    ]
    return Page(
        "matrix/",
        "Evidence matrix: stages",
        tuple(body),
        description="Head types by stage, with the best evidence for each.",
        wide=True,
    )


def model_matrix(context: Context) -> Page:
    """Head type × model."""
    models = sorted(
        {m for _, m in context.known if m in context.catalog.models},
        key=lambda m: (context.catalog.models[m].family, m),
    )
    rows = []
    for head in _known_heads(context):
        cells: list[Cell] = [ref("heads", head.id)]
        for model in models:
            known = context.known.get((head.id, model))
            cells.append(
                mark(
                    context,
                    known.best,
                    f"heads/{head.id}/#claims",
                    "matrix/models/",
                    f"{head.name} in {context.links.name(f'models/{model}')}",
                )
                if known
                else ""
            )
        rows.append(Row(tuple(cells), facets_of(context, head)))
    columns = ("Head type", *(f"[{context.links.name(f'models/{m}')}](@models/{m}/)" for m in models))
    body = (
        Prose(
            "Head types by model. Each mark leads to the claims of the head type. Other views: [by stage](@matrix/), [by method](@matrix/methods/).",
            lead=True,
        ),
        legend(),
        Table(
            columns,
            tuple(rows),
            FACETS,
            name="head types",
            style="hk-cross",
            group_by="family",
            groups=tuple(context.catalog.models[m].family for m in models),
        ),
    )
    return Page(
        "matrix/models/",
        "Evidence matrix: models",
        body,
        "matrix/",
        "Head types by model, with the best evidence for each pair.",
        wide=True,
    )


def method_matrix(context: Context) -> Page:
    """Head type × method: which methods the papers on a type used."""
    used: dict[tuple[str, str], list[str]] = {}
    for paper in context.catalog.papers.values():
        for entry in paper.heads:
            for method in paper.methods:
                used.setdefault((entry.id, method), []).append(paper.id)
    methods = sorted(
        {m for _, m in used if m in context.catalog.methods}, key=lambda m: (context.catalog.methods[m].method_class, m)
    )
    rows = []
    for head in sorted(context.catalog.heads.values(), key=lambda h: h.name.casefold()):
        if not any((head.id, m) in used for m in methods):
            continue
        cells: list[Cell] = [ref("heads", head.id)]
        for method in methods:
            papers = used.get((head.id, method), [])
            rung = best(
                context.catalog.rung(s.id)
                for s in context.catalog.statements_of_head.get(head.id, [])
                if {s.file.paper, s.claim.source.paper} & set(papers)
            )
            label = f"{head.name}, {context.links.name(f'methods/{method}')}: {len(papers)} paper{'s' if len(papers) != 1 else ''}"
            cells.append(
                mark(context, rung, f"heads/{head.id}/#papers", "matrix/methods/", label, str(len(papers)))
                if papers
                else ""
            )
        rows.append(Row(tuple(cells), facets_of(context, head)))
    columns = ("Head type", *(f"[{context.links.name(f'methods/{m}')}](@methods/{m}/)" for m in methods))
    body = (
        Prose(
            "Which methods the papers on a head type used. The number counts papers; its colour is the best evidence among their claims. Other views: [by stage](@matrix/), [by model](@matrix/models/).",
            lead=True,
        ),
        legend(),
        Table(
            columns,
            tuple(rows),
            FACETS,
            name="head types",
            style="hk-cross",
            group_by="method",
            groups=tuple(context.links.name(f"methods/{m}") for m in methods),
        ),
    )
    return Page(
        "matrix/methods/", "Evidence matrix: methods", body, "matrix/", "Head types by discovery method.", wide=True
    )


def _known_heads(context: Context) -> list[Head]:
    known = {h for h, _ in context.known}
    return sorted((h for h in context.catalog.heads.values() if h.id in known), key=lambda h: h.name.casefold())


def mark(context: Context, rung: str, target: str, page: str, label: str, shown: str = "") -> Raw:
    """A letter or number in the colour of a rung, linked, with words for those who do not see it."""
    step = RUNGS.get(rung, NEVER)
    said = f"{label}{f' ({step.label})' if rung else ''}"
    href = escape(context.links.relative(page, target))
    return Raw(
        f'<a class="hk-r hk-{rung or "none"}" href="{href}" title="{escape(said)}">{shown or step.letter or "·"}</a>',
        f"{shown} {step.label if rung else ''}".strip(),
    )


def rung_badge(context: Context, head_id: str) -> Cell:
    """The badge of a head type's best evidence."""
    rung = head_rung(context, head_id)
    return badge(rung) if rung else "–"
