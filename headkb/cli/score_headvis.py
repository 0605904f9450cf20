"""`headkb score --format headvis`: the six metrics of HeadVis for every head, in the form that the viewer reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from headkb.catalog.headvis import scatter_text
from headkb.catalog.settings import read_settings
from headkb.cli.common import emit, load_catalog_model, open_catalog
from headkb.cli.net import about
from headkb.cli.options import load_options, warn_of
from headkb.cli.progress import progress
from headkb.keywords import keywords_of


def refuse_with_headvis(
    scores: Sequence[str], variant: str | None, as_json: bool, texts: Sequence[str], out: Path | None
) -> None:
    """Refuse what chooses a score or another form.

    Raises:
        click.UsageError: With what to leave out.
    """
    given = {
        f"SCORE ({' '.join(scores)})": scores,
        "--variant": variant,
        "--json": as_json,
        "--text": texts,
        "--out": out,
    }
    if named := next((name for name, value in given.items() if value), None):
        raise click.UsageError(
            f"--format headvis writes six metrics that are fixed, as JSON; leave {named} out. "
            "The record of a score says which of its variants equals a metric: headkb show scores attended-distance."
        )


def print_headvis(
    ctx: click.Context,
    model_name: str,
    n: int,
    seed: int,
    generator: str | None,
    settings: Sequence[str],
    plugins: Sequence[Path],
    placement: Mapping[str, Any],
) -> None:
    """Measure and print; `settings` reach the generator alone."""
    from headkb.plugins import load_plugins
    from headkb.prompts import get_generator
    from headkb.reproduce.headvis import GENERATOR, headvis_metrics

    load_plugins(plugins)
    catalog, maker = open_catalog(ctx), get_generator(generator or GENERATOR)
    for_prompts, _ = read_settings(settings, (maker.id, keywords_of(maker.function)), ("headvis", {}))
    loaded = load_catalog_model(catalog, model_name, placement["revision"], load_options(placement))
    warn_of(loaded)
    with about(loaded), progress(f"HeadVis metrics on {loaded.id}") as on_batch:
        columns = headvis_metrics(
            loaded,
            generator=generator,
            parameters={"n": n, "seed": seed, **for_prompts},
            part=placement["part"],
            on_batch=on_batch,
        )
    emit(scatter_text(columns))
