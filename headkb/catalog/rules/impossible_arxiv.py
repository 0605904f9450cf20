"""An arXiv id cannot exist: its number is too long or too short for its month, or it is 0.

Ids have a month and a number since April 2007: four digits until December 2014, five from January 2015. Before, they were `hep-th/9901001`.

Bad:

    arxiv: "2211.0593"

Good:

    arxiv: "2211.00593"
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.identifiers import FIVE_DIGITS_SINCE, NUMBERS_SINCE
from headkb.catalog.rules import Finding

WHY = "the link to the paper leads nowhere, or to another paper"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per id that arXiv never gave."""
    for paper in catalog.papers.values():
        if paper.arxiv is None:
            continue
        fault = _fault(*paper.arxiv.split(".")) if "/" not in paper.arxiv else _old_fault(paper.arxiv)
        if fault:
            yield Finding(
                paper, ("arxiv",), f"{paper.arxiv} {fault}.", "copy the id from the paper's page on arxiv.org"
            )


def _fault(month: str, number: str) -> str:
    if month < NUMBERS_SINCE:
        return "is of a month in which ids still named a subject"
    digits = 5 if month >= FIVE_DIGITS_SINCE else 4
    if len(number) != digits:
        return f"has {len(number)} digits after the point, and ids of that month have {digits}"
    return "has the number 0" if int(number) == 0 else ""


def _old_fault(whole: str) -> str:
    month = whole.partition("/")[2][:4]
    if NUMBERS_SINCE <= month < "9107":  # 9107 to 9912, then 0001 to 0703
        return "names a subject, and is of a month in which ids no longer did"
    return ""
