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
        teaches: Prompt generators whose prompts the task prepares for.
        start: Share of the training after which it is drawn.
        stop: Share of the training after which it is drawn no more.
    """

    batches: Batches
    n: int
    weight: float = 1.0
    teaches: tuple[str, ...] = ()
    start: float = 0.0
    stop: float = 1.01


_REPEATS = ("repeated-random-tokens", "random-tokens", "delimited-random-tokens")
_ENGLISH = (
    "induction-text",
    "english-sentences",
    "english-paragraphs",
    "dependency-sentences",
    "rare-words",
    "subword-words",
)
_CLASSES = ("numbers", "number-words,ordinal-words,days,day-prefixes,months,month-prefixes,letters")
_AFTER = tuple({"classes": classes, "form": "after", "members": 3} for classes in _CLASSES)
_IN_ORDER = tuple(
    {"classes": classes, "form": "sequence", "members": members} for classes in _CLASSES for members in (2, 3, 4)
)
_OPTIONS = tuple({"options": options} for options in (2, 3, 4, 4))

TASKS: Mapping[str, Share] = {
    "repeats": Share(partial(sequences.repeats, longest=40), 14, 3.0, teaches=_REPEATS),
    "english": Share(sequences.english, 8, 0.6, teaches=_ENGLISH),
    "markov": Share(sequences.markov, 6, 0.6, teaches=("icl-markov",)),
    "ioi": Share(partial(rendered, name="ioi"), 32, 2.0, teaches=("ioi",)),
    "tables": Share(dense.tables, 14, 3.0),
    "colored-objects": Share(partial(rendered, name="colored-objects"), 14, 1.0, teaches=("colored-objects",)),
    "succession": Share(partial(rendered, name="succession", options=_IN_ORDER), 32, 1.5, teaches=("succession",)),
    "successors": Share(
        partial(rendered, name="succession", options=_AFTER, everything=True), 32, 1.0, teaches=("succession",)
    ),
    "mcqa": Share(partial(rendered, name="mcqa", options=_OPTIONS), 24, 1.5, teaches=("mcqa",)),
    "yes-no": Share(partial(rendered, name="yes-no"), 20, 0.5, teaches=("yes-no",)),
    "holdings": Share(dense.holdings, 8, 2.0, start=0.1),
    "short-holdings": Share(partial(dense.holdings, most=4), 14, 2.0, stop=0.5),
    "needles": Share(dense.needles, 8, 1.2, teaches=("needle",)),
    "facts": Share(dense.facts, 16, 0.8, teaches=("lre-facts",)),
    "conflicts": Share(dense.conflicts, 32, 1.5, teaches=("knowledge-conflict",)),
    "few-shot": Share(dense.pairs, 8, 1.5, teaches=("few-shot",)),
    "translations": Share(dense.translations, 8, 0.6, teaches=("translation",)),
    "movie-review": Share(partial(rendered, name="toy-movie-review"), 16, 0.4, teaches=("toy-movie-review",)),
    "moods": Share(dense.moods, 20, 0.6, teaches=("toy-mood-story",)),
    "acronyms": Share(dense.initials, 24, 0.6, teaches=("acronyms",)),
    "parity": Share(dense.bits, 28, 1.5, teaches=("parity",)),
    "sums": Share(dense.sums, 20, 2.0, teaches=("shifted-addition",)),
    "statements": Share(dense.statements, 24, 0.7, teaches=("true-false",)),
    "greater-than": Share(partial(rendered, name="greater-than"), 16, 0.2, teaches=("greater-than",)),
    "syllogisms": Share(logic.syllogisms, 10, 0.3, teaches=("syllogisms",)),
    "identity-rules": Share(logic.triples, 24, 1.2, teaches=("identity-rules",)),
    "chains": Share(logic.chains, 5, 1.0, teaches=("propositional",)),
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
    "repeats": Share(partial(sequences.repeats, longest=40), 20, teaches=_REPEATS),
    "english": Share(sequences.english, 12, 0.3, teaches=_ENGLISH),
}
"""The mixture of `organism-induction`."""

MARKOV: Mapping[str, Share] = {
    "markov": Share(sequences.markov, 16, teaches=("icl-markov",)),
    "repeats": Share(partial(sequences.repeats, longest=40), 20, 0.2, teaches=_REPEATS),
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
