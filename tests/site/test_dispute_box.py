"""The box of disputes: on every page that has one, at its top, with what the catalog says and nothing else."""

from __future__ import annotations

import dataclasses
import json

import pytest

from headkb import Catalog
from headkb.catalog.disputes import Dispute, Disputes, Miss
from headkb.catalog.table_pairs import TablePair
from headkb.head_index import HeadIndex
from headkb.site.document import Box, Bullets, Facts, Fold, Heading, Page
from headkb.site.head_pages import head_page
from headkb.site.model_head_pages import head_of_model_page
from headkb.site.outputs import outputs
from headkb.site.parts import Context, make_context
from headkb.site.to_html import cell_words, node_html, page_html

CONTESTED = {
    "arithmetic",
    "attention-sink",
    "context",
    "duplicate-token",
    "function-vector",
    "induction",
    "memory",
    "retrieval",
    "safety",
}
"""The head types that papers contest, as counted by hand."""


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


def boxes(page: Page, *titles: str) -> list[Box]:
    """The boxes of a page with one of these titles."""
    return [node for node in page.body if isinstance(node, Box) and node.title in titles]


def lines(box: Box, context: Context) -> list[str]:
    """The items of a box in words, folded ones too."""
    inner = [*box.body, *(node for fold in box.body if isinstance(fold, Fold) for node in fold.body)]
    return [cell_words(item, context.links) for node in inner if isinstance(node, Bullets) for item in node.items]


def test_every_type_that_is_contested_shows_it_below_its_facts(context: Context) -> None:
    """A paper, a claim on either side, two tables: a line for each in the box, which comes before the first heading, below the answers."""
    catalog = context.catalog
    expected = {e.id for p in catalog.papers.values() for e in p.heads if e.role == "contests"}
    assert expected >= CONTESTED
    for statement in catalog.statements.values():
        if statement.claim.contests:
            expected |= {
                statement.claim.subject,
                *(catalog.statements[c].claim.subject for c in statement.claim.contests),
            }
    pages = {head.id: head_page(context, head) for head in catalog.heads.values()}
    shown = {head_id: found[0] for head_id, page in pages.items() if (found := boxes(page, "Disputed"))}
    assert shown.keys() >= expected
    assert shown.keys() == catalog.disputes.of_type.keys()
    for head_id, box in shown.items():
        body = pages[head_id].body
        at = body.index(box)
        assert isinstance(answers := body[at - 1], Facts)
        assert answers.style == "hk-answers"
        assert box.id == "disputed"
        assert not any(isinstance(node, Heading) for node in body[:at])
        text = node_html(box, context.links, pages[head_id].path)
        disputes = catalog.disputes.of_type[head_id]
        assert len(lines(box, context)) == len(disputes)
        for dispute in disputes:
            address = context.links.resolve(dispute.by) or ""
            assert context.links.relative(pages[head_id].path, address) in text, (head_id, dispute.by)


def test_a_line_says_who_from_what_and_the_words_of_the_record(context: Context) -> None:
    """Papers with their tasks and note, claims with measure and rivals, tables with both figures."""
    text = "\n".join(lines(boxes(head_page(context, context.catalog.heads["induction"]), "Disputed")[0], context))
    assert "Sahin et al. 2025 (21 abstractive in-context tasks): Inductive copying is not needed" in text
    assert "Song et al. 2024 by Induction score (IH), on L10H7, L11H10 of GPT-2 small: The two negative heads" in text
    assert "Against McDougall et al. 2023 (2 claims) and Wang et al. 2022." in text
    assert (
        "by Copying score and TransformerLens by OV copying score rank the heads of GPT-2 small differently: " in text
    )
    assert "0 of the top 10 in common, rank correlation 0.11 over 144 heads." in text
    quoted = "\n".join(
        lines(boxes(head_page(context, context.catalog.heads["anti-induction"]), "Disputed")[0], context)
    )
    assert "“The heads that suppress copied names also push down" in quoted
    assert "attention alone does not prove copying" in quoted


def test_the_page_of_a_head_shows_what_turns_on_it(context: Context) -> None:
    """A head in dispute has the warning; one of a contested type alone has a note; the others have neither."""
    for head, dossier in context.dossiers["gpt2"].items():
        page = head_of_model_page(context, context.catalog.models["gpt2"], dossier)
        own = [d for d in dossier.disputes if d.kind != "paper"]
        types = {d.types[0] for d in dossier.disputes if d.kind == "paper"}
        found = boxes(page, "Disputed", "Contested as a type")
        assert len(found) == bool(own or types), head
        if found:
            assert found[0].kind == ("conflict" if own else "note")
            assert len(lines(found[0], context)) == len(own) + len(types)
            assert isinstance(page.body[page.body.index(found[0]) - 1], Facts)
    places = context.dossiers["gpt2"][HeadIndex(5, 5)]
    page = head_of_model_page(context, context.catalog.models["gpt2"], places)
    (box,) = boxes(page, "Disputed")
    ((first, second),) = [d.pair.at_odds[places.head] for d in places.disputes if d.pair]
    assert f"L5H5 is number {first} in the one and number {second} in the other." in lines(box, context)[0]


def test_the_files_of_a_type_and_a_head_hold_the_same_disputes(toy_catalog: Catalog) -> None:
    """JSON twin, API file and catalog are one."""
    files = outputs(make_context(toy_catalog), [])
    disputes = [d.data() for d in toy_catalog.disputes.of_type["sparkle"]]
    assert json.loads(files["heads/sparkle.json"])["disputes"] == disputes
    assert json.loads(files["models/jar-small/L0H1.json"])["disputes"] == disputes
    api = {record["id"]: record["disputes"] for record in json.loads(files["api/v1/heads.json"])}
    assert api == {"sparkle": disputes, "twinkle": []}


def with_disputes(catalog: Catalog, *disputes: Dispute) -> Context:
    """A context in which `sparkle` has these disputes."""
    fresh = dataclasses.replace(catalog)
    vars(fresh)["disputes"] = Disputes({"sparkle": disputes}, {})
    return make_context(fresh)


PAIR = TablePair(
    model="jar-small",
    head="sparkle",
    score="previous-token",
    first="moss-1999-sparkle/small-table",
    second="moss-1999-sparkle/small-sparkle",
    one_source=False,
    whole=True,
    heads=40,
    rank_correlation=-0.25,
    top=10,
    top_shared=3,
    at_odds={},
)


@pytest.mark.parametrize(("count", "folded"), [(1, False), (2, False), (3, True)])
def test_many_pairs_of_tables_are_folded(count: int, folded: bool, toy_catalog: Catalog) -> None:
    """A few stand open, more behind a line that counts them; none is left out."""
    pairs = [
        Dispute("tables", ("sparkle",), f"claims/{PAIR.first}", (f"claims/{PAIR.second}",), "jar-small", pair=PAIR)
        for _ in range(count)
    ]
    context = with_disputes(toy_catalog, *pairs)
    (box,) = boxes(head_page(context, toy_catalog.heads["sparkle"]), "Disputed")
    folds = [node.title for node in box.body if isinstance(node, Fold)]
    assert folds == ([f"{count} pairs of published tables rank the heads differently"] if folded else [])
    assert len(lines(box, context)) == count
    assert "3 of the top 10 in common, rank correlation -0.25 over 40 heads" in lines(box, context)[0]


def test_our_own_miss_stands_there_with_both_numbers(toy_catalog: Catalog) -> None:
    """A run that puts a claim off, with its cause."""
    miss = Miss(HeadIndex(0, 1), 0.9, 0.25, 0.05)
    claim = "claims/moss-1999-sparkle/small-sparkle"
    off = Dispute("off", ("sparkle",), "runs/cold", (claim,), "jar-small", why="Cold jars.", misses=(miss,))
    context = with_disputes(toy_catalog, off)
    (box,) = boxes(head_page(context, toy_catalog.heads["sparkle"]), "Disputed")
    assert lines(box, context) == [
        "headkb's run on Jar small puts off Moss and Lichen 1999 by Glow: L0H1 claimed 0.9 ± 0.05, measured 0.25. Cold jars."
    ]


def test_a_type_without_a_dispute_has_no_box(toy_catalog: Catalog) -> None:
    """Nothing stands for nothing."""
    context = make_context(toy_catalog)
    assert boxes(head_page(context, toy_catalog.heads["twinkle"]), "Disputed") == []
    text = page_html(head_page(context, toy_catalog.heads["twinkle"]), context.links)
    assert "hk-conflict" not in text
    assert "<dt>Disputed by</dt><dd>No dispute about it is in the catalog.</dd>" in text
