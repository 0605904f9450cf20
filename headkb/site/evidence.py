"""The marks of evidence: shapes for what is shown of a head type in a model, signs with a word for where a claim stands; they share no form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from headkb.catalog.evidence import Outcome
from headkb.catalog.showing import Word
from headkb.catalog.standing import Standing
from headkb.catalog.state import SAID, STANDS
from headkb.site.document import Raw

KIND_WORDS: Mapping[str, str] = {"public": "public model", "organism": "organism", "exact": "exact model"}


@dataclass(frozen=True)
class Meaning:
    """What a word of evidence means: its sign, if it has one, and a sentence."""

    text: str
    sign: str = ""


SHOWINGS: Mapping[Word, Meaning] = {
    "shown": Meaning(
        "At least one head meets every defining criterion, and the causal check, where the type has one, is confirmed for it."
    ),
    "partly": Meaning(
        "Some criteria hold and some do not, or were not tried; the causal check is one of them. The page says which."
    ),
    "not-shown": Meaning(
        "No head passes, and the model does the behaviour, where the type has a causal check that asks."
    ),
    "against": Meaning("Silencing the heads moves the behaviour the other way."),
    "undecided": Meaning(
        "The model does not do the behaviour, no recipe that defines the type was run, or nothing could be compared."
    ),
    "invalidated": Meaning("The runs were withdrawn, with the reason."),
}
"""Does headkb find this type in this model?"""
STANDINGS: Mapping[Standing, Meaning] = {
    "met": Meaning(
        "On the claim’s own model or, named, a quantised copy of it, on prompts of the kind that the source states: inside a tolerance that was fixed beforehand.",
        "✓",
    ),
    "off": Meaning(
        "On the claim’s own model and revision, on prompts of the kind that the source states: outside that tolerance. A quantised copy cannot say so.",
        "≠",
    ),
    "not-comparable": Meaning(
        "Something was run, but inputs, revision or precision differ, or no tolerance was fixed beforehand. Value and difference are given, no verdict.",
        "∥",
    ),
    "formula-checked": Meaning(
        "headkb’s score, applied to inputs that the source published, gives the source’s number. No model was run; it speaks of the measure, not of heads.",
        "ƒ",
    ),
    "not-rerun": Meaning("Nobody here ran it.", "–"),
}
"""Is the claim true of its own model?"""


def showing_mark(word: Word, kind: str, *, about: str = "", words: bool = True) -> Raw:
    """The shape of a showing, filled for a public model and outlined for an organism, with its words beside it or for those who do not see it.

    Args:
        word: The showing.
        kind: The kind of model; there are no marks for other kinds than `public` and `organism`.
        about: What it is about, for the label of a bare shape: `Induction head in Pythia 160M`.
        words: Whether the word stands beside the shape.
    """
    said = SAID[word]
    label = f"{said}, {KIND_WORDS.get(kind, kind)}"
    full = f"{about}: {label}" if about else label
    shape = f"hk-m hk-m-{word} hk-{kind}"
    if words:
        return Raw(f'<span class="hk-ev"><i class="{shape}" aria-hidden="true"></i> {said}</span>', said)
    return Raw(f'<i class="{shape}" role="img" aria-label="{escape(full)}" title="{escape(full)}"></i>', label)


def standing_mark(word: Standing) -> Raw:
    """The sign of a standing with its words; it stands on claims alone."""
    said = STANDS[word]
    return Raw(f'<span class="hk-st hk-st-{word}"><i aria-hidden="true">{STANDINGS[word].sign}</i> {said}</span>', said)


def outcome_mark(outcome: Outcome) -> Raw:
    """What one run says: the mark of its showing or standing; words alone on exact weights and where it was withdrawn."""
    if outcome.showing is not None:
        return showing_mark(outcome.showing, outcome.model_kind)
    if outcome.standing == "invalidated":
        return Raw('<span class="hk-st">withdrawn</span>', "withdrawn")
    if outcome.standing is not None:
        return standing_mark(outcome.standing)
    said = {"met": "as constructed", "off": "not as constructed"}.get(outcome.construction or "", "instrument check")
    return Raw(f'<span class="hk-st">{said}</span>', said)


def outcome_words(outcome: Outcome) -> str:
    """The same in plain words with the kind of model: `shown, public model`."""
    said = outcome_mark(outcome).words
    return f"{said}, {KIND_WORDS.get(outcome.model_kind, outcome.model_kind)}" if outcome.showing else said
