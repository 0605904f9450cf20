"""Forms that pages open: every field that an address fills is in the form, and says what the page is about."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from headkb import Catalog
from headkb.site.forms import forms, report_form

TEMPLATES = Path(__file__).parents[2] / ".github" / "ISSUE_TEMPLATE"
TITLES = ["Add a paper", "Add a claim", "Report an error"]


def asked(address: str) -> dict[str, str]:
    """What an address fills in, once its form is known to have such fields."""
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("github.com", "/headkb/headkb/issues/new")
    values = {key: found[0] for key, found in parse_qs(parts.query, strict_parsing=True).items()}
    form = yaml.safe_load((TEMPLATES / values.pop("template")).read_text("utf-8"))
    fields = {part["id"] for part in form["body"]}
    assert set(values) - {"title"} <= fields
    return values


@pytest.mark.parametrize(
    ("path", "paper", "claim"),
    [
        ("", {}, {}),
        ("papers/", {}, {}),
        ("heads/part-2/", {}, {}),
        ("heads/induction/", {"heads": "induction"}, {"heads": "induction"}),
        ("models/gpt2/", {}, {"model": "gpt2"}),
        ("models/gpt2/L10H7/", {}, {"model": "gpt2 L10H7"}),
        ("models/gpt2/tables/", {}, {"model": "gpt2"}),
        ("papers/olsson-2022-induction-heads/", {}, {"identifier": "2209.11895"}),
        ("claims/wang-2022-ioi/", {}, {"identifier": "wang-2022-ioi"}),
    ],
)
def test_what_a_page_fills_in(real_catalog: Catalog, path: str, paper: dict[str, str], claim: dict[str, str]) -> None:
    """The head type, the model with its head, or the paper; the report names the page."""
    made = forms(real_catalog, path)
    assert [name for name, _ in made] == TITLES
    of_paper, of_claim, report = (asked(address) for _, address in made)
    assert {key: value for key, value in of_paper.items() if key != "title"} == paper
    assert {key: value for key, value in of_claim.items() if key != "title"} == claim
    assert report["record"] == (path.strip("/") or "the home page")
    assert report["title"] == f"{report['record']}: "


def test_an_address_has_no_character_that_ends_a_link() -> None:
    """Whatever a name holds, the address stands in brackets of Markdown and in an attribute."""
    address = report_form("a (b) & [c] \"d\" <e> 'f'")
    assert not set(address) & set("()[]<>\"' ")
    assert asked(address)["record"] == "a (b) & [c] \"d\" <e> 'f'"
