"""The page of one head of one model: roles side by side, disagreements, values, what its atlas says, dashboards."""

from __future__ import annotations

from headkb.catalog import HeadDossier
from headkb.catalog.head_facts import HeadRun
from headkb.catalog.schema import Model
from headkb.site.agreement import nearest_nodes
from headkb.site.atlas_head import atlas_nodes
from headkb.site.best_known import answers, best_known
from headkb.site.compose import counted, facts, prose, section, table_of
from headkb.site.dispute_box import head_box
from headkb.site.document import Cell, Element, Fold, Page, Prose, Row, table
from headkb.site.evidence import outcome_mark
from headkb.site.foot import page_foot
from headkb.site.links import claim_path, head_path, record_path
from headkb.site.measures import is_formula_check, measure_facts
from headkb.site.parts import Context, bullets, heads_cell, number, ref, source_cell, standing_cell, value_cell
from headkb.site.rank_tables import value_tables
from headkb.site.roles import description, is_described, roles_cell
from headkb.site.run_tables import recipe_cell
from headkb.site.snippets import code_nodes
from headkb.site.subjects import subject_cell
from headkb.site.text import words

OPEN_RUNS = 12
"""Runs that the page lists in its table, at least; the others are folded. Of a head that is described by what it does, no more."""
BY_HAND = (
    "The weights of this model were set by hand, so what its heads do is known by construction. Runs on it check the instrument; they give "
    "no head a role."
)
OF_AN_ORGANISM = "This model is an organism: small, and trained by this project. What its heads do says nothing about the heads of the literature."
NO_ROLE = (
    "Nothing gives this head a role: no claim asserts a head type for it, and no type is shown in the model for it. "
    "A number in a table, and a single recipe that selects it, give none."
)


def head_of_model_page(context: Context, model: Model, dossier: HeadDossier) -> Page:
    """One head of one model: what sources and runs say of it by name, and what the model's atlas measured, if it has one."""
    head, path = dossier.head, head_path(model.id, dossier.head)
    names = ", ".join(context.name("heads", role.head_type) for role in dossier.roles)
    many = is_described(context, dossier)
    does = description(context, dossier) if many else ""
    others = [h for h, d in context.dossiers[model.id].items() if h.layer == head.layer and h != head and d.named]
    circuits = [(ref("circuits", circuit.id), f": {node.role}") for circuit, node in dossier.circuits]
    roles = Fold(
        f"{counted(len(dossier.roles), 'head type')} whose criteria it meets",
        (facts(("Roles", roles_cell(context, dossier))),),
        "types",
    )
    body: list[Element] = [
        *prose(does if many else _lead(context, dossier), lead=True),
        *([roles] if many else []),
        answers(context, model, dossier, roles=not many),
        *head_box(context, dossier),
        *([Prose(OF_AN_ORGANISM)] if model.type == "organism" else []),
        *([] if dossier.roles else [Prose(BY_HAND if model.type == "exact" else NO_ROLE)]),
        *section("Published values", "values", [*value_tables(context, dossier), *nearest_nodes(context, dossier)]),
        *section("What is claimed", "claims", _claims_by_role(context, dossier)),
        *atlas_nodes(context, model, dossier),
        *section("In headkb's runs", "runs", _runs(context, dossier)),
        *section("In circuits", "circuits", bullets(circuits)),
        *section(
            "Other named heads of this layer",
            "layer",
            bullets([heads_cell(context, model.id, others, len(others))] if others else []),
        ),
        *section("Address this head", "code", code_nodes(model, head)),
        *page_foot(context, f"{model.name} {head}", path),
    ]
    aliases = tuple(
        f"{name} {form}"
        for name in dict.fromkeys([model.id, model.name])
        for form in (str(head), f"{head.layer}.{head.head}")
    )
    about = words(does, context.links) if many else f"{names}." if names else "no claim and no run gives it a role."
    return Page(
        path,
        f"{model.name} {head}",
        tuple(body),
        record_path("models", model.id),
        f"{head} of {model.name}: {about}",
        aliases,
        subtitle="Head of an organism" if many else names or "Head",
        updated=max((r.run.date for r in dossier.runs if r.selected), default=""),
        boost=2.0,
    )


def _claims_by_role(context: Context, dossier: HeadDossier) -> list[Element]:
    if not dossier.claims:
        return []
    rows, measures = [], {}
    order = {role.head_type: place for place, role in enumerate(dossier.roles)}
    last = len(order)
    for entry in sorted(dossier.claims, key=lambda c: (order.get(c.statement.claim.head or "", last), c.statement.id)):
        statement, claim = entry.statement, entry.statement.claim
        role: Cell = ref("heads", claim.head) if claim.head else ("measured for ", subject_cell(claim.subject))
        text = (" ".join(claim.statement.split("\n")), f" [details](@{claim_path(statement)})")
        value = value_cell(statement, dossier.head)
        standing = standing_cell(context, statement, entry.standing, of_heads=True)
        rows.append(Row((role, text, value, standing, source_cell(claim.source))))
        if claim.measure:
            measures[statement.file.id, claim.measure] = statement.file.measures[claim.measure]
    meanings = [
        facts(("Measure", (f"**{measure.name}**, ", ref("claims", file))), *measure_facts(measure))
        for (file, _), measure in measures.items()
    ]
    claims = table(("Role", "What is claimed", "Value", "Standing", "Source"), tuple(rows))
    title = f"What the {'measures' if len(meanings) > 1 else 'measure'} of these claims mean{'' if len(meanings) > 1 else 's'}"
    return [claims, *([Fold(title, tuple(meanings), "measures")] if meanings else [])]


def _lead(context: Context, dossier: HeadDossier) -> str:
    """What the head is best known for, with what that type does; empty where no source asserts anything of it."""
    role = best_known(dossier)
    head_type = context.catalog.heads.get(role.head_type) if role else None
    if role is None or head_type is None:
        return ""
    return f"Best known as {ref('heads', role.head_type)}. {head_type.definition}"


def _runs(context: Context, dossier: HeadDossier) -> list[Element]:
    """Runs on the model, those that selected the head first; values from checks of a formula, which say nothing of heads, are folded."""
    on_model = [r for r in dossier.runs if not is_formula_check(r.run)]
    roles = {role.head_type for role in dossier.roles}
    ordered = sorted(on_model, key=lambda r: (not r.selected, r.run.head not in roles))
    limit = OPEN_RUNS if is_described(context, dossier) else max(sum(r.selected for r in ordered), OPEN_RUNS)
    runs = table_of(
        ordered[:limit],
        {
            "Run": lambda r: ref("runs", r.run.id, r.run.date),
            "Looked for": lambda r: ref("heads", r.run.head),
            "Recipe": lambda r: recipe_cell(context, r.run) or ("claim ", ref("claims", r.run.claim or "")),
            "Value": lambda r: number(r.value),
            "Selected": lambda r: "yes" if r.selected else "no",
            "This run by itself": lambda r: outcome_mark(r.outcome),
        },
    )
    nodes: list[Element] = [runs] if runs.rows else []
    nodes += _folded(ordered[limit:], "more run", "that measured this head")
    checks = [r for r in dossier.runs if is_formula_check(r.run)]
    return [*nodes, *_folded(checks, "run", "of a score on published inputs, without the model")]


def _folded(entries: list[HeadRun], noun: str, what: str) -> list[Element]:
    values = [(f"{ref('runs', r.run.id, r.run.score)} ", number(r.value)) for r in entries]
    return [Fold(f"{counted(len(values), noun)} {what}", (bullets(values, "hk-columns"),))] if values else []
