"""`headkb import-bibtex`: paper records from a `.bib` file."""

from __future__ import annotations

from pathlib import Path

import click

from headkb.catalog.bibtex_import import read_bibtex
from headkb.catalog.writing import write_text
from headkb.cli.common import open_catalog, own_catalog_root
from headkb.cli.troubles import Troubles


@click.command("import-bibtex")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be written, but write nothing.")
@click.pass_context
def command(ctx: click.Context, file: Path, dry_run: bool) -> None:
    """Write a paper record for every entry of a BibTeX FILE that the catalog does not have yet.

    Papers are recognised by title and arXiv id. You add the head types, the summary and the exact date.
    """
    if not dry_run:
        own_catalog_root(ctx)
    catalog = open_catalog(ctx)
    written, troubles = 0, Troubles()
    for entry in read_bibtex(file, catalog):
        target = catalog.root / "papers" / f"{entry.id}.yaml"
        if entry.existing or target.exists():
            click.echo(f"{entry.key}: already there as papers/{entry.existing or entry.id}")
            continue
        if not dry_run:
            try:
                write_text(target, entry.text)
            except OSError as error:
                troubles(entry.key, error)
                continue
        written += 1
        click.echo(f"{entry.key}: papers/{entry.id}.yaml")
    click.echo(
        f"{written} record(s) {'would be ' if dry_run else ''}written into {catalog.root / 'papers'}; add `heads` and `summary` to each, then run `headkb validate`"
    )
    troubles.end()
