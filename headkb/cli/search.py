"""`headkb search`: what a query means, and words in any record."""

from __future__ import annotations

from dataclasses import asdict

import click

from headkb.cli.common import look_ups, print_json, printing
from headkb.cli.said import note as say_note


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N", help="Show at most N records."
)
@click.option("--json", "as_json", is_flag=True, help="Print the hits as JSON.")
@click.pass_context
def command(ctx: click.Context, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find what people mean: names in any spelling, heads, arXiv ids and addresses, authors, questions; then words in any record.

    The grammar is that of the site's search box. What nothing is called is said before what is near it.

    \b
    Examples:
      headkb search copies names
      headkb search L9H9 gpt2
      headkb search arXiv:2209.11895
      headkb search "what is an induction head" --limit 5
    """
    asked = look_ups(ctx)
    note, hits = asked.search(" ".join(query), limit)
    if unread := asked.unread(" ".join(query), found=bool(hits) and not note):
        say_note(unread)
    if as_json:
        if note:
            say_note(note)
        print_json([asdict(hit) for hit in hits])
        return
    with printing() as console:
        if note or not hits:
            console.print(note or "Nothing found. Try fewer or other words; `headkb list heads` shows every head type.")
        for hit in hits:
            console.print(f"{hit.kind}/{hit.id}  {hit.name}")
            if hit.excerpt:
                console.print(f"    {hit.excerpt}")
