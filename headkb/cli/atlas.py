"""`headkb atlas`: every head of a model under every score."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headkb.catalog.atlas import AtlasTable, atlas_data, heads_path, heads_text, table_path
from headkb.catalog.export import dumps
from headkb.catalog.record_text import record_text
from headkb.catalog.writing import write_text
from headkb.cli.common import OUT, emit, load_catalog_model, open_catalog, own_catalog_root
from headkb.cli.extras import need_torch
from headkb.cli.net import about
from headkb.cli.options import load_options, placement_options, warn_of
from headkb.cli.said import note, warn
from headkb.cli.troubles import Troubles
from headkb.errors import HeadkbError, ModelError
from headkb.site.heat_svg import heat_svg

if TYPE_CHECKING:
    from headkb import Catalog
    from headkb.catalog.schema import Atlas
    from headkb.models import LoadedModel


@click.command("atlas")
@click.argument("model_name", metavar="M")
@OUT
@placement_options
@click.option(
    "--record", is_flag=True, help="Also write the atlas into the catalog: atlases/<model>.yaml, .csv and .heads.json."
)
@click.pass_context
def command(ctx: click.Context, /, model_name: str, out: Path, record: bool, **placement: Any) -> None:
    """Measure every head of the model M under every score, and write one table.

    Pattern scores, OV copying, direct logit attribution on IOI prompts, and mean ablation on ordinary text. DIR gets the table as CSV and
    JSON with each head's nearest heads, its patterns on three sentences, the tokens that it promotes, and a heat map of every column.
    What is done is kept in DIR/parts, so the same command goes on after a stop. Where the table cannot be written, it is printed.

    \b
    Examples:
      headkb atlas organism-heads --out atlas
      headkb atlas ./my-model --out atlas --batch-tokens 512
    """
    need_torch("atlas")
    from headkb.reproduce.atlas import make_atlas
    from headkb.reproduce.atlas_heads import head_texts

    if record:
        own_catalog_root(ctx)
    catalog = open_catalog(ctx)
    loaded = load_catalog_model(catalog, model_name, placement["revision"], load_options(placement))
    _refuse(catalog, loaded, placement["part"], record)
    warn_of(loaded)
    parts = _Parts(out / "parts", loaded)
    troubles = Troubles()
    with about(loaded):
        atlas, table = make_atlas(catalog, loaded, store=parts, on_step=_say, on_trouble=troubles)
        try:
            texts = heads_text(*head_texts(loaded))
        except HeadkbError as error:
            texts = ""
            note(str(error))
    for left in atlas.left_out:
        note(f"left out {left.id}: {left.why}")
    files = {f"{atlas.id}.json": dumps(atlas_data(catalog, atlas, table)), **_record_files(None, atlas, table, texts)}
    for column in atlas.columns:
        files[f"maps/{column.id}.svg"] = _map(catalog, atlas, table, column.id)
    failed = len(troubles)
    for name, text in files.items():
        try:
            write_text(out / name, text)
        except OSError as error:
            troubles(name, error)
            if name == f"{atlas.id}.csv":  # what took the time
                emit(text)
    if record and failed:
        click.echo(
            f"{atlas.id} was not recorded, because a step failed. What is done is kept: run the command again.",
            err=True,
        )
    elif record:
        try:
            _write_record(catalog.root, atlas, table, texts)
            note(f"recorded: {catalog.root / 'atlases' / f'{atlas.id}.yaml'}")
        except OSError as error:
            troubles(f"the record of {atlas.id}", error)
    troubles.end()
    shutil.rmtree(out / "parts", ignore_errors=True)
    emit(
        f"{len(table.heads)} heads of {atlas.id} under {len(atlas.columns)} columns, {atlas.seconds:.0f} CPU s: {out / f'{atlas.id}.csv'}"
    )


def _record_files(root: Path | None, atlas: Atlas, table: AtlasTable, texts: str) -> dict[str, str]:
    data = atlas.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data.pop("id")
    files = {f"{atlas.id}.yaml": record_text("atlases", data, root), f"{atlas.id}.csv": table.csv_text()}
    return {**files, f"{atlas.id}.heads.json": texts} if texts else files


def _write_record(root: Path, atlas: Atlas, table: AtlasTable, texts: str) -> None:
    """The files of the record; patterns of an earlier one are removed where this one has none."""
    for path in (table_path(root, atlas.id), heads_path(root, atlas.id)):
        path.unlink(missing_ok=True)
    for name, text in _record_files(root, atlas, table, texts).items():
        write_text(root / "atlases" / name, text)


def _map(catalog: Catalog, atlas: Atlas, table: AtlasTable, name: str) -> str:
    column, stack = atlas.column(name), atlas.passport.stack()
    assert column is not None
    n_heads = stack.n_heads if isinstance(stack.n_heads, int) else max(stack.n_heads)
    score = catalog.scores[column.score]
    unit = column.unit or score.unit
    return heat_svg(table.values[name], stack.n_layers, n_heads, f"{name} of {atlas.id}", unit, score.direction)


def _refuse(catalog: Catalog, loaded: LoadedModel, part: str | None, record: bool) -> None:
    """Refuse what would become a wrong atlas, before anything is measured."""
    if part is not None and loaded.passport.stack(part) != loaded.passport.stack():
        raise ModelError(f"an atlas covers the {loaded.passport.stack().part} of {loaded.id}. Leave --part out.")
    if record and loaded.id not in catalog.models:
        raise click.UsageError(
            f"{loaded.id} has no record in the catalog, so its atlas cannot be recorded. Write one first: headkb new models ID"
        )


def _say(step: str, done: int, total: int) -> None:
    note(f"{done + 1}/{total} {step}")


class _Parts:
    """Finished steps in a folder, one file each; those of other weights, versions or settings do not count."""

    def __init__(self, folder: Path, loaded: LoadedModel) -> None:
        from headkb.reproduce.measure import versions

        passport = loaded.passport
        self.folder, self.told = folder, False
        self.key = {"weights": passport.weights_sha256, "dtype": passport.dtype, **versions()}

    def get(self, step: str) -> Mapping[str, Any] | None:
        try:
            kept = json.loads(self._file(step).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept["part"] if isinstance(kept, dict) and kept.get("key") == self.key else None

    def put(self, step: str, part: Mapping[str, Any]) -> None:
        try:
            write_text(self._file(step), json.dumps({"key": self.key, "part": part}, allow_nan=False))
        except OSError as error:
            if not self.told:
                text = f"{error.filename} cannot be written ({error.strerror}), so a stopped command could not go on."
                warn(text)
            self.told = True

    def _file(self, step: str) -> Path:
        return self.folder / f"{step.replace(' ', '-')}.json"
