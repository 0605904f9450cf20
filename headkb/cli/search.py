"""`headkb search`: words in any record."""

from __future__ import annotations

from dataclasses import asdict

import click

from headkb.catalog.search import search
from headkb.cli.common import open_catalog, print_json, printing


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N", help="Show at most N records."
)
@click.option("--json", "as_json", is_flag=True, help="Print the hits as JSON.")
@click.pass_context
def command(ctx: click.Context, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search every record for words, aliases included; names may be misspelt.

    \b
    Examples:
      headkb search copies names
      headkb search "attention sink" --limit 5
    """
    hits = search(open_catalog(ctx), " ".join(query), limit)
    if as_json:
        print_json([asdict(hit) for hit in hits])
        return
    with printing() as console:
        for hit in hits:
            console.print(f"{hit.kind}/{hit.id}  {hit.name}")
            if hit.excerpt:
                console.print(f"    {hit.excerpt}")
        if not hits:
            console.print("Nothing found. Try fewer or other words; `headkb list heads` shows every head type.")
