"""`headkb list`: the records of one kind."""

from __future__ import annotations

import sys

import click

from headkb.catalog.kinds import Kind
from headkb.catalog.look_ups import LookUps
from headkb.cli.columns import screen_lines, tab_lines
from headkb.cli.common import KIND, emit, look_ups, print_json, printing


@click.command("list", epilog=KIND.choices)
@click.argument("kind", type=KIND, metavar="KIND")
@click.option("--json", "as_json", is_flag=True, help="Print the full records as JSON.")
@click.pass_context
def command(ctx: click.Context, kind: Kind, as_json: bool) -> None:
    """List the records of one KIND.

    On a terminal the table fits the screen. In a pipe or a file it has all columns, one record a line, with tabs between them.

    \b
    Examples:
      headkb list heads
      headkb list claims | grep induction
      headkb list claims --json
    """
    catalog = look_ups(ctx)
    if as_json:
        print_json(catalog.records(kind))
    else:
        _print_table(catalog, kind)


def _print_table(catalog: LookUps, kind: Kind) -> None:
    records, refused = catalog.records(kind), catalog.refused(kind)
    if not sys.stdout.isatty():
        emit("\n".join(tab_lines(kind, records)))
        return
    with printing() as console:
        header, *lines = screen_lines(kind, records, console.width)
        console.print(header, style="bold")
        console.print("\n".join(lines))
        console.print(f"{len(records)} {kind}" + (f", and {refused} file(s) that cannot be read" if refused else ""))
