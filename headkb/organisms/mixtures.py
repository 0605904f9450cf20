"""Which tasks each organism is trained on, how often each is drawn, and when it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from headkb.organisms import dense, logic, sequences
from headkb.organisms.batches import Batch
from headkb.organisms.rendered import rendered
from headkb.prompts import Vocabulary

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


_SUCCESSION = tuple(
    {"classes": classes, "form": form, "members": members}
    for classes in ("numbers", "number-words,ordinal-words,days,day-prefixes,months,month-prefixes,letters")
    for form, members in (("after", 3), ("sequence", 2), ("sequence", 3), ("sequence", 4))
)
_AFTER = tuple(options for options in _SUCCESSION if options["form"] == "after")
_IN_ORDER = tuple(options for options in _SUCCESSION if options["form"] == "sequence")
_OPTIONS = tuple({"options": options} for options in (2, 3, 4, 4))

TASKS: Mapping[str, Share] = {
    "repeats": Share(sequences.repeats, 10, 3.0),
    "short-repeats": Share(partial(sequences.repeats, shortest=3, longest=12), 32, 4.0, stop=0.25),
    "english": Share(sequences.english, 8, 0.4),
    "markov": Share(sequences.markov, 6, 0.8),
    "ioi": Share(partial(rendered, name="ioi"), 32, 2.0),
    "tables": Share(dense.tables, 14, 3.0),
    "colored-objects": Share(partial(rendered, name="colored-objects"), 14, 1.5, start=0.2),
    "succession": Share(partial(rendered, name="succession", options=_SUCCESSION), 40, 2.0),
    "mcqa": Share(partial(rendered, name="mcqa", options=_OPTIONS), 24, 1.5),
    "yes-no": Share(partial(rendered, name="yes-no"), 20, 0.5),
    "holdings": Share(dense.holdings, 8, 2.0, start=0.1),
    "short-holdings": Share(partial(dense.holdings, most=4), 14, 2.0, stop=0.4),
    "needles": Share(dense.needles, 8, 1.2),
    "facts": Share(dense.facts, 16, 0.6),
    "conflicts": Share(dense.conflicts, 32, 1.5),
    "few-shot": Share(dense.pairs, 8, 1.0),
    "translations": Share(dense.translations, 8, 0.4),
    "movie-review": Share(partial(rendered, name="toy-movie-review"), 16, 0.3),
    "mood-story": Share(partial(rendered, name="toy-mood-story"), 20, 1.5),
    "acronyms": Share(dense.initials, 24, 0.4),
    "parity": Share(dense.bits, 28, 1.5),
    "sums": Share(dense.sums, 20, 1.5),
    "statements": Share(dense.statements, 24, 0.8),
    "greater-than": Share(partial(rendered, name="greater-than"), 16, 0.4),
    "syllogisms": Share(logic.syllogisms, 10, 0.3),
    "identity-rules": Share(logic.triples, 24, 1.0),
    "chains": Share(logic.chains, 5, 0.8, start=0.2),
}
"""The first mixture of `organism-tasks`: everything."""

LATER_TASKS: Mapping[str, Share] = {
    "repeats": Share(partial(sequences.repeats, longest=25), 24, 6.0),
    "short-repeats": Share(partial(sequences.repeats, shortest=3, longest=10), 40, 5.0, stop=0.4),
    "long-repeats": Share(sequences.repeats, 10, 2.0),
    "english": Share(sequences.english, 8, 0.4),
    "markov": Share(sequences.markov, 6, 1.0),
    "ioi": Share(partial(rendered, name="ioi"), 24, 0.8),
    "tables": Share(dense.tables, 14, 3.0),
    "colored-objects": Share(partial(rendered, name="colored-objects"), 14, 2.0),
    "succession": Share(partial(rendered, name="succession", options=_IN_ORDER), 32, 1.0),
    "successors": Share(partial(rendered, name="succession", options=_AFTER, everything=True), 32, 1.0),
    "mcqa": Share(partial(rendered, name="mcqa", options=_OPTIONS), 20, 0.6),
    "yes-no": Share(partial(rendered, name="yes-no"), 20, 0.4),
    "holdings": Share(dense.holdings, 8, 2.0),
    "short-holdings": Share(partial(dense.holdings, most=4), 14, 1.5, stop=0.4),
    "needles": Share(dense.needles, 8, 0.8),
    "facts": Share(dense.facts, 16, 0.5),
    "conflicts": Share(dense.conflicts, 32, 0.8),
    "few-shot": Share(dense.pairs, 8, 0.8),
    "translations": Share(dense.translations, 8, 0.4),
    "movie-review": Share(partial(rendered, name="toy-movie-review"), 16, 0.2),
    "moods": Share(dense.moods, 20, 2.5),
    "acronyms": Share(dense.initials, 24, 0.4),
    "parity": Share(dense.bits, 28, 1.0),
    "parity-of-8": Share(partial(dense.bits, least=8, most=8), 28, 2.5),
    "sums": Share(dense.sums, 20, 1.5),
    "statements": Share(dense.statements, 16, 0.3),
    "greater-than": Share(partial(rendered, name="greater-than"), 16, 0.2),
    "syllogisms": Share(logic.syllogisms, 10, 0.2),
    "identity-rules": Share(logic.triples, 24, 1.0),
    "chains": Share(logic.chains, 5, 0.8),
}
"""The second mixture of `organism-tasks`: everything again, and most of what the first did not teach, which is repetition, binding
two things to each other, moods and parity."""

LAST_TASKS: Mapping[str, Share] = {
    "repeats": Share(sequences.repeats, 12, 1.5),
    "english": Share(sequences.english, 8, 0.4),
    "markov": Share(sequences.markov, 6, 1.2),
    "ioi": Share(partial(rendered, name="ioi"), 28, 1.5),
    "tables": Share(dense.tables, 14, 3.0),
    "colored-objects": Share(partial(rendered, name="colored-objects"), 14, 1.5),
    "succession": Share(partial(rendered, name="succession", options=_IN_ORDER), 32, 1.0),
    "successors": Share(partial(rendered, name="succession", options=_AFTER, everything=True), 32, 1.0),
    "mcqa": Share(partial(rendered, name="mcqa", options=_OPTIONS), 20, 1.2),
    "yes-no": Share(partial(rendered, name="yes-no"), 20, 0.5),
    "holdings": Share(dense.holdings, 8, 1.5),
    "short-holdings": Share(partial(dense.holdings, most=4), 14, 1.0),
    "needles": Share(dense.needles, 8, 1.0),
    "facts": Share(dense.facts, 16, 0.8),
    "conflicts": Share(dense.conflicts, 32, 1.3),
    "few-shot": Share(dense.pairs, 8, 1.2),
    "translations": Share(dense.translations, 8, 0.5),
    "movie-review": Share(partial(rendered, name="toy-movie-review"), 16, 0.3),
    "moods": Share(dense.moods, 20, 2.5),
    "acronyms": Share(dense.initials, 24, 0.5),
    "parity": Share(dense.bits, 28, 1.0),
    "parity-of-8": Share(partial(dense.bits, least=8, most=8), 28, 1.5),
    "sums": Share(dense.sums, 20, 1.2),
    "statements": Share(dense.statements, 16, 0.7),
    "greater-than": Share(partial(rendered, name="greater-than"), 16, 0.3),
    "syllogisms": Share(logic.syllogisms, 10, 0.3),
    "identity-rules": Share(logic.triples, 24, 1.0),
    "chains": Share(logic.chains, 5, 0.8),
}
"""The third mixture of `organism-tasks`: everything, with a falling learning rate."""

INDUCTION: Mapping[str, Share] = {
    "repeats": Share(partial(sequences.repeats, longest=40), 20),
    "english": Share(sequences.english, 12, 0.3),
}
"""The mixture of `organism-induction`."""
