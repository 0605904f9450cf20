"""Names of the records and pages that a change touches, as `HEADKB_ONLY` takes them: a pull request builds these, not 7,000.

    git diff --name-only main... | python tools/changed_pages.py

Where no record changed, it prints `heads/induction`, so that a change of the site's code has a page to look at; hand-written pages are always
built.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

RECORD = re.compile(r"catalog/(?P<kind>[a-z]+)/(?P<stem>[a-z0-9-]+)\.(?:[a-z0-9.-]+)")


def main() -> None:
    """Read paths, print names separated by commas."""
    print(",".join(names(sys.stdin.read().splitlines())))


def names(paths: Iterable[str]) -> list[str]:
    """Names of records, sorted."""
    found = [match for path in paths if (match := RECORD.fullmatch(path.strip()))]
    return sorted({f"{match['kind']}/{match['stem']}" for match in found}) or ["heads/induction"]


if __name__ == "__main__":
    main()
