"""The page of one head of one model: roles side by side, disagreements, values, dashboards."""

from __future__ import annotations

from headkb.catalog import HeadDossier, Statement
from headkb.catalog.dossier import HeadRun
from headkb.catalog.schema import HeadIndex, Model
from headkb.site.document import Box, Bullets, Cell, Facts, Fold, Heading, Node, Page, Prose, Row, Table, table
from headkb.site.evidence import badge, of_head
from headkb.site.foot import page_foot
from headkb.site.links import claim_path, head_path, record_path
from headkb.site.neuronpedia import dashboard
from headkb.site.parts import (
    Context,
    bullets,
    evidence_cell,
    joined,
    measure_facts,
    number,
    ref,
    source_cell,
    value_cell,
)
from headkb.site.text import plain

OPEN_RUNS = 12
"""Runs that the page lists in its table, at least; the others are folded."""


def types_of(dossier: HeadDossier) -> list[str]:
    """The head's roles, then the other head types for which a run selected it."""
    return list(dict.fromkeys([*dossier.roles, *dossier.selected_as]))


def head_of_model_page(context: Context, model: Model, dossier: HeadDossier) -> Page:
    """One head of one model: roles side by side, disagreements, values, dashboards."""
    head, path = dossier.head, head_path(model.id, dossier.head)
    statements = [c.statement for c in dossier.claims]
    names = ", ".join(context.links.name(f"heads/{role}") for role in dossier.roles)
    facts: list[tuple[str, Cell]] = [
        ("Model", ref("models", model.id)),
        ("Position", f"layer {head.layer} of {model.n_layers}, head {head.head} of {model.n_heads}, counted from 0"),
    ]
    if dossier.roles:
        facts.append(("Roles", joined([ref("heads", role) for role in dossier.roles])))
    if dossier.selected_as:
        facts.append(("Selected by runs as", joined([ref("heads", head_type) for head_type in dossier.selected_as])))
    facts.append(("Best evidence", badge(of_head(dossier))))
    address = dashboard(model, head)
    if address:
        facts.append(("Dashboard", f"[Neuronpedia]({address})"))
    facts.append(("Look up", f"`headkb whois {model.id} {head}`"))
    body: list[Node] = [Facts(tuple(facts)), *_conflicts(context, statements)]
    body += _claims_by_role(context, dossier)
    body += _tables(dossier)
    body += _runs(dossier)
    if dossier.circuits:
        circuits = [(ref("circuits", circuit.id), f": {node.role}") for circuit, node in dossier.circuits]
        body += [Heading("In circuits", "circuits"), bullets(circuits)]
    others = [h for h in context.dossiers[model.id] if h.layer == head.layer and h != head]
    if others:
        body += [
            Heading("Other named heads of this layer", "layer"),
            bullets([joined([f"[{h}](@{head_path(model.id, h)})" for h in others])]),
        ]
    body += page_foot(context, f"{model.name} {head}", path)
    aliases = tuple(
        f"{name} {form}"
        for name in dict.fromkeys([model.id, model.name])
        for form in (str(head), f"{head.layer}.{head.head}")
    )
    description = f"{head} of {model.name}" + (f": {names}." if names else ".")
    return Page(
        path,
        f"{model.name} {head}",
        tuple(body),
        record_path("models", model.id),
        description,
        aliases,
        subtitle=names or "Head",
        updated=max((r.run.date for r in dossier.runs if r.selected), default=""),
        boost=2.0,
    )


def _conflicts(context: Context, statements: list[Statement]) -> list[Node]:
    boxes: list[Node] = []
    here = {s.id: s for s in statements}
    for statement in statements:
        for other in statement.claim.contests:
            rival = context.catalog.statements.get(other) or here.get(other)
            rows: list[Cell] = [(source_cell(statement.claim.source), ": ", statement.claim.statement)]
            if rival:
                rows.append((source_cell(rival.claim.source), ": ", rival.claim.statement))
            boxes.append(Box("conflict", "Sources disagree about this head", (Bullets(tuple(rows)),)))
    against: list[Cell] = [
        (source_cell(rival.claim.source), ": ", rival.claim.statement)
        for statement in statements
        for rival in context.contested_by.get(statement.id, [])
        if rival.id not in here
    ]
    return [*boxes, Box("conflict", "Contested", (Bullets(tuple(against)),))] if against else boxes


def _claims_by_role(context: Context, dossier: HeadDossier) -> list[Node]:
    if not dossier.claims:
        return []
    rows, measures = [], {}
    for entry in sorted(dossier.claims, key=lambda c: (c.statement.claim.head or "~", c.statement.id)):
        statement, claim = entry.statement, entry.statement.claim
        role: Cell = ref("heads", claim.head) if claim.head else ("measured for ", ref("heads", claim.about or ""))
        text = (" ".join(claim.statement.split("\n")), f" [details](@{claim_path(statement)})")
        value = value_cell(statement, dossier.head)
        evidence = evidence_cell(context, statement, entry.standing)
        rows.append(Row((role, text, value, evidence, source_cell(claim.source))))
        if claim.measure:
            measures[statement.file.id, claim.measure] = statement.file.measures[claim.measure]
    nodes: list[Node] = [Heading("What is claimed", "claims")]
    nodes.append(table(("Role", "What is claimed", "Value", "Evidence", "Source"), tuple(rows)))
    if measures:
        nodes.append(Heading("What the values mean", "measures", 3))
        for (file, _), measure in measures.items():
            nodes.append(Facts((("Measure", (f"**{measure.name}**, ", ref("claims", file))), *measure_facts(measure))))
    return nodes


def _tables(dossier: HeadDossier) -> list[Node]:
    rows = []
    for entry in dossier.tables:
        statement, claim = entry.statement, entry.statement.claim
        name = plain(statement.file.measures[claim.measure or ""].name)
        about, source = ref("heads", claim.about or claim.head or ""), ref("claims", statement.file.id)
        rank = f"{entry.rank} of {entry.of}"
        rows.append(Row((f"[{name}](@{claim_path(statement)})", number(entry.value), rank, about, source)))
    columns = ("Measure", "Value", "Rank by distance from zero", "About", "Source")
    return [Heading("In published score tables", "tables"), Table(columns, tuple(rows))] if rows else []


def _runs(dossier: HeadDossier) -> list[Node]:
    if not dossier.runs:
        return [Heading("In headkb's runs", "runs"), Prose("Not rerun yet.")] if dossier.claims else []
    # All runs that selected the head, and a few of the others.
    ordered = sorted(dossier.runs, key=lambda r: not r.selected)
    limit = max(sum(r.selected for r in ordered), OPEN_RUNS)
    columns = ("Run", "Looked for", "Score", "Value", "Selected", "Verdict")
    nodes: list[Node] = [
        Heading("In headkb's runs", "runs"),
        Table(columns, tuple(_run_row(r, dossier.head) for r in ordered[:limit])),
    ]
    rest: list[Cell] = [(f"{ref('runs', r.run.id, r.run.score)} ", number(r.value)) for r in ordered[limit:]]
    if rest:
        nodes.append(Fold(f"{len(rest)} more runs that measured this head", (Bullets((joined(rest, "; "),)),)))
    return nodes


def _run_row(entry: HeadRun, head: HeadIndex) -> Row:
    run = entry.run
    return Row(
        (
            ref("runs", run.id, run.date),
            ref("heads", run.head),
            f"`{run.score}`",
            number(entry.value),
            "yes" if entry.selected else "no",
            badge(run.verdict_on(head) or run.verdict),
        )
    )
