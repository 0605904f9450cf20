"""A source is a file of a branch or tag, which can change.

A file of a repository is named by `repository`, `commit` and `path`, so that everybody finds the same lines again. An address with `main` or `v1.0`
shows what is there on the day that it is opened.

Bad:

    source: {url: "https://github.com/someone/heads/blob/main/scores.py", accessed: 2026-11-20}

Good:

    source: {repository: someone/heads, commit: 0123abcd, path: scores.py}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "the lines that the fact rests on may be gone or changed when they are looked for"
BRANCH = re.compile(
    r"https?://(?:www\.)?(?:github\.com/([^/]+/[^/]+)/(?:blob|tree|raw)/(?:refs/heads/)?|raw\.githubusercontent\.com/([^/]+/[^/]+)/(?:refs/heads/)?)"
    r"(?![0-9a-f]{7,40}(?:/|$))([^/]+)/?(.*)"
)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per source that names a branch or tag; links are meant to move."""
    for record, field, source in catalog.sources:
        match = BRANCH.match(source.url) if source.url and "github" in source.url else None
        if match is not None:
            message = f"it is a file of the branch or tag {match[3]!r}."
            fix = (
                f"write `repository: {match[1] or match[2]}`, the `commit` that was read, and `path: {match[4] or '…'}`"
            )
            yield Finding(record, (*field, "url"), message, fix)
