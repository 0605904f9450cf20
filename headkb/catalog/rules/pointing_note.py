"""The note of a relation points with here, there, this head or that class.

Both head types show the note on their pages, so that what is "here" on one is "there" on the other. Each type is called by its name. A note that
can only be said from one side has its other side in `note_back`, which the page of the other type shows instead.

Bad:

    relations: [{type: distinct_from, head: consistency, note: there it means the same answer to paraphrases, …}]

Good:

    relations: [{type: distinct_from, head: consistency, note: a consistency head is about the same answer to paraphrases, …}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "on the other type's page the sentence says the opposite"

POINTING = re.compile(
    r"\b(?:here|there(?!\s+(?:is|are|was|were)\b)|(?:this|that|these|those|such)\s+(?:one|ones|type|kind|class|classes|heads?)\b(?!\s+(?:which|whose|of|in)\b))",
    re.IGNORECASE,
)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per note that says on whose page it stands."""
    for head in catalog.heads.values():
        for index, relation in enumerate(head.relations):
            for key, text in (("note", relation.note), ("note_back", relation.note_back)):
                match = POINTING.search(text or "")
                if match:
                    message = f"{match[0]!r} points to another thing on the page of {relation.head} than on that of {head.id}."
                    yield Finding(head, ("relations", index, key), message, "call each head type by its name")
