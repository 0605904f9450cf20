"""`headkb show`: one record."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import click

from headkb.catalog.kinds import Kind
from headkb.catalog.look_ups import LookUps
from headkb.catalog.plain_text import names_from
from headkb.cli.common import KIND, look_ups, print_json, printing
from headkb.cli.reader import Reader
from headkb.errors import UnknownNameError
from headkb.head_index import parse_head


@click.command("show", epilog=KIND.choices)
@click.argument("kind", type=KIND, metavar="KIND")
@click.argument("name", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
@click.pass_context
def command(ctx: click.Context, kind: Kind, name: str, as_json: bool) -> None:
    """Show one record of a KIND.

    ID may be an id, a name or an alias, in any spelling, an identifier or an address; for claims also FILE/CLAIM.

    \b
    Examples:
      headkb show heads "S Inhibition Head"
      headkb show papers arXiv:2211.00593
      headkb show papers wang-2022-ioi --json
    """
    catalog = look_ups(ctx)
    data, disputes = _record(catalog, kind, name)
    if as_json:
        print_json(data)
        return
    titles = cache(lambda of: dict(catalog.ids(of)))
    with printing() as console:
        reader = Reader(names_from(titles), console.width if sys.stdout.isatty() else None)
        console.print("\n".join(reader.lines(data, disputes)))


def _record(catalog: LookUps, kind: Kind, name: str) -> tuple[dict[str, Any], list[str]]:
    """The record of that name; else the one that the search leads to, of which is said on stderr what it is."""
    try:
        return catalog.record(kind, name)
    except UnknownNameError:
        meant = catalog.closest(kind, name)
        if meant is None and kind == "heads" and _is_head(name):
            raise click.UsageError(f"{name} is a head of a model, no head type: `headkb whois gpt2 {name}`.") from None
        if meant is None:
            raise
        if meant[1]:
            click.echo(f"note: {' '.join((meant[1], catalog.unread(name, found=False))).strip()}", err=True)
        return catalog.record(kind, meant[0])


def _is_head(name: str) -> bool:
    try:
        parse_head(name)
    except ValueError:
        return False
    return True
