"""What an atlas adds to its model's page, its own page, and the files to download."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.atlas import table_path
from headkb.catalog.run_labels import Label, ModelLabels
from headkb.catalog.schema import HeadIndex
from headkb.site.atlas_model import MAPS, MORE_MAPS, atlas_section
from headkb.site.atlas_pages import atlas_page, atlases_hub
from headkb.site.model_pages import model_page
from headkb.site.outputs import outputs
from headkb.site.parts import Context, make_context
from headkb.site.to_html import node_html, page_html


@pytest.fixture
def context(toy_catalog: Catalog) -> Context:
    """The invented catalog, whose one model has an atlas."""
    return make_context(toy_catalog)


def html(context: Context) -> str:
    """The model's page."""
    return page_html(model_page(context, context.catalog.models["jar-small"]), context.links)


def test_the_model_page_has_maps_facts_and_downloads(context: Context) -> None:
    """A map names its first heads with links; prompts, versions and time are those of the record."""
    page = html(context)
    for piece in (
        'aria-label="previous token of the heads of Jar small"',
        '<a href="L0H1/">L0H1</a> 0.9, <a href="L1H1/">L1H1</a> 0.85',
        "1 set, 64 tokens",
        "torch 2",
        "1 CPU seconds on one jar, 2026-01-01",
        'href="../../atlases/jar-small.csv"',
        'href="../../atlases/jar-small.table.json"',
        "no recipe was run on this model yet: none of its 8 heads can have one",
    ):
        assert piece in page, piece
    assert "No source in the catalog claims" not in page  # the invented papers do
    assert "patterns and tokens" not in page  # none are stored


def test_the_share_of_heads_with_a_shown_type_has_its_denominator(context: Context) -> None:
    """For one of eight heads a type is shown; another was selected by a recipe."""
    labels = {
        HeadIndex(0, 0): (Label("sparkle", ("a",), (), True, True),),
        HeadIndex(0, 1): (Label("sparkle", ("a",), (), False),),
    }
    view = context.atlases["jar-small"]
    object.__setattr__(view, "labels", ModelLabels(labels, 8))
    object.__setattr__(view, "tried", True)
    page = html(context)
    assert "a head type is shown for <strong>1 of 8 heads (12 %)</strong>, for 1 of them one with a confirmed" in page
    assert "At least one recipe selected 2 heads" in page
    hub = "".join(node_html(node, context.links, "atlases/") for node in atlases_hub(context))
    assert "1 of 8 (12 %)" in hub


def test_a_model_of_which_nobody_says_anything(toy_copy: Path) -> None:
    """It says that all numbers are headkb's own, and its grid has a dot for every head."""
    for name in ("claims", "circuits"):
        shutil.rmtree(toy_copy / name)
    page = html(make_context(load_catalog(toy_copy)))
    assert "No source in the catalog claims anything about heads of this model. These are headkb" in page
    assert page.count(">·</a>") == 8


def test_a_model_without_an_atlas_has_no_section(toy_copy: Path) -> None:
    """Nothing measured, nothing said, and only named heads have pages; one that only a circuit names is a dot."""
    for file in (toy_copy / "atlases").glob("*"):
        file.unlink()
    context = make_context(load_catalog(toy_copy))
    assert atlas_section(context, context.catalog.models["jar-small"]) == []
    assert 0 < len(context.dossiers["jar-small"]) < 8
    assert context.dossiers["jar-small"] == context.named("jar-small")
    roles = [head for head, dossier in context.dossiers["jar-small"].items() if dossier.roles]
    assert html(context).count(">·</a>") == len(context.dossiers["jar-small"]) - len(roles) == 1


def test_the_record_page_tells_columns_and_prompts_and_has_maps_that_the_model_has_not(context: Context) -> None:
    """Every fact once: versions and time stand on the model's page alone, each map on one of the two."""
    page = page_html(atlas_page(context, context.catalog.atlases["jar-small"]), context.links)
    assert 'href="../../models/jar-small/#atlas"' in page
    assert "<td><code>entropy</code></td>" in page
    assert "<td>nats</td><td>2.5</td>" in page
    assert re.search(r"<td>8</td><td>0</td><td>64</td>", page)
    for elsewhere in ("CPU seconds", "torch 2"):
        assert elsewhere not in page
    assert page.count("<svg") == len(context.atlases["jar-small"].present(MORE_MAPS))
    assert not set(MAPS) & set(MORE_MAPS)


def test_the_table_can_be_fetched_as_csv_and_json(context: Context) -> None:
    """The CSV is that of the catalog; the JSON has each head's values and nearest heads."""
    files = outputs(context, [])
    assert files["atlases/jar-small.csv"] == table_path(context.catalog.root, "jar-small").read_text(encoding="utf-8")
    data = json.loads(files["atlases/jar-small.table.json"])
    assert data["heads"][1]["values"] == {"previous-token": 0.9, "entropy": 0.25}
    assert json.loads(files["atlases/jar-small.json"])["id"] == "jar-small"
    assert "atlases/jar-small.heads.json" not in files
