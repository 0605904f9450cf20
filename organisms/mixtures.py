"""Which tasks each organism is trained on, how often each is drawn, and when it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import torch

from headkb.prompts import Vocabulary
from organisms import dense, logic, sequences
from organisms.batches import Batch
from organisms.rendered import rendered

Batches = Callable[[Vocabulary, int, torch.Generator], Batch]


@dataclass(frozen=True)
class Share:
    """One task in a mixture.

    Attributes:
        batches: Makes about `n` sequences of the task.
        n: Sequences in a batch.
        weight: How often the task is drawn, relative to the others.
        start: Share of the training after which it is drawn.
        stop: Share of the training after which it is drawn no more.
    """

    batches: Batches
    n: int
    weight: float = 1.0
    start: float = 0.0
    stop: float = 1.01


_CLASSES = ("numbers", "number-words,ordinal-words,days,day-prefixes,months,month-prefixes,letters")
_AFTER = tuple({"classes": classes, "form": "after", "members": 3} for classes in _CLASSES)
_IN_ORDER = tuple(
    {"classes": classes, "form": "sequence", "members": members} for classes in _CLASSES for members in (2, 3, 4)
)
_OPTIONS = tuple({"options": options} for options in (2, 3, 4, 4))

TASKS: Mapping[str, Share] = {
    "repeats": Share(partial(sequences.repeats, longest=40), 14, 3.0),
    "english": Share(sequences.english, 8, 0.6),
    "markov": Share(sequences.markov, 6, 0.6),
    "ioi": Share(partial(rendered, name="ioi"), 32, 2.0),
    "tables": Share(dense.tables, 14, 3.0),
    "colored-objects": Share(partial(rendered, name="colored-objects"), 14, 1.0),
    "succession": Share(partial(rendered, name="succession", options=_IN_ORDER), 32, 1.5),
    "successors": Share(partial(rendered, name="succession", options=_AFTER, everything=True), 32, 1.0),
    "mcqa": Share(partial(rendered, name="mcqa", options=_OPTIONS), 24, 1.5),
    "yes-no": Share(partial(rendered, name="yes-no"), 20, 0.5),
    "holdings": Share(dense.holdings, 8, 2.0, start=0.1),
    "short-holdings": Share(partial(dense.holdings, most=4), 14, 2.0, stop=0.5),
    "needles": Share(dense.needles, 8, 1.2),
    "facts": Share(dense.facts, 16, 0.8),
    "conflicts": Share(dense.conflicts, 32, 1.5),
    "few-shot": Share(dense.pairs, 8, 1.5),
    "translations": Share(dense.translations, 8, 0.6),
    "movie-review": Share(partial(rendered, name="toy-movie-review"), 16, 0.4),
    "moods": Share(dense.moods, 20, 0.6),
    "acronyms": Share(dense.initials, 24, 0.6),
    "parity": Share(dense.bits, 28, 1.5),
    "sums": Share(dense.sums, 20, 2.0),
    "statements": Share(dense.statements, 24, 0.7),
    "greater-than": Share(partial(rendered, name="greater-than"), 16, 0.2),
    "syllogisms": Share(logic.syllogisms, 10, 0.3),
    "identity-rules": Share(logic.triples, 24, 1.2),
    "chains": Share(logic.chains, 5, 1.0),
}
"""The first mixture of `organism-tasks`: everything."""

_LATER_WEIGHTS = {
    "markov": 2.5,
    "tables": 3.5,
    "colored-objects": 2.0,
    "holdings": 3.0,
    "sums": 3.0,
    "identity-rules": 3.0,
    "chains": 1.5,
    "parity": 2.0,
    "ioi": 1.2,
    "repeats": 2.5,
    "succession": 0.8,
    "successors": 0.8,
    "mcqa": 1.2,
    "few-shot": 0.8,
    "needles": 1.2,
    "conflicts": 1.5,
    "facts": 0.5,
    "statements": 0.4,
    "english": 0.8,
}
LATER_TASKS: Mapping[str, Share] = {
    name: replace(share, weight=_LATER_WEIGHTS.get(name, share.weight / 2), start=0.0) for name, share in TASKS.items()
}
"""The second: everything again, and most of what the first had not taught, which is binding two things to each other, counting and sums."""

INDUCTION: Mapping[str, Share] = {
    "repeats": Share(partial(sequences.repeats, longest=40), 20),
    "english": Share(sequences.english, 12, 0.3),
}
"""The mixture of `organism-induction`."""

MARKOV: Mapping[str, Share] = {
    "markov": Share(sequences.markov, 16),
    "repeats": Share(partial(sequences.repeats, longest=40), 20, 0.2),
}
"""The mixture of `organism-markov`."""

_HEADS_WEIGHTS = {
    "repeats": 1.5,
    "english": 0.8,
    "ioi": 1.5,
    "tables": 1.5,
    "colored-objects": 1.0,
    "succession": 0.8,
    "successors": 0.8,
    "mcqa": 1.5,
    "needles": 1.2,
    "facts": 1.0,
    "conflicts": 1.0,
    "few-shot": 1.5,
    "translations": 0.8,
    "movie-review": 0.5,
    "moods": 0.6,
    "acronyms": 0.5,
    "syllogisms": 0.3,
}
HEADS: Mapping[str, Share] = {name: replace(TASKS[name], weight=weight) for name, weight in _HEADS_WEIGHTS.items()}
"""The mixture of `organism-heads`: those tasks of which heads can do the most."""
