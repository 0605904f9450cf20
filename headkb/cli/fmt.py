"""`headkb fmt`: record files in their canonical form."""

from __future__ import annotations

from pathlib import Path

import click

from headkb.catalog.fmt import formatted
from headkb.catalog.house_read import UnwritableError
from headkb.catalog.record_files import SourceError, read_text
from headkb.catalog.writing import write_text
from headkb.cli.common import emit, own_catalog_root, refuse_shipped
from headkb.cli.path_names import PathName
from headkb.cli.record_paths import changes, record_paths


@click.command("fmt")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PathName(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing, and exit with 1 if a file is not in canonical form.")
@click.option("--diff", "as_diff", is_flag=True, help="Write nothing, and print what would change.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], check: bool, as_diff: bool) -> None:
    """Write record files in their canonical form: keys in order, one style, the schema's address in the first line.

    PATH is a file, the folder of a kind, or a catalog; without it the nearest catalog/ upwards. Comments stay, and so does what a record
    says: a file that this would change is left alone and named.

    Exit codes: 0 all files are in canonical form now, 1 some are not, 2 wrong usage.

    \b
    Examples:
      headkb fmt catalog/papers/wang-2022-ioi.yaml
      headkb fmt --check catalog
    """
    write = not (check or as_diff)
    if write:
        for path in paths or (own_catalog_root(ctx),):
            refuse_shipped(path)
    changed = left = total = 0
    for path, kind, root in record_paths(ctx, paths):
        total += 1
        try:
            old = read_text(path)
            new = formatted(old, kind, root)
        except (SourceError, UnwritableError) as error:
            left += 1
            click.echo(f"{path} is left as it is: {error}", err=True)
            continue
        if new == old:
            continue
        changed += 1
        if as_diff:
            emit(changes(path, old, new))
        elif write:
            write_text(path, new)
        if not as_diff:
            click.echo(f"{path}{'' if write else ' is not in canonical form'}")
    did = "written" if write else "to be written: run `headkb fmt`"
    said = f"{changed} of {total} files {did}" if changed else f"{total - left} files in canonical form"
    click.echo(f"{said}{f', {left} left as they are' if left else ''}", err=as_diff)
    raise SystemExit(1 if left or (changed and not write) else 0)
