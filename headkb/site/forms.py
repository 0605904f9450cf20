"""Forms that a reader opens from a page to add to the catalog or to correct it, filled with what the page is about."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from headkb.catalog import Catalog
from headkb.site.parts import REPOSITORY

Forms = tuple[tuple[str, str], ...]
"""What a link says, and its address."""


def forms(catalog: Catalog, path: str) -> Forms:
    """The three forms as they are opened from the page at `path`: add a paper, add a claim, report an error.

    A paper is asked about the head type of the page, a claim also about its model and its paper; the report names the page.
    """
    kind, _, name = path.strip("/").partition("/")
    record = name.split("/")[0]
    about: dict[str, str] = {}
    if kind == "heads" and record in catalog.heads:
        about["heads"] = record
    elif kind == "models" and record in catalog.models:
        about["model"] = name.replace("/", " ") if name.partition("/")[2].startswith("L") else record
    elif kind == "papers" and record in catalog.papers:
        paper = catalog.papers[record]
        about["identifier"] = paper.arxiv or paper.doi or record
    elif kind == "claims" and record in catalog.claims:
        about["identifier"] = catalog.claims[record].paper or record
    paper_fields = {key: value for key, value in about.items() if key == "heads"}
    return (
        ("Add a paper", form("new-paper", "[paper] ", **paper_fields)),
        ("Add a claim", form("new-claim", "[claim] ", **about)),
        ("Report an error", report_form(path.strip("/") or "the home page")),
    )


def report_form(name: str) -> str:
    """The form for an error in a record or on a page."""
    return form("fix-a-fact", f"{name}: ", record=name)


def form(template: str, title: str, **fields: str) -> str:
    """The address of a form in the repository's issue tracker with some of its fields filled."""
    asked = {"template": f"{template}.yml", "title": title, **fields}
    return f"{REPOSITORY}/issues/new?{urlencode(asked, quote_via=quote)}"
