"""The answers at the top of the page of a head type: each worked out from the catalog, and plain words where it has none."""

from __future__ import annotations

import dataclasses
import re

import pytest

from headkb import Catalog
from headkb.catalog.best_known import best_known
from headkb.catalog.schema import Head
from headkb.catalog.state import head_sentences
from headkb.site.depth_strip import where
from headkb.site.document import Box, Facts, Figure, Fold, Heading
from headkb.site.head_answers import answers, head_link
from headkb.site.head_pages import head_page
from headkb.site.parts import Context, make_context
from headkb.site.to_html import cell_html, cell_words, node_html

ORDER = ["Found by", "Best known heads", "Measured by", "Claims", "Shown on", "Disputed by"]
SECTIONS = ["how", "criterion", "depth", "claims", "runs", "traps", "ablation", "relations", "papers"]


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


def said(context: Context, head: str) -> dict[str, str]:
    """The answers of a type in words."""
    rows = answers(context, context.catalog.heads[head]).rows
    return {name: cell_words(cell, context.links) for name, cell in rows}


def html_of(context: Context, head: str, name: str) -> str:
    """One answer as HTML."""
    cells = dict(answers(context, context.catalog.heads[head]).rows)
    return cell_html(cells[name], context.links, f"heads/{head}/")


def test_every_type_answers_every_question_in_one_order(context: Context) -> None:
    """No empty row and none missing; other names come last, if there are any."""
    for head in context.catalog.heads.values():
        rows = said(context, head.id)
        assert list(rows) == [*ORDER, *(["Also called"] if head.aliases else [])], head.id
        assert all(len(text) > 3 for text in rows.values()), head.id


def test_the_five_questions_about_induction_heads(context: Context) -> None:
    """Who found it, where it is in GPT-2 small, how it is measured, whether it was rerun, whether it is disputed."""
    rows = said(context, "induction")
    assert rows["Found by"].startswith("Elhage et al. 2021 (2021-12: Zero-, one- and two-layer models).")
    known = best_known(context.catalog, "induction")
    assert rows["Best known heads"].startswith(f"GPT-2 small: L5H5, L6H9 (5 of {known.sources} sources), ")
    assert f"; {len(known.heads) - 6} more, all {known.models} models." in rows["Best known heads"]
    assert "Left out: 1 claim in dispute." in rows["Best known heads"]
    assert rows["Measured by"] == (
        "Induction at least 0.4 and OV copying at least 0. Both are needed, and a causal check."
    )
    assert rows["Claims"].startswith(head_sentences(context.catalog, "induction")[0])
    assert rows["Shown on"] == " ".join([*head_sentences(context.catalog, "induction")[1:], "Runs."])
    assert rows["Disputed by"].startswith("Yin and Steinhardt 2025, Minegishi et al. 2025, Sahin et al. 2025; 1 claim")


def test_heads_in_dispute_are_no_best_known_heads(context: Context) -> None:
    """L10H7 and L11H10 look like induction heads in one table, and other sources contradict it."""
    known = best_known(context.catalog, "induction")
    assert {"L10H7", "L11H10"}.isdisjoint(map(str, known.heads))


def test_shapes_stand_before_the_words_of_their_showing(context: Context) -> None:
    """A filled disc before `shown` in public models, an outlined one in organisms; a count of 0 has none."""
    html = html_of(context, "induction", "Shown on")
    assert re.findall(r"hk-m-([a-z]+) hk-([a-z]+)\" aria-hidden=\"true\"></i> ([a-z]+) in", html) == [
        (word, kind, word)
        for kind, words in (("public", ("shown", "undecided")), ("organism", ("shown", "partly", "undecided")))
        for word in words
    ]
    heads = [h for h in context.catalog.heads if "shown in 0" in said(context, h)["Shown on"]]
    assert heads
    assert not any(re.search(r"</i> shown in 0", html_of(context, head, "Shown on")) for head in heads)


def test_links_lead_to_what_the_answers_speak_of(context: Context) -> None:
    """Heads to their pages, scores to theirs, the dispute to its box, all of them on the page or in the catalog."""
    assert 'href="../../models/gpt2/L5H5/"' in html_of(context, "induction", "Best known heads")
    assert 'href="../../scores/induction/"' in html_of(context, "induction", "Measured by")
    assert 'href="#disputed"' in html_of(context, "induction", "Disputed by")
    for head in context.catalog.heads.values():
        page = head_page(context, head)
        anchors = {node.id for node in page.body if isinstance(node, (Heading, Box)) and node.id}
        html = node_html(answers(context, head), context.links, page.path)
        assert set(re.findall(r'href="#([^"]+)"', html)) <= anchors, head.id


def test_a_type_of_which_nothing_is_known_says_so_in_words(toy_catalog: Catalog) -> None:
    """No paper, no claim, no recipe, no run, no dispute."""
    head = Head.model_validate({
        **toy_catalog.heads["twinkle"].model_dump(by_alias=True, exclude_unset=True), "id": "dull", "name": "Dull", "relations": []
    })  # fmt: skip
    context = make_context(dataclasses.replace(toy_catalog, heads={**toy_catalog.heads, "dull": head}))
    assert said(context, "dull") == {
        "Found by": "No paper about it is in the catalog.",
        "Best known heads": "No claim names particular heads of this type yet.",
        "Measured by": "No recipe decides this type yet: why.",
        "Claims": "No claim about particular heads is in the catalog yet.",
        "Shown on": "Nobody here has looked for it in a public model or an organism yet.",
        "Disputed by": "No dispute about it is in the catalog.",
    }


def test_where_all_claims_are_in_dispute_none_is_a_best_known_head(toy_catalog: Catalog) -> None:
    """Both sides name L0H1; the answer says that they are left out and how many they are."""
    rows = said(make_context(toy_catalog), "sparkle")
    assert rows["Best known heads"] == (
        "No claim names particular heads of this type outside a dispute. Left out: 2 claims in dispute."
    )


def test_recipes_that_define_nothing_are_not_told_as_the_criterion(context: Context) -> None:
    """A type of which recipes only support the definition says that none defines it."""
    heads = [h for h in context.catalog.heads.values() if h.recipes and not h.defining]
    assert heads
    for head in heads:
        assert said(context, head.id)["Measured by"].startswith("No recipe defines this type (why)"), head.id


def test_a_key_value_head_is_called_so_and_has_no_link(context: Context) -> None:
    """Where query heads share a key-value head, its number is not the name of a query head."""
    assert ": key-value heads L" in said(context, "global-retrieval")["Best known heads"]
    known = best_known(context.catalog, "global-retrieval")
    head = next(iter(known.heads))
    assert head_link(context, known.model, head, "key-value") == str(head)


def test_the_page_is_in_the_order_of_its_questions(context: Context) -> None:
    """Lead, answers, dispute, then how it works, criterion, depth, heads, runs, traps, what would prove it wrong, relations, papers."""
    for head in context.catalog.heads.values():
        body = head_page(context, head).body
        assert isinstance(body[1], Facts)
        assert body[1].style == "hk-answers"
        assert isinstance(body[2], Box) == bool(context.catalog.disputes.of_type.get(head.id))
        places = [SECTIONS.index(node.id) for node in body if isinstance(node, Heading) and node.id in SECTIONS]
        assert places == sorted(places), head.id


def test_the_strip_has_a_dot_for_every_layer_and_says_what_it_leaves_out(context: Context) -> None:
    """A row a public model, each with as many heads as its number says; heads in dispute are in none, and the caption says so."""
    figure, fold = where(context, context.catalog.heads["induction"])[1:3]
    assert isinstance(figure, Figure)
    assert isinstance(fold, Fold)
    table = fold.body[0]
    rows = figure.html.split("<a href=")[1:]
    assert len(rows) == len(table.rows)  # type: ignore[union-attr]
    gpt2 = next(row for row in rows if "models/gpt2/" in row)
    heads = best_known(context.catalog, "induction").heads
    layers = {head.layer for head in heads}
    assert len(re.findall(r"M[\d.]+h0", gpt2)) == len(layers)
    assert f"<b>{len(heads)}</b>" in gpt2
    for layer in layers:
        assert f"M{f'{layer / 11:.3f}'.lstrip('0').rstrip('0')}.5h0" in gpt2
    assert "Left out: 1 claim in dispute." in str(figure.caption)
    assert str(figure.caption) == figure.words
    assert "in dispute" not in str(where(context, context.catalog.heads["previous-token"])[1])


def test_without_claims_about_public_models_there_is_no_strip(context: Context) -> None:
    """The range of the record alone is drawn; a type without either has no such section."""
    kinds = {True: 0, False: 0}
    for head in context.catalog.heads.values():
        nodes = where(context, head)
        if not best_known(context.catalog, head.id).models:
            assert "hk-strip" not in str(nodes), head.id
            kinds[bool(nodes)] += 1
            assert bool(nodes) == bool(head.depth), head.id
    assert all(kinds.values())
