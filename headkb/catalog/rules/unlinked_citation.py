r"""A text cites in the way of a paper: [12], \cite, or (Wang et al., 2022).

A number leads nowhere here. A paper is named by a link, `[[papers/wang-2022-ioi]]`, or stands among the sources of the statement.

Bad:

    description: It moves names (Wang et al., 2022) and backs up others [12].

Good:

    description: It moves names ([[papers/wang-2022-ioi]]) and backs up others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import words
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "readers cannot follow it, and it often stands in a sentence that was copied"
CITATION = re.compile(
    r"(?<=[a-z,;)] )\[[1-9][0-9]{0,2}\](?=[\s.,;)]|$)|\\cite[a-z]{0,10}\{"
    r"|\((?!(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.? |(?:Spring|Summer|Autumn|Fall|Winter|Early|Mid|Late) |(?:[a-z]*[A-Z]){3})[A-Z][\w'-]{1,30}(?: et al\.?| (?:and|&) [A-Z][\w'-]{1,30})?,? (?:19|20)[0-9]{2}[a-z]?\)"
    r"|\bet al\.?,? \(?(?:19|20)[0-9]{2}[a-z]?\)"
)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text, at its first citation; a month, a season or a conference with its year is none."""
    for record, field, text in catalog.prose:
        if not ("(" in text or "[" in text or "\\cite" in text or "et al" in text):
            continue
        match = CITATION.search(words(text))
        if match is not None:
            message = f"{match[0]!r} is a citation that leads nowhere."
            fix = "write `[[papers/‹id›]]`, or name the paper in `sources`; and say it in your own words"
            yield Finding(record, field, message, fix)
