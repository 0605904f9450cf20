"""`headkb whois`: everything known about one head of one model."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from headkb.catalog import Catalog, Statement
from headkb.catalog.schema import HeadIndex, Model, Source, parse_head
from headkb.cli.common import open_catalog, print_json


@click.command("whois")
@click.argument("model_name", metavar="MODEL")
@click.argument("head", metavar="HEAD")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(ctx: click.Context, model_name: str, head: str, as_json: bool) -> None:
    """Tell every claim, table value and run about one HEAD of a MODEL.

    MODEL is a catalog id, hub id or name; HEAD is L9H9 or 9.9, layer and head counted from 0.

    \b
    Examples:
      headkb whois gpt2 L9H9
      headkb whois gpt2 10.7 --json
    """
    catalog = open_catalog(ctx)
    model = catalog.resolve("models", model_name)
    where = parse_head(head)
    if where is None:
        raise click.UsageError(f"{head!r} is not a head. Write it L9H9 or 9.9: layer and head, both counted from 0.")
    if not model.holds(where):
        raise click.UsageError(
            f"{where} does not exist in {model.id}, which has {model.n_layers} layers of {model.n_heads} heads, counted from 0."
        )
    answer = whois(catalog, model, where)
    if as_json:
        print_json(answer)
    else:
        _print(answer, model, where)


def whois(catalog: Catalog, model: Model, head: HeadIndex) -> dict[str, Any]:
    """Roles, claims, table values and runs of one head, as plain data."""
    about = sorted(catalog.statements_about(model.id, head), key=_weight)
    claims = [_claim(catalog, s, head) for s in about]
    tables = [_claim(catalog, s, head) | {"value": value} for s, value in catalog.table_values(model.id, head)]
    runs = [
        {
            "id": run.id,
            "head": run.head,
            "score": run.score,
            "value": run.value_of(*head),
            "selected": str(head) in run.heads,
            "verdict": run.verdict,
            "date": run.date,
        }
        for run in catalog.runs.values()
        if run.model == model.id and run.value_of(*head) is not None
    ]
    circuits = [
        {"circuit": circuit.id, "node": node.id, "head": node.head}
        for circuit in catalog.circuits.values()
        for node in circuit.nodes
        if circuit.model == model.id and str(head) in node.heads
    ]
    asserted = [c["head"] for c in claims if c["head"]]
    roles = sorted(dict.fromkeys(asserted), key=lambda role: -asserted.count(role))
    return {
        "model": model.id,
        "head": str(head),
        "roles": roles,
        "claims": claims,
        "tables": tables,
        "circuits": circuits,
        "runs": runs,
    }


def _weight(statement: Statement) -> tuple[bool, bool, int, str]:
    """Assertions before mere numbers, papers before repositories, the surest first."""
    claim = statement.claim
    return (
        claim.head is None,
        claim.source.paper is None,
        ("high", "medium", "low").index(claim.confidence),
        statement.id,
    )


def _claim(catalog: Catalog, statement: Statement, head: HeadIndex) -> dict[str, Any]:
    claim = statement.claim
    measure = statement.file.measures[claim.measure] if claim.measure else None
    return {
        "id": statement.id,
        "head": claim.head,
        "about": claim.about,
        "statement": claim.statement,
        "measure": measure.name if measure else None,
        "value": claim.values.get(str(head)),
        "source": claim.source.model_dump(mode="json", exclude_none=True),
        "confidence": claim.confidence,
        "rung": catalog.rung(statement.id, head),
        "contests": list(claim.contests),
    }


def _print(answer: dict[str, Any], model: Model, head: HeadIndex) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"{head} of {model.name}" + (f": {', '.join(answer['roles'])}" if answer["roles"] else ""))
    for claim in answer["claims"]:
        value = f"  [{claim['measure']} {claim['value']:g}]" if claim["value"] is not None else ""
        console.print(f"\n  {claim['head'] or 'about ' + claim['about']}  ({claim['rung']}){value}")
        console.print(f"    {claim['statement']}")
        console.print(f"    source: {source_text(Source(**claim['source']))}")
        if claim["contests"]:
            console.print(f"    contests: {', '.join(claim['contests'])}")
    for row in answer["circuits"]:
        console.print(f"\n  circuit {row['circuit']}: {row['node']}" + (f" ({row['head']})" if row["head"] else ""))
    if answer["tables"]:
        console.print("\n  in published tables:")
        for row in answer["tables"]:
            console.print(f"    {row['measure']} {row['value']:g}   {row['id']}")
    if answer["runs"]:
        console.print("\n  in our runs:")
        for run in answer["runs"]:
            mark = "selected" if run["selected"] else "not selected"
            console.print(
                f"    {run['score']} {run['value']:.3f}  {mark} as {run['head']}  ({run['verdict']}, {run['date']})"
            )
    if not (answer["claims"] or answer["tables"] or answer["circuits"] or answer["runs"]):
        console.print("  Nothing is claimed or measured about this head yet.")


def source_text(source: Source) -> str:
    """A source on one line: paper id or repository@commit or address, then the place inside it."""
    if source.paper:
        where = source.paper
    elif source.repository:
        where = f"{source.repository}@{(source.commit or '')[:12]}" + (f" {source.path}" if source.path else "")
    else:
        where = source.url or ""
    return f"{where}, {source.locator}" if source.locator else where
