"""What several commands share: loading the catalog, and printing."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from headkb import catalog_path
from headkb.catalog.diagnostic import Diagnostic, left_out
from headkb.catalog.kinds import KINDS
from headkb.catalog.root import NAME, catalog_meant, nearest_catalog
from headkb.cli.garbage import collect_as_usual
from headkb.cli.net import NotPrintedError
from headkb.cli.path_names import PathName
from headkb.cli.said import step, warn

if TYPE_CHECKING:
    from headkb import Catalog
    from headkb.catalog.look_ups import LookUps
    from headkb.models import LoadedModel, LoadOptions

PLUGIN = click.option(
    "--plugin",
    "plugins",
    type=PathName(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Python file with scores or generators of your own; repeat the option for several files.",
)
"""Option of the commands that run scores: files for `headkb.plugins.load_plugins`."""

OUT = click.option(
    "--out", required=True, type=PathName(file_okay=False, path_type=Path), metavar="DIR", help="Folder to write into."
)
"""Option of the commands that write files."""


def catalog_root(ctx: click.Context) -> Path:
    """The folder of `--catalog` or HEADKB_CATALOG, else the nearest `catalog/` upwards, else the catalog that ships with headkb."""
    return named_catalog(ctx) or nearest_catalog(Path.cwd()) or catalog_path()


def own_catalog_root(ctx: click.Context) -> Path:
    """The same for a command that writes into it: the catalog that ships with headkb is read-only, wherever it lies."""
    root = named_catalog(ctx) or nearest_catalog(Path.cwd())
    if root is None:
        raise click.UsageError(
            "There is no catalog/ here or in a folder above, and the one that ships with headkb is read-only. Stand in a clone of one, "
            f"or name a folder of your own, which is made if need be: headkb --catalog catalog {ctx.info_name} …"
        )
    refuse_shipped(root)
    return root


def refuse_shipped(path: Path) -> None:
    """Raise UsageError for a place in the catalog inside the installed package: the next update would replace what is written there."""
    shipped = catalog_path()
    if shipped.name != NAME and path.resolve().is_relative_to(shipped):
        raise click.UsageError(
            f"{path} is in the catalog that ships with headkb, which is read-only: an update replaces it. Write into a copy: "
            f"cp -r {shipped} {NAME}"
        )


def named_catalog(ctx: click.Context) -> Path | None:
    """The folder of `--catalog` or HEADKB_CATALOG, of a checkout the catalog in it; a shell that completes runs nothing to know it."""
    named = ctx.obj or ctx.find_root().params.get("catalog_dir")
    return catalog_meant(Path(named)) if named else None


def open_catalog(ctx: click.Context) -> Catalog:
    """The catalog that the command is about; a warning on stderr if any of its files are refused."""
    return read_catalog(catalog_root(ctx))


def read_catalog(root: Path) -> Catalog:
    """The catalog in a folder; a warning on stderr if any of its files are refused."""
    return _read(_folder(root))


def begun_catalog(root: Path) -> Catalog:
    """The same for a command that writes into the folder, which may be missing or hold no record yet."""
    from headkb.catalog.load import load

    return _read(root) if root.is_dir() else load(root)[0]


def _read(root: Path) -> Catalog:
    from headkb.catalog.kept import load_kept
    from headkb.catalog.prepared import Prepared

    with step(f"catalog {root}") as found:
        prepared = Prepared(root)
        catalog, problems = load_kept(prepared)
        found.append(
            f"state {prepared.key[:12]}, {sum(len(catalog.refused.get(kind, {})) for kind in KINDS)} files refused"
        )
    if problems:
        _warn(root, problems)
    return catalog


def look_ups(ctx: click.Context) -> LookUps:
    """What can be asked of the catalog without reading it. When the command has answered, what it had to work out is kept."""
    from headkb.catalog.look_ups import LookUps

    root = _folder(catalog_root(ctx))
    with step(f"catalog {root}, its state"):
        asked = LookUps(root, partial(_warn, root))
    ctx.call_on_close(partial(_prepare, asked))
    return asked


def _prepare(asked: LookUps) -> None:
    if asked.wanted:
        with step(f"prepared {', '.join(asked.wanted)} for the next time"):
            asked.prepare()


def _folder(root: Path) -> Path:
    if not root.is_dir():
        raise click.UsageError(f"There is no folder {root}. Give the folder that holds heads/, papers/ and the others.")
    if not any(os.path.lexists(root / kind) for kind in KINDS) and not _empty(root):
        raise click.UsageError(f"{root} is no catalog: it holds none of heads/, papers/ and the others.")
    return root


def _empty(root: Path) -> bool:
    """Whether a folder is empty, or may not be looked into: reading it says why."""
    return not os.access(root, os.R_OK | os.X_OK) or not any(root.iterdir())


def _warn(root: Path, problems: Sequence[Diagnostic]) -> None:
    warn(left_out(problems, root))


def load_catalog_model(
    catalog: Catalog, name: str, revision: str | None = None, options: LoadOptions | None = None
) -> LoadedModel:
    """A model by catalog id, hub id or directory, with torch's threads set for its size. Raises CatalogError if its record was refused: it would be loaded unchecked."""
    from headkb.models import choose_threads, load_model

    if not Path(name).is_dir():
        catalog.raise_if_refused("models", name)
    with step(f"model {name}") as found:
        loaded = load_model(name, revision=revision, catalog_models=catalog.models, options=options)
        found.append(loaded.passport.first_line())
    collect_as_usual()
    choose_threads(loaded)
    return loaded


def print_json(data: Any) -> None:
    """Stable JSON: sorted only where the data itself is sorted, UTF-8, two spaces."""
    emit(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


@contextmanager
def printing(*, soft_wrap: bool = True) -> Iterator[Console]:
    """A console whose text is printed, by `emit`, when the block ends."""
    text = io.StringIO()
    yield _console(text, soft_wrap)
    emit(text.getvalue())


@contextmanager
def written() -> Iterator[tuple[Console, io.StringIO]]:
    """A console that writes into a text, the same wherever it is printed later."""
    text = io.StringIO()
    yield _console(text, soft_wrap=True), text


def _console(text: io.StringIO, soft_wrap: bool) -> Console:
    return Console(
        file=text,
        force_terminal=sys.stdout.isatty(),
        highlight=False,
        markup=False,
        soft_wrap=soft_wrap,
        legacy_windows=False,
    )


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


class WordType(click.Choice[str]):
    """One of a few words; the error for another suggests the nearest."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word as it is given, if it is one of them."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            near = get_close_matches(value.casefold(), self.choices, n=1)
            raise click.BadParameter(
                f"{error.message}{f' Did you mean {near[0]!r}?' if near else ''}", ctx, param
            ) from None


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
