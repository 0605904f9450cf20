"""`headkb new`: a record to start from."""

from __future__ import annotations

import click

from headkb.catalog.kinds import Kind
from headkb.catalog.scaffold import open_questions, scaffold
from headkb.catalog.writing import write_text
from headkb.cli.common import KIND, own_catalog_root


@click.command("new", epilog=KIND.choices)
@click.argument("kind", type=KIND, metavar="KIND")
@click.argument("record_id", metavar="ID")
@click.pass_context
def command(ctx: click.Context, kind: Kind, record_id: str) -> None:
    """Write a new record of KIND with the id ID, and list what is left to fill in.

    \b
    Examples:
      headkb new heads comma-counting
      headkb new papers smith-2026-comma-heads
    """
    target = own_catalog_root(ctx) / kind / f"{record_id}.yaml"
    try:
        text = scaffold(kind, record_id)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if target.exists():
        raise click.UsageError(f"{target} exists. Edit it, or choose another id.")
    write_text(target, text)
    click.echo(f"{target}\nleft to fill in:")
    for line, question in open_questions(text):
        click.echo(f"  line {line}: {question}")
    click.echo(f"then run: headkb validate {target}")
