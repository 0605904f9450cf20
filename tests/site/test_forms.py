"""Forms that pages open: every field that an address fills is in the form, and says what the page is about."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from headkb import Catalog
from headkb.catalog.from_issues.forms import read_forms
from headkb.catalog.kinds import KINDS
from headkb.site.forms import NAMES, OPENED_FROM, OPENED_FROM_LISTS, TITLES, forms, report_form

TEMPLATES = Path(__file__).parents[2] / ".github" / "ISSUE_TEMPLATE"
FORMS = {form.name: form for form in read_forms(TEMPLATES)}


def asked(address: str) -> dict[str, str]:
    """What an address fills in, once its form is known to have such fields; `template` is the form."""
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("github.com", "/headkb/headkb/issues/new")
    values = {key: found[0] for key, found in parse_qs(parts.query, strict_parsing=True).items()}
    fields = {question.id for question in FORMS[values["template"].removesuffix(".yml")].questions}
    assert set(values) - {"title", "template"} <= fields
    return values


def test_every_form_has_a_link_somewhere() -> None:
    """The six forms of the repository are those that pages open, and each begins its titles as the form does."""
    assert set(NAMES) == set(FORMS)
    opened = {name for names in (*OPENED_FROM.values(), *OPENED_FROM_LISTS.values()) for name in names}
    assert opened == set(FORMS)
    for name, title in TITLES.items():
        assert f'title: "{title}"' in (TEMPLATES / f"{name}.yml").read_text("utf-8")


def test_contributors_are_led_to_every_form() -> None:
    """From the one text for them, which is a page of the site, too."""
    text = (TEMPLATES.parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    for name, form in FORMS.items():
        assert f"[{form.title}](https://github.com/headkb/headkb/issues/new?template={name}.yml)" in text


def test_every_page_opens_forms_that_exist(real_catalog: Catalog) -> None:
    """From the list and the first record of every kind: each key is a field of the form, the last form reports an error on this page."""
    for kind in KINDS:
        for path in (f"{kind}/", f"{kind}/{next(iter(real_catalog.of(kind)))}/"):
            links = [asked(address) for _, address in forms(real_catalog, path)]
            assert len(links) >= 2, path
            assert (links[-1]["template"], links[-1]["record"]) == ("fix-a-fact.yml", path.strip("/"))


@pytest.mark.parametrize(
    ("path", "name", "filled"),
    [
        ("", "Add a paper", {}),
        ("papers/", "Add a claim", {}),
        ("heads/part-2/", "Add a head type", {}),
        ("stages/latent-reasoning/", "Add a head type", {}),
        ("heads/induction/", "Add a paper", {"heads": "induction: "}),
        ("heads/induction/", "Add a claim", {"heads": "induction"}),
        ("heads/induction/", "Report a reproduction", {"record": "heads/induction"}),
        ("heads/induction/", "Request a run", {"record": "heads/induction"}),
        ("models/gpt2/", "Add a claim", {"model": "gpt2"}),
        ("models/gpt2/", "Request a run", {"model": "gpt2"}),
        ("models/gpt2/L10H7/", "Add a claim", {"model": "gpt2", "which": "L10H7"}),
        ("models/gpt2/tables/", "Add a claim", {"model": "gpt2"}),
        ("papers/olsson-2022-induction-heads/", "Add a claim", {"identifier": "2209.11895"}),
        ("papers/olsson-2022-induction-heads/", "Add a head type", {"identifier": "2209.11895"}),
        ("claims/wang-2022-ioi/", "Add a claim", {"identifier": "wang-2022-ioi", "model": "gpt2"}),
        ("claims/wang-2022-ioi/", "Report a reproduction", {"record": "claims/wang-2022-ioi", "model": "gpt2"}),
        ("scores/induction/", "Request a run", {"record": "scores/induction"}),
        ("glossary/logit/", "Report an error", {"record": "glossary/logit"}),
        ("", "Report an error", {"record": "the home page"}),
    ],
)
def test_what_a_page_fills_in(real_catalog: Catalog, path: str, name: str, filled: dict[str, str]) -> None:
    """The head type, the model with its head, the paper, or the record that was run."""
    values = asked(dict(forms(real_catalog, path))[name])
    assert {key: value for key, value in values.items() if key not in ("title", "template")} == filled


def test_a_run_is_reported_with_its_model(real_catalog: Catalog) -> None:
    """Both forms know which run it is."""
    run = next(iter(real_catalog.runs.values()))
    links = dict(forms(real_catalog, f"runs/{run.id}/"))
    for name in ("Report a reproduction", "Request a run"):
        values = asked(links[name])
        assert (values["record"], values["model"]) == (f"runs/{run.id}", run.model)


def test_an_address_has_no_character_that_ends_a_link() -> None:
    """Whatever a name holds, the address stands in brackets of Markdown and in an attribute."""
    address = report_form("a (b) & [c] \"d\" <e> 'f'")
    assert not set(address) & set("()[]<>\"' ")
    assert asked(address)["record"] == "a (b) & [c] \"d\" <e> 'f'"
