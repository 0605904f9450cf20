"""The files that head browsers fetch."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.site.browser_data import grid_data, grid_path, has_grid, model_list, models_with_grid, packed
from headkb.site.model_pages import model_page
from headkb.site.outputs import outputs
from headkb.site.parts import Context, make_context
from headkb.site.roles import grounds
from headkb.site.to_html import cell_words, page_html

MOST = 80_000
"""Bytes that the file of a model may have; values are not in it."""
CODES = re.compile(r'<li><b class="hk-key (hk-[a-z0-9]+)">([^<]*)</b>')


@pytest.fixture(scope="module")
def files(real_context: Context) -> dict[str, str]:
    """Model → the file."""
    return {model.id: packed(grid_data(real_context, model)) for model in models_with_grid(real_context)}


def test_roles_and_their_grounds_are_those_of_the_dossiers(real_context: Context, files: dict[str, str]) -> None:
    """Every head that has a page is named, with its roles in their order and the sentence that its own page has."""
    for model_id, text in files.items():
        data, dossiers = json.loads(text), real_context.dossiers[model_id]
        assert data["heads"].keys() == {str(head) for head in dossiers}
        for head, dossier in dossiers.items():
            told = [
                [r.head_type, cell_words(grounds(real_context, dossier, r), real_context.links)] for r in dossier.roles
            ]
            assert data["heads"][str(head)].get("roles", []) == told, (model_id, head)
        named = {role for head in data["heads"].values() for role, _ in head.get("roles", ())}
        assert named == data["types"].keys()


def test_no_file_is_large(files: dict[str, str]) -> None:
    """A reader waits for one of them at most; the largest has dozens of tables."""
    sizes = {model: len(text.encode()) for model, text in files.items()}
    assert {model: size for model, size in sizes.items() if size > MOST} == {}
    assert len(sizes) > 150


def test_models_of_which_nothing_is_known_have_no_file(real_context: Context, files: dict[str, str]) -> None:
    """Neither on their page nor in the list of models that can be compared."""
    without = [m for m in real_context.catalog.models.values() if not has_grid(real_context, m)]
    assert without
    for model in without:
        assert "hk-browser" not in page_html(model_page(real_context, model), real_context.links)
    assert {entry["id"] for entry in model_list(real_context)} == files.keys()


def test_the_legend_of_a_page_is_that_of_the_file(real_context: Context, files: dict[str, str]) -> None:
    """Letters and colours of the roles, whether the page is read or the file."""
    for model_id in ("gpt2", "llama-3-8b", "organism-tasks"):
        html = page_html(model_page(real_context, real_context.catalog.models[model_id]), real_context.links)
        types = json.loads(files[model_id])["types"].values()
        assert sorted(CODES.findall(html)) == sorted((one["group"], one["code"]) for one in types)


def test_the_largest_grid_has_all_its_cells(real_context: Context) -> None:
    """Eighty layers of sixty-four heads stand on the page, those with a role as links."""
    model = real_context.catalog.models["llama-3-3-70b-instruct"]
    html = page_html(model_page(real_context, model), real_context.links)
    grid = re.search(r'<table class="hk-heat hk-known">.*?</table>', html, re.DOTALL)
    assert grid
    assert grid[0].count("<td") == 80 * 64 + 1  # and the corner
    roles = sum(bool(dossier.roles) for dossier in real_context.dossiers[model.id].values())
    assert len(re.findall(r'<td class="hk-g', grid[0])) == roles > 50


def test_names_with_markup_stay_text(toy_copy: Path) -> None:
    """A record's words are data in the files, and escaped on the page."""
    path = toy_copy / "models" / "jar-small.yaml"
    path.write_text(
        re.sub(r"^name: .*$", "name: 'Jar <img src=x onerror=alert(1)>'", path.read_text(), flags=re.MULTILINE)
    )
    context = make_context(load_catalog(toy_copy))
    model = context.catalog.models["jar-small"]
    assert grid_data(context, model)["model"]["name"] == model.name
    html = page_html(model_page(context, model), context.links)
    assert "<img" not in html
    assert "&lt;img" in html


def test_the_site_writes_the_files(toy_catalog: Catalog) -> None:
    """Beside the pages of models, with the twin in which the values of each table lie."""
    context = make_context(toy_catalog)
    written = outputs(context, [])
    for model in models_with_grid(context):
        data = json.loads(written[grid_path(model.id)])
        assert data["tables"]
        for table in data["tables"]:
            values = json.loads(written[table["data"]])
            heads = (
                [one for one in values["heads"] if table["column"] in one["values"]]
                if "column" in table
                else values["values"]
            )
            assert len(heads) == table["count"]
    assert [entry["id"] for entry in json.loads(written["compare/models.json"])] == [
        m.id for m in models_with_grid(context)
    ]
