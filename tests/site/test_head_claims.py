"""Claims on the page of a head type: several of one source about one model are told apart."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from headkb import Catalog
from headkb.catalog.best_known import FIRST_MODEL
from headkb.site.document import DataTable, Heading
from headkb.site.head_claims import FEW_CLAIMS, IN_ROW, claim_nodes
from headkb.site.head_pages import head_page
from headkb.site.links import told_apart
from headkb.site.model_tables import tables_pages
from headkb.site.parts import Context, make_context, number, standing_cell
from headkb.site.public_pages import side_by_side
from headkb.site.to_html import cell_html, cell_words


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
    one_model = {id_: run for id_, run in context.catalog.runs.items() if run.model == "smollm2-135m-instruct-q4-1"}
    for seen in (context, make_context(replace(context.catalog, runs=one_model))):
        for head in seen.catalog.heads.values():
            if seen.catalog.runs_of_head.get(head.id):
                alone = len(head.defining) > 1 and not side_by_side(seen, head)
                assert (told in str(head_page(seen, head))) == alone, head.id
                said.add(alone)
    assert said == {True, False}


def published(context: Context, head: str) -> DataTable:
    """The table of published heads of a type."""
    nodes = claim_nodes(context, context.catalog.heads[head])
    return next(node for node in nodes if isinstance(node, DataTable) and node.style == "hk-published")


def rows_of(context: Context, head: str) -> list[dict[str, str]]:
    """The rows of that table in words."""
    table = published(context, head)
    return [
        {name: cell_words(cell, context.links) for name, cell in zip(table.columns, row.cells, strict=True)}
        for row in table.rows
    ]


def test_published_heads_have_a_row_for_each_claim_gpt2_small_first(context: Context) -> None:
    """As many as claims assert the type of heads, then models by name; the caption counts what is listed."""
    claims = [s for s in context.catalog.statements_of_head["induction"] if s.claim.asserted_heads]
    rows = rows_of(context, "induction")
    assert len(rows) == len(claims) > FEW_CLAIMS
    first = sum(s.claim.model == FIRST_MODEL for s in claims)
    models = [row["Model"] for row in rows]
    assert set(models[:first]) == {"GPT-2 small"}
    assert "GPT-2 small" not in models[first:]
    assert models[first:] == sorted(models[first:], key=str.casefold)
    count = len({s.claim.model for s in claims})
    assert published(context, "induction").caption == f"{len(claims)} claims about {count} models"


def test_a_row_has_heads_strongest_first_with_depth_measure_and_the_best_value(context: Context) -> None:
    """GPT-2 small in the table of Song et al.: the head of the highest score is first, and the others follow behind a line."""
    claim = context.catalog.statements["jiajunsong629-ood-generalization/gpt2-induction"].claim
    row = next(
        r
        for r in rows_of(context, "induction")
        if (r["Model"], r["Source"], r["Depth"]) == ("GPT-2 small", "Song et al. 2024", "0.64")
    )
    order = sorted(claim.values, key=lambda head: -claim.values[head])
    assert re.findall(r"L\d+H\d+", row["Heads"]) == [str(head) for head in order]
    assert row["Best value"] == number(max(claim.values.values()))
    assert row["Measure"] == "Induction score (IH)"
    cells = [r.cells[1] for r in published(context, "induction").rows]
    html = next(text for cell in cells if "<details" in (text := cell_html(cell, context.links, "heads/induction/")))
    assert len(re.findall(r"L\d+H\d+", html.split("<details")[0])) == IN_ROW


def test_few_claims_have_their_sentences_and_many_do_not(context: Context) -> None:
    """Columns in which nothing stands are left out: the sentences of many claims, the values where no source gives any."""
    assert "What is claimed" in published(context, "name-mover").columns
    assert "What is claimed" not in published(context, "induction").columns
    assert "Best value" not in published(context, "s-inhibition").columns
    for head in context.catalog.heads:
        for node in claim_nodes(context, context.catalog.heads[head]):
            if isinstance(node, DataTable) and node.style == "hk-published":
                assert all(any(row.cells[at] for row in node.rows) for at in range(len(node.columns))), head


def test_a_contested_claim_says_so_in_its_row(context: Context) -> None:
    """The claim that is contested and the one that contests it are told apart."""
    standings = [row["Standing"] for row in rows_of(context, "copy-suppression")]
    assert [s for s in standings if "contested" in s] == ["not rerun, contested"]
    assert any("contests others" in row["Standing"] for row in rows_of(context, "induction"))


def test_a_type_without_named_heads_says_so(context: Context) -> None:
    """No table and no empty row: a sentence."""
    for head, said in (
        ("coherence", "No source in the catalog names particular heads of this type yet."),
        ("amplification", "No source in the catalog says of particular heads that they are of this type."),
    ):
        nodes = claim_nodes(context, context.catalog.heads[head])
        assert said in str(nodes), head
        assert not any(isinstance(node, DataTable) and node.style == "hk-published" for node in nodes)
    titles = [
        node.text for node in claim_nodes(context, context.catalog.heads["amplification"]) if isinstance(node, Heading)
    ]
    assert titles
