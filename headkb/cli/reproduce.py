"""`headkb reproduce`: rerun recorded runs, or run a head type's recipes on a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headkb.cli.common import PLUGIN, load_catalog_model, open_catalog, own_catalog_root
from headkb.cli.extras import need_torch
from headkb.cli.going_on import going_on
from headkb.cli.options import SETTINGS, load_options, placement_options, warn_of

if TYPE_CHECKING:
    from headkb.catalog import Catalog
    from headkb.models import LoadedModel

_FILE = ("file=", "prompts.file=")


@click.command("reproduce")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--model", "model_name", metavar="M", help="Run the recipes of the head types ID on this model.")
@click.option(
    "--data", metavar="D", help="Run the claims or head types ID on published attention patterns instead of a model."
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every recorded run, however long it takes; with --model, every head type.",
)
@click.option(
    "--claims",
    is_flag=True,
    help="Run published claims, each on its own model; ID is a claim, a claim file or a head type, M one model, or a quantised copy of it.",
)
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 1 if a value has drifted from its record; 2 if nothing that ID names could be rerun.",
)
@placement_options
@SETTINGS
@click.option("--record", is_flag=True, help="With --model, --data or --claims: write the runs into the catalog.")
@click.option(
    "--fresh", is_flag=True, help="Run everything anew, also what a stopped command of the same words has finished."
)
@PLUGIN
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, each as soon as it is there.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    ids: tuple[str, ...],
    model_name: str | None,
    data: str | None,
    everything: bool,
    claims: bool,
    check: bool,
    settings: tuple[str, ...],
    record: bool,
    fresh: bool,
    plugins: tuple[Path, ...],
    as_json: bool,
    **placement: Any,
) -> None:
    """Rerun what the catalog records, or detect head types in a model.

    Without options, ID is a run, a head type or a claim, and its recorded runs are rerun; without an ID, those that fit into a
    few minutes. --all reruns every one.

    With --model, ID is a head type or a claim, which is run on that model (without an ID, every recipe of the catalog). The heads
    that a recipe finds undergo the causal check of their type: they are silenced, and so are random heads of their layers.

    With --claims, every published claim that can be rerun is run on the model that it is about, and its standing is told; the
    others are listed with the reason. Models come from HEADKB_MODELS, the cache or the hub, one at a time.

    \b
    Examples:
      headkb reproduce induction --model smollm2-135m-instruct
                                                        find induction heads, and silence them
      headkb reproduce --check                          rerun what fits into a few minutes
      headkb reproduce --all --check                    rerun every record
      headkb reproduce transformerlensorg-transformerlens/gpt2-induction --model gpt2
                                                        rerun a published claim
      headkb reproduce saigyo-tsumugi/smollm2-l13h8 --model M --set file=my.txt
                                                        a claim about sentences, on your own; M is its model or a copy of it
      headkb reproduce --claims --model gpt2 --record   rerun all claims about GPT-2 small, and write the runs
    """
    need_torch("reproduce")
    if everything and ids:
        raise click.UsageError("--all and an ID exclude each other.")
    if placement["part"] is not None and (model_name is None or claims or data is not None):
        raise click.UsageError("--part goes with --model alone: recorded runs and claims say what they read.")
    own_sentences = bool(ids) and all("/" in name for name in ids) and all(s.startswith(_FILE) for s in settings)
    if settings and (model_name is None or claims or data is not None or (record and not own_sentences)):
        raise click.UsageError(
            "--set tries a recipe with other parameters: it goes with --model alone, and not with --record, unless it is "
            "file=PATH for a claim named by its ID."
        )
    if claims and (data is not None or check):
        raise click.UsageError("--claims runs claims on models; it goes neither with --data nor with --check.")
    if placement["revision"] and model_name is None:
        raise click.UsageError("--revision goes with --model: recorded runs are rerun at their own revision.")
    if record:
        own_catalog_root(ctx)
    from headkb.cli.reproduce_claims import reproduce_claims
    from headkb.cli.reproduce_recipes import detect_in_data, detect_in_model
    from headkb.cli.reproduce_records import rerun_records
    from headkb.plugins import load_plugins

    load_plugins(plugins)
    catalog = open_catalog(ctx)
    load = _loader(catalog, placement)
    if data is not None:
        raise SystemExit(detect_in_data(catalog, ids, data, record, as_json))
    if model_name is None and not claims and record:
        raise click.UsageError(
            "--record goes with --model, --data or --claims: recorded runs are never overwritten by a rerun."
        )
    what = "claims" if claims else "records" if model_name is None else "recipes"
    typed = {
        "model": model_name,
        "catalog": str(catalog.root.resolve()),
        "ids": ids,
        "all": everything and model_name is None,
        "settings": settings,
        **placement,
    }
    with going_on(what, typed, plugins, fresh=fresh) as kept:
        if claims:
            code = reproduce_claims(
                catalog, ids, model_name, lambda name: load(name, placement["revision"]), kept, record, as_json
            )
        elif model_name is None:
            found = rerun_records(catalog, ids, load, kept, everything, as_json)
            nothing = bool(ids) and found == {"left-out"}
            code = 2 if nothing or "failed" in found else int(check and "drifted" in found)
        else:
            code = detect_in_model(
                catalog,
                ids,
                partial(load, model_name, placement["revision"]),
                kept,
                placement["part"],
                settings,
                record,
                as_json,
            )
    raise SystemExit(code)


def _loader(catalog: Catalog, placement: Mapping[str, Any]) -> Callable[..., LoadedModel]:
    """Loads a model by name, revision, the dtype that it has without --dtype, and part; none is held here."""

    def load(
        name: str, revision: str | None = None, dtype: str = "float32", part: str | None = placement["part"]
    ) -> LoadedModel:
        loaded = load_catalog_model(catalog, name, revision, load_options({**placement, "part": part}, dtype))
        warn_of(loaded)
        return loaded

    return load
