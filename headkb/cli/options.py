"""Options that all commands with a model share, and what is said of a model before its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from headkb.models import LoadedModel

Command = TypeVar("Command", bound=Callable[..., Any])


def placement_options(command: Command) -> Command:
    """--revision, --device, --dtype and --device-map."""
    options = (
        click.option("--revision", metavar="R", help="Commit of the hub model."),
        click.option("--device", default="cpu", show_default=True, metavar="D", help="cpu, cuda, cuda:1, mps …"),
        click.option(
            "--dtype",
            default="float32",
            show_default=True,
            metavar="T",
            help="float32, bfloat16, float16 or float64. Values in halves differ from float32 by up to about 0.02.",
        ),
        click.option("--device-map", metavar="auto", help="Spread the model over all devices (needs accelerate)."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def warn_of(loaded: LoadedModel) -> None:
    """Say on stderr what a reader must know of the weights: tensors left over, or that no record pins them."""
    passport = loaded.passport
    if passport.unused:
        click.echo(
            f"warning: {len(passport.unused)} tensors of {passport.id}'s checkpoint are not used by {passport.loaded_as} "
            f"({passport.unused[0]}, …): its config.json may belong to another model.",
            err=True,
        )
    if not passport.pinned:
        click.echo(
            f"unverified weights: no catalog record pins {passport.id} ({passport.weights_sha256[:12]}…).", err=True
        )
