"""`python -m headkb.organisms.train ID` trains an organism again from its seed, and compares the weights with those that come with headkb."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from headkb.attention import read_patterns
from headkb.errors import HeadkbError, UnknownNameError
from headkb.models.checkpoint import hash_files, weight_files
from headkb.organisms.registry import ORGANISMS, WEIGHTS, Organism
from headkb.organisms.tokenizer import fast_vocabulary
from headkb.organisms.training import Point, save, train
from headkb.prompts import make_prompts
from headkb.scores import SCORES

CURVE_SCORES = ("induction", "previous-token")
"""What the curve shows beside the loss: the highest value that any head has."""


def sha256(folder: Path) -> str:
    """SHA-256 of the weights in a folder, as `LoadedModel.weights_sha256` gives it."""
    return hash_files(folder, weight_files(sorted(path.name for path in folder.iterdir()), str(folder)))


def highest_scores(model: Any, n: int = 8) -> dict[str, float]:
    """Score → its highest mean over the heads, on repeated random tokens of 25, seed 0."""
    prompts = make_prompts("repeated-random-tokens", fast_vocabulary(), n, 0, period=25)
    read = read_patterns(model, prompts, {name: SCORES[name].reader() for name in CURVE_SCORES})
    return {name: float(read[name].mean(0).max()) for name in CURVE_SCORES}


def record(point: Point, model: Any, *, out: Path, checkpoints: bool) -> None:
    """Write one point of the curve, and the weights of that step if wanted; say how far the training is."""
    if not point.losses:  # nothing trained yet: the loss of a guess is left out
        (out / "curve.csv").unlink(missing_ok=True)
    found = highest_scores(model)
    losses = point.losses.values()
    loss = f"{sum(losses) / len(losses):.4f}" if losses else ""
    with (out / "curve.csv").open("a", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            rows.writerow(["step", "loss", *(name.replace("-", "_") for name in CURVE_SCORES)])
        rows.writerow([point.step, loss, *(f"{value:.4f}" for value in found.values())])
    scores = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
    click.echo(f"step {point.step}: {point.seconds:.0f} s, loss {loss or '-'}, {scores}", err=True)
    if checkpoints:
        save(model, out / "checkpoints" / f"step-{point.step}")
    save(model, out)


def chosen(name: str, steps: int | None) -> Organism:
    """The organism of that name, with another number of steps if asked for.

    Raises:
        UnknownNameError: If there is none.
        HeadkbError: If its training has several stages, which have no shorter form.
    """
    if name not in ORGANISMS:
        raise UnknownNameError("organism", name, ORGANISMS, f"There are {', '.join(ORGANISMS)}.")
    organism = ORGANISMS[name]
    if steps is None:
        return organism
    first, *rest = organism.stages
    if rest:
        raise HeadkbError(f"{name} is trained in {len(organism.stages)} stages, which cannot be squeezed. Use --stop.")
    curve = tuple(step for step in organism.curve if step < steps)
    return replace(organism, stages=(replace(first, steps=steps, schedule=0),), curve=curve)


@click.command()
@click.argument("organism")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Folder to write to; by default ./ID.")
@click.option(
    "--steps", type=click.IntRange(1), default=None, help="Train so many steps, the schedule squeezed into them."
)
@click.option(
    "--stop", type=click.IntRange(1), default=None, help="Leave off after so many steps of the full schedule."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the first weights and of all batches."
)
@click.option("--checkpoints", is_flag=True, help="Keep the weights at every point of the curve.")
@click.option(
    "--check", is_flag=True, help="Exit with 1 unless the weights are those that come with headkb, bit for bit."
)
def main(
    organism: str, out: Path | None, steps: int | None, stop: int | None, seed: int, checkpoints: bool, check: bool
) -> None:
    """Train ORGANISM again."""
    try:
        found = chosen(organism, steps)
    except HeadkbError as error:
        raise click.UsageError(str(error)) from None
    folder = out if out is not None else Path(organism)
    folder.mkdir(parents=True, exist_ok=True)
    train(found, seed, partial(record, out=folder, checkpoints=checkpoints), stop=stop)
    trained = sha256(folder)
    click.echo(f"{trained}  {folder / 'model.safetensors'}")
    if check:
        shipped = sha256(WEIGHTS / organism)
        same = trained == shipped
        click.echo(f"{'the same as' if same else 'not the same as'} the weights that come with headkb ({shipped})")
        sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
