"""How a model of this project was trained: its card, and the curve of its loss and its head scores."""

from __future__ import annotations

from headkb.catalog.schema import Model
from headkb.catalog.schema.model import Card
from headkb.site.document import Bullets, Cell, Code, Facts, Figure, Heading, Node, Prose, Row, Table
from headkb.site.parts import Context, number
from headkb.site.svg_curve import curve_chart


def training_nodes(context: Context, model: Model) -> list[Node]:
    """Card and curve; nothing for a model that says neither."""
    nodes = _card(model.card) if model.card else []
    return [*nodes, *_curve(context, model)]


def _card(card: Card) -> list[Node]:
    facts: list[tuple[str, Cell]] = [
        ("Trained on", " ".join(card.data.split("\n"))),
        ("Steps", f"{card.steps:,}, seed {card.seed}"),
    ]
    if card.loss is not None:
        facts.append(("Loss at the end", f"{number(card.loss)} nats per token"))
    if card.seconds is not None:
        facts.append(("Time", f"{card.seconds / 60:.0f} minutes" + (f" on {card.hardware}" if card.hardware else "")))
    if card.versions:
        facts.append(("Versions", ", ".join(f"{name} {version}" for name, version in sorted(card.versions.items()))))
    nodes: list[Node] = [Heading("How it was trained", "training"), Facts(tuple(facts))]
    nodes.append(Code(card.command, "Train it again", "shell", "train-command"))
    if card.accuracies:
        rows = tuple(
            Row((a.task, f"{a.accuracy:.1%}", f"{a.answers:,}", "yes" if a.learned else "**no**", a.note or ""))
            for a in card.accuracies
        )
        nodes += [
            Heading("What it can do", "abilities", 3),
            Table(("Task", "Right on held-out prompts", "Answers", "Learned", "Note"), rows),
        ]
    if card.not_learned:
        nodes += [Heading("What it did not learn", "not-learned", 3), Bullets(tuple(card.not_learned))]
    return [*nodes, Prose(card.limits)] if card.limits else nodes


def _curve(context: Context, model: Model) -> list[Node]:
    try:
        curves = context.catalog.training_curve(model.id)
    except (OSError, ValueError):
        # The validator tells of a file that is missing or broken.
        return []
    curves = {key: series for key, series in curves.items() if series}
    if not curves:
        return []
    names = {key: key.replace("_", " ") for key in curves}
    said = "\n".join(
        f"- {names[key]}: {number(series[min(series)])} at step {min(series):,}, "
        f"{number(series[max(series)])} at step {max(series):,}"
        for key, series in curves.items()
    )
    label = f"Training of {model.name}: {', '.join(names.values())} over the steps"
    shown = [names[key] for key in curves if key != "loss"]
    caption = (
        f"Above the training loss in nats, below the score of the strongest head for {' and '.join(shown)}, both while it was trained. "
        f"[All numbers](@models/{model.training_curve})."
    )
    return [Heading("How its heads came about", "curve"), Figure(curve_chart(curves, names, label), said, caption)]
