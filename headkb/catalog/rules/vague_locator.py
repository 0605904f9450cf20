"""A locator names no place.

A locator leads to the sentence, the row or the curve: `section 3.2`, `table 4`, `figure 2b`, `equation 5`, `abstract`. A section without a
number goes by its title, `section Results`. A bare `figure`, `see text`, `the paper` or `appendix` could be anywhere.

Bad:

    source: {paper: wang-2022-ioi, locator: figure}

Good:

    source: {paper: wang-2022-ioi, locator: figure 3}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "whoever checks the fact would have to read all of it"
NOWHERE = re.compile(
    r"(?:(?:the|see|in|this|main|its|several|various|some) )*"
    r"(?:figures?|figs?\.?|plots?|tables?|tabs?\.?|sections?|secs?\.?|equations?|eqs?\.?|appendix|appendices|supplement|pages?|papers?|text|body"
    r"|results?|experiments?|article|document|manuscript|pdf|arxiv|everywhere|throughout|passim|unknown)(?: of the paper)?",
    re.IGNORECASE,
)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per source of a fact whose locator could be anywhere."""
    for record, field, source in catalog.sources:
        if source.locator is not None and NOWHERE.fullmatch(source.locator):
            message = f"{source.locator!r} is no place that can be opened."
            fix = "write its number (`figure 3`, `section 4.1`), or the title of the section (`section Results`)"
            yield Finding(record, (*field, "locator"), message, fix)
