"""A statement says no more than the keys of its claim do.

`head`, `model` and `heads` say already that these are heads of this type in this model. The statement says what the source found: what they attend to or
do, how strongly, when.

Bad:

    head: induction
    model: gpt2
    heads: [L5H5]
    statement: L5H5 is an induction head in GPT-2.

Good:

    statement: L5H5 attends to the token after the earlier copy, and copies it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Claim

SEVERITY = "warning"
WHY = "the fact would be written twice, and what the source found not at all"
WORD = re.compile(r"[^\W_]+")
COORDINATE = re.compile(r"l\d+h\d+")
NOTHING = frozenset(
    WORD.findall(
        "a an the this that these those it they one two three four five six seven eight nine ten several all each every other both "
        "is are was were be as of in on at to for and or with by from has have head heads layer layers model models type types kind "
        "attention found called named listed identified known here there source paper authors"
    )
)
"""Words that say nothing of what a head does."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per statement in which only names are left, and words without meaning of their own."""
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            said = [word for word in WORD.findall(claim.statement.casefold()) if not COORDINATE.fullmatch(word)]
            # Where no head is named, a number may be the fact: in which layers they lie.
            counts = not claim.named_heads()
            empty = not any(word not in NOTHING and (counts or not word.isdigit()) for word in said)
            if empty or not _more(catalog, claim, said):
                message = f"{claim.statement!r} says what `head`, `model` and `heads` say already."
                fix = "say what the source found: what they attend to, what they do, how strongly"
                yield Finding(file, ("claims", index, "statement"), message, fix)


def _more(catalog: Catalog, claim: Claim, said: list[str]) -> bool:
    """Whether there is a word that is not of a name of the type or of the model."""
    if len(said) > 12:  # no name and its small words are so long
        return True
    named = set(NOTHING)
    for record in (catalog.heads.get(claim.subject), catalog.models.get(claim.model)):
        for name in (record.id, *record.names()) if record else ():
            for word in WORD.findall(name.casefold()):
                named |= {word, f"{word}s"}
    return any(word not in named for word in said)
