"""Every mark on home, lists and matrices is held against the runs and claims of exactly its head type and model: none says more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any, get_args

import pytest

from headkb import Catalog
from headkb.catalog.plain_data import plain_records
from headkb.catalog.showing import Word
from headkb.site.blocks import blocks
from headkb.site.head_pages import heads_hub
from headkb.site.matrix import matrix_pages, stage_chips
from headkb.site.overview import dashboard
from headkb.site.parts import Context, make_context
from headkb.site.stage_pages import stage_page
from headkb.site.to_html import node_html, page_html

WORDS = {"not-shown": "not shown", "invalidated": "withdrawn"}
NAMES = {"public": "Public models", "organism": "Organisms"}
ROW = re.compile(r'<li class="hk-chip".*?</li>|<tr.*?</tr>', re.DOTALL)
TYPE = re.compile(r'href="[^"]*?heads/([a-z0-9-]+)/')
SUM = re.compile(
    r'<span class="hk-sum" role="img" title="([^"]*)"><i class="hk-m hk-m-([a-z-]+) hk-([a-z]+)"[^>]*></i>(\d+)/(\d+)</span>'
)
PAIR = re.compile(r'<a class="hk-x" href="[^"]*heads/([a-z0-9-]+)/#(?:claims|runs)" title="([^"]*)">(.*?)</a>')


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


@pytest.fixture(scope="module")
def showings(real_catalog: Catalog) -> dict[tuple[str, str], Any]:
    """(head type, model) → its showing, as the API has it."""
    records = plain_records(real_catalog, "heads")
    return {(showing["head"], showing["model"]): showing for record in records for showing in record["showings"]}


def pages(context: Context) -> Iterator[tuple[str, str]]:
    """Name and HTML of the pages that sum marks up."""
    yield "home", node_html(blocks(context)["matrix"](""), context.links, "")
    yield "heads/", "".join(node_html(node, context.links, "heads/") for node in heads_hub(context))
    for page in [*matrix_pages(context), *(stage_page(context, stage) for stage in context.stages())]:
        yield page.path, page_html(page, context.links)


def test_every_mark_of_several_models_says_what_the_runs_say(
    context: Context, showings: dict[tuple[str, str], Any]
) -> None:
    """Shape, fraction and label are those of the type's showings in models of this kind; where there are some, there is a mark."""
    marks = 0
    for name, html in pages(context):
        if name in ("matrix/models/", "matrix/methods/"):
            continue
        for row in ROW.findall(html):
            head = TYPE.search(row)
            if head is None:
                continue
            seen = {kind: mark for *mark, kind in [(m[0], m[1], m[3], m[4], m[2]) for m in SUM.findall(row)]}
            for kind, about in NAMES.items():
                words = [s["showing"] for (h, _), s in showings.items() if h == head[1] and s["model_kind"] == kind]
                assert (kind in seen) == bool(words), (name, head[1], kind)
                if words:
                    label, word, count, of = seen[kind]
                    found = Counter(words)
                    assert (int(count), int(of)) == (found[word], len(words)), (name, head[1])
                    assert label.startswith(f"{about}: shown in {found['shown']}"), label
                    assert label.endswith(f" of {len(words)} tried."), label
                    assert all(f"{WORDS.get(w, w)} in {n}" in label for w, n in found.items()), label
                    marks += 1
            assert set(seen) <= set(NAMES), "exact models have no mark"
    assert marks > 300


def test_every_mark_of_a_pair_is_of_this_pair(context: Context, showings: dict[tuple[str, str], Any]) -> None:
    """In the matrices of models a shape stands only where the type was looked for in this model, and a number counts its claims."""
    models = {model.title_text(): model for model in context.catalog.models.values()}
    claims: Counter[tuple[str, str]] = Counter()
    for record in plain_records(context.catalog, "claims"):
        claims.update({(head, record["model"]) for head in (record["head"], record.get("about")) if head})
    for page in (next(p for p in matrix_pages(context) if p.path == "matrix/models/"), dashboard(context)):
        seen = set()
        for head, title, inner in PAIR.findall(page_html(page, context.links)):
            where = unescape(title).partition(" in ")[2].rsplit(": ", 1)[0]
            model = models[where]
            showing = showings.get((head, model.id))
            shape = re.search(r"hk-m-([a-z-]+) hk-([a-z]+)", inner)
            expected = (showing["showing"], showing["model_kind"]) if showing else None
            assert (shape and (shape[1], shape[2])) == expected, (page.path, title)
            number = re.search(r"<b>(\d+)</b>", inner)
            assert int(number[1] if number else 0) == claims[head, model.id], (page.path, title)
            assert model.type != "exact" or shape is None
            seen.add((head, model.id))
        if page.path == "matrix/models/":
            assert seen == set(showings) | {pair for pair in claims if claims[pair]}
        else:
            assert seen >= set(showings)


def test_the_sentence_of_the_catalog_is_the_number_of_its_marks(
    context: Context, showings: dict[tuple[str, str], Any]
) -> None:
    """Home says in how many types something is shown; so many discs stand in the matrix, and on home no others."""
    pieces = (
        node_html(node, context.links, "")
        for node in (blocks(context)["state"](""), stage_chips(context), blocks(context)["matrix"](""))
    )
    state, matrix, home = (unescape(re.sub(r"</?b>", "", piece)) for piece in pieces)
    in_matrix = {re.sub(r' data-[a-z]+="[^"]*"', "", chip) for chip in ROW.findall(matrix)}
    assert 50 < len(ROW.findall(home)) == len(in_matrix & set(ROW.findall(home))) < len(in_matrix)
    for kind, about in NAMES.items():
        types = {head for (head, _), s in showings.items() if s["model_kind"] == kind and s["showing"] == "shown"}
        assert re.search(rf"{about}: [^.]*, {len(types)} shown in at least one", state)
        assert matrix.count(f"hk-m-shown hk-{kind}") == len(types)
    assert "exact" not in re.sub(r'data-[a-z]+="[^"]*"', "", matrix)


def test_one_wrong_mark_is_found(context: Context, showings: dict[tuple[str, str], Any]) -> None:
    """The comparison can fail: with one showing changed, both tests above do."""
    name, showing = next(pair for pair in showings.items() if pair[1]["showing"] == "partly")
    spoilt = {**showings, name: {**showing, "showing": "shown"}}
    with pytest.raises(AssertionError):
        test_every_mark_of_several_models_says_what_the_runs_say(context, spoilt)
    with pytest.raises(AssertionError):
        test_every_mark_of_a_pair_is_of_this_pair(context, spoilt)


CSS = (Path(__file__).parents[2] / "docs" / "assets" / "headkb.css").read_text("utf-8")
GROUNDS = {"default": "#ffffff", "slate": "#13161a"}


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", GROUNDS)
def test_marks_stand_out_from_the_page(scheme: str) -> None:
    """Each colour of a mark has at least 3:1 against the page and against a row under the pointer, in both palettes."""
    block = CSS[CSS.index(f'[data-md-color-scheme="{scheme}"]') :].partition("}")[0]
    tokens = dict(re.findall(r"(--hk-[a-z0-9-]+): (#[0-9a-f]+)", block))
    for name in ("--hk-good", "--hk-bad", "--hk-open", "--hk-ink-2"):
        for ground in (GROUNDS[scheme], tokens["--hk-wash"]):
            low, high = sorted((luminance(tokens[name]), luminance(ground)))
            assert (high + 0.05) / (low + 0.05) >= 3, (name, ground)


def test_every_word_has_a_shape_for_both_kinds_and_only_public_ones_take_colour() -> None:
    """Ten shapes, all different; none for exact models, and none for a showing whose runs were withdrawn."""
    shapes = re.findall(r"\.hk-m-([a-z-]+)\.hk-([a-z]+) \{ --m: (.+?); \}", CSS)
    words = set(get_args(Word)) - {"invalidated"}
    assert sorted((word, kind) for word, kind, _ in shapes) == sorted((w, k) for w in words for k in NAMES)
    assert len({shape for _, _, shape in shapes}) == len(shapes)
    coloured = re.findall(r"^(\.hk-m\S*) \{ color: var\(--hk-(?:good|bad)\)", CSS, re.MULTILINE)
    assert coloured
    assert all(selector.endswith(".hk-public") for selector in coloured)
