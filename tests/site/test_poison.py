"""Hostile texts in every field of every kind of record: no page, twin, feed or export lets any of them out of its place."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from headkb import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.references import texts
from headkb.site.outputs import outputs
from headkb.site.pages import all_pages
from headkb.site.parts import make_context
from headkb.site.to_html import page_html
from headkb.site.to_markdown import page_markdown
from tests import small_records

PAYLOADS = (
    "<script>pwn(1)</script>",
    "`</title><script>pwn(2)</script>`",
    "$</title><script>pwn(3)</script>$",
    '"><script>pwn(4)</script>',
    "'><img src=x onerror=pwn(5)>",
    "$<img src=x onerror=pwn(6)>$",
    "`<img src=x onerror=pwn(7)>`",
    "[a](javascript:pwn(8))",
    "[a](data:text/html,<script>pwn(9)</script>)",
    '[a](https://e.org/"onmouseover="pwn(10))',
    "[a](https://e.org/'onmouseover='pwn)",
    "**<svg onload=pwn(12)>**",
    "<!-- --><iframe srcdoc='<script>pwn(13)</script>'></iframe>",
    "</article></main><script>pwn(14)</script>",
    "&lt;script&gt;pwn(15)&lt;/script&gt;",
    "\\<script>pwn(16)\\</script>",
    "``a` <b onclick=pwn(17)>`` ` <b onclick=pwn(17)>",
    "{{ config.plugins }}{% include 'x' %}",
    "$\\href{javascript:pwn(19)}{x}$ $\\includegraphics{https://e.org/x}$",
    "]]><script>pwn(20)</script>",
    "<style>*{background:url(https://e.org)}</style>",
    "<base href=https://e.org><meta http-equiv=refresh content=0;url=https://e.org>",
    "<form action=https://e.org><input autofocus onfocus=pwn(23)>",
    "=cmd|' /C calc'!A0",
)
ALLOWED = {"script": {"application/json", "application/ld+json"}}
FORBIDDEN = {"iframe", "object", "embed", "base", "form", "style", "frame", "portal"}
IMAGES = {"img", "image", "audio", "video", "source", "input"}


class Watch(HTMLParser):
    """Notes every element that runs, frames or fetches something, as a browser would read the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        values = dict(attrs)
        if (
            tag == "script"
            and values.get("type") not in ALLOWED["script"]
            and not (values.get("src") or "").startswith(("../", "./", "assets/", "/"))
        ):
            self.found.append(f"script {values}")
        if tag in FORBIDDEN or (tag in IMAGES and "pwn" in str(values)):
            self.found.append(f"{tag} {values}")
        for name, value in attrs:
            address = "".join((value or "").split()).casefold()
            if name.startswith("on") or (
                name in ("href", "src", "action", "xlink:href")
                and address.startswith(("javascript:", "vbscript:", "data:text"))
            ):
                self.found.append(f"{tag} {name}={value}")


def watched(html: str) -> list[str]:
    """What runs in a page that must not."""
    watch = Watch()
    watch.feed(html)
    watch.close()
    return watch.found


def poisoned(catalog: Catalog, turn: int) -> tuple[Catalog, dict[Kind, int]]:
    """The catalog with a payload in every text that the schema lets be any text; the first of the payloads is that of `turn`."""
    counts: dict[Kind, int] = dict.fromkeys(KINDS, 0)
    kinds: dict[str, Any] = {}
    for kind in KINDS:
        records = {}
        for name, record in catalog.of(kind).items():
            data = as_written(record.model_dump(mode="json", by_alias=True, exclude_unset=True))
            for field, text in list(texts(record)):
                if "via" in field:  # one of q, k and v, written without a list where it is one
                    continue
                payload = PAYLOADS[(sum(counts.values()) + turn) % len(PAYLOADS)]
                before = put(data, field, f"{text} {payload}")
                try:
                    record = type(record).model_validate(data)
                    counts[kind] += 1
                except ValidationError:
                    put(data, field, before)
            records[name] = record
        kinds[kind] = records
    return replace(catalog, **kinds), counts


def as_written(data: Any) -> Any:
    """Plain data of a record as its file has them: nothing is the word null there."""
    if isinstance(data, dict):
        return {key: as_written(value) for key, value in data.items()}
    return [as_written(value) for value in data] if isinstance(data, list) else "null" if data is None else data


def put(data: Any, field: tuple[Any, ...], value: Any) -> Any:
    """Set the value at a field of plain data, and give what stood there."""
    for key in field[:-1]:
        data = data[key]
    before, data[field[-1]] = data[field[-1]], value
    return before


def test_the_watch_sees_what_runs() -> None:
    """Each payload that is HTML, written into a page as it is, is found."""
    seen = {payload for payload in PAYLOADS if watched(f"<p>{payload}</p>")}
    assert len(seen) >= 14
    assert watched('<a href=" java\nscript:pwn()">x</a>')
    assert not watched('<a href="https://e.org">x</a><script type="application/json">{}</script>')


@pytest.fixture(scope="module", params=range(len(PAYLOADS)))
def made(request: pytest.FixtureRequest, toy_catalog: Catalog) -> Any:
    """The pages and files of a poisoned catalog; after all turns every payload has stood in every field."""
    check = small_records.check()
    known = {
        "found": small_records.run("found", "L1H0", causal=[small_records.outcome("refuted", "L1H0", check)]),
        "none": small_records.run("none", behaviours=[small_records.behaviour(None)]),
        "claimed": small_records.claim_run("claimed", on={"L0H0": 0.5}),
    }
    catalog, counts = poisoned(replace(toy_catalog, runs=known), request.param)
    assert min(counts.values()) > 0
    assert sum(counts.values()) >= 100
    context = make_context(catalog)
    pages = all_pages(context)
    return context, pages, outputs(context, pages)


@pytest.mark.slow
def test_nothing_runs_in_a_page_or_in_a_twin(made: Any) -> None:
    """Pages are looked at as HTML; twins as a renderer makes HTML of them."""
    markdown = pytest.importorskip("markdown").markdown
    context, pages, _ = made
    for page in pages:
        assert watched(page_html(page, context.links)) == [], page.path
        twin = page_markdown(page, context.links)
        assert watched(markdown(twin, extensions=["tables", "fenced_code"])) == [], page.path


@pytest.mark.slow
def test_files_keep_their_form(made: Any) -> None:
    """JSON is JSON, feeds and maps are XML, small HTML pages run nothing, and no cell of a table is a formula."""
    _, _, files = made
    suffixes = set()
    for path, content in files.items():
        suffix = Path(path).suffix
        suffixes.add(suffix)
        if suffix == ".json":
            json.loads(content, parse_constant=pytest.fail)
        elif suffix == ".xml":
            ElementTree.fromstring(content)
        elif suffix == ".html":
            assert watched(content) == [], path
        elif suffix == ".csv":
            cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "+cmd"))], path
    assert {".json", ".xml", ".html", ".bib", ".ris"} <= suffixes
