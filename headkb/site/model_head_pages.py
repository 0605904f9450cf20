"""The page of one head of one model: roles side by side, disagreements, values, dashboards."""

from __future__ import annotations

from headkb.catalog import Statement
from headkb.catalog.schema import HeadIndex, Model, Run, parse_head
from headkb.site.document import Box, Bullets, Cell, DataTable, Element, Facts, Fold, Heading, Page, Prose, Row, table
from headkb.site.evidence import Known, badge
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

SHOWN_RUNS = 12


def roles_of(known: Known) -> list[str]:
    """Head types that claims or runs give to a head, claims first."""
    return list(dict.fromkeys([s.claim.head for s in known.statements if s.claim.head] + [r.head for r in known.runs]))


def head_of_model_page(context: Context, model: Model, head: HeadIndex, heads: dict[HeadIndex, Known]) -> Page:
    """One head of one model: roles side by side, disagreements, values, dashboards."""
    path, known = head_path(model.id, head), heads[head]
    roles = roles_of(known)
    names = ", ".join(context.links.name(f"heads/{r}") for r in roles)
    facts: list[tuple[str, Cell]] = [
        ("Model", ref("models", model.id)),
        ("Position", f"layer {head.layer} of {model.n_layers}, head {head.head} of {model.n_heads}, counted from 0"),
    ]
    if roles:
        facts.append(("Roles", joined([ref("heads", r) for r in roles])))
    facts.append(("Best evidence", badge(known.best or "reported")))
    address = dashboard(model, head)
    if address:
        facts.append(("Dashboard", f"[Neuronpedia]({address})"))
    facts.append(("Look up", f"`headkb whois {model.id} {head}`"))
    body: list[Element] = [Facts(tuple(facts)), *_conflicts(context, known.statements)]
    body += _claims_by_role(context, known.statements, str(head))
    body += _measured(context, model, head, known)
    body += _in_circuits(context, model, head)
    others = [h for h in heads if h.layer == head.layer and h != head]
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
        updated=max((r.date for r in known.runs), default=""),
        boost=2.0,
    )


def _conflicts(context: Context, statements: list[Statement]) -> list[Element]:
    boxes: list[Element] = []
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


def _claims_by_role(context: Context, statements: list[Statement], head: str) -> list[Element]:
    if not statements:
        return []
    nodes: list[Element] = [Heading("What is claimed", "claims")]
    rows = []
    for statement in sorted(statements, key=lambda s: (s.claim.head or "~", s.id)):
        claim = statement.claim
        role: Cell = ref("heads", claim.head) if claim.head else ("measured for ", ref("heads", claim.about or ""))
        rows.append(
            Row(
                (
                    role,
                    (" ".join(claim.statement.split("\n")), f" [details](@{claim_path(statement)})"),
                    value_cell(statement, head),
                    evidence_cell(context, statement, context.catalog.rung(statement.id, parse_head(head))),
                    source_cell(claim.source),
                )
            )
        )
    nodes.append(table(("Role", "What is claimed", "Value", "Evidence", "Source"), tuple(rows)))
    measures = {(s.file.id, s.claim.measure): s.file.measures[s.claim.measure] for s in statements if s.claim.measure}
    if measures:
        nodes.append(Heading("What the values mean", "measures", 3))
        for (file, _), measure in measures.items():
            nodes.append(Facts((("Measure", (f"**{measure.name}**, ", ref("claims", file))), *measure_facts(measure))))
    return nodes


def _measured(context: Context, model: Model, head: HeadIndex, known: Known) -> list[Element]:
    nodes: list[Element] = []
    values = context.catalog.table_values(model.id, head)
    if values:
        rows = tuple(
            Row(
                (
                    f"[{plain(s.file.measures[s.claim.measure].name)}](@{claim_path(s)})",
                    number(value),
                    ref("heads", s.claim.about or s.claim.head or ""),
                    ref("claims", s.file.id),
                )
            )
            for s, value in values
            if s.claim.measure
        )
        nodes += [
            Heading("In published score tables", "tables"),
            DataTable(("Measure", "Value", "About", "Source"), rows),
        ]
    runs = [r for r in context.catalog.runs.values() if r.model == model.id and r.value_of(*head) is not None]
    ordered = sorted(runs, key=lambda r: (str(head) not in r.heads, r.id))
    chosen = sum(str(head) in r.heads for r in runs)
    # All runs that chose the head or were held against an expectation of it, and a few of the others.
    shown = ordered[: max(chosen, SHOWN_RUNS)]
    if runs:
        columns = ("Run", "Looked for", "Score", "Value", "Selected", "Verdict")
        rows_run = tuple(_run_value(context, run, head) for run in shown)
        nodes += [Heading("In headkb's runs", "runs"), DataTable(columns, rows_run)]
        rest: list[Cell] = [_short_value(run, head) for run in ordered[len(shown) :]]
        if rest:
            nodes.append(Fold(f"{len(rest)} more runs that measured this head", (Bullets((joined(rest, "; "),)),)))
    elif known.statements:
        nodes += [Heading("In headkb's runs", "runs"), Prose("Not rerun yet.")]
    return nodes


def _run_value(context: Context, run: Run, head: HeadIndex) -> Row:
    on_head = run.verdict_on(str(head))
    return Row(
        (
            ref("runs", run.id, run.date),
            ref("heads", run.head),
            f"`{run.score}`",
            number(run.value_of(*head)),
            "yes" if str(head) in run.heads else "no",
            badge(on_head or run.verdict),
        )
    )


def _short_value(run: Run, head: HeadIndex) -> Cell:
    return (f"{ref('runs', run.id, run.score)} ", number(run.value_of(*head)))


def _in_circuits(context: Context, model: Model, head: HeadIndex) -> list[Element]:
    items: list[Cell] = [
        (ref("circuits", c.id), f": {n.role}")
        for c in context.catalog.circuits.values()
        for n in c.nodes
        if c.model == model.id and str(head) in n.heads
    ]
    return [Heading("In circuits", "circuits"), bullets(items)] if items else []
