"""A claim file names no paper, and does not say why.

The claims of a paper show on its page, and its authors and date stand behind them. Where a source has no paper, such as the code of a course or of a
student project, `no_paper` says so.

Bad:

    repository: {name: someone/some-heads, commit: 0123abc}

Good:

    repository: {name: someone/some-heads, commit: 0123abc}
    no_paper: A student project; nothing was published beside the code.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "claims that lead to no paper are missing from its page, and nobody sees who stands behind them"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per claim file with neither."""
    for file in catalog.claims.values():
        if file.paper is None and file.no_paper is None:
            fix = "add `paper: ‹id›`, with a record in papers/ if there is none, or `no_paper: ‹why there is none›`"
            yield Finding(file, ("repository",), "the file names no paper.", fix)
