"""The files of an atlas read back what was written, and what is computed from its table is right on tables worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.atlas import (
    AtlasTable,
    HeadText,
    Sentence,
    atlas_table,
    heads_path,
    heads_text,
    pattern_of,
    pattern_text,
    read_heads,
    table_path,
)
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.catalog.run_labels import labels_of
from headkb.catalog.schema import Atlas, HeadIndex
from headkb.catalog.schema.atlas import Column

A, B, C, D = (HeadIndex(0, head) for head in range(4))


def table(**values: dict[HeadIndex, float]) -> AtlasTable:
    """A table of these columns."""
    return AtlasTable(tuple(Column(id=name, score="entropy", version=1) for name in values), values)


def test_shares_are_ranks_and_equal_values_share_the_mean_rank() -> None:
    """The scale of a score plays no part, and a column that tells no heads apart has no shares."""
    found = table(one={A: 5.0, B: -1.0, C: 100.0}, two={A: 1.0, B: 1.0, C: 2.0}, flat={A: 3.0, B: 3.0}).shares
    assert found == {"one": {A: 0.5, B: 0.0, C: 1.0}, "two": {A: 0.25, B: 0.25, C: 1.0}}


def test_the_nearest_head_is_the_one_with_the_most_similar_ranks() -> None:
    """Distances are root mean square differences of shares, worked out by hand; a head is not its own neighbour."""
    two = table(one={A: 0.0, B: 1.0, C: 2.0, D: 3.0}, two={A: 0.0, B: 1.0, C: 3.0, D: 2.0})
    assert [(n.head, round(n.distance, 6)) for n in two.nearest(A)] == [(B, 0.333333), (C, 0.849837), (D, 0.849837)]
    assert len(two.nearest(A, 1)) == 1


def test_heads_with_too_few_columns_in_common_are_no_neighbours() -> None:
    """One equal column of three would otherwise make a stranger the nearest head."""
    some = table(one={A: 1.0, B: 1.0, C: 2.0}, two={A: 1.0, C: 2.0}, three={A: 1.0, C: 3.0})
    assert [n.head for n in some.nearest(A)] == [C]


@pytest.mark.parametrize(
    "pattern",
    [[[1.0]], [[1.0, 0.0], [0.25, 0.75]], [[0.5, 0.5], [0.1, 0.9]], [[1.0, 0, 0], [0, 1.0, 0], [0.333, 0.333, 0.334]]],
)
def test_a_pattern_is_read_back_within_its_rounding(pattern: list[list[float]]) -> None:
    """Two digits a weight; of a causal pattern, what lies after the query is not stored."""
    n = len(pattern)
    back = pattern_of(pattern_text(pattern), n)
    for query, row in enumerate(back):
        assert row == pytest.approx(pattern[query][: len(row)], abs=0.0051)
        assert not any(pattern[query][len(row) :])


def test_patterns_and_tokens_are_read_back(tmp_path: Path) -> None:
    """The file holds what `read_heads` gives, signs and quotes included."""
    sentences = (Sentence("english", ("<bos>", ' "x"')),)
    heads = {A: HeadText((pattern_text([[1.0, 0], [0.2, 0.8]]),), ((" Mary", 1.5),), (("\n", -0.25),))}
    file = tmp_path / "x.heads.json"
    file.write_text(heads_text(sentences, heads), encoding="utf-8")
    assert read_heads(file) == (sentences, heads)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{}", "does not hold"), ("[]", "does not hold"), ('{"sentences": [], "heads": {"x": {}}}', "not a head")],
)
def test_a_file_of_another_form_is_refused(text: str, words: str, tmp_path: Path) -> None:
    """A broken file says so instead of showing an empty page."""
    file = tmp_path / "x.heads.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_heads(file)


def test_a_pattern_that_does_not_fit_its_tokens_is_refused(tmp_path: Path) -> None:
    """A shifted pattern would show attention between the wrong tokens."""
    file = tmp_path / "x.heads.json"
    file.write_text(heads_text((Sentence("a", ("x", "y", "z")),), {A: HeadText(("9950",), (), ())}))
    with pytest.raises(ValueError, match="does not fit its 3 tokens"):
        read_heads(file)


def test_the_table_of_the_catalog_is_that_of_its_record(toy_catalog: Catalog) -> None:
    """Columns, values and empty cells come through; writing them again gives the file."""
    atlas = toy_catalog.atlases["jar-small"]
    found = atlas_table(toy_catalog, atlas)
    assert found.values["previous-token"][HeadIndex(1, 1)] == 0.85
    assert HeadIndex(0, 3) not in found.values["entropy"]
    assert found.csv_text() == table_path(toy_catalog.root, "jar-small").read_text(encoding="utf-8")


def bad(root: Path) -> list[str]:
    """Messages of the rule `bad-atlas`."""
    catalog, _ = load(root)
    return [d.message for d in check(catalog) if d.rule == "bad-atlas"]


def test_a_whole_atlas_is_not_complained_about(toy_copy: Path) -> None:
    """The rule accepts the fixture that the others break."""
    assert bad(toy_copy) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("layer,head,previous-token,entropy", "layer,head,previous-token,glow", "columns are not those"),
        ("1,3,0.5,0.8\n", "", "not one row for each head"),
        ("0,0,0.1,1", "0,0,0.1", "line 2"),
    ],
)
def test_a_table_that_does_not_fit_is_reported(old: str, new: str, words: str, toy_copy: Path) -> None:
    """Wrong columns, a missing head, and a short row each have their sentence."""
    file = table_path(toy_copy, "jar-small")
    file.write_text(file.read_text().replace(old, new))
    assert [words in message for message in bad(toy_copy)] == [True]


def test_missing_files_and_other_models_are_reported(toy_copy: Path) -> None:
    """A table that is gone, patterns of no head, and an atlas of another shape."""
    record = toy_copy / "atlases" / "jar-small.yaml"
    record.write_text(record.read_text().replace("n_layers: 2", "n_layers: 1"))
    assert any("2 layers of 4 heads" in message for message in bad(toy_copy))
    record.write_text(record.read_text().replace("n_layers: 1", "n_layers: 2"))
    heads_path(toy_copy, "jar-small").write_text(heads_text((), {}))
    assert ["same heads" in message for message in bad(toy_copy)] == [True]
    table_path(toy_copy, "jar-small").unlink()
    assert ["no such file" in message for message in bad(toy_copy)] == [True]


def test_an_atlas_names_its_model_and_its_prompts(toy_catalog: Catalog) -> None:
    """A record under another name, twice the same column, or prompts that it does not hold are refused."""
    data = toy_catalog.atlases["jar-small"].model_dump(by_alias=True, exclude_unset=True)
    column = data["columns"][0]
    for change, words in (
        ({"id": "jar"}, "call the file jar-small.yaml"),
        ({"columns": [column, column]}, "share an id"),
        ({"columns": [{**column, "prompts": "ioi"}]}, "none of the `prompts`"),
    ):
        with pytest.raises(ValueError, match=words):
            Atlas.model_validate({**data, **change})


def test_labels_follow_from_the_newest_run_of_each_recipe(real_catalog: Catalog) -> None:
    """A type is shown only for a head that a standing run of each of its defining recipes selected."""
    found = labels_of(real_catalog, "organism-heads")
    assert found.n_heads == 24
    assert found.share == len(found.shown) / 24 > 0
    runs = real_catalog.runs_of_model["organism-heads"]
    for head, types in found.shown.items():
        for head_type in types:
            for recipe in real_catalog.heads[head_type].defining:
                newest = next(r for r in runs if (r.head, r.recipe) == (head_type, recipe) and r.invalidation is None)
                assert head in newest.heads


def test_a_model_without_runs_has_no_labels(toy_catalog: Catalog) -> None:
    """Nothing run means nothing shown, out of all heads of the model."""
    found = labels_of(toy_catalog, "jar-small")
    assert (found.of, found.share, found.n_heads) == ({}, 0, 8)


def test_the_shipped_atlases_fit_their_records() -> None:
    """Every atlas that ships has its table, and its patterns are whole and small."""
    catalog = load_catalog(Path(__file__).parent.parent / "catalog")
    assert catalog.atlases
    for atlas in catalog.atlases.values():
        heads = atlas_table(catalog, atlas).heads
        sentences, texts = read_heads(heads_path(catalog.root, atlas.id))
        assert list(texts) == heads
        assert [s.id for s in sentences] == ["english", "repeated", "ioi"]
        assert json.loads(heads_path(catalog.root, atlas.id).read_text())["heads"]
