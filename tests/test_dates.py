"""Whole dates, and the newest one in the data."""

from __future__ import annotations

from dataclasses import replace

from headkb import Catalog
from headkb.catalog.dates import full_date, latest


def test_a_date_gets_the_month_and_day_that_it_lacks() -> None:
    """A whole date stays, and no date stays none."""
    assert [full_date(date) for date in ("2021", "2021-12", "2021-12-22", "")] == [
        "2021-01-01",
        "2021-12-01",
        "2021-12-22",
        "",
    ]


def test_the_newest_date_is_that_of_any_record(real_catalog: Catalog) -> None:
    """Of a run as well as of a paper; a catalog without any has the oldest."""
    catalog = real_catalog
    run = next(iter(catalog.runs.values()))
    paper = next(iter(catalog.papers.values()))
    newer = {**catalog.runs, run.id: run.model_copy(update={"date": "2900-01-02"})}
    assert latest(replace(catalog, runs=newer)) == "2900-01-02"
    assert latest(replace(catalog, papers={paper.id: paper.model_copy(update={"date": "2900-02"})})) == "2900-02-01"
    assert latest(Catalog(root=catalog.root)) == "1970-01-01"
