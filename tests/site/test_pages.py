"""The pure generator, on the invented catalog."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from linkcheck import check

from headkb import Catalog, load_catalog
from headkb.catalog.kinds import KINDS
from headkb.cli import main
from headkb.site.document import Page
from headkb.site.links import twin
from headkb.site.outputs import outputs, site_files
from headkb.site.pages import all_pages, pages
from headkb.site.parts import Context, make_context
from headkb.site.reference_pages import shares
from headkb.site.reference_read import parts
from headkb.site.to_html import page_html, toc_tokens

DATA = Path(__file__).parent / "data"
COMPUTED = {
    "compare/",
    "compare/types/",
    "matrix/",
    "matrix/models/",
    "matrix/methods/",
    "reproduction/",
    "reproduction/causal/",
    "reproduction/public/",
    "timeline/",
    "errata/",
    "missing/",
    "rules/",
}


@pytest.fixture(scope="module")
def catalog(toy_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The invented catalog together with invented runs: of a claim, one inside and one outside the tolerance, and one of a recipe."""
    import shutil

    root = tmp_path_factory.mktemp("catalog")
    shutil.copytree(toy_catalog.root, root, dirs_exist_ok=True)
    shutil.copytree(DATA / "runs", root / "runs", dirs_exist_ok=True)
    return load_catalog(root)


@pytest.fixture(scope="module")
def context(catalog: Catalog) -> Context:
    """Its context."""
    return make_context(catalog)


@pytest.fixture(scope="module")
def made(context: Context) -> dict[str, Page]:
    """Its pages by path."""
    return {page.path: page for page in all_pages(context)}


def html(page: Page, context: Context) -> str:
    """A page's HTML without line breaks."""
    return page_html(page, context.links).replace("\n", " ")


def test_page_count(catalog: Catalog, made: dict[str, Page], context: Context) -> None:
    """One page per record, per hub, per named head, per table, per rule, per package, and the computed ones; nothing else."""
    from headkb.catalog.file_rules import FILE_RULES
    from headkb.catalog.rules import RULES

    records = sum(len(catalog.of(kind)) for kind in KINDS)
    tables = sum(s.claim.table is not None for s in catalog.statements.values())
    reference = 1 + sum(len(shares(path)) for path in parts())  # the hub, and the pages of each package
    assert len(made) == reference + records + len(KINDS) + sum(map(len, context.dossiers.values())) + tables + len(
        RULES
    ) + len(FILE_RULES) + len(COMPUTED)
    assert {f"{kind}/{record.id}/" for kind, record in catalog.records()} < set(made)
    assert set(made) > COMPUTED


def test_same_twice(catalog: Catalog) -> None:
    """Two generations give the same bytes."""
    one, two = make_context(catalog), make_context(catalog)
    first, second = all_pages(one), all_pages(two)
    assert [page_html(p, one.links) for p in first] == [page_html(p, two.links) for p in second]
    assert outputs(one, first) == outputs(two, second)


def test_parents_exist(made: dict[str, Page]) -> None:
    """Every page hangs below another page, or stands at the top."""
    assert {page.parent for page in made.values()} - {""} <= set(made)


def test_head_page(made: dict[str, Page], context: Context) -> None:
    """A head type's page tells definition, aliases, criterion, recipe, both ways of a relation, roles, dispute and runs."""
    text = html(made["heads/sparkle/"], context)
    for piece in (
        "Looks at the token before the current one.",
        "Glitter Head",
        "placed by the survey",
        r"\frac{1}{n-1}",
        "headkb reproduce sparkle --model ",
        "Feeds the keys of",
        "Broader than",
        "Disputed",
        "contests",
        "hk-st-off",
        "3 claims about 1 model: 0 met, 1 off, 2 not rerun.",
        "edit/main/catalog/heads/sparkle.yaml",
        "issues/new?template=fix-a-fact.yml&amp;title=heads%2Fsparkle%3A%20&amp;record=heads%2Fsparkle",
    ):
        assert piece in text, piece
    other = html(made["heads/twinkle/"], context)
    assert "A narrower kind of" in other
    assert "Reads through its keys from" in other
    assert "Not rerun yet." in other


def test_head_of_model_page(made: dict[str, Page], context: Context) -> None:
    """A named head has a page with roles, values and their definition, the published table and the dispute."""
    text = html(made["models/jar-small/L0H1/"], context)
    for piece in ("Sparkle Head", "0.9 (Glow)", "Mean attention to the previous position", "Disputed", "Jar opening"):
        assert piece in text, piece


def test_a_head_links_to_its_dashboard_where_its_model_has_one(catalog: Catalog) -> None:
    """The model's name there is in its record; without one there is no link."""
    for name, links in (("jar-s", 1), (None, 0)):
        model = catalog.models["jar-small"].model_copy(update={"neuronpedia": name})
        context = make_context(replace(catalog, models={**catalog.models, "jar-small": model}))
        page = next(page for page in all_pages(context) if page.path == "models/jar-small/L0H1/")
        assert html(page, context).count('href="https://www.neuronpedia.org/jar-s/head/0/1"') == links


def test_claim_without_run_says_so(made: dict[str, Page], context: Context) -> None:
    """A claim that was never rerun is marked, not left blank."""
    assert "not rerun" in html(made["claims/moss-1999-sparkle/small-table/"], context)


def test_ids_are_unique_and_contents_lead_somewhere(made: dict[str, Page], context: Context) -> None:
    """No page uses an anchor twice, and its table of contents names anchors that exist."""
    for page in made.values():
        ids = re.findall(r'\bid="([^"]+)"', page_html(page, context.links))
        assert len(ids) == len(set(ids)), page.path
        tokens = toc_tokens(page, context.links)
        listed = [
            t["id"]
            for top in tokens
            for t in [top, *top["children"], *(c for x in top["children"] for c in x["children"])]
        ]
        assert set(listed) <= set(ids), page.path


def test_names_with_markup_are_harmless(context: Context) -> None:
    """A title with HTML in it is shown, not run."""
    page = Page("x/", "<img src=x onerror=alert(1)>", ())
    assert "<img" not in page_html(page, context.links)


def test_outputs(context: Context, made: dict[str, Page], catalog: Catalog) -> None:
    """Each page has a Markdown twin and each record a JSON twin; aliases lead on; feeds carry dates of the data."""
    files = outputs(context, list(made.values()))
    assert {twin(path, ".md") for path in made} <= set(files)
    for kind, record in catalog.records():
        assert json.loads(files[f"{kind}/{record.id}.json"])["id"] == record.id
    assert 'url=../sparkle/"' in files["heads/glitter-head/index.html"]
    assert "<updated>2001-02-01T00:00:00Z</updated>" in files["feeds/all.xml"]
    assert json.loads(files["api/v1/index.json"])["counts"]["heads"] == len(catalog.heads)
    assert files["claims/moss-1999-sparkle/jar-small.csv"].startswith("layer,head,glow")
    assert "@" in files["api/v1/papers.bib"]
    assert "Sparkle Head" in files["llms.txt"]
    assert "formula-checked" in files["llms.txt"]
    titles = re.findall("<title>(.*?)</title>", files["feeds/heads/sparkle.xml"])
    assert "Sparkle Head in Jar small, claim moss-1999-sparkle/small-sparkle: off" in titles
    assert any(title.startswith("Sparkle Head in Jar small, recipe default: shown") for title in titles)


def test_render_writes_the_same_pages(
    catalog: Catalog, made: dict[str, Page], context: Context, tmp_path: Path
) -> None:
    """`headkb render` writes the twins and files that the plugin puts into the site."""
    result = CliRunner().invoke(main, ["--catalog", str(catalog.root), "render", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert f"{len(made)} pages" in result.output
    files = {p.relative_to(tmp_path).as_posix(): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    expected = site_files(context, list(made.values()))
    assert files == {path: made.encode() if isinstance(made, str) else made for path, made in expected.items()}


def test_links_between_pages_resolve(context: Context, made: dict[str, Page], tmp_path: Path) -> None:
    """Without MkDocs, too, every link and anchor between generated pages resolves; hand-written pages stand in as empty ones."""
    for path, page in made.items():
        target = tmp_path / path / "index.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page_html(page, context.links), "utf-8")
    for path, text in outputs(context, list(made.values())).items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    for name in ("evidence", "contribute"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text("")
    assert list(check(tmp_path)) == []


def test_pages_is_the_door(catalog: Catalog, made: dict[str, Page]) -> None:
    """`headkb.site.pages(catalog)` gives every page, sorted by path."""
    assert [page.path for page in pages(catalog)] == sorted(made)
