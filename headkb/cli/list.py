"""`headkb list`: the records of one kind."""

from __future__ import annotations

import click
from rich.table import Table

from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.look_ups import LookUps
from headkb.cli.common import KIND, look_ups, print_json, printing


@click.command("list", epilog=KIND.choices)
@click.argument("kind", type=KIND, metavar="KIND")
@click.option("--json", "as_json", is_flag=True, help="Print the full records as JSON.")
@click.pass_context
def command(ctx: click.Context, kind: Kind, as_json: bool) -> None:
    """List the records of one KIND.

    \b
    Examples:
      headkb list heads
      headkb list claims --json
    """
    catalog = look_ups(ctx)
    if as_json:
        print_json(catalog.records(kind))
    else:
        _print_table(catalog, kind)


def _print_table(catalog: LookUps, kind: Kind) -> None:
    rows = catalog.records(kind)
    spec = KINDS[kind]
    headers = ("id", "name", *spec.columns) if spec.name_field else ("id", *spec.columns)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for header in headers:
        table.add_column(header, no_wrap=header == "id")
    for row in rows:
        cells = {**row, "name": row.get(spec.name_field or "")}
        table.add_row(*("" if (value := cells.get(header)) is None else str(value) for header in headers))
    with printing(soft_wrap=False) as console:
        console.print(table, width=None if console.is_terminal else 200)
        refused = catalog.refused(kind)
        console.print(f"{len(rows)} {kind}" + (f", and {refused} file(s) that cannot be read" if refused else ""))
