"""Pages computed over the whole catalog: reproduction dashboard, timeline, errata, what is missing, validation rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from headkb.catalog.kinds import Kind
from headkb.catalog.schema import Erratum, Head, Record, Run
from headkb.site.compose import by_name, listing, long_table, newest, prose, section, table_of
from headkb.site.document import Cell, DataTable, Element, Figure, Heading, Page, Prose, Row
from headkb.site.evidence import RUNGS, badge, first_reported
from headkb.site.foot import where_cell
from headkb.site.matrix import legend, mark
from headkb.site.parts import Context, bullets, joined, ref, sources_cell
from headkb.site.rule_pages import rule_pages
from headkb.site.run_tables import RUN_COLUMNS, run_rows
from headkb.site.svg import columns_chart
from headkb.site.verified import verified_section

RUN_FACETS = {"verdict": "Verdict", "head": "Head type", "model": "Model"}


def overview_pages(context: Context) -> list[Page]:
    """All of them."""
    return [dashboard(context), timeline(context), errata(context), missing(context), *rule_pages()]


def dashboard(context: Context) -> Page:
    """What was rerun, with which outcome."""
    c = context.catalog
    runs = newest(c.runs.values())
    verdicts: Counter[str] = Counter(r.verdict for r in runs)
    waiting = sum(1 for s in c.statements if not c.runs_of_claim.get(s))
    counts = joined([(badge(name), f" {verdicts[name]}") for name in RUNGS if verdicts[name]], "   ")
    by_model: list[Element] = [
        Prose(
            "A mark per outcome, linked to the newest run with that outcome; a grey number counts claims that were never rerun."
        ),
        legend(),
        _by_model(context, runs),
    ]
    trouble = run_rows(context, [r for r in runs if r.verdict in ("deviating", "failed", "invalidated")])
    body: list[Element] = [
        Prose(
            "Every run of headkb against a claim or with a recipe. A run that deviates or fails is a result, and stands beside the others with its cause.",
            lead=True,
        ),
        bullets(
            [
                counts or "No run is recorded yet.",
                f"{waiting} claims have not been rerun yet.",
                "All runs with filters: [runs](@runs/). What silencing the found heads did: [head types put to the test](@reproduction/causal/).",
            ]
        ),
        *section("Head type by model", "by-model", by_model if runs else []),
        *section(
            "Deviating, failed and withdrawn runs", "trouble", long_table(RUN_COLUMNS, trouble, RUN_FACETS, "runs")
        ),
        *verified_section(context),
    ]
    return Page(
        path="reproduction/",
        title="Reproduction dashboard",
        body=tuple(body),
        description="What headkb reran, on which model, with which outcome.",
        wide=True,
        boost=1.5,
    )


def _by_model(context: Context, runs: list[Run]) -> DataTable:
    """Head type × model; runs come newest first."""
    waiting = Counter(
        (s.claim.subject, s.claim.model)
        for s in context.catalog.statements.values()
        if not context.catalog.runs_of_claim.get(s.id)
    )
    newest_runs: dict[tuple[str, str], dict[str, Run]] = {}
    for run in runs:
        newest_runs.setdefault((run.head, run.model), {}).setdefault(run.verdict, run)

    def cell(head_id: str, model_id: str) -> Cell:
        """A mark per verdict, in the order of the ladder; without a run the number of claims."""
        outcomes, left = newest_runs.get((head_id, model_id), {}), waiting[head_id, model_id]
        pair = f"{context.name('heads', head_id)} in {context.name('models', model_id)}"
        if left and not outcomes:
            label, claims = f"{pair}: {left} not rerun", f"heads/{head_id}/#claims"
            return (mark(context, "", claims, "reproduction/", label, str(left)),)
        return tuple(
            mark(context, verdict, f"runs/{outcomes[verdict].id}/", "reproduction/", pair)
            for verdict in RUNGS
            if verdict in outcomes
        )

    heads = sorted({run.head for run in runs}, key=lambda h: context.name("heads", h).casefold())
    models = sorted({run.model for run in runs}, key=lambda m: context.name("models", m).casefold())
    verdicts = {head: "|".join(sorted({run.verdict for run in runs if run.head == head})) for head in heads}
    columns = ("Head type", *(f"[{context.name('models', m)}](@models/{m}/)" for m in models))
    rows = tuple(Row((ref("heads", h), *(cell(h, m) for m in models)), {"verdict": verdicts[h]}) for h in heads)
    return DataTable(columns, rows, {"verdict": "Verdict"}, name="head types", style="hk-cross")


def timeline(context: Context) -> Page:
    """When each head type was first reported, replicated and contested; papers and new types per year."""
    c = context.catalog
    reported = {head_id: first_reported(c, head_id) for head_id in c.papers_of_head if head_id in c.heads}
    heads = sorted((c.heads[i] for i in reported), key=lambda h: (reported[h.id], h.name))
    papers = Counter(p.date[:4] for p in c.papers.values())
    types = Counter(date[:4] for date in reported.values() if date)

    def first(role: str, head: Head) -> Cell:
        paper = next((paper for paper, r in c.papers_of_head[head.id] if r == role), None)
        return (paper.date[:7], " ", ref("papers", paper.id)) if paper else "–"

    def rerun(head: Head) -> Cell:
        runs = c.runs_of_head.get(head.id, [])
        return (badge(runs[-1].verdict), " ", ref("runs", runs[-1].id, runs[-1].date)) if runs else "not rerun yet"

    table = table_of(
        heads,
        {
            "Head type": lambda h: ref("heads", h.id),
            "Introduced": lambda h: first("introduces", h),
            "Replicated": lambda h: first("replicates", h),
            "Contested": lambda h: first("contests", h),
            "First run here": rerun,
        },
        lambda h: {
            "year": reported[h.id][:4],
            "stage": context.name("stages", h.stage),
            "contested": "yes" if first("contests", h) != "–" else "no",
        },
        {"stage": "Stage", "year": "Year", "contested": "Contested"},
        name="head types",
    )
    body: list[Element] = [
        Prose("When each head type was first reported, replicated by others, contested, and rerun here.", lead=True),
        *_per_year("Papers per year", "papers", papers),
        *_per_year("Head types first reported, per year", "types", types),
        Heading("Head types in order of first report", "heads"),
        table,
    ]
    return Page(
        path="timeline/",
        title="Timeline",
        body=tuple(body),
        description="First reported, replicated, contested: every head type in order of time.",
        wide=True,
    )


def _per_year(title: str, anchor: str, counts: Counter[str]) -> list[Element]:
    if not counts:
        return []
    years = {str(y): counts.get(str(y), 0) for y in range(int(min(counts)), int(max(counts)) + 1)}
    text = ", ".join(f"{y}: {n}" for y, n in years.items())
    return section(title, anchor, Figure(columns_chart(years, f"{title}. {text}"), text))


def errata(context: Context) -> Page:
    """Every place where a document that we build on is wrong."""
    entries: list[tuple[Kind, Record, Erratum]] = [
        (kind, record, e) for kind, record in context.catalog.records() for e in record.errata
    ]
    names = {"survey": "the survey", "list": "the list"}
    table = listing(
        entries,
        {
            "In": lambda entry: where_cell(entry[2].where),
            "About": lambda entry: ref(entry[0], entry[1].id),
            "It says": lambda entry: entry[2].says,
            "Correct is": lambda entry: entry[2].correct,
            "Source": lambda entry: sources_cell(entry[2].sources),
        },
        lambda entry: {"in": names.get(entry[2].where) or context.name("papers", entry[2].where), "kind": entry[0]},
        {"in": "Document", "kind": "Kind"},
        name="errata",
        none="None recorded.",
    )
    lead = "Where the documents that this catalog started from, or papers it cites, are wrong about a record, and which source shows it."
    return Page(
        path="errata/",
        title="Errata",
        body=(Prose(lead, lead=True), *table),
        description="Errors found in the survey, the list and cited papers, with sources.",
        wide=True,
    )


class MissingList(NamedTuple):
    """Something that the catalog lacks: what, why it matters or what to do, and the records that it concerns."""

    title: str
    anchor: str
    items: list[Cell]
    note: str = ""
    sentences: bool = False

    def nodes(self) -> list[Element]:
        """The section of the page: a list of sentences, or one line of records."""
        lines = bullets(self.items if self.sentences else [joined(self.items)])
        below = [*prose(self.note), lines] if self.items else [Prose("Nothing is missing here.")]
        return section(f"{self.title} ({len(self.items)})", self.anchor, below)


def missing(context: Context) -> Page:
    """What the catalog does not have yet, as lists to work on."""
    c = context.catalog
    heads, papers, runs = by_name(c.heads.values()), by_name(c.papers.values()), by_name(c.runs.values())
    models, methods = by_name(c.models.values()), by_name(c.methods.values())
    named = {s.claim.head for s in c.statements.values() if s.claim.named_heads()}
    waiting = [s for s in c.statements.values() if not c.runs_of_claim.get(s.id)]
    per_head = Counter(s.claim.subject for s in waiting)
    by_count = sorted(per_head.items(), key=lambda item: (-item[1], item[0]))
    no_recipe = [_with_reason("heads", h, h.no_recipe.needed) for h in heads if h.no_recipe]
    no_code = [_with_reason("methods", m, m.no_implementation) for m in methods if m.no_implementation]
    gaps = (
        MissingList(
            "No recipe decides these head types",
            "no-recipe",
            no_recipe,
            "Each says why, and what a recipe would need.",
            sentences=True,
        ),
        MissingList(
            "No particular head is named",
            "no-heads",
            _refs("heads", (h for h in heads if h.id not in named)),
            "No claim in the catalog gives heads of a model for these types.",
        ),
        MissingList(
            "Recipes that were never run",
            "never-run",
            _refs("heads", (h for h in heads if h.recipes and h.id not in c.runs_of_head)),
            "These can be run as they stand.",
        ),
        MissingList(
            "Claims that were never rerun",
            "claims",
            [(ref("heads", h), f" ({n})") for h, n in by_count if h],
            f"{len(waiting)} claims, by head type.",
        ),
        MissingList("Methods without code here", "methods", no_code, sentences=True),
        MissingList("Papers without a summary", "summaries", _refs("papers", (p for p in papers if p.summary is None))),
        MissingList(
            "Papers without a link to code",
            "code",
            _refs("papers", (p for p in papers if not any(link.label == "Code" for link in p.links))),
            "Either there is none, or nobody has added it.",
        ),
        MissingList(
            "Models without a pinned revision",
            "revisions",
            _refs("models", (m for m in models if m.type == "public" and not m.revision)),
        ),
        MissingList(
            "Deviating or failed runs without a known cause",
            "causes",
            _refs("runs", (r for r in runs if r.verdict in ("deviating", "failed") and not r.cause)),
        ),
    )
    lead = "What the catalog lacks. Each entry is an invitation: [how to contribute](@contribute/)."
    return Page(
        path="missing/",
        title="What is missing",
        body=(Prose(lead, lead=True), *(node for gap in gaps for node in gap.nodes())),
        description="Head types without code, claims without a rerun, and other gaps.",
    )


def _refs(kind: Kind, records: Iterable[Record]) -> list[Cell]:
    return [ref(kind, record.id) for record in records]


def _with_reason(kind: Kind, record: Record, reason: str) -> Cell:
    return (ref(kind, record.id), f": {' '.join(reason.split())}")
