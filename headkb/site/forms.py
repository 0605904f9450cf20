"""Forms that a reader opens from a page to add to the catalog or to correct it, filled with what the page is about.

The forms themselves are `.github/ISSUE_TEMPLATE/*.yml`; a key of an address is the id of one of their fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast
from urllib.parse import quote, urlencode

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.site.parts import REPOSITORY

Forms = tuple[tuple[str, str], ...]
"""What a link says, and its address."""

NAMES = {
    "new-paper": "Add a paper",
    "new-head": "Add a head type",
    "new-claim": "Add a claim",
    "report-a-reproduction": "Report a reproduction",
    "request-a-run": "Request a run",
    "fix-a-fact": "Report an error",
}
"""Form → what a link to it says; the name of its file without `.yml`."""
TITLES = {
    "new-paper": "[paper] ",
    "new-head": "[head type] ",
    "new-claim": "[claim] ",
    "report-a-reproduction": "[reproduction] ",
    "request-a-run": "[run] ",
}
"""How the title of an issue begins, where the page does not say more."""
ANY = ("new-paper", "new-claim", "fix-a-fact")
OPENED_FROM: Mapping[str, tuple[str, ...]] = {
    "heads": ("new-paper", "new-claim", "report-a-reproduction", "request-a-run", "fix-a-fact"),
    "papers": ("new-head", "new-claim", "fix-a-fact"),
    "models": ("new-claim", "request-a-run", "fix-a-fact"),
    "claims": ("new-claim", "report-a-reproduction", "request-a-run", "fix-a-fact"),
    "runs": ("report-a-reproduction", "request-a-run", "fix-a-fact"),
    "scores": ("new-paper", "request-a-run", "fix-a-fact"),
    "atlases": ("new-claim", "request-a-run", "fix-a-fact"),
    "stages": ("new-head", "new-paper", "fix-a-fact"),
}
"""Kind of the page's record → the forms that it opens; pages that are of no record open those of `ANY`."""
OPENED_FROM_LISTS: Mapping[str, tuple[str, ...]] = {
    "heads": ("new-head", *ANY),
    "stages": ("new-head", *ANY),
    "runs": ("report-a-reproduction", "request-a-run", "fix-a-fact"),
}
"""The same for the list of a kind, and its parts."""


def forms(catalog: Catalog, path: str) -> Forms:
    """The forms as they are opened from the page at `path`; the last one reports an error on this very page."""
    kind, _, name = path.strip("/").partition("/")
    record, _, inside = name.partition("/")
    if kind in KINDS and record in catalog.of(cast(Kind, kind)):
        chosen, about = OPENED_FROM.get(kind, ANY), _about(catalog, kind, record, inside)
    else:
        chosen, about = OPENED_FROM_LISTS.get(kind, ANY), {}
    addresses = {
        template: form(template, TITLES[template], **_filled(template, about))
        for template in chosen
        if template != "fix-a-fact"
    }
    addresses["fix-a-fact"] = report_form(path.strip("/") or "the home page")
    return tuple((NAMES[template], address) for template, address in addresses.items())


def report_form(name: str) -> str:
    """The form for an error in a record or on a page."""
    return form("fix-a-fact", f"{name}: ", record=name)


def form(template: str, title: str, **fields: str) -> str:
    """The address of a form in the repository's issue tracker with some of its fields filled."""
    asked = {"template": f"{template}.yml", "title": title, **fields}
    return f"{REPOSITORY}/issues/new?{urlencode(asked, quote_via=quote)}"


def _about(catalog: Catalog, kind: str, record: str, inside: str) -> dict[str, str]:
    """What the page of a record is about, by what a form calls it."""
    about = {"record": f"{kind}/{record}"}
    if kind == "heads":
        about["heads"] = record
    elif kind == "models":
        about["model"] = record
        if inside[:1] == "L":
            about["which"] = inside
    elif kind == "papers":
        paper = catalog.papers[record]
        about["identifier"] = paper.arxiv or paper.doi or record
    elif kind == "claims":
        about["identifier"] = catalog.claims[record].paper or record
        models = {claim.model for claim in catalog.claims[record].claims}
        if len(models) == 1:
            about["model"] = models.pop()
    elif kind == "runs":
        about["model"] = catalog.runs[record].model
    elif kind == "atlases":
        about["model"] = catalog.atlases[record].model
    return about


def _filled(template: str, about: Mapping[str, str]) -> dict[str, str]:
    """What of it a form asks for."""
    if template == "new-paper":
        return {"heads": f"{about['heads']}: "} if "heads" in about else {}
    if template == "new-head":
        return {key: about[key] for key in ("identifier",) if key in about}
    if template == "new-claim":
        return {key: about[key] for key in ("identifier", "model", "heads", "which") if key in about}
    keys = ("record", "model")
    # A model's page asks for head types to be run on it; which, its reader says.
    return {key: about[key] for key in keys if key in about and not (key == "record" and about[key][:7] == "models/")}
