"""Dates in the data: whole ones, and the newest of all, by which a state of the catalog is known."""

from __future__ import annotations

from headkb.catalog.catalog import Catalog


def full_date(date: str) -> str:
    """A date with month and day; the first of them where the source gives none."""
    return date + "0000-01-01"[len(date) :] if date else ""


def latest(catalog: Catalog) -> str:
    """The newest date in the data: of papers, runs and checks of records."""
    dates = [p.date for p in catalog.papers.values()] + [r.date for r in catalog.runs.values()]
    dates += [r.curation.checked for _, r in catalog.records() if r.curation and r.curation.checked]
    return max((full_date(d) for d in dates), default="1970-01-01")
