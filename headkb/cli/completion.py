"""What Tab offers: kinds, ids of a kind, head types and claims, scores, models, generators. Nothing of a model is loaded for it.

Which parameters are completed is said here by their names, so that a command need not know of it; choices and paths click completes itself.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MethodType

import click
from click.shell_completion import CompletionItem

from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.look_ups import LookUps
from headkb.cli.common import catalog_root

Offered = Iterable[tuple[str, str]]
"""What may be typed, each with what it means."""
_GENERATOR = re.compile(r'^@generator\(\s*"([a-z0-9-]+)"', re.MULTILINE)
DTYPES = ("float32", "bfloat16", "float16", "float64")


def complete(command: click.Command) -> click.Command:
    """The command with completion of the parameters that `OFFERS` names."""
    for parameter in command.params:
        offer = OFFERS.get(f"{command.name}.{parameter.name}") or OFFERS.get(str(parameter.name))
        if offer is not None:
            setattr(parameter, "shell_complete", MethodType(_completer(offer), parameter))  # noqa: B010 - as click's own is called
    return command


def _completer(offer: Callable[[LookUps, click.Context], Offered]) -> Callable[..., list[CompletionItem]]:
    """A method of a parameter that offers what begins as the word that is typed; nothing where that fails, for Tab never complains."""

    def shell_complete(parameter: click.Parameter, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        items: list[CompletionItem] = []
        with contextlib.suppress(Exception):
            asked = LookUps(catalog_root(ctx), lambda _: None)
            items = [CompletionItem(word, help=text) for word, text in offer(asked, ctx) if word.startswith(incomplete)]
            asked.prepare()
        if parameter.name == "model_name" and (not items or incomplete.startswith((".", "/", "~"))):
            items.append(CompletionItem(incomplete, type="file"))
        return items

    return shell_complete


def _kinds(_: LookUps, __: click.Context) -> Offered:
    return [(kind, spec.description) for kind, spec in KINDS.items()]


def _ids(kind: Kind) -> Callable[[LookUps, click.Context], Offered]:
    return lambda asked, _: asked.ids(kind)


def _of_typed_kind(asked: LookUps, ctx: click.Context) -> Offered:
    kind = next((kind for kind in KINDS if kind == ctx.params.get("kind")), None)
    return asked.ids(kind) if kind else ()


def _source(asked: LookUps, ctx: click.Context) -> Offered:
    """The papers that a new claim can be of; other records are new, and have no id yet."""
    return asked.ids("papers") if ctx.params.get("kind") == "claims" else ()


def _rerunnable(asked: LookUps, _: click.Context) -> Offered:
    return [*asked.ids("heads"), *asked.ids("runs"), *asked.ids("claims")]


def _variants(asked: LookUps, _: click.Context) -> Offered:
    # click forgets the words before an option that waits for its value, so the score is not known.
    of = [(name, record["id"]) for record in asked.records("scores") for name in record.get("variants", {})]
    return sorted(dict(of).items())


def generators(*_: object) -> Offered:
    """The prompt generators, read off the modules that register them: importing these needs torch."""
    folder = Path(__file__).parents[1] / "prompts"
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    return [(name, "") for name in sorted({name for text in texts for name in _GENERATOR.findall(text)})]


OFFERS: Mapping[str, Callable[[LookUps, click.Context], Offered]] = {
    "kind": _kinds,
    "show.name": _of_typed_kind,
    "new.record_id": _source,
    "new.head_types": _ids("heads"),
    "model_name": _ids("models"),
    "score": _ids("scores"),
    "scores": _ids("scores"),
    "variant": _variants,
    "generator": generators,
    "ids": _rerunnable,
    "dtype": lambda *_: [(name, "") for name in DTYPES],
    "device": lambda *_: [(name, "") for name in ("cpu", "cuda", "mps")],
    "device_map": lambda *_: [("auto", "")],
    "part": lambda *_: [(name, "") for name in ("encoder", "decoder", "cross", "text", "vision")],
}
"""Parameter, or command and parameter → what is offered for it."""
