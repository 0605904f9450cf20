"""`headkb reproduce`: rerun recorded runs, or run a head type's recipes on a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.catalog.settings import keywords_of, read_settings
from headkb.cli.common import PLUGIN, load_catalog_model, open_catalog, print_json, printing
from headkb.cli.extras import need_torch
from headkb.cli.net import about
from headkb.cli.options import SETTINGS, load_options, placement_options, warn_of
from headkb.cli.progress import progress
from headkb.cli.reproduce_claims import deliver, print_rest, reproduce_claims
from headkb.errors import HeadkbError, ReproductionError, UnknownNameError

if TYPE_CHECKING:
    from headkb.models import LoadedModel
    from headkb.reproduce import Plan, Rerun

_FILE = ("file=", "prompts.file=")
Load: TypeAlias = "Callable[..., LoadedModel]"
"""(name, revision, dtype, part) → the model."""


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
    help="Run published claims, each on its own model; ID is a claim, a claim file or a head type, M one model.",
)
@click.option("--check", is_flag=True, help="Exit with 1 if a value has drifted from its record.")
@placement_options
@SETTINGS
@click.option("--record", is_flag=True, help="With --model, --data or --claims: write the runs into the catalog.")
@PLUGIN
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
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
    plugins: tuple[Path, ...],
    as_json: bool,
    **placement: Any,
) -> None:
    """Rerun what the catalog records, or detect head types in a model.

    Without options, ID is a run, a head type or a claim, and its recorded runs are rerun; without an ID, those that fit into a
    few minutes. --all reruns every one.

    With --model, ID is a head type or a claim, which is run on that model (without an ID, every recipe of the catalog). The heads
    that a recipe finds undergo the causal check of their type: they are silenced, and so are random heads of their layers.

    With --claims, every published claim that can be rerun is run on the model that it is about, and gets a verdict; the others
    are listed with the reason. Models come from HEADKB_MODELS, the cache or the hub, one at a time.

    \b
    Examples:
      headkb reproduce --check                          rerun what fits into a few minutes
      headkb reproduce --all --check                    rerun every record
      headkb reproduce induction --model organism-tasks find induction heads, and silence them
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
    from headkb.plugins import load_plugins

    load_plugins(plugins)
    catalog = open_catalog(ctx)
    load = _loader(catalog, placement)
    if claims:
        reproduce_claims(catalog, ids, model_name, lambda name: load(name, placement["revision"]), record, as_json)
    elif model_name is None and data is None:
        if record:
            raise click.UsageError(
                "--record goes with --model, --data or --claims: recorded runs are never overwritten by a rerun."
            )
        _rerun(catalog, ids, load, everything, check, as_json)
    else:
        loaded = None if data is not None or model_name is None else load(model_name, placement["revision"])
        _detect(catalog, ids, loaded, data, placement["part"], settings, record, as_json)


def _rerun(catalog: Catalog, ids: tuple[str, ...], load: Load, everything: bool, check: bool, as_json: bool) -> None:
    from headkb.reproduce import bundled, rerun, summary_line

    chosen = _chosen_runs(catalog, ids)
    runs = chosen if ids or everything else bundled(chosen)
    results = []
    for run in runs:
        with progress(run.id) as on_batch:
            results.append(rerun(run, catalog.resolve("models", run.model), load, on_batch))
        if not as_json:
            _print_rerun(results[-1])
    if as_json:
        print_json(
            [
                {
                    "run": r.run.id,
                    "status": r.status,
                    "drift": None if r.drift != r.drift else r.drift,
                    "note": r.note,
                    "verdict": r.run.verdict,
                }
                for r in results
            ]
        )
    else:
        click.echo(summary_line(results))
        if len(runs) < len(chosen):
            click.echo(f"{len(chosen) - len(runs)} longer runs are rerun by `headkb reproduce --all`.")
    if check and any(r.status == "drifted" for r in results):
        raise SystemExit(1)


def _chosen_runs(catalog: Catalog, ids: tuple[str, ...]) -> list[Run]:
    """The runs that the ids name, or all that are not invalidated."""
    standing = [run for _, run in sorted(catalog.runs.items()) if run.verdict != "invalidated"]
    if not ids:
        return standing
    chosen: dict[str, Run] = {}
    for name in ids:
        catalog.raise_if_refused("runs", name)
        if name in catalog.runs:
            runs = [catalog.runs[name]]
        elif "/" in name:
            runs = catalog.runs_of_claim.get(catalog.statement(name).id, [])
        else:
            try:
                head = catalog.resolve("heads", name)
            except UnknownNameError:
                known = [*catalog.heads, *catalog.runs, *catalog.statements]
                remedy = f"`headkb list runs` shows all runs.{catalog.refusals('heads', 'runs', 'claims')}"
                raise UnknownNameError("run, head type or claim", name, known, remedy) from None
            runs = [run for run in standing if run.head == head.id]
        if not runs:
            raise ReproductionError(
                f"no run of {name} is recorded. Run it on a model: headkb reproduce {name} --model gpt2."
                f"{catalog.refusals('runs')}"
            )
        chosen |= {run.id: run for run in runs}
    return list(chosen.values())


def _loader(catalog: Catalog, placement: Mapping[str, Any]) -> Load:
    """Loads a model by name, revision, the dtype that it has without --dtype, and part; each once, however many runs use it."""

    @cache
    def load(
        name: str, revision: str | None = None, dtype: str = "float32", part: str | None = placement["part"]
    ) -> LoadedModel:
        loaded = load_catalog_model(catalog, name, revision, load_options({**placement, "part": part}, dtype))
        warn_of(loaded)
        return loaded

    return load


def _print_rerun(result: Rerun) -> None:
    with printing() as console:
        note = result.note or f"largest difference {result.drift:.1e}, verdict {result.run.verdict}"
        console.print(f"{result.status:<9} {result.run.id}: {note}")


def _detect(
    catalog: Catalog,
    ids: tuple[str, ...],
    loaded: LoadedModel | None,
    data: str | None,
    part: str | None,
    settings: tuple[str, ...],
    record: bool,
    as_json: bool,
) -> None:
    """Carry out every plan; one that cannot run is reported with its reason, and the others go on."""
    from headkb.reproduce import run_on_data, run_on_model

    plans, reasons = _plans(catalog, ids, on_data=data is not None)
    if part is not None:
        plans = [replace(plan, parameters={**plan.parameters, "part": part}) for plan in plans]
    if record and loaded is not None and loaded.id not in catalog.models:
        raise ReproductionError(
            f"{loaded.id} has no record in models/. Add models/<id>.yaml first, then give that id to --model."
        )
    runs: list[Run] = []
    left_out = dict(reasons)
    for recipe in plans:
        plan = recipe
        try:
            plan = _with_settings(recipe, settings)
            if loaded is None:
                runs.append(run_on_data(catalog, plan, data or ""))
            else:
                with about(loaded), progress(f"{plan.head} in {loaded.id}") as on_batch:
                    runs.append(run_on_model(catalog, plan, loaded, on_batch))
        except HeadkbError as error:
            if len(plans) == 1:
                raise
            left_out[f"{plan.head}/{plan.name}"] = str(error)
            continue
        deliver(runs[-1], catalog.root if record else None, quiet=as_json)
    print_rest(runs, left_out, as_json)
    if as_json:
        return
    if left_out:
        click.echo(f"{len(runs)} run, {len(left_out)} left out")
    if (plans or ids) and not runs:
        raise SystemExit(2)


def _with_settings(plan: Plan, settings: tuple[str, ...]) -> Plan:
    """The plan with parameters that were typed in place of its own; causal checks keep theirs."""
    if not settings:
        return plan
    from headkb.prompts import get_generator
    from headkb.scores import get_score

    score = get_score(plan.score)
    maker = get_generator(plan.prompts or score.prompts)
    for_prompts, for_score = read_settings(
        settings, (maker.id, keywords_of(maker.function)), (score.id, keywords_of(score.function))
    )
    return replace(
        plan, parameters={**plan.parameters, **for_prompts}, score_parameters={**plan.score_parameters, **for_score}
    )


def _plans(catalog: Catalog, ids: tuple[str, ...], on_data: bool) -> tuple[list[Plan], dict[str, str]]:
    """The plans of these claims and head types, of all recipes without ids; and why the others have none."""
    from headkb.reproduce import NotRerunnableError, plan_of_claim, plans_of_head

    if not ids:
        reasons = {
            h.id: f"{h.no_recipe.reason} Needed: {h.no_recipe.needed}" for h in catalog.heads.values() if h.no_recipe
        }
        return [plan for head in catalog.heads.values() if head.recipes for plan in plans_of_head(head)], reasons
    plans: list[Plan] = []
    reasons = {}
    for name in ids:
        if "/" not in name:
            plans += plans_of_head(catalog.resolve("heads", name))
            continue
        try:
            plans.append(plan_of_claim(catalog.statement(name), on_data=on_data))
        except NotRerunnableError as error:
            if len(ids) == 1:
                raise
            reasons[name] = error.reason
    return plans, reasons
