"""The definition of a head type has more than one sentence.

Tables, search and pop-ups show the definition whole. What else there is to say stands in `description`, `reads` and `writes`.

Bad:

    definition: Attends to the previous token. It was found in GPT-2 and helps induction heads.

Good:

    definition: Attends to the previous token.
    description: It was found in GPT-2 and helps induction heads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "a definition that goes on cannot be read in a table"
NEXT = re.compile(
    r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bcf)(?<!\bal)(?<!\betc)(?<!\bresp)(?<!\bapprox)(?<!\b[Ff]ig)(?<!\b[Ee]q)(?<!\b[DMS][rst])(?<!\b[A-Z])[.!?]\s+(?=[A-Z\[`$*])"
)
"""Where another sentence begins."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per definition of several sentences."""
    for head in catalog.heads.values():
        match = NEXT.search(head.definition)
        if match is not None:
            message = f"another sentence begins after {head.definition[: match.start() + 1][-40:]!r}."
            yield Finding(head, ("definition",), message, "keep the first sentence, and move the rest to `description`")
