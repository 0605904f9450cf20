"""What is known about a head is the same in `headkb whois`, in the API file, on the page and in its Markdown twin."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from headkb import Catalog
from headkb.catalog import head_dossier
from headkb.catalog.state import STANDS
from headkb.cli import main
from headkb.site.model_head_pages import head_of_model_page
from headkb.site.outputs import outputs
from headkb.site.parts import Context, make_context, number
from headkb.site.to_html import page_html
from tests.site.mark_walk_models import ROLE_FACTS

pytestmark = pytest.mark.slow  # every head of the catalog, at four places

LABELS = {said: name for name, said in STANDS.items()}
Answer = dict[str, Any]


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


@pytest.fixture(scope="module")
def answers(context: Context) -> dict[str, dict[str, Answer]]:
    """Head → place → what that place says of it."""
    pages = {
        f"{model_id}/{head}": head_of_model_page(context, context.catalog.models[model_id], dossier)
        for model_id, dossiers in context.dossiers.items()
        for head, dossier in dossiers.items()
    }
    files = outputs(context, list(pages.values()))
    whois = {f"{m}/{head}": head_dossier(context.catalog, m, head) for m, d in context.dossiers.items() for head in d}
    return {
        name: {
            "whois": in_data(whois[name].data()),
            "api": in_data(json.loads(files[f"models/{name}.json"])),
            "page": in_page(_text(page_html(page, context.links))),
            "twin": in_page(files[f"models/{name}.md"]),
        }
        for name, page in pages.items()
    }


def in_data(data: Answer) -> Answer:
    """What the JSON says, in the form in which a page can say it."""
    return {
        "roles": sorted(data["roles"]),
        "best": next(([r["head"]] for r in data["roles_by_weight"] if r["claims"]), data["roles"][:1]),
        "standings": {c["id"]: c["standing"] for c in data["claims"]},
        "tables": {t["id"]: (number(t["value"]), t["rank"], t["of"]) for t in data["tables"]},
        "circuits": [c["circuit"] for c in data["circuits"]],
        "runs": {r["id"]: number(r["value"]) for r in data["runs"]},
    }


def in_page(text: str) -> Answer:
    """What a page's Markdown says."""
    section: dict[str, str] = {part.partition("\n")[0]: part for part in text.split("\n## ")}
    told = dict(re.findall(rf"^- ({'|'.join(ROLE_FACTS)}): (.*)$", text, re.M))
    roles = [name for fact in ROLE_FACTS if fact in told for name in re.findall(r"heads/([a-z0-9-]+)\.md", told[fact])]
    return {
        "roles": sorted(roles),
        "best": roles[:1],
        "standings": dict(_standings(section.get("What is claimed", ""))),
        "tables": {
            claim: (value, int(rank), int(of))
            for claim, value, rank, of in re.findall(
                r"^\| \[.*?\]\(\.\./\.\./claims/([^)]+)\.md\)[^|]* \| (\S+) \| (\d+) of (\d+)[^|]* \|",
                section.get("Published values", ""),
                re.M,
            )
        },
        "circuits": re.findall(r"\(\.\./\.\./circuits/([a-z0-9-]+)\.md\):", section.get("In circuits", "")),
        "runs": dict(_runs(section.get("In headkb's runs", ""))),
    }


def _standings(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        place = re.search(
            r"\[details\]\(\.\./\.\./claims/([a-z0-9-]+)\.md#([a-z0-9-]+)\)|\[details\]\(\S+?claims/(\S+)\.md\)", line
        )
        label = re.search(rf"\| (?:\S )?({'|'.join(LABELS)}) (?:\||\[)", line)
        if place and label:
            yield place[3] or f"{place[1]}/{place[2]}", LABELS[label[1]]


def _runs(text: str) -> Iterator[tuple[str, str]]:
    row = r"^\| \[[^]]*\]\(\.\./\.\./runs/([^)]+)\.md\) \| [^|]* \| [^|]* \| (\S+) \|"
    yield from re.findall(row, text, re.M)
    folded = re.search(r"more runs? that measured|runs? of a score on published inputs", text)
    yield from re.findall(r"\]\(\.\./\.\./runs/([^)]+)\.md\) ([^;\s]+)", text[folded.start() :] if folded else "")


def _text(html: str) -> str:
    """A page's HTML as the Markdown that says the same, as far as `in_page` reads it."""
    html = re.sub(r'<a href="\.\./([^"#]*?)/(#[^"]*)?"[^>]*>(.*?)</a>', r"[\3](\1.md\2)", html)
    html = re.sub(r"<h2[^>]*>(.*?)<a .*?</h2>", r"\n## \1\n", html)
    html = re.sub(r"<tr><td>", "\n| ", html).replace("</td><td>", " | ").replace("</td></tr>", " |")
    html = re.sub(r"<dt>(.*?)</dt><dd>", r"\n- \1: ", html).replace("</dd>", "\n").replace("</li>", "\n")
    return re.sub(r"<[^>]+>", "", html.replace("&#x27;", "'")).replace("\N{MINUS SIGN}", "-")


def differing(answers: dict[str, dict[str, Answer]]) -> list[str]:
    """Heads and parts of which one place says something else than the API file."""
    return [
        f"{name}: {part} in {place}"
        for name, places in answers.items()
        for place, answer in places.items()
        for part in answer
        if answer[part] != places["api"][part]
    ]


def test_every_place_gives_the_same_answer_about_every_head(answers: dict[str, dict[str, Answer]]) -> None:
    """Roles, standings, table values with rank, circuits and runs agree for every head that has a page."""
    assert differing(answers) == []
    assert len(answers) > 1000
    said = {
        part: sum(bool(places["page"][part]) for places in answers.values()) for part in answers["gpt2/L9H9"]["api"]
    }
    assert all(count > 50 for count in said.values()), said  # a reader of pages that sees nothing would agree, too
    said_of_heads = {word for places in answers.values() for word in places["page"]["standings"].values()}
    assert {"not-rerun", "met"} <= said_of_heads
    assert "formula-checked" not in said_of_heads  # that is a fact of a measure


@pytest.mark.parametrize(
    ("place", "part", "answer"),
    [
        ("page", "roles", ["induction"]),
        ("twin", "standings", {"wang-2022-ioi/gpt2-name-movers": "off"}),
        ("whois", "circuits", []),
        ("page", "tables", {}),
        ("twin", "runs", {}),
    ],
)
def test_one_place_that_differs_is_found(
    place: str, part: str, answer: object, answers: dict[str, dict[str, Answer]]
) -> None:
    """The comparison names the head, the part and the place."""
    name = "gpt2/L9H9"
    spoilt = copy.deepcopy(answers[name])
    spoilt[place][part] = answer
    assert differing({name: spoilt}) == [f"{name}: {part} in {place}"]


def test_the_command_prints_what_the_api_file_holds(answers: dict[str, dict[str, Answer]]) -> None:
    """`headkb whois MODEL HEAD --json` is the API file."""
    result = CliRunner().invoke(main, ["whois", "gpt2", "L10H1", "--json"])
    assert in_data(json.loads(result.output)) == answers["gpt2/L10H1"]["api"]
