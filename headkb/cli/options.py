"""Options that all commands with a model share, and what is said of a model before its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from headkb.cli.said import note, warn

if TYPE_CHECKING:
    from headkb.models import LoadedModel, LoadOptions

Command = TypeVar("Command", bound=Callable[..., Any])


SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A parameter of the generator or of the score, such as length=12, bos=none, metric=loss; may be given several times.",
)
"""--set, read by `headkb.catalog.settings`."""


def placement_options(command: Command) -> Command:
    """--revision, --part, --device, --dtype, --device-map and --batch-tokens, read by `load_options`."""
    options = (
        click.option("--revision", metavar="R", help="Commit of the hub model."),
        click.option(
            "--part",
            metavar="P",
            help="Stack of an encoder–decoder model: encoder, decoder (the default) or cross; of CLIP and its kin: text or vision.",
        ),
        click.option("--device", default="cpu", show_default=True, metavar="D", help="cpu, cuda, cuda:1, mps …"),
        click.option(
            "--dtype",
            metavar="T",
            help="float32 (default), bfloat16, float16 or float64; a rerun takes that of its record. Halves differ by up to 0.02.",
        ),
        click.option("--device-map", metavar="auto", help="Spread the model over all devices (needs accelerate)."),
        click.option(
            "--batch-tokens",
            type=click.IntRange(1),
            metavar="N",
            help="Tokens that go through the model at once at most; by default as many as free memory allows.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def load_options(options: Mapping[str, Any], dtype: str = "float32") -> LoadOptions:
    """What `placement_options` were set to; without --dtype the one named here."""
    from headkb.models import LoadOptions

    names = ("device", "device_map", "part", "batch_tokens")
    return LoadOptions(dtype=options["dtype"] or dtype, **{name: options[name] for name in names})


def warn_of(loaded: LoadedModel) -> None:
    """Say on stderr what a reader must know of the weights: tensors left over, or that no record pins them."""
    passport = loaded.passport
    if passport.unused:
        saved = passport.architecture
        as_saved = saved in (None, passport.loaded_as)
        why = "its config.json may belong to another model" if as_saved else f"it was saved as {saved}"
        warn(
            f"{len(passport.unused)} tensors of {passport.id}'s checkpoint are not used by {passport.loaded_as} "
            f"({passport.unused[0]}, …): {why}."
        )
    if not passport.pinned:
        note(f"unverified weights: no catalog record pins {passport.id} ({passport.weights_sha256[:12]}…).")
