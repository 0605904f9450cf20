"""A text is a placeholder.

Bad:

    description: TODO

Good: leave the key out until there is something to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.references import texts
from headkb.catalog.rules import Finding

WHY = "a placeholder looks like knowledge"

CODE_FIELDS = {"url", "repository", "path", "bos", "status", "parameters", "score_parameters"}  # names, not prose

FILLER = re.compile(
    r"‹|›|\b(TODO|FIXME|TBD|XXX|lorem ipsum)\b|^\s*(n/?a|none|null|~|unknown|-+|\?+|\.{3}|…)\s*$", re.IGNORECASE
)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per placeholder."""
    for _, record in catalog.records():
        for field, text in texts(record):
            match = FILLER.search(text)
            if match and not CODE_FIELDS.intersection(field):
                message, fix = f"{match[0].strip()!r} is a placeholder.", "write what is known, or leave the key out"
                yield Finding(record, field, message, fix)
