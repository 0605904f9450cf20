"""Head types: the page of one, and the list of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from headkb.catalog import Statement
from headkb.catalog.schema import Head
from headkb.catalog.schema.head import SYMMETRIC, Relation
from headkb.site.compose import FILTER_FROM, by_name, counted, facts, grouped, listing, long_table, prose, section
from headkb.site.detection import detection, mechanism, traps
from headkb.site.dispute_box import type_box
from headkb.site.document import Cell, Code, Element, Page, Prose, Row, table
from headkb.site.evidence import RUNGS, badge, best, first_reported
from headkb.site.foot import record_page
from headkb.site.links import claim_path
from headkb.site.parts import (
    CLAIM_COLUMNS,
    Context,
    bullets,
    claim_rows,
    joined,
    ref,
    refs,
    sources_cell,
    sources_section,
    titled,
    with_sources,
)
from headkb.site.public_pages import side_by_side
from headkb.site.run_tables import MANY_RUNS, run_nodes
from headkb.site.text import plain, words

MANY_MODELS, MANY_PAPERS = 4, 14
RELATION_WORDS = {
    "same_as": ("Same as", "Same as"),
    "narrower_than": ("A narrower kind of", "Broader than"),
    "variant_of": ("Variant of", "Variant of"),
    "composes_with": ("Works with", "Works with"),
    "inhibits": ("Inhibits", "Inhibited by"),
    "backs_up": ("Backs up", "Backed up by"),
    "distinct_from": ("Not the same as", "Not the same as"),
    "replaced_by": ("Replaced by", "Replaces"),
}


def head_page(context: Context, head: Head) -> Page:
    """Everything known about one head type."""
    statements = context.catalog.statements_of_head.get(head.id, [])
    papers = context.catalog.papers_of_head.get(head.id, [])
    runs = context.catalog.runs_of_head.get(head.id, [])
    body: list[Element] = [
        *prose(head.definition, lead=True),
        facts(*_summary(context, head)),
        *type_box(context, head),
        *prose(head.description),
        *mechanism(head),
        *detection(head),
        *traps(head),
        *section("Claims, by model", "claims", _claims(context, statements)),
        *section("Runs", "runs", _runs(context, head)),
        *section("Related head types", "relations", bullets(_relations(context, head))),
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


def _summary(context: Context, head: Head) -> list[tuple[str, Cell | None]]:
    placed: Cell = f"placed by headkb: {head.placement.reason}"
    if head.placement.by == "survey":
        sources = head.placement.sources
        placed = ("placed by the survey", *((" (", sources_cell(sources), ")") if sources else ()))
    category = f" › [{plain(context.category(head))}](@stages/{head.stage}/#{head.category}) — "
    rungs = context.rungs(head.id)
    models = sorted({model for (head_id, model) in context.known if head_id == head.id})
    evidence: Cell = "No claim about particular heads is in the catalog yet."
    if rungs:
        counts = joined([(badge(r), f" {rungs.count(r)}") for r in RUNGS if r in rungs], "  ")
        evidence = (counts, f" in {counted(len(models), 'model')}: ", refs("models", models, 6))
    depth: Cell = ""
    if head.depth:
        depth = (f"{head.depth.typical[:1].upper()}{head.depth.typical[1:]}. ", head.depth.basis)
    return [
        ("Also called", joined([_alias(a.name, a.kind, a.paper) for a in head.aliases])),
        ("Stage", (ref("stages", head.stage), category, placed)),
        ("Evidence", evidence),
        ("First reported", first_reported(context.catalog, head.id)),
        ("Depth", depth),
    ]


def _alias(name: str, kind: str, paper: str | None) -> Cell:
    label = {"abbreviation": " (short)", "translation": " (translated)"}.get(kind, "")
    return (plain(name) + label, (" (in ", ref("papers", paper), ")") if paper else "")


def _claims(context: Context, statements: Sequence[Statement]) -> list[Element]:
    if not statements:
        return [Prose("No source in the catalog names particular heads of this type yet.")]
    nodes: list[Element] = []
    ordered = sorted(statements, key=lambda s: (s.claim.model, s.claim.head is None, s.id))
    named = [s for s in ordered if s.claim.table is None]
    per_source = Counter(s.file.id for s in named)
    # A source that went through many models with one score gets a line for each, not a sentence for each.
    surveys = {file for file, count in per_source.items() if count > MANY_MODELS and len(named) > FILTER_FROM}
    single = [s for s in named if s.file.id not in surveys]
    if single:
        rows = claim_rows(context, single, with_head=False)
        columns = tuple(c for c in CLAIM_COLUMNS if c != "Head type")
        nodes.append(long_table(columns, rows, {"evidence": "Evidence", "model": "Model"}, "claims"))
    for file in sorted(surveys):
        group = [s for s in named if s.file.id == file]
        title = (f"{len(group)} models in ", ref("claims", file))
        nodes += section(title, f"survey-{file}", bullets((_line(context, s) for s in group), "hk-columns"), 3)
    tables = grouped([s for s in ordered if s.claim.table], lambda s: s.file.id)
    lines = bullets((ref("claims", file), ": ", _tables(context, group)) for file, group in tables.items())
    return nodes + section("Published score tables", "tables", lines, 3)


def _line(context: Context, statement: Statement) -> Cell:
    """Model, first heads and evidence of a claim, linked to its place, where its sentence, heads and source stand."""
    rung, heads = context.catalog.rung(statement.id), statement.claim.named_heads()
    model = plain(context.name("models", statement.claim.model))
    text = f"[{model}](@{claim_path(statement)}): {', '.join(map(str, heads[:3]))}{' …' if len(heads) > 3 else ''}"
    return text if rung == "reported" else (text, " ", badge(rung))


def _tables(context: Context, statements: Sequence[Statement]) -> Cell:
    """The score tables of one source: each by name where they are few, else counted by measure."""
    items: list[Cell] = []
    for measure, group in grouped(statements, lambda s: s.claim.measure or "").items():
        name = plain(group[0].file.measures[measure].name)
        if len(group) > MANY_MODELS:
            items.append(f"[{name}](@claims/{group[0].file.id}/#tables) in {len(group)} models")
        else:
            models = [f"[{plain(context.name('models', s.claim.model))}](@{claim_path(s)})" for s in group]
            items.append((f"{name} in ", joined(models)))
    return (joined(items, "; "), ". ", _reruns(context, statements))


def _reruns(context: Context, statements: Sequence[Statement]) -> Cell:
    """The rungs of several claims in a row; those without a run say so together."""
    rungs = [context.catalog.rung(s.id) for s in statements]
    waiting = sum(not context.catalog.runs_of_claim.get(s.id) for s in statements)
    cells: list[Cell] = [(badge(r), f" {rungs.count(r)}") for r in RUNGS if r in rungs and r != "reported"]
    return joined([*cells, f"{waiting} not rerun yet"] if waiting else cells)


def _runs(context: Context, head: Head) -> list[Element]:
    runs = context.catalog.runs_of_head.get(head.id, [])
    if not runs:
        return [Prose("Not rerun yet." + (" The recipe above can be run as it stands." if head.recipes else ""))]
    command = Code(f"headkb reproduce {head.id} --check", "Rerun them", "shell")
    beside = side_by_side(context, head)
    listed = run_nodes(context, runs, "Head type", "head", head.name, 0 if beside else MANY_RUNS)
    return [command, *beside, *listed]


def _relations(context: Context, head: Head) -> list[Cell]:
    """The relations that the record states, then those that other records state about it."""
    others = [
        _relation(relation, other.id, RELATION_WORDS[relation.type][1])
        for other in context.catalog.heads.values()
        for relation in other.relations
        if relation.head == head.id and other.id != head.id
    ]
    return [*(_relation(r, r.head, RELATION_WORDS[r.type][0]) for r in head.relations), *others]


def _relation(relation: Relation, other: str, word: str) -> Cell:
    strong = f"**{word}** " if relation.type in SYMMETRIC else f"{word} "
    return (strong, ref("heads", other), with_sources(f": {relation.note}" if relation.note else "", relation.sources))


def _papers(context: Context, head: Head) -> list[Element]:
    entries = context.catalog.papers_of_head.get(head.id, [])
    if not entries:
        return []
    notes = {p.id: " ".join(h.note.split()) for p, _ in entries for h in p.heads if h.id == head.id and h.note}
    # Where many papers use a type, a line names those that apply it, whose own pages say how, those that contest it, whose notes
    # stand in the box above, and replications without a note.
    brief = {
        role: [p for p, r in entries if r == role and (role != "replicates" or p.id not in notes)]
        for role in ("replicates", "applies", "contests")
    }
    brief = brief if len(entries) > MANY_PAPERS else {}
    rows = tuple(
        Row((paper.date, titled(paper), role, notes.get(paper.id, "")))
        for paper, role in entries
        if paper not in brief.get(role, [])
    )
    verbs = {"replicates": "Replicated in ", "applies": "Applied in ", "contests": "Contested in "}
    lines = bullets(
        (verbs[role], refs("papers", [p.id for p in papers]), ".") for role, papers in brief.items() if papers
    )
    return [table(("Date", "Paper", "Role", "What it adds"), rows), *([lines] if lines.items else [])]


def heads_hub(context: Context) -> list[Element]:
    """Head types by name, with their best evidence."""
    catalog = context.catalog
    evidence = {head_id: best(context.rungs(head_id)) for head_id in catalog.heads}
    year = {head_id: first_reported(catalog, head_id)[:4] for head_id in catalog.heads}

    def recipe(head: Head) -> str:
        return "yes" if head.recipes else "no"

    def stage(head: Head) -> Cell:
        place = catalog.stages.get(head.stage)
        return ref("stages", head.stage, place.abbreviation if place else "")

    return listing(
        by_name(catalog.heads.values()),
        {
            "Head type": lambda h: ref("heads", h.id),
            "What it does": lambda h: h.definition,
            "Stage": stage,
            "Papers": lambda h: str(len(catalog.papers_of_head.get(h.id, []))),
            "Models": lambda h: str(sum(head_id == h.id for head_id, _ in context.known)),
            "First": lambda h: year[h.id],
            "Recipe": recipe,
            "Evidence": lambda h: badge(evidence[h.id]) if evidence[h.id] else "–",
        },
        lambda h: {
            "stage": context.name("stages", h.stage),
            "category": h.category.replace("-", " "),
            "evidence": evidence[h.id] or "none",
            "year": year[h.id],
            "recipe": recipe(h),
            "q": " ".join([h.id, *(a.name for a in h.aliases)]),
        },
        {
            "stage": "Stage",
            "category": "Category",
            "evidence": "Evidence",
            "year": "First reported",
            "recipe": "Recipe",
        },
        name="head types",
    )
