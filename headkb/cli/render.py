"""`headkb render`: the site's pages as files, without MkDocs."""

from __future__ import annotations

from pathlib import Path

import click

from headkb.cli.common import OUT, open_catalog


@click.command("render")
@OUT
@click.pass_context
def command(ctx: click.Context, out: Path) -> None:
    """Write every generated page of the site as Markdown into DIR, with the data files, feeds and redirects beside it.

    These are the files that the site serves beside its pages, so another site generator can use them as they are.
    """
    from headkb.catalog.writing import write_text
    from headkb.site.outputs import outputs
    from headkb.site.pages import all_pages
    from headkb.site.parts import make_context

    context = make_context(open_catalog(ctx))
    pages = all_pages(context)
    files = outputs(context, pages)
    for path, text in files.items():
        write_text(out / path, text)
    click.echo(f"{len(pages)} pages, {len(files)} files in {out}")
