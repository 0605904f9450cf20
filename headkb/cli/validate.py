"""`headkb validate`: check catalog files and say how to fix them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import click

from headkb.catalog.characters import visible
from headkb.catalog.diagnostic import FORMATS
from headkb.catalog.kinds import KINDS
from headkb.catalog.load import load
from headkb.catalog.report import report, worst_first
from headkb.catalog.root import catalog_meant, is_catalog
from headkb.catalog.rule_texts import rule_text
from headkb.catalog.rules import check, waiting
from headkb.cli.common import catalog_root, emit
from headkb.cli.path_names import PathName
from headkb.cli.record_paths import near_path
from headkb.cli.said import in_full

_FOLDERS = ", ".join(f"{kind}/" for kind in KINDS)


@click.command("validate")
@click.argument("path", required=False, type=PathName(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="text for people, github for annotations on a pull request, sarif for code scanning.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 on warnings too.")
@click.option(
    "--explain", "rule_id", metavar="RULE", help="Say what a rule asks, why, and how it is kept; check nothing."
)
@click.pass_context
def command(ctx: click.Context, path: Path | None, form: str, strict: bool, rule_id: str | None) -> None:
    """Check the catalog in PATH; without it the nearest catalog/ upwards, else the one that ships with headkb.

    PATH may also be one file of a catalog, or one of its folders; then only problems there are shown, but it is still checked against all
    other records. Files that cannot be read come first: mend these, and validate again.

    Exit codes: 0 no problems, 1 problems found, 2 wrong usage.

    \b
    Examples:
      headkb validate
      headkb validate catalog/heads/induction.yaml
      headkb validate --explain dangling-reference
    """
    if rule_id is not None:
        emit(rule_text(rule_id))
        return
    target = _target(catalog_meant(path) if path else catalog_root(ctx))
    catalog, problems = load(target.root)
    problems = worst_first([*problems, *check(catalog)])
    if not problems and not any(catalog.of(kind) for kind in KINDS):
        raise click.UsageError(f"There is no record in {target.path}. Give a catalog folder, or a file inside one.")
    paths = {f"{kind}/{record.id}.yaml" for kind, record in catalog.records()} | {d.path for d in problems}
    if target.part.rpartition("/")[2] and target.part not in paths:
        raise click.UsageError(f"{target.path} is no record. Give the .yaml file that it belongs to, or the catalog.")
    told = [replace(d, path=target.prefix + d.path) for d in problems if target.holds(d.path)]
    if form == "text" and not told:
        where = "" if path or ctx.obj else f" in {target.root}"  # which was found, not named
        number = sum(map(target.holds, paths))
        click.echo(f"{number} record{'' if number == 1 else 's'}{where}, no problems")
    elif form == "text" and not in_full():
        emit(report(told, waiting(catalog)))
    elif text := FORMATS[form](told):
        emit(text)
    worst = {d.severity for d in told}
    raise SystemExit(1 if "error" in worst or (strict and "warning" in worst) else 0)


@dataclass(frozen=True)
class Target:
    """What is to be checked.

    Attributes:
        path: As it was typed.
        root: The catalog folder.
        part: What of it is asked for, as diagnostics name it: empty for all, `heads/` for a folder, `heads/induction.yaml` for a file.
    """

    path: Path
    root: Path
    part: str = ""

    @property
    def prefix(self) -> str:
        """What stands before the path of a diagnostic, so that it leads to the file from where the command was typed."""
        return "" if self.root == Path(".") else f"{self.root.as_posix().rstrip('/')}/"

    def holds(self, path: str) -> bool:
        """Whether the problems of a file are asked for."""
        return not self.part or path == self.part or (self.part.endswith("/") and path.startswith(self.part))


def _target(path: Path) -> Target:
    """The catalog that a path stands for or lies in. Raises UsageError with one sentence where there is none."""
    if not os.path.lexists(path):
        hint = near_path(path) or "Give a catalog folder, or a file inside one."
        raise click.UsageError(f"There is nothing at {path}. {hint}")
    whole = Path(os.path.abspath(path))
    root = path.parent.parent if len(path.parts) > 2 else whole.parent.parent
    in_kind = whole.parent.name in KINDS
    if path.is_dir() and not (path.is_symlink() and in_kind):  # a link to a catalog is one as well
        if any(os.path.lexists(path / kind) for kind in KINDS) or not os.access(path, os.R_OK | os.X_OK):
            return Target(path, path)
        if whole.name in KINDS and is_catalog(whole.parent):
            return Target(path, path.parent if len(path.parts) > 1 else whole.parent, f"{whole.name}/")
        if not any(path.iterdir()):
            raise click.UsageError(f"There is no record in {path}. Give a catalog folder, or a file inside one.")
        raise click.UsageError(f"{path} is no catalog: it holds none of {_FOLDERS}.")
    if not in_kind:
        raise click.UsageError(f"{path} is no file of a catalog: those lie in {_FOLDERS}.")
    return Target(path, root, visible(f"{whole.parent.name}/{whole.name}"))
