"""`headkb diff`: what changed between two catalogs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from headkb.catalog.diff import ORDER, diff
from headkb.cli.common import print_json, read_catalog

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("diff")
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def command(old: Path, new: Path, as_json: bool) -> None:
    """Tell what changed from the catalog in OLD to that in NEW: added, renamed, meaning changed, deprecated, removed.

    Exit code 1 if a record was removed without a successor, since ids must not vanish, or if its file cannot be read on one side;
    else 0.
    """
    differences = diff(read_catalog(old), read_catalog(new))
    if as_json:
        print_json([asdict(d) for d in differences])
    else:
        for change in ORDER:
            group = [d for d in differences if d.change == change]
            if group:
                click.echo(f"{change} ({len(group)})")
            for d in group:
                click.echo(f"  {d.kind}/{d.id}" + (f": {d.detail}" if d.detail else ""))
        if not differences:
            click.echo("no differences")
    raise SystemExit(1 if any(d.change in ("refused", "removed") for d in differences) else 0)
