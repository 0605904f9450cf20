"""How a model of this project was trained: its card, and the curve of its loss and its head scores."""

from __future__ import annotations

from headkb.catalog.schema import Model
from headkb.catalog.schema.model import Card
from headkb.site.compose import facts, one_line, prose, section, table_of
from headkb.site.document import Code, Element, Figure
from headkb.site.parts import Context, bullets, number
from headkb.site.svg_curve import curve_chart


def training_nodes(context: Context, model: Model) -> list[Element]:
    """Card and curve; nothing for a model that says neither."""
    nodes = _card(model.card) if model.card else []
    return [*nodes, *_curve(context, model)]


def _card(card: Card) -> list[Element]:
    hardware = f" on {card.hardware}" if card.hardware else ""
    about = facts(
        ("Trained on", one_line(card.data)),
        ("Steps", f"{card.steps:,}, seed {card.seed}"),
        ("Loss at the end", None if card.loss is None else f"{number(card.loss)} nats per token"),
        ("Time", None if card.seconds is None else f"{card.seconds / 60:.0f} minutes{hardware}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in sorted(card.versions.items()))),
    )
    abilities = table_of(
        card.accuracies,
        {
            "Task": lambda a: a.task,
            "Right on held-out prompts": lambda a: f"{a.accuracy:.1%}",
            "Answers": lambda a: f"{a.answers:,}",
            "Learned": lambda a: "yes" if a.learned else "**no**",
            "Note": lambda a: a.note or "",
        },
    )
    return [
        *section("How it was trained", "training", about),
        Code(card.command, "Train it again, in a clone of the repository", "shell", "train-command"),
        *section("What it can do", "abilities", abilities, 3),
        *section("What it did not learn", "not-learned", bullets(card.not_learned), 3),
        *prose(card.limits),
    ]


def _curve(context: Context, model: Model) -> list[Element]:
    try:
        curves = context.catalog.training_curve(model.id)
    except (OSError, ValueError):
        # The validator tells of a file that is missing or broken.
        return []
    curves = {key: series for key, series in curves.items() if series}
    if not curves:
        return []
    names = {key: key.replace("_", " ") for key in curves}
    text = "\n".join(
        f"- {names[key]}: {number(series[min(series)])} at step {min(series):,}, "
        f"{number(series[max(series)])} at step {max(series):,}"
        for key, series in curves.items()
    )
    label = f"Training of {model.name}: {', '.join(names.values())} over the steps"
    scores = [names[key] for key in curves if key != "loss"]
    caption = (
        f"Above the training loss in nats, below the score of the strongest head for {' and '.join(scores)}, both while it was trained. "
        f"[All numbers](@models/{model.training_curve})."
    )
    return section("How its heads came about", "curve", Figure(curve_chart(curves, names, label), text, caption))
