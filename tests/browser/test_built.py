"""The built site as files: what it weighs, what it links to, and what it holds."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from linkcheck import check

from headkb import load_catalog
from headkb.catalog.kinds import KINDS
from headkb.site.document import Page
from headkb.site.links import record_path
from headkb.site.outputs import outputs
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context
from headkb.site.plugin import POLICY
from headkb.site.split import BUDGET

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def context() -> Context:
    """The shipped catalog."""
    return make_context(load_catalog(ROOT / "catalog"))


@pytest.fixture(scope="module")
def pages(context: Context) -> list[Page]:
    """The pages that the generator makes of it."""
    return all_pages(context)


@pytest.fixture(scope="module")
def files(context: Context, pages: list[Page]) -> dict[str, str]:
    """The files that the generator makes of it."""
    return outputs(context, pages)


def read(site: Path, path: str) -> str:
    """The HTML of a page."""
    return (site / path / "index.html").read_text("utf-8")


def test_weight_of_pages(site: Path, context: Context, pages: list[Page]) -> None:
    """The HTML of no page is heavier than 60 kB: of a record, of a list, of a matrix, home, or written by hand."""
    assert len(pages) > sum(len(context.catalog.of(kind)) for kind in KINDS)
    sizes = {path.relative_to(site).as_posix(): path.stat().st_size for path in site.rglob("*.html")}
    assert {path: size for path, size in sizes.items() if size > BUDGET} == {}


def test_disputes_stand_above_everything_else(site: Path, context: Context) -> None:
    """Exactly the pages of head types in dispute have the box, before their first section."""
    boxed = set()
    for head in context.catalog.heads:
        top = read(site, f"heads/{head}").split("<h2", 1)[0]
        if '<p class="hk-box-title">Disputed</p>' in top:
            boxed.add(head)
    assert len(boxed) >= 9
    assert boxed == context.catalog.disputes.of_type.keys()


def test_links_resolve(site: Path) -> None:
    """Every internal link and anchor leads somewhere, and nothing is loaded from another host."""
    assert list(check(site)) == []


def test_pages_are_those_of_the_generator(site: Path, pages: list[Page], files: dict[str, str]) -> None:
    """The site holds a page per record, hub and computed page, the hand-written ones, and redirects; nothing else."""
    made = {f"{page.path}index.html" for page in pages}
    written = {p.relative_to(ROOT / "docs").with_suffix("").as_posix() for p in (ROOT / "docs").rglob("*.md")}
    by_hand = {f"{f'/{name}'.removesuffix('/index')}/index.html".lstrip("/") for name in written} | {"404.html"}
    redirects = {path for path in files if path.endswith(".html")}
    assert {p.relative_to(site).as_posix() for p in site.rglob("*.html")} == made | by_hand | redirects


def test_both_adapters_give_the_same(site: Path, files: dict[str, str]) -> None:
    """Every file that `headkb render` writes lies in the built site with the same bytes."""
    assert [path for path, text in files.items() if (site / path).read_text("utf-8") != text] == []


def test_every_kind_is_looked_at(pages: list[Page]) -> None:
    """The browser tests visit a generated page of every folder, at every depth that it has pages, and parts of some."""
    listed = (Path(__file__).parent / "kinds.txt").read_text("utf-8").splitlines()
    looked = {(line.split("/")[1], line.count("/")) for line in listed if line.startswith("/")}
    made = {(page.path.split("/")[0], page.path.count("/") + 1) for page in pages if not page.part}
    assert made - looked == set()
    assert {line.split("/")[1] for line in listed if "/part-" in line} >= {
        "papers",
        "matrix",
        "reproduction",
        "missing",
    }


def test_every_former_name_leads_on(site: Path, context: Context) -> None:
    """Each id that a record replaces, and each alias that is no other page, has a page that leads to the record."""
    for kind, record in context.catalog.records():
        for former in record.replaces:
            assert record_path(kind, record.id).split("/")[1] in read(site, f"{kind}/{former}")
    for former, now in context.catalog.former_claims.items():
        assert now.split("/")[1] in read(site, f"claims/{former}")


def test_search_index_is_in_chunks(site: Path) -> None:
    """The full text lies in chunks, none of which is large; what is loaded first is small."""
    entry = json.loads((site / "pagefind" / "pagefind-entry.json").read_text("utf-8"))
    assert entry["languages"]["en"]["page_count"] > 500
    chunks = [p.stat().st_size for p in (site / "pagefind").rglob("*.pf_index")]
    assert len(chunks) > 10
    assert max(chunks) < 80_000


def test_what_the_head_of_a_page_says(site: Path) -> None:
    """Head types and papers describe themselves to machines: Open Graph, JSON-LD, feeds, twins, canonical address."""
    for path, kind in (("heads/induction/", "DefinedTerm"), ("papers/wang-2022-ioi/", "ScholarlyArticle")):
        text = read(site, path)
        data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text)[1])
        assert data["@type"] == kind
        for piece in (
            "og:title",
            "og:description",
            "og:url",
            'rel="canonical"',
            "application/atom+xml",
            "text/markdown",
        ):
            assert piece in text, (path, piece)
    assert "feeds/heads/induction.xml" in read(site, "heads/induction/")


INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*\btype=\"?application/(?:ld\+)?json)|\son[a-z]+=|\bhref=\"?javascript:|<style|<base\b"
)


def test_every_page_has_the_policy_and_no_script_in_it(site: Path, files: dict[str, str]) -> None:
    """What a page may load and run stands at its head, before anything that loads or runs; scripts are files of the site."""
    seen = 0
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not INLINE.search(re.sub(r"<(pre|code|textarea)\b.*?</\1>|>[^<]*<", "><", text, flags=re.DOTALL)), path
        if path.relative_to(site).as_posix() not in files:  # a redirect has no script at all
            head = text[: text.index("<link")]
            assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' in unescape(head), path
            assert "<script" not in head
            seen += 1
        else:
            assert "<script" not in text
    assert seen > 1000


@pytest.mark.slow
def test_two_builds_are_the_same(site: Path, tmp_path: Path) -> None:
    """A second clean build gives every file with the same bytes, the search index included."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--clean", "--site-dir", str(tmp_path / "again")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = digests(site), digests(tmp_path / "again")
    assert {path for path in one | two if one.get(path) != two.get(path)} == set()


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }
