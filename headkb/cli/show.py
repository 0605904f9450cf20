"""`headkb show`: one record."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console

from headkb.catalog.kinds import Kind
from headkb.cli.common import KIND, look_ups, print_json, printing


@click.command("show", epilog=KIND.choices)
@click.argument("kind", type=KIND, metavar="KIND")
@click.argument("name", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
@click.pass_context
def command(ctx: click.Context, kind: Kind, name: str, as_json: bool) -> None:
    """Show one record of a KIND.

    ID may be an id, a name or an alias, in any spelling; for claims also FILE/CLAIM.

    \b
    Examples:
      headkb show heads "S Inhibition Head"
      headkb show papers wang-2022-ioi --json
    """
    data, disputes = look_ups(ctx).record(kind, name)
    if as_json:
        print_json(data)
        return
    with printing() as console:
        for key, value in data.items():
            if value not in (None, [], {}) and key != "disputes":
                _print(console, key, value, 0)
        if disputes:
            console.print("disputes:")
        for dispute in disputes:
            console.print(f"  - {dispute}")


def _print(console: Console, key: str, value: Any, depth: int) -> None:
    """`key: value`, lists of words on one line, nested data indented: readable, and greppable."""
    pad = "  " * depth
    if isinstance(value, dict):
        console.print(f"{pad}{key}:")
        for inner, child in value.items():
            _print(console, inner, child, depth + 1)
    elif isinstance(value, list) and value and all(isinstance(v, (str, int, float)) for v in value):
        console.print(f"{pad}{key}: {', '.join(map(str, value))}")
    elif isinstance(value, list) and value and all(isinstance(v, list) for v in value):
        console.print(f"{pad}{key}: {len(value)} rows (use --json to see them)")
    elif isinstance(value, list):
        console.print(f"{pad}{key}:")
        for child in value:
            console.print(f"{pad}  - {_inline(child)}")
    else:
        console.print(f"{pad}{key}: {value}")


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_inline(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "; ".join(_inline(v) for v in value)
    return str(value)
