"""`headkb score`: one score of every head of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from headkb.catalog.vocabulary import SCORES
from headkb.cli.common import load_catalog_model, open_catalog, print_json
from headkb.cli.extras import need_torch
from headkb.cli.progress import progress
from headkb.errors import UnknownNameError

if TYPE_CHECKING:
    from headkb.reproduce import Measurement

DEFAULT_MODEL = "organism-tasks"
"""The model that every installation carries, so that a first score needs no download."""

HELP = f"""Compute SCORE for every head of a model, with a 95 % interval over prompts.

SCORE is one of {", ".join(sorted(SCORES))}.

\b
Examples:
  headkb score induction
  headkb score induction --model gpt2
  headkb score previous-token --model ./my-model --top 5 --json
"""


@click.command("score", help=HELP)
@click.argument("score", metavar="SCORE")
@click.option(
    "--model",
    "model_name",
    default=DEFAULT_MODEL,
    show_default=True,
    metavar="M",
    help="A catalog id, a Hugging Face hub id, or a directory.",
)
@click.option("--revision", metavar="R", help="Commit of the hub model.")
@click.option(
    "--prompts",
    "n",
    type=click.IntRange(1, 100_000),
    default=40,
    show_default=True,
    metavar="N",
    help="Number of prompts.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, metavar="S", help="Seed of the prompts.")
@click.option("--generator", metavar="G", help="Prompt generator; each score has one of its own.")
@click.option("--variant", metavar="V", help="A published variant of the score, such as transformer-lens-mul.")
@click.option(
    "--top", type=click.IntRange(1), default=10, show_default=True, metavar="K", help="Show the K highest heads."
)
@click.option("--json", "as_json", is_flag=True, help="Print all values as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    score: str,
    model_name: str,
    revision: str | None,
    n: int,
    seed: int,
    generator: str | None,
    variant: str | None,
    top: int,
    as_json: bool,
) -> None:
    """Run the command; its help is `HELP`, which lists the scores."""
    need_torch("score")
    from headkb.reproduce import find_score, measure
    from headkb.scores import Score

    chosen = find_score(score)
    variants = chosen.variants if isinstance(chosen, Score) else {}
    if variant is not None and variant not in variants:  # a wrong name is told before a model is loaded
        raise UnknownNameError(f"variant of {score}", variant, variants, f"It has {', '.join(variants) or 'none'}.")
    loaded = load_catalog_model(open_catalog(ctx), model_name, revision)
    parameters = dict(variants[variant].parameters) if variant else {}
    with progress(f"{score} on {loaded.id}") as on_batch:
        result = measure(
            score,
            loaded,
            generator=generator,
            parameters={"n": n, "seed": seed},
            score_parameters=parameters,
            on_batch=on_batch,
        )
    if as_json:
        print_json(as_data(result, top))
    else:
        _print(result, top)


def as_data(result: Measurement, top: int) -> dict[str, Any]:
    """The measurement as plain data: the strongest heads, every value, and the provenance."""
    return {
        "score": result.score.id,
        "version": result.score.version,
        "score_parameters": dict(result.score_parameters),
        "model": result.model,
        "prompts": dict(result.prompts),
        **result.provenance,
        "top": [
            {"head": str(head), "value": round(mean, 6), "low": round(low, 6), "high": round(high, 6)}
            for head, mean, low, high in result.ranked()[:top]
        ],
        "values": result.values(),
    }


def _print(result: Measurement, top: int) -> None:
    console = Console(highlight=False, markup=False)
    ranked = result.ranked()
    console.print(f"{result.score.id} on {result.model}: {result.score.summary}")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for header in ("head", "mean", "95 % interval"):
        table.add_column(header, justify="left" if header == "head" else "right")
    for head, mean, low, high in ranked[:top]:
        table.add_row(str(head), f"{mean:.3f}", f"{low:.3f} to {high:.3f}")
    console.print(table)
    if not ranked:
        console.print("The score is defined for no head on these prompts.")
    prompts = result.prompts
    console.print(
        f"{prompts['n']} prompts of {prompts['generator']}, seed {prompts['seed']}; {len(ranked)} heads; {result.provenance['seconds']} s"
    )
