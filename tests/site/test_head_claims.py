"""Claims on the page of a head type: several of one source about one model are told apart."""

from __future__ import annotations

import re

import pytest

from headkb import Catalog
from headkb.site.head_claims import claim_nodes
from headkb.site.head_pages import head_page
from headkb.site.links import told_apart
from headkb.site.model_tables import tables_pages
from headkb.site.parts import Context, make_context, standing_cell
from headkb.site.public_pages import side_by_side


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


def links(context: Context, head: str) -> list[str]:
    """The words of all links to claims in the lists of a page, table by table."""
    return re.findall(r"\[([^\]\[]+)\]\(@claims/", str(claim_nodes(context, context.catalog.heads[head])))


def test_tables_of_one_measure_and_model_have_names_of_their_own(context: Context) -> None:
    """Numerals, number words and months were scored apart, in one model each time; one table of a model needs no name."""
    named = [name for name in links(context, "successor") if name.startswith("GPT-2 small (")]
    assert len(named) == len(set(named)) == 5
    assert "GPT-2 small (next scores months)" in named
    assert "Pythia 1B" in links(context, "function-vector")


def test_heads_in_names_of_claims_are_written_as_heads(context: Context) -> None:
    """An id is lower case, a head is not."""
    assert told_apart(context.catalog.statements["mcdougall-2023-copy-suppression/gpt2-l10h7-qk"]) == "L10H7 qk"


def test_runs_on_one_copy_name_it_once(context: Context) -> None:
    """Two runs of one claim on one quantised copy are two dates and one name."""
    catalog = context.catalog
    claim, runs = next(
        (claim, runs)
        for claim, runs in catalog.runs_of_claim.items()
        if len(runs) > 1 and all(run.copy_of for run in runs) and len({run.model for run in runs}) == 1
    )
    told = str(standing_cell(context, catalog.statements[claim], catalog.evidence.standing(claim)))
    assert told.count(" on the copy ") == 1
    assert all(run.id in told for run in runs)


def test_tables_of_a_model_with_one_measure_are_told_apart(context: Context) -> None:
    """The list of tables of a model has a name for each."""
    tables = re.findall(r"\[([^\]\[]+)\]\(@claims/lan-2023", str(tables_pages(context, context.catalog.models["gpt2"])))
    assert {"Next score, next scores months", "Next score, next scores numerals"} <= set(tables)


def test_a_run_of_one_recipe_is_not_taken_for_the_showing_of_the_type(context: Context) -> None:
    """Where runs are listed one by one and a type has several defining recipes, the page says what a run is of."""
    told, said = "A run tests one recipe; the lines at the top speak of the whole type.", set()
    for head in context.catalog.heads.values():
        if context.catalog.runs_of_head.get(head.id):
            alone = len(head.defining) > 1 and not side_by_side(context, head)
            assert (told in str(head_page(context, head))) == alone, head.id
            said.add(alone)
    assert said == {True, False}
