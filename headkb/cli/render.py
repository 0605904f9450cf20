"""`headkb render`: the site's pages as files, without MkDocs."""

from __future__ import annotations

from pathlib import Path

import click

from headkb.cli.common import OUT, open_catalog
from headkb.cli.troubles import Troubles


@click.command("render")
@OUT
@click.pass_context
def command(ctx: click.Context, out: Path) -> None:
    """Write every generated page of the site as Markdown into DIR, with the data files, feeds and redirects beside it.

    These are the files that the site serves beside its pages, so another site generator can use them as they are.
    A page or file that fails is told in one sentence, and the others are written; the exit code is then 2.
    """
    from headkb.catalog.writing import write_bytes
    from headkb.site.outputs import site_files
    from headkb.site.pages import all_pages
    from headkb.site.parts import make_context

    context = make_context(open_catalog(ctx))
    troubles = Troubles()
    pages = all_pages(context, troubles)
    written = 0
    for path, content in site_files(context, pages, troubles).items():
        try:
            write_bytes(out / path, content.encode("utf-8") if isinstance(content, str) else content)
            written += 1
        except OSError as error:
            troubles(path, error)
    click.echo(f"{len(pages)} pages, {written} files in {out}")
    troubles.end()
