"""The record files that paths on the command line mean: one file, the folder of a kind, or a catalog."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import NamedTuple

import click

from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.record_files import entries
from headkb.cli.common import catalog_root
from headkb.errors import near_names


class RecordPath(NamedTuple):
    """A record file as it was named or found, its kind, and the catalog in which it lies."""

    path: Path
    kind: Kind
    root: Path


def record_paths(ctx: click.Context, paths: Sequence[Path]) -> Iterator[RecordPath]:
    """Every record file that the paths mean, each once; without a path those of the catalog.

    Raises:
        click.UsageError: If one is no file of a catalog, no folder of a kind and no catalog, or nothing lies there.
    """
    seen: set[Path] = set()
    for target in paths or (catalog_root(ctx),):
        found = list(_of(target))
        if not found:
            raise click.UsageError(
                f"There is no record in {target}. Give a catalog, a folder of a kind, or a file of one."
            )
        for record in found:
            if record.path.absolute() not in seen:
                seen.add(record.path.absolute())
                yield record


def _of(target: Path) -> Iterator[RecordPath]:
    if not os.path.lexists(target):
        hint = near_path(target) or "Give a catalog, a folder of a kind, or a file of one."
        raise click.UsageError(f"There is nothing at {target}. {hint}")
    whole = Path(os.path.abspath(target))
    if not target.is_dir():
        kind = _kind(whole.parent.name)
        if kind is None or target.suffix != ".yaml":
            known = ", ".join(f"{kind}/" for kind in KINDS)
            raise click.UsageError(f"{target} is no record of a catalog: those are .yaml files in {known}.")
        yield RecordPath(target, kind, whole.parent.parent)
        return
    kind = _kind(whole.name)
    root = target.parent if kind else target
    for each in [kind] if kind else KINDS:
        for entry in entries(root, each):
            if entry.problem is None:
                yield RecordPath(entry.path, each, root)


def near_path(target: Path) -> str:
    """`Did you mean catalog/heads/induction.yaml?` where a path that is not there is spelt nearly like one that is; else nothing."""
    missing = [target]
    while not os.path.lexists(missing[0].parent):
        missing.insert(0, missing[0].parent)
    found = [missing[0].parent]
    for part in missing:
        found = [
            folder / name
            for folder in found
            if os.access(folder, os.R_OK | os.X_OK) and folder.is_dir()
            for name in near_names(part.name, os.listdir(folder))
        ]
    meant = " or ".join(str(path) for path in found[:3])
    return f"Did you mean {meant}?" if meant else ""


def _kind(name: str) -> Kind | None:
    return next((kind for kind in KINDS if kind == name), None)


def changes(path: Path, old: str, new: str) -> str:
    """What changes in a file, as a unified diff; empty where nothing does."""
    name = path.as_posix()
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), name, name)
    )
