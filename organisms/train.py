"""`python -m organisms.train ID` trains an organism again from its seed, and compares the weights with those that come with headkb."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import click

from headkb.attention import read_patterns
from headkb.errors import HeadkbError, UnknownNameError
from headkb.models import load_model
from headkb.models.files import files_of, hash_files
from headkb.models.names import BUNDLED
from headkb.prompts import make_prompts
from headkb.scores import SCORES
from organisms.registry import ORGANISMS, Organism
from organisms.tokenizer import fast_vocabulary
from organisms.training import ALL, Point, Span, save, train

CURVE_SCORES = ("induction", "previous-token")
"""What the curve shows beside the loss: the highest value that any head has."""


TOLERANCE = 0.1
"""How far the highest scores may be from those of the shipped weights on another kind of processor. Trained with AVX2 instead of AVX-512
instructions, `organism-induction` ends with an induction score that is 0.0004 away and a previous-token score that is 0.043 away."""


def sha256(folder: Path) -> str:
    """SHA-256 of the weights in a folder, as a passport gives it."""
    return hash_files(folder, files_of(folder))[0]


def highest_scores(model: Any, n: int = 8) -> dict[str, float]:
    """Score → its highest mean over the heads, on repeated random tokens of 25, seed 0."""
    prompts = make_prompts("repeated-random-tokens", fast_vocabulary(), n, 0, period=25)
    read = read_patterns(model, prompts, {name: SCORES[name].reader() for name in CURVE_SCORES})
    return {name: float(read[name].mean(0).max()) for name in CURVE_SCORES}


def record(point: Point, model: Any, *, out: Path, checkpoints: bool, half: bool = False) -> None:
    """Write one point of the curve, and the weights of that step if wanted, these in full precision; say how far the training is."""
    if not point.losses and point.step == 0:  # nothing trained yet: the loss of a guess is left out
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
    save(model, out, half=half)


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


def compared(trained: Path, shipped: Path) -> tuple[str, bool]:
    """Whether two trainings gave the same, in words: the same bits, or highest scores within `TOLERANCE`, or neither."""
    if (hashed := sha256(shipped)) == sha256(trained):
        return f"the same weights as those that come with headkb ({hashed})", True
    here, there = (highest_scores(load_model(str(folder)).model) for folder in (trained, shipped))
    apart = {name: abs(here[name] - there[name]) for name in here}
    good = max(apart.values()) <= TOLERANCE
    scores = ", ".join(f"{name} {here[name]:.3f} and {there[name]:.3f}" for name in here)
    return (
        f"not the same weights as those that come with headkb ({hashed}). Highest scores here and there: {scores}. They are "
        f"{'within' if good else 'further apart than'} {TOLERANCE:g}, which is what another rounding of sums explains.",
        good,
    )


def resumed(organism: Organism, out: Path) -> Span:
    """The rest of a training whose last whole stage left a checkpoint in `out`; all of it if there is none."""
    ends = [end for end in accumulate(stage.steps for stage in organism.stages) if end < organism.steps]
    kept = [(end, out / "checkpoints" / f"step-{end}") for end in ends]
    return max(
        (Span(done=end, weights=folder) for end, folder in kept if folder.is_dir()), key=lambda x: x.done, default=ALL
    )


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
@click.option("--resume", is_flag=True, help="Go on after the last whole stage of which --out holds the checkpoint.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 1 unless these are the weights that come with headkb, bit for bit, or as near as another processor can be.",
)
def main(
    organism: str,
    out: Path | None,
    steps: int | None,
    stop: int | None,
    seed: int,
    checkpoints: bool,
    resume: bool,
    check: bool,
) -> None:
    """Train ORGANISM again."""
    try:
        found = chosen(organism, steps)
    except HeadkbError as error:
        raise click.UsageError(str(error)) from None
    folder = out if out is not None else Path(organism)
    folder.mkdir(parents=True, exist_ok=True)
    span = replace(resumed(found, folder) if resume else ALL, stop=stop)
    train(found, seed, partial(record, out=folder, checkpoints=checkpoints, half=found.half), span)
    trained = sha256(folder)
    click.echo(f"{trained}  {folder / 'model.safetensors'}")
    if check:
        told, good = compared(folder, BUNDLED / organism)
        click.echo(told)
        sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
