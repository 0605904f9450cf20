"""What several commands share: loading the catalog, and printing."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from headkb import Catalog, catalog_path
from headkb.catalog.kinds import KINDS
from headkb.catalog.load import load


def open_catalog(ctx: click.Context) -> Catalog:
    """The catalog of `--catalog`, else the shipped one; a warning on stderr if some of its files are broken."""
    root = Path(ctx.obj) if ctx.obj else catalog_path()
    if not root.is_dir():
        raise click.UsageError(f"There is no folder {root}. Give the folder that holds heads/, papers/ and the others.")
    catalog, diagnostics = load(root)
    if diagnostics:
        click.echo(
            f"warning: {len({d.path for d in diagnostics})} catalog file(s) are left out; `headkb validate {root}` says why.",
            err=True,
        )
    return catalog


def print_json(data: Any) -> None:
    """Stable JSON: sorted only where the data itself is sorted, UTF-8, two spaces."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


class KindType(click.ParamType[str]):
    """A kind of record, in the plural or the singular."""

    name = "kind"
    choices = f"KIND is one of {', '.join(KINDS)}."

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The kind's own name; a wrong one is answered with the nearest."""
        known = {form: kind for kind, spec in KINDS.items() for form in (kind, spec.singular, f"{spec.singular}s")}
        if value in known:
            return known[value]
        near = get_close_matches(value, known, n=1)
        hint = f"Did you mean {known[near[0]]!r}?" if near else f"There are {', '.join(KINDS)}."
        raise click.BadParameter(f"there is no kind {value!r}. {hint}", ctx, param)


KIND = KindType()
"""Argument type: a kind of record."""
