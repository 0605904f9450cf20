"""What several commands share: loading the catalog, and printing."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from headkb import Catalog, catalog_path
from headkb.catalog import load
from headkb.catalog.diagnostic import left_out
from headkb.catalog.kinds import KINDS
from headkb.cli.net import NotPrintedError

if TYPE_CHECKING:
    from headkb.models import LoadedModel, LoadOptions

PLUGIN = click.option(
    "--plugin",
    "plugins",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Python file with scores or generators of your own; repeat the option for several files.",
)
"""Option of the commands that run scores: files for `headkb.plugins.load_plugins`."""

OUT = click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder to write into.",
)
"""Option of the commands that write files."""


def catalog_root(ctx: click.Context) -> Path:
    """The folder of `--catalog`, else that of the shipped catalog."""
    return Path(ctx.obj) if ctx.obj else catalog_path()


def open_catalog(ctx: click.Context) -> Catalog:
    """The catalog of `--catalog`, else the shipped one; a warning on stderr if any of its files are refused."""
    return read_catalog(catalog_root(ctx))


def read_catalog(root: Path) -> Catalog:
    """The catalog in a folder; a warning on stderr if any of its files are refused."""
    if not root.is_dir():
        raise click.UsageError(f"There is no folder {root}. Give the folder that holds heads/, papers/ and the others.")
    catalog, problems = load(root)
    if problems:
        click.echo(f"warning: {left_out(problems, root)}", err=True)
    return catalog


def load_catalog_model(
    catalog: Catalog, name: str, revision: str | None = None, options: LoadOptions | None = None
) -> LoadedModel:
    """A model by catalog id, hub id or directory, with torch's threads set for its size. Raises CatalogError if its record was refused: it would be loaded unchecked."""
    from headkb.models import choose_threads, load_model

    if not Path(name).is_dir():
        catalog.raise_if_refused("models", name)
    loaded = load_model(name, revision=revision, catalog_models=catalog.models, options=options)
    choose_threads(loaded)
    return loaded


def print_json(data: Any) -> None:
    """Stable JSON: sorted only where the data itself is sorted, UTF-8, two spaces."""
    emit(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


@contextmanager
def printing(*, soft_wrap: bool = True) -> Iterator[Console]:
    """A console whose text is printed, by `emit`, when the block ends."""
    text = io.StringIO()
    yield Console(
        file=text,
        force_terminal=sys.stdout.isatty(),
        highlight=False,
        markup=False,
        soft_wrap=soft_wrap,
        legacy_windows=False,
    )
    emit(text.getvalue())


def print_json_line(data: Any) -> None:
    """One object on one line, printed at once."""
    emit(json.dumps(data, ensure_ascii=False, allow_nan=False))


def emit(text: str) -> None:
    """Print a result; where stdout cannot be written, put it into a file and say so, for computing it again may take hours."""
    try:
        click.echo(text, nl=not text.endswith("\n"))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise NotPrintedError(error, text) from error


class KindType(click.ParamType[str]):
    """A kind of record, in the plural or the singular."""

    name = "kind"
    choices = f"KIND is one of {', '.join(KINDS)}."

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The kind's name in the plural; the error for a wrong one suggests the nearest."""
        known = {form: kind for kind, spec in KINDS.items() for form in (kind, spec.singular, f"{spec.singular}s")}
        if value in known:
            return known[value]
        near = get_close_matches(value, known, n=1)
        hint = f"Did you mean {known[near[0]]!r}?" if near else f"There are {', '.join(KINDS)}."
        raise click.BadParameter(f"there is no kind {value!r}. {hint}", ctx, param)


KIND = KindType()
"""Argument type: one of the kinds."""
