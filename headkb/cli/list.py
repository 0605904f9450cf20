"""`headkb list`: the records of one kind."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from headkb.catalog import Catalog
from headkb.catalog.export import plain_records
from headkb.catalog.schema import Kind
from headkb.cli.common import KIND, open_catalog, print_json

# kind → the fields that the table shows after id and name
COLUMNS: dict[Kind, tuple[str, ...]] = {
    "heads": ("stage", "category"),
    "papers": ("date", "venue"),
    "methods": ("class",),
    "benchmarks": ("kind",),
    "stages": ("abbreviation",),
    "circuits": ("model",),
    "models": ("kind", "n_layers", "n_heads"),
    "claims": ("head", "model", "rung"),
    "runs": ("verdict", "head", "score", "model", "date"),
    "glossary": (),
}


@click.command("list")
@click.argument("kind", type=KIND, metavar="KIND")
@click.option("--json", "as_json", is_flag=True, help="Print the full records as JSON.")
@click.pass_context
def command(ctx: click.Context, kind: Kind, as_json: bool) -> None:
    """List the records of one KIND: heads, papers, methods, benchmarks, stages, circuits, models, claims, runs or glossary.

    \b
    Examples:
      headkb list heads
      headkb list claims --json
    """
    catalog = open_catalog(ctx)
    if as_json:
        print_json(plain_records(catalog, kind))
    else:
        _print_table(catalog, kind)


def _print_table(catalog: Catalog, kind: Kind) -> None:
    rows = plain_records(catalog, kind)
    named = kind not in ("claims", "runs")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for header in ("id", *(("name",) if named else ()), *COLUMNS[kind]):
        table.add_column(header, no_wrap=header == "id")
    for row in rows:
        name = [str(row.get("name") or row.get("title") or "")] if named else []
        table.add_row(row["id"], *name, *(str(row.get(c) if row.get(c) is not None else "") for c in COLUMNS[kind]))
    console = Console(highlight=False, markup=False)
    console.print(table, width=None if console.is_terminal else 200)
    refused = len(catalog.refused.get(kind, {}))
    console.print(f"{len(rows)} {kind}" + (f", and {refused} file(s) that cannot be read" if refused else ""))
