"""`headkb fix`: safe mends of record files, shown as a diff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import ValidationError

from headkb.catalog.catalog import Catalog
from headkb.catalog.characters import visible
from headkb.catalog.explain import explain
from headkb.catalog.kinds import KINDS
from headkb.catalog.mends import IdNow, mended
from headkb.catalog.record_files import SourceError, read_text
from headkb.catalog.source import parse
from headkb.catalog.spelling import normalise
from headkb.catalog.writing import write_text
from headkb.cli.common import emit, own_catalog_root, refuse_shipped
from headkb.cli.path_names import PathName
from headkb.cli.record_paths import RecordPath, changes, record_paths


@click.command("fix")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=PathName(path_type=Path))
@click.option("--write", is_flag=True, help="Write the mends; without it they are only shown.")
@click.pass_context
def command(ctx: click.Context, paths: tuple[Path, ...], write: bool) -> None:
    """Mend what can be mended without a decision, and show it as a diff.

    Misspelt keys, former ids, names in place of ids, addresses in place of arXiv ids and DOIs, heads in other spellings, words that stand
    twice in a list, odd spaces and letters. Files that cannot be read as they are can be mended, too. PATH is a file, the folder of a kind,
    or a catalog; without it the nearest catalog/ upwards.

    Exit codes: 0 nothing is left to mend, 1 there are mends to write or problems that are left, 2 wrong usage.

    \b
    Examples:
      headkb fix catalog/papers
      headkb fix --write catalog/papers/wang-2022-ioi.yaml
    """
    if write:
        for path in paths or (own_catalog_root(ctx),):
            refuse_shipped(path)
    catalogs: dict[Path, Catalog] = {}
    files = made = left = 0
    for record in record_paths(ctx, paths):
        try:
            old = read_text(record.path)
        except SourceError as error:
            click.echo(f"{record.path}: left: {error}", err=True)
            left += 1
            continue
        new, mends = mended(old, record.kind, _id_now(record.root, catalogs))
        for mend in mends:
            change = f" `{mend.old}` → `{mend.new}`" if mend.new else f" `{mend.old}`"
            click.echo(visible(f"{record.path}:{mend.line}:{change}: {mend.why}"), err=True)
        if new != old:
            files += 1
            made += len(mends)
            emit(changes(record.path, old, new))
            if write:
                write_text(record.path, new)
        for problem in _problems(record, new):
            click.echo(visible(f"{record.path}:{problem}"), err=True)
            left += 1
    did = "written" if write else "to be written with --write"
    said = f"{made} mend(s) in {files} file(s) {did}" if made else "nothing to mend safely"
    more = f"; {left} problem(s) left, `headkb validate` says more" if left else ""
    click.echo(f"{said}{more}", err=True)
    raise SystemExit(1 if left or (made and not write) else 0)


def _problems(record: RecordPath, text: str) -> Iterator[str]:
    """What is still wrong in one file, each as its place and a sentence."""
    schema = KINDS[record.kind].schema
    try:
        data, where = parse(text, with_places=True)
        schema.model_validate({**data, "id": record.path.stem})
    except SourceError as error:
        for problem in error.problems:
            yield f"{problem.place[0]}:{problem.place[1]}: left: {problem.message}"
    except ValidationError as error:
        for d in explain(error, record.path.name, where, schema):
            yield f"{d.line}:{d.column}: left: {d.field}: {d.message} ({d.fix})"


def _id_now(root: Path, catalogs: dict[Path, Catalog]) -> IdNow:
    """What asks the catalog in `root` for ids; it is read when it is first asked, and once."""

    def id_now(kind: str, name: str) -> str:
        if root not in catalogs:
            from headkb.catalog.load import load

            catalogs[root] = load(root)[0]
        catalog = catalogs[root]
        if kind == "claims":
            return catalog.former_claims.get(name, "")
        known = next(each for each in KINDS if each == kind)
        # A file that cannot be read is not absent: who names it means it.
        if name in catalog.of(known) or name in catalog.refused.get(known, {}):
            return ""
        return catalog.names[known].get(normalise(name), "")

    return id_now
