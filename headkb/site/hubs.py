"""The list page of every kind, with filters."""

from __future__ import annotations

from collections.abc import Callable

from headkb.catalog.schema import Kind
from headkb.site.document import Cell, Figure, Heading, Node, Page, Prose, Row, Table
from headkb.site.evidence import badge, best
from headkb.site.head_pages import head_hub_rows
from headkb.site.kind_pages import CLASSES, stage_flow
from headkb.site.links import record_path
from headkb.site.model_pages import model_hub_rows
from headkb.site.paper_pages import paper_hub_rows
from headkb.site.parts import RUN_COLUMNS, Context, joined, ref, run_rows
from headkb.site.svg import ranges_chart
from headkb.site.text import plain

TITLES: dict[Kind, tuple[str, str]] = {
    "heads": (
        "Head types",
        "Every type of attention head that the catalog knows, with the best evidence there is for it.",
    ),
    "papers": ("Papers", "Papers, posts and theses about attention heads, newest first."),
    "methods": ("Discovery methods", "Ways in which heads are found, in the survey's classes."),
    "benchmarks": ("Benchmarks", "Data sets and prompt families that heads are studied on."),
    "stages": ("Stages", "The four stages into which the survey sorts head types."),
    "circuits": ("Circuits", "Heads that work together on a task."),
    "models": ("Models", "Models whose heads are talked about; those with most named heads first."),
    "claims": ("Claims", "What sources say about particular heads, one page per source."),
    "runs": ("Runs", "Every run of headkb, successes and failures alike, newest first."),
    "glossary": ("Glossary", "The words of the field."),
}
HEAD_COLUMNS = ("Head type", "What it does", "Stage", "Papers", "Models", "First", "Recipe", "Evidence")
HEAD_FACETS = {
    "stage": "Stage",
    "category": "Category",
    "evidence": "Evidence",
    "year": "First reported",
    "recipe": "Recipe",
}
PAPER_FACETS = {
    "year": "Year",
    "stage": "Stage",
    "role": "Role",
    "method": "Method",
    "evidence": "Evidence",
    "listed": "Listed in",
    "code": "Code",
}


def hub_pages(context: Context) -> list[Page]:
    """One hub per kind."""
    return [hub_page(context, kind) for kind in HUBS]


def hub_page(context: Context, kind: Kind) -> Page:
    """The list of one kind."""
    title, lead = TITLES[kind]
    body: list[Node] = [Prose(f"{lead} {len(context.catalog.of(kind))} records.", lead=True)]
    if kind == "stages":
        body += [stage_flow(context, "stages/")]
    if kind == "claims":
        body[0] = Prose(
            f"{lead} {len(context.catalog.statements)} claims from {len(context.catalog.claims)} sources.", lead=True
        )
    table = HUBS[kind](context)
    body.append(table if table.rows else Prose("None yet."))
    if kind == "stages":
        body += depth_nodes(context, "stages/")
    return Page(f"{kind}/", title, tuple(body), description=lead, boost=1.5, wide=True)


def _heads(context: Context) -> Table:
    return Table(HEAD_COLUMNS, head_hub_rows(context), HEAD_FACETS, name="head types")


def _papers(context: Context) -> Table:
    return Table(("Date", "Paper", "Head types", "Claims"), paper_hub_rows(context), PAPER_FACETS, name="papers")


def _methods(context: Context) -> Table:
    rows = []
    for method in sorted(context.catalog.methods.values(), key=lambda m: (m.method_class, m.name.casefold())):
        papers = sum(method.id in p.methods for p in context.catalog.papers.values())
        code = "yes" if method.implementation else "no"
        kind = CLASSES[method.method_class]
        cost = method.cost.forward if method.cost else "–"
        rows.append(
            Row(
                (ref("methods", method.id), method.definition, kind, cost, str(papers), code),
                {"class": kind, "code": code},
            )
        )
    return Table(
        ("Method", "What it does", "Class", "Forward passes", "Papers", "In headkb"),
        tuple(rows),
        {"class": "Class", "code": "In headkb"},
        name="methods",
    )


def _benchmarks(context: Context) -> Table:
    rows = []
    for b in sorted(context.catalog.benchmarks.values(), key=lambda b: b.name.casefold()):
        papers = sum(b.id in p.benchmarks for p in context.catalog.papers.values())
        code = "yes" if b.generator else "no"
        rows.append(
            Row((ref("benchmarks", b.id), b.definition, b.type, str(papers), code), {"kind": b.type, "generator": code})
        )
    return Table(
        ("Benchmark", "What it is", "Kind", "Papers", "Generator"),
        tuple(rows),
        {"kind": "Kind", "generator": "Generator in headkb"},
        name="benchmarks",
    )


def _stages(context: Context) -> Table:
    rows = []
    for s in sorted(context.catalog.stages.values(), key=lambda s: s.order):
        count = sum(h.stage == s.id for h in context.catalog.heads.values())
        categories: Cell = joined([f"[{plain(c.name)}](@stages/{s.id}/#{c.id})" for c in s.categories])
        rows.append(Row((f"{s.order}", ref("stages", s.id), s.definition, categories, str(count))))
    return Table(("", "Stage", "What happens", "Categories", "Head types"), tuple(rows))


def _circuits(context: Context) -> Table:
    circuits = sorted(context.catalog.circuits.values(), key=lambda c: c.name.casefold())
    rows = [
        Row(
            (
                ref("circuits", c.id),
                c.definition,
                ref("models", c.model) if c.model else "–",
                str(len(c.nodes)),
                str(len(c.edges)),
            ),
            {
                "model": context.links.name(f"models/{c.model}") if c.model else "none",
                "head": "|".join(sorted({context.links.name(f"heads/{n.head}") for n in c.nodes if n.head})),
            },
        )
        for c in circuits
    ]
    columns = ("Circuit", "What it does", "Model", "Nodes", "Edges")
    return Table(columns, tuple(rows), {"model": "Model", "head": "Head type"}, name="circuits")


def _models(context: Context) -> Table:
    columns = ("Model", "Family", "Layers × heads", "Named heads", "Tables", "Runs", "Evidence")
    return Table(
        columns, model_hub_rows(context), {"family": "Family", "kind": "Kind", "evidence": "Evidence"}, name="models"
    )


def _claims(context: Context) -> Table:
    rows = []
    for file in sorted(context.catalog.claims.values(), key=lambda f: f.id):
        models = sorted({c.model for c in file.claims})
        heads = sorted({c.head or c.about or "" for c in file.claims})
        rung = best(context.catalog.rung(f"{file.id}/{c.id}") for c in file.claims)
        shown: Cell = (
            joined([ref("models", m) for m in models[:5]]),
            f" and {len(models) - 5} more" if len(models) > 5 else "",
        )
        rows.append(
            Row(
                (
                    ref("claims", file.id),
                    str(len(file.claims)),
                    joined([ref("heads", h) for h in heads[:6]]),
                    shown,
                    badge(rung),
                ),
                {
                    "evidence": rung,
                    "model": "|".join(context.links.name(f"models/{m}") for m in models),
                    "head": "|".join(context.links.name(f"heads/{h}") for h in heads),
                },
            )
        )
    return Table(
        ("Source", "Claims", "Head types", "Models", "Best evidence"),
        tuple(rows),
        {"head": "Head type", "model": "Model", "evidence": "Evidence"},
        name="sources",
    )


def _runs(context: Context) -> Table:
    runs = sorted(context.catalog.runs.values(), key=lambda r: (r.date, r.id), reverse=True)
    return Table(
        RUN_COLUMNS,
        run_rows(context, runs),
        {"verdict": "Verdict", "head": "Head type", "model": "Model", "year": "Year"},
        name="runs",
    )


def _glossary(context: Context) -> Table:
    terms = sorted(context.catalog.glossary.values(), key=lambda t: t.name.casefold())
    rows = tuple(
        Row(
            (ref("glossary", t.id), t.definition),
            {"q": " ".join(t.names()), "symbols": "yes" if t.symbols else "no", "letter": t.name[:1].upper()},
        )
        for t in terms
    )
    return Table(("Term", "Meaning"), rows, {"letter": "First letter", "symbols": "With symbols"}, name="terms")


HUBS: dict[Kind, Callable[[Context], Table]] = {
    "heads": _heads,
    "papers": _papers,
    "methods": _methods,
    "benchmarks": _benchmarks,
    "stages": _stages,
    "circuits": _circuits,
    "models": _models,
    "claims": _claims,
    "runs": _runs,
    "glossary": _glossary,
}


def depth_nodes(context: Context, page: str) -> list[Node]:
    """Where in a model the types of each stage lie, from the depth ranges of head records."""
    stages = sorted(context.catalog.stages.values(), key=lambda s: s.order)
    rows: list[tuple[str, str, float, float, str]] = []
    for number, stage in enumerate(stages, start=1):
        ranges = sorted(
            (h.depth.start, h.depth.end, h.name, h.id)
            for h in context.catalog.heads.values()
            if h.stage == stage.id and h.depth and h.depth.start is not None and h.depth.end is not None
        )
        rows += [
            (
                f"{stage.abbreviation} {name}"[:32],
                context.links.relative(page, record_path("heads", head_id)),
                start,
                end,
                f"hk-s{number}",
            )
            for start, end, name, head_id in ranges
        ]
    if not rows:
        return []
    said = "\n".join(f"- {name}: {start:.0%} to {end:.0%}" for name, _, start, end, _ in rows)
    caption = "Usual depth of the head types for which sources name enough heads; the basis stands on each head's page."
    return [
        Heading("Stage against depth", "depth"),
        Figure(ranges_chart(rows, "Usual depth of head types, by stage"), said, caption),
    ]
