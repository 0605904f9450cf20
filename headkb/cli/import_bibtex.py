"""`headkb import-bibtex`: paper records from a `.bib` file."""

from __future__ import annotations

from pathlib import Path

import click

from headkb.catalog.bibtex.plan import Aside, ImportPlan, NewPaper, plan_import
from headkb.catalog.root import nearest_catalog
from headkb.catalog.writing import write_text
from headkb.cli.common import begun_catalog, catalog_root, named_catalog, own_catalog_root
from headkb.cli.path_names import PathName
from headkb.cli.troubles import Troubles


@click.command("import-bibtex")
@click.argument("file", type=PathName(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be written, but write nothing.")
@click.pass_context
def command(ctx: click.Context, file: Path, dry_run: bool) -> None:
    """Write a paper record for every entry of a BibTeX FILE that the catalog does not have yet.

    Papers are recognised by arXiv id, DOI, ACL Anthology or OpenReview id, or by title and first author. What an entry does not say is a
    question in ‹› in its record, and so are the head types and the summary. An entry that cannot be read is refused with its line; the
    others are imported, and the exit code is 1.
    """
    catalog = begun_catalog(catalog_root(ctx) if dry_run else own_catalog_root(ctx))
    plan = plan_import(file, catalog)
    folder, written, troubles = catalog.root / "papers", 0, Troubles()
    told: list[NewPaper | Aside] = [*plan.new, *plan.aside]
    for paper in sorted(told, key=lambda item: item.line):
        if isinstance(paper, Aside):
            there = f"already there as papers/{paper.id} " if paper.id else ""
            click.echo(f"{paper.key}: {there}({paper.why})" if there else f"{paper.key}: {paper.why}")
        elif dry_run or _write(folder, paper, troubles):
            written += 1
            click.echo(f"{paper.key}: papers/{paper.id}.yaml")
    _say(plan)
    own = named_catalog(ctx) or nearest_catalog(Path.cwd())
    where = folder if own else "papers/ of a catalog of your own"
    click.echo(
        f"{written} record(s) {'would be ' if dry_run else ''}written into {where}; add what each asks in ‹›, `heads` and `summary` "
        "among it, then run `headkb validate`"
    )
    troubles.end()
    ctx.exit(1 if plan.refused else 0)


def _write(folder: Path, paper: NewPaper, troubles: Troubles) -> bool:
    try:
        write_text(folder / f"{paper.id}.yaml", paper.text)
    except OSError as error:
        troubles(paper.key, error)
        return False
    return True


def _say(plan: ImportPlan) -> None:
    """Notes and refusals, on stderr, each with its line."""
    for note in plan.notes:
        click.echo(f"{plan.file}{f':{note.line}' if note.line else ''}: note: {note.says}.", err=True)
    for refused in plan.refused:
        key = refused.key or "an entry without a key"
        click.echo(f"{plan.file}:{refused.line}: {key} was not imported: {refused.what}. To mend it, {refused.mend}.", err=True)  # fmt: skip
    if plan.refused:
        click.echo(f"{len(plan.refused)} of {_entries(plan)} entries were refused.", err=True)


def _entries(plan: ImportPlan) -> int:
    return len(plan.new) + len(plan.aside) + len(plan.refused)
