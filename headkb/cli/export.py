"""`headkb export`: the catalog as files for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from headkb.catalog.export import FORMATS, export
from headkb.cli.common import OUT, WordType, open_catalog
from headkb.cli.troubles import Troubles


@click.command("export")
@click.argument("form", metavar="FORMAT", type=WordType(list(FORMATS)))
@OUT
@click.pass_context
def command(ctx: click.Context, form: str, out: Path) -> None:
    """Write the whole catalog into DIR as FORMAT.

    \b
    FORMAT:
      json     <kind>.json, a list of records; claim-files.json, files of claims whole
      jsonl    the same with one record per line
      schema   <kind>.schema.json, for editors that complete YAML
      csv      <kind>.csv, the fields that fit into a table
      bibtex   papers.bib      ris  papers.ris      csl  papers.json for citation programs
      sqlite   headkb.sqlite, one table per kind, and tables that join them
      parquet  <kind>.parquet with real types, head_values.parquet; needs pyarrow
      labels   labels/<model>.json: what each head is said and shown to be, for viewers
    """
    troubles = Troubles()
    files = export(open_catalog(ctx), form, out, troubles)
    click.echo(f"{len(files)} file(s) in {out}")
    troubles.end()
