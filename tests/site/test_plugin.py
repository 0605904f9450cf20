"""The MkDocs adapter: a small site is built from the invented catalog."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from linkcheck import check

from headkb import load_catalog
from headkb.catalog.plain_data import plain_records
from headkb.site.outputs import outputs
from headkb.site.pages import PAGES, KindPages, all_pages
from headkb.site.parts import make_context
from headkb.site.to_html import page_html
from tests.site.test_contain import BROKEN, no_hub

pytest.importorskip("material", reason="needs mkdocs-material: pip install 'headkb[site]'")
ROOT = Path(__file__).parents[2]
CONFIG = """
site_name: toy
site_url: https://example.org/toy/
repo_url: https://github.com/headkb/headkb
edit_uri: edit/main/docs/
docs_dir: pages
theme: {{name: material, font: false, custom_dir: {overrides}, features: [navigation.path, navigation.indexes]}}
markdown_extensions:
  - pymdownx.snippets: {{base_path: ["{root}"], check_paths: true}}
plugins:
  - headkb: {{catalog: catalog}}
nav: [index.md, evidence.md, contribute.md, gone.md, {{Heads: [heads/index.md]}}, matrix/index.md]
"""
EVIDENCE = "# Evidence\n\n" + "\n\n".join(
    f"<!-- headkb:{name} -->" for name in ("standings", "example-claim", "showings", "example-showing")
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the invented catalog, three hand-written pages and a configuration."""
    folder = tmp_path_factory.mktemp("toy")
    (folder / "catalog").symlink_to(ROOT / "tests" / "data" / "catalog")
    (folder / "pages").mkdir()
    (folder / "pages" / "assets").symlink_to(ROOT / "docs" / "assets")
    (folder / "pages" / "index.md").write_text(
        "# Home\n\n<!-- headkb:state -->\n\nSee [[heads/sparkle]] heads.\n\n<!-- headkb:matrix -->\n"
    )
    (folder / "pages" / "evidence.md").write_text(
        "# Evidence\n\n<!-- headkb:standings -->\n\n<!-- headkb:showings -->\n"
    )
    (folder / "pages" / "contribute.md").write_text('--8<-- "guide.md"\n')
    (folder / "guide.md").write_text("# Contribute\n\nAll are welcome.\n")
    (folder / "mkdocs.yml").write_text(CONFIG.format(root=folder, overrides=ROOT / "docs" / "overrides"))
    return folder


def build(root: Path, name: str, monkeypatch: pytest.MonkeyPatch, *, strict: bool = True) -> Path:
    """Build the site into a folder."""
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config import load_config

    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    out = root / name
    config = load_config(str(root / "mkdocs.yml"), site_dir=str(out), strict=strict)
    config.plugins.on_startup(command="build", dirty=False)
    mkdocs_build(config)
    return out


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_build(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin puts in every page and file that the generator makes; links resolve; a second build gives the same bytes."""
    site = build(root, "one", monkeypatch)
    context = make_context(load_catalog(root / "catalog"))
    pages = all_pages(context)
    for page in pages:
        text = (site / page.path / "index.html").read_text("utf-8")
        assert page.title.split("<")[0][:20] in text
    for path, content in outputs(context, pages).items():
        assert (site / path).read_text("utf-8") == content
    assert list(check(site)) == []

    home = (site / "index.html").read_text("utf-8")
    assert '<a href="heads/sparkle/">Sparkle</a> heads' in home
    assert "<b>3 claims about 1 model:</b> 0 met, 0 off, 3 not rerun." in home
    assert "hk-matrix" in home
    twin = (site / "index.md").read_text("utf-8")
    assert "- 3 claims about 1 model: 0 met, 0 off, 3 not rerun." in twin
    assert "- Sparkle Head: " in twin
    assert "headkb:" not in twin
    evidence = (site / "evidence" / "index.html").read_text("utf-8")
    assert all(
        word in evidence for word in ("<code>not-comparable</code>", "<code>against</code>", "hk-m-partly hk-organism")
    )
    assert "All are welcome." in (site / "contribute" / "index.html").read_text("utf-8")
    assert (site / "contribute.md").read_text("utf-8") == "# Contribute\n\nAll are welcome.\n\n"
    evidence = (site / "evidence" / "index.html").read_text("utf-8")
    assert "hk-st-not-comparable" in evidence
    assert "hk-m-against" in evidence
    head = (site / "heads" / "sparkle" / "index.html").read_text("utf-8")
    assert 'href="https://github.com/headkb/headkb/edit/main/catalog/heads/sparkle.yaml"' in head
    assert '"@type": "DefinedTerm"' in head
    assert 'property="og:title" content="Sparkle Head"' in head
    path = head[head.index("hk-path") : head.index("</nav>", head.index("hk-path"))]
    assert "Heads" in path

    again = build(root, "two", monkeypatch)
    assert digest(site) == digest(again)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("step", ["page", "html", "hub", "file"])
def test_what_cannot_be_made_fails_a_strict_build_and_costs_only_itself_in_another(
    root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    """A page's content, its HTML, or a file beside it."""
    from mkdocs.exceptions import Abort

    if step == "page":
        monkeypatch.setitem(PAGES, "heads", BROKEN)
    elif step == "html":
        monkeypatch.setattr(
            "headkb.site.plugin.page_html",
            lambda page, links: 1 / 0 if page.path == "heads/sparkle/" else page_html(page, links),
        )
    elif step == "hub":
        monkeypatch.setitem(PAGES, "papers", KindPages(PAGES["papers"].record, no_hub))
    else:
        monkeypatch.setattr(
            "headkb.catalog.export.plain_records", lambda c, kind: 1 / 0 if kind == "heads" else plain_records(c, kind)
        )
    with pytest.raises(Abort, match="warnings in strict mode"):
        build(root, f"strict-{step}", monkeypatch)
    lost = {"page": "heads/sparkle", "html": "heads/sparkle/", "hub": "papers/", "file": "api/v1/heads.json"}[step]
    words = f"{lost} could not be made and is left out (ZeroDivisionError: division by zero)"
    assert sum(words in record.getMessage() for record in caplog.records) == 1
    site = build(root, f"loose-{step}", monkeypatch, strict=False)
    assert (site / "heads" / "index.html").is_file()
    assert (site / "heads" / "sparkle" / "index.html").exists() == (step in ("hub", "file"))
    assert (site / "papers" / "index.html").exists() == (step != "hub")
    assert (site / "api" / "v1" / "heads.json").exists() == (step != "file")
    assert (site / "api" / "v1" / "papers.json").is_file()


def digest(folder: Path) -> dict[str, str]:
    """Hash of every file."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in folder.rglob("*")
        if p.is_file()
    }
