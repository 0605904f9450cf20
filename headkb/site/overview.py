"""Pages computed over the whole catalog: reproduction dashboard, timeline, errata, what is missing, validation rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from headkb.catalog.schema import Record, Run
from headkb.site.document import Cell, Figure, Heading, Node, Page, Prose, Row, Table, table
from headkb.site.evidence import RUNGS, badge, first_reported
from headkb.site.foot import where_cell
from headkb.site.matrix import legend, mark
from headkb.site.parts import Context, bullets, joined, ref, sources_cell
from headkb.site.rule_pages import rule_pages
from headkb.site.run_tables import RUN_COLUMNS, run_rows
from headkb.site.svg import columns_chart
from headkb.site.verified import verified_section


def overview_pages(context: Context) -> list[Page]:
    """All of them."""
    return [dashboard(context), timeline(context), errata(context), missing(context), *rule_pages()]


def dashboard(context: Context) -> Page:
    """What was rerun, with which outcome."""
    c = context.catalog
    runs = sorted(c.runs.values(), key=lambda r: (r.date, r.id), reverse=True)
    counts: Counter[str] = Counter(r.verdict for r in runs)
    waiting = sum(1 for s in c.statements if not c.runs_of_claim.get(s))
    told = joined([(badge(name), f" {counts[name]}") for name in RUNGS if counts[name]], "   ")
    body: list[Node] = [
        Prose(
            "Every run of headkb against a claim or with a recipe. A run that deviates or fails is a result, and stands beside the others with its cause.",
            lead=True,
        ),
        bullets(
            [
                told or "No run is recorded yet.",
                f"{waiting} claims have not been rerun yet.",
                "All runs with filters: [runs](@runs/). What silencing the found heads did: [head types put to the test](@reproduction/causal/).",
            ]
        ),
    ]
    if runs:
        body += [
            Heading("Head type by model", "by-model"),
            Prose(
                "A mark per outcome, linked to the newest run with that outcome; a grey number counts claims that were never rerun."
            ),
            legend(),
            _by_model(context, runs),
        ]
    trouble = [r for r in runs if r.verdict in ("deviating", "failed", "invalidated")]
    if trouble:
        facets = {"verdict": "Verdict", "head": "Head type", "model": "Model"} if len(trouble) > 12 else {}
        body += [
            Heading("Deviating, failed and withdrawn runs", "trouble"),
            table(RUN_COLUMNS, run_rows(context, trouble), facets=facets, name="runs"),
        ]
    body += verified_section(context)
    return Page(
        "reproduction/",
        "Reproduction dashboard",
        tuple(body),
        description="What headkb reran, on which model, with which outcome.",
        wide=True,
        boost=1.5,
    )


def _by_model(context: Context, runs: list[Run]) -> Table:
    """Head type × model; runs come newest first."""
    order = list(RUNGS)
    models = sorted({r.model for r in runs}, key=lambda m: context.links.name(f"models/{m}").casefold())
    claims = Counter(
        (s.claim.head or s.claim.about, s.claim.model)
        for s in context.catalog.statements.values()
        if not context.catalog.runs_of_claim.get(s.id)
    )
    pairs: dict[tuple[str, str], dict[str, Run]] = {}
    for run in runs:
        pairs.setdefault((run.head, run.model), {}).setdefault(run.verdict, run)
    rows = []
    for head_id in sorted({r.head for r in runs}, key=lambda h: context.links.name(f"heads/{h}").casefold()):
        cells: list[Cell] = [ref("heads", head_id)]
        seen: set[str] = set()
        for model in models:
            found = pairs.get((head_id, model), {})
            seen.update(found)
            said = f"{context.links.name(f'heads/{head_id}')} in {context.links.name(f'models/{model}')}"
            marks = [
                mark(context, verdict, f"runs/{found[verdict].id}/", "reproduction/", said)
                for verdict in sorted(found, key=order.index)
            ]
            left = claims.get((head_id, model), 0)
            if left and not marks:
                marks = [
                    mark(
                        context, "", f"heads/{head_id}/#claims", "reproduction/", f"{said}: {left} not rerun", str(left)
                    )
                ]
            cells.append(tuple(marks))
        rows.append(Row(tuple(cells), {"verdict": "|".join(sorted(seen))}))
    columns = ("Head type", *(f"[{context.links.name(f'models/{m}')}](@models/{m}/)" for m in models))
    return Table(columns, tuple(rows), {"verdict": "Verdict"}, name="head types", style="hk-cross")


def timeline(context: Context) -> Page:
    """When each head type was first reported, replicated and contested; papers and new types per year."""
    rows = []
    for head in context.catalog.heads.values():
        entries = context.catalog.papers_of_head.get(head.id, [])
        first = first_reported(context.catalog, head.id)
        if not entries:
            continue
        later = {
            role: next(((p, r) for p, r in entries if r == role), None)
            for role in ("introduces", "replicates", "contests")
        }
        cells = [(found[0].date[:7], " ", ref("papers", found[0].id)) if found else "–" for found in later.values()]
        runs = context.catalog.runs_of_head.get(head.id, [])
        rerun: Cell = (
            (badge(runs[-1].verdict), " ", ref("runs", runs[-1].id, runs[-1].date)) if runs else "not rerun yet"
        )
        stage = context.links.name(f"stages/{head.stage}")
        rows.append(
            (
                first,
                head.name,
                Row(
                    (ref("heads", head.id), *cells, rerun),
                    {"year": first[:4], "stage": stage, "contested": "yes" if later["contests"] else "no"},
                ),
            )
        )
    ordered = tuple(row for *_, row in sorted(rows, key=lambda r: r[:2]))
    papers = Counter(p.date[:4] for p in context.catalog.papers.values())
    types = Counter(first[:4] for first, *_ in rows if first)
    body: list[Node] = [
        Prose("When each head type was first reported, replicated by others, contested, and rerun here.", lead=True)
    ]
    for title, anchor, counts in (
        ("Papers per year", "papers", papers),
        ("Head types first reported, per year", "types", types),
    ):
        if counts:
            years = {str(y): counts.get(str(y), 0) for y in range(int(min(counts)), int(max(counts)) + 1)}
            said = ", ".join(f"{y}: {n}" for y, n in years.items())
            body += [Heading(title, anchor), Figure(columns_chart(years, f"{title}. {said}"), said)]
    body += [
        Heading("Head types in order of first report", "heads"),
        Table(
            ("Head type", "Introduced", "Replicated", "Contested", "First run here"),
            ordered,
            {"stage": "Stage", "year": "Year", "contested": "Contested"},
            name="head types",
        ),
    ]
    return Page(
        "timeline/",
        "Timeline",
        tuple(body),
        description="First reported, replicated, contested: every head type in order of time.",
        wide=True,
    )


def errata(context: Context) -> Page:
    """Every place where a document that we build on is wrong."""
    rows = []
    for kind, record in context.catalog.records():
        for e in record.errata:
            where = {"survey": "the survey", "list": "the list"}.get(e.where, context.links.name(f"papers/{e.where}"))
            rows.append(
                Row(
                    (where_cell(e.where), ref(kind, record.id), e.says, e.correct, sources_cell(e.sources)),
                    {"in": where, "kind": kind},
                )
            )
    body: list[Node] = [
        Prose(
            "Where the documents that this catalog started from, or papers it cites, are wrong about a record, and which source shows it.",
            lead=True,
        ),
        Table(
            ("In", "About", "It says", "Correct is", "Source"),
            tuple(rows),
            {"in": "Document", "kind": "Kind"},
            name="errata",
        )
        if rows
        else Prose("None recorded."),
    ]
    return Page(
        "errata/",
        "Errata",
        tuple(body),
        description="Errors found in the survey, the list and cited papers, with sources.",
        wide=True,
    )


def missing(context: Context) -> Page:
    """What the catalog does not have yet, as lists to work on."""
    c = context.catalog
    named = {s.claim.head for s in c.statements.values() if s.claim.named_heads()}
    waiting = [s for s in c.statements.values() if not c.runs_of_claim.get(s.id)]
    per_head = Counter(s.claim.head or s.claim.about or "" for s in waiting)
    lists: list[tuple[str, str, str, list[Cell]]] = [
        (
            "No recipe decides these head types",
            "no-recipe",
            "Each says why, and what a recipe would need.",
            [
                (ref("heads", h.id), f": {' '.join(h.no_recipe.needed.split())}")
                for h in _sorted(c.heads.values())
                if h.no_recipe
            ],
        ),
        (
            "No particular head is named",
            "no-heads",
            "No claim in the catalog gives heads of a model for these types.",
            [ref("heads", h.id) for h in _sorted(c.heads.values()) if h.id not in named],
        ),
        (
            "Recipes that were never run",
            "never-run",
            "These can be run as they stand.",
            [ref("heads", h.id) for h in _sorted(c.heads.values()) if h.recipes and h.id not in c.runs_of_head],
        ),
        (
            "Claims that were never rerun",
            "claims",
            f"{len(waiting)} claims, by head type.",
            [(ref("heads", h), f" ({n})") for h, n in sorted(per_head.items(), key=lambda i: (-i[1], i[0])) if h],
        ),
        (
            "Methods without code here",
            "methods",
            "",
            [
                (ref("methods", m.id), f": {' '.join((m.no_implementation or '').split())}")
                for m in _sorted(c.methods.values())
                if m.no_implementation
            ],
        ),
        (
            "Papers without a summary",
            "summaries",
            "",
            [ref("papers", p.id) for p in _sorted(c.papers.values()) if p.summary is None],
        ),
        (
            "Papers without a link to code",
            "code",
            "Either there is none, or nobody has added it.",
            [
                ref("papers", p.id)
                for p in _sorted(c.papers.values())
                if not any(link.label == "Code" for link in p.links)
            ],
        ),
        (
            "Models without a pinned revision",
            "revisions",
            "",
            [ref("models", m.id) for m in _sorted(c.models.values()) if m.type == "public" and not m.revision],
        ),
        (
            "Deviating or failed runs without a known cause",
            "causes",
            "",
            [
                ref("runs", r.id)
                for r in _sorted(c.runs.values())
                if r.verdict in ("deviating", "failed") and not r.cause
            ],
        ),
    ]
    body: list[Node] = [
        Prose("What the catalog lacks. Each entry is an invitation: [how to contribute](@contribute/).", lead=True)
    ]
    for title, anchor, note, items in lists:
        body.append(Heading(f"{title} ({len(items)})", anchor))
        body += [Prose(note)] if note and items else []
        if not items:
            body.append(Prose("Nothing is missing here."))
        else:
            body.append(bullets(items) if anchor in ("no-recipe", "methods") else bullets([joined(items)]))
    return Page(
        "missing/",
        "What is missing",
        tuple(body),
        description="Head types without code, claims without a rerun, and other gaps.",
    )


def _sorted(records: Iterable[Record]) -> list[Any]:
    return sorted(records, key=lambda record: record.title_text().casefold())
