"""`headkb whois`: everything known about one head of one model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from headkb.catalog.dossier_glance import KIND_OF_MODEL
from headkb.cli.common import emit, look_ups, print_json, written
from headkb.head_index import parse_head

if TYPE_CHECKING:
    from headkb.catalog import Catalog, HeadDossier
    from headkb.catalog.schema import Model


@click.command("whois")
@click.argument("model_name", metavar="MODEL")
@click.argument("head", metavar="HEAD")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.pass_context
def command(ctx: click.Context, model_name: str, head: str, as_json: bool) -> None:
    """Show every claim, published value, circuit and run about one HEAD of a MODEL.

    MODEL is a catalog id, hub id or name; HEAD is L9H9 or 9.9, layer and head counted from 0.

    \b
    Examples:
      headkb whois gpt2 L9H9
      headkb whois gpt2 10.7 --json
    """
    catalog = look_ups(ctx)
    try:
        where = parse_head(head)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    known = catalog.whois(model_name, where, _text, _refusals)
    if known is None:
        model = catalog.catalog.resolve("models", model_name)
        raise click.UsageError(
            f"{where} does not exist in {model.id}, which has {model.n_layers} layers of {model.n_heads} heads, counted from 0."
        )
    data, text = known
    if as_json:
        print_json(data)
    else:
        emit(text)


def _refusals(catalog: Catalog) -> str:
    return catalog.refusals("claims", "circuits", "runs")


def _text(dossier: HeadDossier, model: Model, refusals: str) -> str:
    roles = ", ".join(f"{r.head_type} ({r.grounds})" for r in dossier.roles)
    with written() as (console, text):
        console.print(
            f"{dossier.head} of {model.name}, {KIND_OF_MODEL[model.type]}"
            + (f": {roles}" if roles else "; no claim and no showing gives it a role")
        )
        for dispute in dossier.disputes:
            what = "type contested" if dispute.kind == "paper" else "disputed"
            console.print(f"  {what}: {dispute.text()}")
        for entry in dossier.claims:
            claim, file = entry.statement.claim, entry.statement.file
            number = claim.values.get(dossier.head)
            value = (
                f"  [{file.measures[claim.measure].name} {number:g}]" if claim.measure and number is not None else ""
            )
            subject = claim.head or f"about {claim.about or 'every head'}"
            console.print(f"\n  {subject}  ({entry.standing}){value}")
            console.print(f"    {claim.statement}")
            console.print(f"    source: {claim.source.brief()}")
            if claim.contests:
                console.print(f"    contests: {', '.join(claim.contests)}")
        for circuit, node in dossier.circuits:
            console.print(f"\n  circuit {circuit.id}: {node.id}" + (f" ({node.head})" if node.head else ""))
        if dossier.tables:
            console.print("\n  in published tables:")
            for row in dossier.tables:
                console.print(f"    {row.name} {row.value:g}   {row.place}   {row.statement.id}")
        if dossier.nearest:
            near = ", ".join(f"{n.head} ({n.distance:.2f})" for n in dossier.nearest)
            console.print(f"    nearest by rank in the model's tables: {near}")
        if dossier.runs:
            console.print("\n  in our runs:")
            for seen in dossier.runs:
                value = "–" if seen.value is None else f"{seen.value:.3f}"
                mark = "selected" if seen.selected else "not selected"
                run = seen.run
                console.print(
                    f"    {run.score} {value}  {mark} as {run.head}  ({seen.outcome.word} by this run alone, {run.date})"
                )
        if not (dossier.claims or dossier.tables or dossier.circuits or dossier.runs):
            console.print(f"  Nothing is claimed or measured about this head yet.{refusals}")
    return text.getvalue()
