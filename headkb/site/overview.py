"""Pages computed over the whole catalog: reproduction dashboard, errata, what is missing; with timeline and validation rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from headkb.catalog.evidence import Outcome
from headkb.catalog.kinds import Kind
from headkb.catalog.schema import Erratum, Head, Model, Record
from headkb.catalog.state import catalog_sentences, never_rerun
from headkb.site.cells import CELL_FACETS, cell_table
from headkb.site.compose import by_name, listing, long_table, prose, section
from headkb.site.document import Cell, DataTable, Element, Page, Prose, Row
from headkb.site.foot import where_cell
from headkb.site.matrix import legend, pair_mark
from headkb.site.parts import Context, bullets, ref, sources_cell
from headkb.site.rule_pages import rule_pages
from headkb.site.run_tables import RUN_COLUMNS, RUN_FACETS, run_rows, verified_section
from headkb.site.showings import instrument_checks
from headkb.site.subjects import subject_cell
from headkb.site.timeline import timeline


def overview_pages(context: Context) -> list[Page]:
    """All of them."""
    return [dashboard(context), timeline(context), errata(context), missing(context), *rule_pages()]


def dashboard(context: Context) -> Page:
    """What was run, on which kind of model, and what it says."""
    c = context.catalog
    runs = c.newest_runs
    trouble = run_rows(context, [r for r in runs if _speaks_against(c.evidence.outcome(r))])
    marks = (
        "A shape is what all recipes of a head type show together in a model: filled in public models, outlined in organisms. "
        "Signs count claims about the pair that were rerun."
    )
    checks = instrument_checks(context, runs)
    body: list[Element] = [
        Prose(
            "Every run of headkb of a claim or of a recipe. A run that misses is a result, and stands beside the others with its cause.",
            lead=True,
        ),
        bullets(catalog_sentences(c), "hk-state"),
        bullets(
            [
                f"{len(never_rerun(c)):,} claims were neither rerun nor checked by their formula: [which](@missing/#claims).",
                "All runs with filters: [runs](@runs/). What silencing the found heads did: [head types put to the test](@reproduction/causal/).",
            ]
        ),
        *section("Head types in models", "by-model", [Prose(marks), legend(), _by_model(context)] if runs else []),
        *section(
            "Runs that missed, or were withdrawn", "trouble", long_table(RUN_COLUMNS, trouble, RUN_FACETS, "runs")
        ),
        *section("Exact models", "exact", [Prose(EXACT), checks] if checks.rows else []),
        *verified_section(context),
    ]
    description = "What headkb ran, on which kind of model, and what it shows."
    return Page("reproduction/", "Reproduction dashboard", tuple(body), "", description, boost=1.5, wide=True)


EXACT = "Models with hand-set weights, where the value follows from how they were made. They check the instrument, and give a head type no mark."


def _speaks_against(outcome: Outcome) -> bool:
    """Whether a run missed what it was held against or looked for, or was withdrawn."""
    missed = outcome.standing in ("off", "invalidated") or outcome.construction == "off"
    return missed or outcome.showing in ("not-shown", "against", "invalidated")


def _by_model(context: Context) -> DataTable:
    """Head type × model, for the pairs that something was run on: what recipes show, and claims that are met or off."""
    catalog = context.catalog
    cells = cell_table(context, sorted(catalog.heads))
    run = {
        (pair.head_type, pair.model): pair
        for of_head in cells.pairs.values()
        for pair in of_head.values()
        if pair.showing or pair.claims(catalog).by.keys() & {"met", "off", "not-comparable"}
    }
    heads = by_name(catalog.heads[head] for head in {head for head, _ in run})
    in_use = {model for _, model in run}
    models = [catalog.models[model] for model in cells.models if model in in_use]
    columns = ("Head type", *(f"[{context.name('models', m.id)}](@models/{m.id}/)" for m in models))
    at = {model: str(number) for number, model in enumerate(cells.models)}

    def cell(head: Head, model: Model) -> Cell:
        pair = run.get((head.id, model.id))
        return pair_mark(context, pair) if pair else ""

    rows = tuple(
        Row((ref("heads", head.id), *(cell(head, model) for model in models)), {"cells": cells.of(head.id)})
        for head in heads
    )
    return DataTable(
        columns,
        rows,
        CELL_FACETS,
        name="head types",
        style="hk-cross",
        group_by="cells",
        groups=tuple(at[m.id] for m in models),
        models=cells.legend(),
    )


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
    description = "Errors found in the survey, the list and cited papers, with sources."
    return Page("errata/", "Errata", (Prose(lead, lead=True), *table), description=description, wide=True)


def _gap(title: str, anchor: str, items: list[Cell], note: str = "", *, sentences: bool = False) -> list[Element]:
    """Something that the catalog lacks: a list of sentences, or records in a row, below what a reader can do about it."""
    lines = bullets(items, "" if sentences else "hk-inline")
    below = [*prose(note), lines] if items else [Prose("Nothing is missing here.")]
    return section(f"{title} ({len(items)})", anchor, below)


def missing(context: Context) -> Page:
    """What the catalog does not have yet, as lists to work on."""
    c = context.catalog
    heads, papers, runs = by_name(c.heads.values()), by_name(c.papers.values()), by_name(c.runs.values())
    models, methods = by_name(c.models.values()), by_name(c.methods.values())
    named = {s.claim.head for s in c.statements.values() if s.claim.named_heads()}
    waiting = never_rerun(c)
    per_head = Counter(s.claim.subject for s in waiting)
    by_count = sorted(per_head.items(), key=lambda item: (-item[1], item[0]))
    no_recipe = [_with_reason("heads", h, h.no_recipe.needed) for h in heads if h.no_recipe]
    no_code = [_with_reason("methods", m, m.no_implementation) for m in methods if m.no_implementation]
    unnamed = _refs("heads", (h for h in heads if h.id not in named))
    never_run = _refs("heads", (h for h in heads if h.recipes and h.id not in c.runs_of_head))
    claims: list[Cell] = [(subject_cell(h), f" ({n})") for h, n in by_count]
    no_summary = _refs("papers", (p for p in papers if p.summary is None))
    no_link = _refs("papers", (p for p in papers if not any(link.label == "Code" for link in p.links)))
    unpinned = _refs("models", (m for m in models if m.type == "public" and not m.revision))
    by_title = _refs("papers", (p for p in papers if p.summary_basis == "title"))
    missed = (r for r in runs if _speaks_against(c.evidence.outcome(r)) and r.invalidation is None)
    unexplained = _refs("runs", (r for r in missed if not r.cause and not r.causal))
    what_for = "Each says why, and what a recipe would need."
    no_claim = "No claim in the catalog gives heads of a model for these types."
    unlinked = "Either there is none, or nobody has added it."
    lead = "What the catalog lacks. Each entry is an invitation: [how to contribute](@contribute/)."
    body: list[Element] = [
        Prose(lead, lead=True),
        *_gap("Head types that no recipe decides", "no-recipe", no_recipe, what_for, sentences=True),
        *_gap("Head types without a named head", "no-heads", unnamed, no_claim),
        *_gap("Head types whose recipes were never run", "never-run", never_run, "These can be run as they stand."),
        *_gap("Head types with claims that were never rerun", "claims", claims, f"{len(waiting):,} claims in all."),
        *_gap("Methods without code here", "methods", no_code, sentences=True),
        *_gap("Papers without a summary", "summaries", no_summary),
        *_gap("Papers whose summary rests on the title alone", "titles", by_title),
        *_gap("Papers without a link to code", "code", no_link, unlinked),
        *_gap("Models without a pinned revision", "revisions", unpinned),
        *_gap("Runs that missed without a known cause", "causes", unexplained),
    ]
    description = "Head types without code, claims that nobody reran, and other gaps."
    return Page("missing/", "What is missing", tuple(body), description=description)


def _refs(kind: Kind, records: Iterable[Record]) -> list[Cell]:
    return [ref(kind, record.id) for record in records]


def _with_reason(kind: Kind, record: Record, reason: str) -> Cell:
    return (ref(kind, record.id), f": {' '.join(reason.split())}")
