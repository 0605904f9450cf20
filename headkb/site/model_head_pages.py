"""The page of one head of one model: roles side by side, disagreements, values, what its atlas says, dashboards."""

from __future__ import annotations

from headkb.catalog import HeadDossier, Statement
from headkb.catalog.schema import Model
from headkb.site.atlas_head import atlas_nodes
from headkb.site.compose import facts, section, table_of
from headkb.site.dispute_box import head_box
from headkb.site.document import Cell, DataTable, Element, Fold, Page, Prose, Row, table
from headkb.site.evidence import badge, of_head
from headkb.site.foot import page_foot
from headkb.site.links import claim_path, head_path, record_path
from headkb.site.parts import (
    Context,
    bullets,
    evidence_cell,
    heads_cell,
    joined,
    measure_facts,
    number,
    ref,
    score_ref,
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
    """One head of one model: what sources and runs say of it by name, and what the model's atlas measured, if it has one."""
    head, path = dossier.head, head_path(model.id, dossier.head)
    names = ", ".join(context.name("heads", role) for role in dossier.roles)
    # The route of their web app: `[modelId]/head/[layerNum]/[headIndex]`.
    neuronpedia = f"https://www.neuronpedia.org/{model.neuronpedia}/head/{head.layer}/{head.head}"
    others = [h for h, d in context.dossiers[model.id].items() if h.layer == head.layer and h != head and d.named]
    circuits = [(ref("circuits", circuit.id), f": {node.role}") for circuit, node in dossier.circuits]
    # An atlas tells labels from runs, with what each of them met.
    measured = atlas_nodes(context, model, dossier)
    body: list[Element] = [
        facts(
            ("Model", ref("models", model.id)),
            (
                "Position",
                f"layer {head.layer} of {model.n_layers}, head {head.head} of {model.n_heads}, counted from 0",
            ),
            ("Roles", joined([ref("heads", role) for role in dossier.roles])),
            ("Selected by runs as", "" if measured else joined([ref("heads", t) for t in dossier.selected_as])),
            ("Best evidence", badge(of_head(dossier)) if dossier.named else ""),
            ("Dashboard", model.neuronpedia and f"[Neuronpedia]({neuronpedia})"),
            ("Look up", f"`headkb whois {model.id} {head}`"),
        ),
        *head_box(context, dossier),
        *section("What is claimed", "claims", _claims_by_role(context, dossier)),
        *section("In published score tables", "tables", _tables(dossier)),
        *measured,
        *section("In headkb's runs", "runs", _runs(dossier)),
        *section("In circuits", "circuits", bullets(circuits)),
        *section(
            "Other named heads of this layer",
            "layer",
            bullets([heads_cell(context, model.id, others, len(others))] if others else []),
        ),
        *page_foot(context, f"{model.name} {head}", path),
    ]
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


def _claims_by_role(context: Context, dossier: HeadDossier) -> list[Element]:
    if not dossier.claims:
        return []
    rows, measures = [], {}
    for entry in sorted(dossier.claims, key=lambda c: (c.statement.claim.head or "~", c.statement.id)):
        statement, claim = entry.statement, entry.statement.claim
        role: Cell = ref("heads", claim.head) if claim.head else ("measured for ", ref("heads", claim.subject))
        text = (" ".join(claim.statement.split("\n")), f" [details](@{claim_path(statement)})")
        value = value_cell(statement, dossier.head)
        evidence = evidence_cell(context, statement, entry.standing)
        rows.append(Row((role, text, value, evidence, source_cell(claim.source))))
        if claim.measure:
            measures[statement.file.id, claim.measure] = statement.file.measures[claim.measure]
    meanings = [
        facts(("Measure", (f"**{measure.name}**, ", ref("claims", file))), *measure_facts(measure))
        for (file, _), measure in measures.items()
    ]
    claims = table(("Role", "What is claimed", "Value", "Evidence", "Source"), tuple(rows))
    return [claims, *section("What the values mean", "measures", meanings, 3)]


def _tables(dossier: HeadDossier) -> DataTable:
    def measure(statement: Statement) -> str:
        name = statement.file.measures[statement.claim.measure or ""].name
        return f"[{plain(name)}](@{claim_path(statement)})"

    return table_of(
        dossier.tables,
        {
            "Measure": lambda t: measure(t.statement),
            "Value": lambda t: number(t.value),
            "Rank by distance from zero": lambda t: f"{t.rank} of {t.of}",
            "About": lambda t: ref("heads", t.statement.claim.subject),
            "Source": lambda t: ref("claims", t.statement.file.id),
        },
    )


def _runs(dossier: HeadDossier) -> list[Element]:
    if not dossier.runs:
        return [Prose("Not rerun yet.")] if dossier.claims else []
    # All runs that selected the head, and a few of the others.
    ordered = sorted(dossier.runs, key=lambda r: not r.selected)
    limit = max(sum(r.selected for r in ordered), OPEN_RUNS)
    runs = table_of(
        ordered[:limit],
        {
            "Run": lambda r: ref("runs", r.run.id, r.run.date),
            "Looked for": lambda r: ref("heads", r.run.head),
            "Score": lambda r: score_ref(r.run.score),
            "Value": lambda r: number(r.value),
            "Selected": lambda r: "yes" if r.selected else "no",
            "Verdict": lambda r: badge(r.run.verdict_on(dossier.head) or r.run.verdict),
        },
    )
    rest = [(f"{ref('runs', r.run.id, r.run.score)} ", number(r.value)) for r in ordered[limit:]]
    fold = Fold(f"{len(rest)} more runs that measured this head", (bullets([joined(rest, "; ")]),))
    return [runs, fold] if rest else [runs]
