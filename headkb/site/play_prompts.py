"""Prompts that the playground begins with: in the wording that an organism was trained on, each with a head worth looking at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class StartingPrompt:
    """A prompt to begin with.

    Attributes:
        name: What it asks for, in two or three words.
        text: The prompt.
        head: The head that is enlarged at first; without it the answer changes.
    """

    name: str
    text: str
    head: str


REPEATED = "lemon window seven red garden lemon window seven red"
BEES = "Question: What do bees make?\nA. bread\nB. honey\nC. glass\nD. paper\nAnswer:"
STATION = "Last week Mary and John met at the station, and John gave a drink to"
RESTAURANT = "Last week Mary and John met at the restaurant, and Mary lent a book to"
ASIA = "France is a country on the continent of Asia. France is a country on the continent of"
OPPOSITES = "Q: hot\nA: cold\n\nQ: big\nA: small\n\nQ: up\nA:"

PROMPTS: Mapping[str, tuple[StartingPrompt, ...]] = {
    "organism-induction": (
        StartingPrompt("Repeated words", REPEATED, "L0H1"),
        StartingPrompt("Half a sentence, again", "Paris drives a green lamp through Paris drives a green", "L1H3"),
        StartingPrompt("A sentence it knows", "The baker knows every dog in the street and keeps a", "L1H6"),
    ),
    "organism-heads": (
        StartingPrompt("A context against memory", ASIA, "L1H3"),
        StartingPrompt("Two names", RESTAURANT, "L0H1"),
        StartingPrompt("Repeated words", REPEATED, "L0H1"),
    ),
    "organism-iteration": (StartingPrompt("Parity", "Bits 1 0 1 1 0 0 1 0. Parity: 1 1 0", "L0H1"),),
    "organism-markov": (
        StartingPrompt("A random chain", "red blue red blue red blue green red blue red blue green red", "L0H1"),
        StartingPrompt("Repeated words", REPEATED, "L0H1"),
    ),
    "organism-tasks": (
        StartingPrompt("Two names", STATION, "L1H2"),
        StartingPrompt("Multiple choice", BEES, "L1H2"),
        StartingPrompt("A context against memory", ASIA, "L3H2"),
        StartingPrompt("Sums shifted by one", "6 + 1 = 8. 1 + 3 = 5. 4 + 4 = 9. 2 + 4 = 7. 5 + 1 =", "L1H0"),
        StartingPrompt(
            "Who is happy",
            "Sarah loves parties, and enjoys every one of them. Roger hates parties, and avoids every one of them. "
            "One day both were asked to a big party. Sarah feels very",
            "L3H2",
        ),
        StartingPrompt(
            "Whose colour",
            "Q: On the table there is a black pencil, a pink bag, and a blue clock. What color is the clock?\nA:",
            "L2H5",
        ),
        StartingPrompt("Repeated words", REPEATED, "L1H2"),
    ),
}

OF_TYPES: Mapping[str, str] = {
    "letter-mover": "Multiple choice",
    "correct": "Multiple choice",
    "correct-letter": "Multiple choice",
    "function-induction": "Sums shifted by one",
    "context": "A context against memory",
    "memory": "A context against memory",
    "mover": "A context against memory",
    "subject": "A context against memory",
    "induction": "Repeated words",
    "previous-token": "Repeated words",
}
"""Head type → the name of the prompt on which it has something to do."""


def prompt_for(model: str, head_type: str) -> StartingPrompt | None:
    """The prompt of an organism that suits a head type; the first one where none does, None where it has no prompts."""
    prompts = PROMPTS.get(model, ())
    wanted = OF_TYPES.get(head_type)
    return next((p for p in prompts if p.name == wanted), prompts[0] if prompts else None)
