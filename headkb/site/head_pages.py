"""The page of a head type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from headkb.catalog import Statement
from headkb.catalog.schema import Head
from headkb.catalog.schema.head import SYMMETRIC, Relation
from headkb.site.detection import detection, mechanism, traps
from headkb.site.document import Box, Bullets, Cell, Code, Facts, Heading, Node, Page, Prose, Row, table
from headkb.site.evidence import RUNGS, badge, best, first_reported
from headkb.site.foot import record_foot
from headkb.site.links import claim_path, record_path
from headkb.site.parts import (
    CLAIM_COLUMNS,
    Context,
    claim_rows,
    joined,
    ref,
    run_nodes,
    sources_cell,
    with_sources,
)
from headkb.site.text import plain, words

MANY_CLAIMS, MANY_MODELS, MANY_PAPERS = 12, 4, 14
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
    path = record_path("heads", head.id)
    statements = context.catalog.statements_of_head.get(head.id, [])
    runs = context.catalog.runs_of_head.get(head.id, [])
    dates = [*(p.date for p, _ in context.catalog.papers_of_head.get(head.id, [])), *(r.date for r in runs)]
    body: list[Node] = [
        Prose(head.definition, lead=True),
        Facts(tuple(_summary(context, head, statements))),
        *_contests(context, statements),
    ]
    if head.description:
        body.append(Prose(head.description))
    body += mechanism(head)
    body += detection(head)
    body += traps(head)
    body += _claims(context, head, statements)
    body += _runs(context, head)
    body += _relations(context, head)
    body += _papers(context, head)
    if head.sources:
        body += [Heading("Sources", "sources"), Bullets(tuple(sources_cell([s]) for s in head.sources))]
    body += record_foot(context, "heads", head, path)
    return Page(
        path,
        head.name,
        tuple(body),
        "heads/",
        words(head.definition, context.links),
        (head.id, *(a.name for a in head.aliases)),
        f"heads/{head.id}.yaml",
        max(dates, default=""),
        "Head type",
        3.0,
        f"heads/{head.id}",
        {
            "@type": "DefinedTerm",
            "name": head.name,
            "alternateName": [a.name for a in head.aliases],
            "description": words(head.definition, context.links),
            "termCode": head.id,
            "inDefinedTermSet": "headkb: types of attention heads",
        },
    )


def _summary(context: Context, head: Head, statements: Sequence[Statement]) -> list[tuple[str, Cell]]:
    stage = context.catalog.stages.get(head.stage)
    category = (
        next((c.name for c in stage.categories if c.id == head.category), head.category) if stage else head.category
    )
    rows: list[tuple[str, Cell]] = []
    if head.aliases:
        rows.append(("Also called", joined([_alias(a.name, a.kind, a.paper) for a in head.aliases])))
    if head.placement.by == "survey":
        placed: Cell = (
            "placed by the survey",
            *((" (", sources_cell(head.placement.sources), ")") if head.placement.sources else ()),
        )
    else:
        placed = ("placed by headkb: ", head.placement.reason or "")
    rows.append(
        (
            "Stage",
            (ref("stages", head.stage), f" › [{plain(category)}](@stages/{head.stage}/#{head.category}) — ", placed),
        )
    )
    rungs = [rung for (h, _), known in context.known.items() if h == head.id for rung in known.rungs]
    models = sorted({m for (h, m) in context.known if h == head.id})
    counts = joined([(badge(r), f" {rungs.count(r)}") for r in RUNGS if r in rungs], "  ")
    if rungs:
        rows.append(
            (
                "Evidence",
                (
                    counts,
                    f" in {len(models)} model{'s' if len(models) != 1 else ''}: ",
                    joined([ref("models", m) for m in models[:6]]),
                    f" and {len(models) - 6} more" if len(models) > 6 else "",
                ),
            )
        )
    else:
        rows.append(("Evidence", "No claim about particular heads is in the catalog yet."))
    first = first_reported(context.catalog, head.id)
    if first:
        rows.append(("First reported", first))
    if head.depth:
        rows.append(("Depth", (f"{head.depth.typical[:1].upper()}{head.depth.typical[1:]}. ", head.depth.basis)))
    return rows


def _alias(name: str, kind: str, paper: str | None) -> Cell:
    label = {"abbreviation": " (short)", "translation": " (translated)"}.get(kind, "")
    return (plain(name) + label, (" (in ", ref("papers", paper), ")") if paper else "")


def _contests(context: Context, statements: Sequence[Statement]) -> list[Node]:
    """One box with every disagreement about this type: who says what, and against which claims."""
    items: list[Cell] = []
    for statement in statements:
        rivals = [context.catalog.statements[c] for c in statement.claim.contests if c in context.catalog.statements]
        if rivals:
            against: Cell = joined(
                [
                    (
                        ref("claims", r.id, context.links.name(f"claims/{r.file.id}")),
                        f" (“{' '.join(r.claim.statement.split())}”)",
                    )
                    for r in rivals
                ],
                "; ",
            )
            items.append(
                (
                    ref("claims", statement.id, context.links.name(f"claims/{statement.file.id}")),
                    f": {' '.join(statement.claim.statement.split())} — against ",
                    against,
                )
            )
    return [Box("conflict", "Sources disagree", (Bullets(tuple(items)),))] if items else []


def _claims(context: Context, head: Head, statements: Sequence[Statement]) -> list[Node]:
    nodes: list[Node] = [Heading("Claims, by model", "claims")]
    if not statements:
        return [*nodes, Prose("No source in the catalog names particular heads of this type yet.")]
    ordered = sorted(statements, key=lambda s: (s.claim.model, s.claim.head is None, s.id))
    named = [s for s in ordered if s.claim.table is None]
    per_source = Counter(s.file.id for s in named)
    # A source that went through many models with one score gets a line for each, not a sentence for each.
    surveys = {file for file, count in per_source.items() if count > MANY_MODELS and len(named) > MANY_CLAIMS}
    shown = [s for s in named if s.file.id not in surveys]
    if shown:
        rows = claim_rows(context, shown, with_head=False)
        columns = tuple(c for c in CLAIM_COLUMNS if c != "Head type")
        facets = {"evidence": "Evidence", "model": "Model"} if len(rows) > 12 else {}
        nodes.append(table(columns, rows, facets=facets, name="claims"))
    for file in sorted(surveys):
        group = [s for s in named if s.file.id == file]
        nodes += [Heading((f"{len(group)} models in ", ref("claims", file)), f"survey-{file}", 3)]
        nodes.append(Bullets(tuple(_one_line(context, s) for s in group), style="hk-columns"))
    tables: dict[str, list[Statement]] = {}
    for statement in ordered:
        if statement.claim.table:
            tables.setdefault(statement.file.id, []).append(statement)
    if tables:
        items = tuple((ref("claims", file), ": ", _tables(context, group)) for file, group in tables.items())
        nodes += [Heading("Published score tables", "tables", 3), Bullets(items)]
    return nodes


def _one_line(context: Context, statement: Statement) -> Cell:
    """Model, first heads and evidence of a claim, linked to its place, where its sentence, heads and source stand."""
    rung, heads = context.catalog.rung(statement.id), statement.claim.named_heads()
    more = " …" if len(heads) > 3 else ""
    return (
        f"[{plain(context.links.name(f'models/{statement.claim.model}'))}](@{claim_path(statement)}): {', '.join(map(str, heads[:3]))}{more}",
        *((" ", badge(rung)) if rung != "reported" else ()),
    )


def _tables(context: Context, statements: Sequence[Statement]) -> Cell:
    """The score tables of one source: each by name where they are few, else counted by measure."""
    measures: dict[str, list[Statement]] = {}
    for statement in statements:
        measures.setdefault(statement.claim.measure or "", []).append(statement)
    items: list[Cell] = []
    for measure, group in measures.items():
        name = plain(group[0].file.measures[measure].name)
        if len(group) > MANY_MODELS:
            items.append(f"[{name}](@claims/{group[0].file.id}/#tables) in {len(group)} models")
        else:
            models = [f"[{plain(context.links.name(f'models/{s.claim.model}'))}](@{claim_path(s)})" for s in group]
            items.append((f"{name} in ", joined(models)))
    return (joined(items, "; "), ". ", _reruns(context, statements))


def _reruns(context: Context, statements: Sequence[Statement]) -> Cell:
    """The rungs of several claims in a row; those without a run say so together."""
    rungs = [context.catalog.rung(s.id) for s in statements]
    waiting = sum(not context.catalog.runs_of_claim.get(s.id) for s in statements)
    shown: list[Cell] = [(badge(r), f" {rungs.count(r)}") for r in RUNGS if r in rungs and r != "reported"]
    return joined([*shown, f"{waiting} not rerun yet"] if waiting else shown)


def _runs(context: Context, head: Head) -> list[Node]:
    runs = context.catalog.runs_of_head.get(head.id, [])
    nodes: list[Node] = [Heading("Runs", "runs")]
    if not runs:
        return [
            *nodes,
            Prose("Not rerun yet." + (" The recipe above can be run as it stands." if head.recipes else "")),
        ]
    nodes.append(Code(f"headkb reproduce {head.id} --check", "Rerun them", "shell"))
    return [*nodes, *run_nodes(context, runs, "Head type", "head", head.name)]


def _relations(context: Context, head: Head) -> list[Node]:
    items: list[Cell] = [_relation(r, r.head, RELATION_WORDS[r.type][0]) for r in head.relations]
    items += [
        _relation(relation, other.id, RELATION_WORDS[relation.type][1])
        for other in context.catalog.heads.values()
        for relation in other.relations
        if relation.head == head.id and other.id != head.id
    ]
    return [Heading("Related head types", "relations"), Bullets(tuple(items))] if items else []


def _relation(relation: Relation, other: str, word: str) -> Cell:
    strong = f"**{word}** " if relation.type in SYMMETRIC else f"{word} "
    return (strong, ref("heads", other), with_sources(f": {relation.note}" if relation.note else "", relation.sources))


def _papers(context: Context, head: Head) -> list[Node]:
    entries = context.catalog.papers_of_head.get(head.id, [])
    if not entries:
        return []
    notes = {p.id: " ".join(h.note.split()) for p, _ in entries for h in p.heads if h.id == head.id and h.note}
    # Where many papers use a type, those of which nothing more is noted are named in a line per role.
    brief = {role: [p for p, r in entries if r == role and p.id not in notes] for role in ("replicates", "applies")}
    brief = brief if len(entries) > MANY_PAPERS else {}
    rows = tuple(
        Row((paper.date, (ref("papers", paper.id), ": ", plain(paper.title)), role, notes.get(paper.id, "")))
        for paper, role in entries
        if paper not in brief.get(role, [])
    )
    nodes: list[Node] = [Heading("Papers", "papers"), table(("Date", "Paper", "Role", "What it adds"), rows)]
    said = {"replicates": "Replicated in ", "applies": "Applied in "}
    lines: list[Cell] = [
        (said[role], joined([ref("papers", p.id) for p in papers]), ".") for role, papers in brief.items() if papers
    ]
    return [*nodes, Bullets(tuple(lines))] if lines else nodes


def head_hub_rows(context: Context) -> tuple[Row, ...]:
    """One row per head type, for the hub."""
    rows = []
    for head in sorted(context.catalog.heads.values(), key=lambda h: h.name.casefold()):
        stage = context.catalog.stages.get(head.stage)
        rungs = [r for (h, _), known in context.known.items() if h == head.id for r in known.rungs]
        models = sum(h == head.id for h, _ in context.known)
        first = first_reported(context.catalog, head.id)
        papers = len(context.catalog.papers_of_head.get(head.id, []))
        evidence = best(rungs)
        rows.append(
            Row(
                (
                    ref("heads", head.id),
                    head.definition,
                    ref("stages", head.stage, stage.abbreviation if stage else ""),
                    str(papers),
                    str(models),
                    first[:4],
                    "yes" if head.recipes else "no",
                    badge(evidence) if evidence else "–",
                ),
                {
                    "stage": stage.name if stage else head.stage,
                    "category": head.category.replace("-", " "),
                    "evidence": evidence or "none",
                    "year": first[:4],
                    "recipe": "yes" if head.recipes else "no",
                    "q": " ".join([head.id, *(a.name for a in head.aliases)]),
                },
            )
        )
    return tuple(rows)
