"""What stands for a head type in a model: the codes that filters read, and marks that say no more than their label."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.showing import Showing, Word
from headkb.site.cells import cell_table, claims_number, pairs_of, said_of, summary_mark, word_for
from headkb.site.parts import Context, make_context

RUN = """head: sparkle
recipe: default
score: previous-token
score_version: 1
model: {model}
model_source: package
prompts: {{generator: random-tokens, n: 8, seed: 0, sha256: {zero}}}
dtype: float32
attention: eager
bos: none
versions: {{headkb: 0.0.0}}
hardware: a jar
seconds: 1
date: 2002-03-04
values: [{values}, [0.0, 0.1, 0.0, 0.0]]
threshold: 0.4
heads: [{heads}]
"""
MODELS = {
    "jar-small": ("unreleased", None),
    "jar-bright": ("public", True),
    "jar-dark": ("public", False),
    "jar-grown": ("organism", True),
    "jar-drawn": ("exact", True),
}
"""Model → its kind, and whether the recipe finds a head there."""


@pytest.fixture(scope="module")
def context(toy_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The invented catalog with a run on a model of each kind."""
    import shutil

    root = tmp_path_factory.mktemp("cells")
    shutil.copytree(toy_catalog.root, root, dirs_exist_ok=True)
    record = (root / "models" / "jar-small.yaml").read_text()
    (root / "runs").mkdir(exist_ok=True)
    for name, (kind, found) in MODELS.items():
        if found is None:
            continue
        text = record.replace("Jar small", name.replace("-", " ").title()).replace("kind: unreleased", f"kind: {kind}")
        (root / "models" / f"{name}.yaml").write_text(text)
        values, heads = ("[0.1, 0.9, 0.0, 0.2]", "L0H1") if found else ("[0.1, 0.2, 0.0, 0.2]", "")
        run = RUN.format(model=name, zero="0" * 64, values=values, heads=heads)
        (root / "runs" / f"{name}.yaml").write_text(run)
    return make_context(load_catalog(root))


def test_a_cell_joins_the_claims_and_the_showing_of_one_pair(context: Context) -> None:
    """Exact models have no showing, so without a claim they have no cell."""
    pairs = pairs_of(context.catalog, "sparkle")
    assert {model: pair.code(context.catalog) for model, pair in pairs.items()} == {
        "jar-bright": "s:",
        "jar-dark": "n:",
        "jar-grown": "s:",
        "jar-small": ":r",
    }
    assert pairs_of(context.catalog, "twinkle") == {}


def test_the_legend_says_what_the_codes_stand_for(context: Context) -> None:
    """Each model once, with family and kind, in the order in which the cells count them."""
    table = cell_table(context, ["sparkle", "twinkle"])
    keys, showings, standings, *models = table.legend().split(";")
    assert keys == "model|family|kind"
    assert "n=not shown" in showings.split("|")
    assert "r=not rerun" in standings.split("|")
    assert [model.split("|")[2] for model in models] == ["public model", "public model", "unreleased model", "organism"]
    assert table.of("sparkle") == "0s: 1n: 3s: 2:r"
    assert table.of("twinkle") == ""


def test_a_mark_says_in_how_many_of_how_many(context: Context) -> None:
    """Kinds of model are counted apart; the label is the sentence of the type's own page; a type that was not tried has no mark."""
    public = summary_mark(context.catalog, "sparkle", "public")
    assert "hk-m-shown hk-public" in public.html
    assert ">1/2<" in public.html.replace("</i>", ">")
    assert 'title="Public models: shown in 1, not shown in 1 of 2 tried."' in public.html
    assert public.words == "shown in 1, not shown in 1 of 2 tried"
    organism = summary_mark(context.catalog, "sparkle", "organism")
    assert "hk-m-shown hk-organism" in organism.html
    assert organism.words == "shown in 1 of 1 tried"
    assert summary_mark(context.catalog, "twinkle", "public").html == ""


def showing(model: str, word: Word) -> Showing:
    """A showing of nothing but its word."""
    return Showing("sparkle", model, word, (), {}, "", ())


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ({"shown": 1, "partly": 5}, "shown"),
        ({"partly": 2, "undecided": 1}, "partly"),
        ({"partly": 1, "not-shown": 1}, "not-shown"),
        ({"partly": 1, "undecided": 1, "against": 1}, "undecided"),
        ({"invalidated": 3, "partly": 1}, "partly"),
        ({"invalidated": 2}, "invalidated"),
    ],
)
def test_the_shape_for_several_models(words: Mapping[Word, int], chosen: Word) -> None:
    """Shown if in any; else what most are; of equals the one that says less; a withdrawn run lends no shape where there is another."""
    assert word_for([showing(f"jar-{n}", word) for word, count in words.items() for n in range(count)]) == chosen


def test_claims_stand_in_ink_with_their_standings(context: Context) -> None:
    """The number counts claims that assert the type or are about it; the sentence stands behind it."""
    number = claims_number(context.catalog, "sparkle")
    assert number.words == "3"
    assert 'title="3 claims about 1 model: 0 met, 0 off, 3 not rerun."' in number.html
    assert claims_number(context.catalog, "twinkle").html == ""


def test_a_pair_in_words(context: Context) -> None:
    """The kind of model stands with the showing; claims are counted with their standings."""
    pairs = pairs_of(context.catalog, "sparkle")
    assert said_of(context, pairs["jar-grown"]) == "Sparkle Head in Jar Grown: shown, organism"
    assert said_of(context, pairs["jar-small"]) == "Sparkle Head in Jar small: 3 claims, 0 met, 0 off, 3 not rerun"


def test_no_file_of_the_catalog_is_needed(tmp_path: Path) -> None:
    """An empty catalog has no cells and an empty list of models."""
    table = cell_table(make_context(load_catalog(tmp_path)), [])
    assert table.models == ()
    assert table.legend().count(";") == 2
