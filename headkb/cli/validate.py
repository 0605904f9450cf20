"""`headkb validate`: check catalog files and say how to fix them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from headkb.catalog.diagnostic import FORMATS
from headkb.catalog.kinds import KINDS
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.cli.common import catalog_root


@click.command("validate")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="text for people, github for annotations on a pull request, sarif for code scanning.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.pass_context
def command(ctx: click.Context, path: Path | None, form: str, strict: bool) -> None:
    """Check the catalog in PATH; without it the nearest catalog/ upwards, else the one that ships with headkb.

    PATH may also be one file inside a catalog; then only its problems are shown, but it is still checked against all other records.

    Exit codes: 0 no problems, 1 problems found, 2 wrong usage.
    """
    target = path or catalog_root(ctx)
    root, name = _root_of(target)
    catalog, problems = load(root)
    if not problems and not any(catalog.of(kind) for kind in KINDS):
        raise click.UsageError(f"There is no record in {target}. Give a catalog folder, or a file inside one.")
    problems = sorted([*problems, *check(catalog)])
    if name is not None:
        problems = [d for d in problems if d.path == name]
    prefix = "" if root == Path(".") else f"{root.as_posix().rstrip('/')}/"
    problems = [replace(d, path=prefix + d.path) for d in problems]
    if form == "text" and not problems:
        where = "" if path or ctx.obj else f" in {root}"  # which was found, not named
        click.echo(f"{sum(len(catalog.of(kind)) for kind in catalog.names)} records{where}, no problems")
    else:
        click.echo(FORMATS[form](problems))
    worst = {d.severity for d in problems}
    raise SystemExit(1 if "error" in worst or (strict and "warning" in worst) else 0)


def _root_of(target: Path) -> tuple[Path, str | None]:
    """The catalog folder to check, and the one file in it whose problems are asked for, as diagnostics name it."""
    if not os.path.lexists(target):
        raise click.UsageError(f"There is nothing at {target}. Give a catalog folder, or a file inside one.")
    if target.is_dir() and not target.is_symlink():
        return target, None
    if target.is_dir() and target.parent.absolute().name not in KINDS:  # a link to a catalog is one as well
        return target, None
    whole = Path(os.path.abspath(target))
    if whole.parent.name not in KINDS:
        known = ", ".join(f"{kind}/" for kind in KINDS)
        raise click.UsageError(f"{target} is no file of a catalog: those lie in {known}.")
    root = target.parent.parent if len(target.parts) > 2 else whole.parent.parent
    return root, f"{whole.parent.name}/{whole.name}"
