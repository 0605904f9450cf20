"""Ranks of heads in an atlas, worked out by hand, and which atlases can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.atlas import heads_path, table_path
from headkb.catalog.schema import HeadIndex
from headkb.direction import Direction
from headkb.site.atlas_view import AtlasView, HeadPlace, atlas_views
from headkb.site.pages import all_pages
from headkb.site.parts import make_context


@pytest.fixture(scope="module")
def view(toy_catalog: Catalog) -> AtlasView:
    """The atlas of the invented catalog."""
    return atlas_views(toy_catalog)["jar-small"]


def test_a_place_is_counted_among_the_heads_with_a_value(view: AtlasView) -> None:
    """L1H1 has the second largest of eight values; one head has no entropy; equal values share the better place."""
    assert view.place("previous-token", HeadIndex(1, 1)) == HeadPlace(0.85, "", 2, 8)
    assert view.place("entropy", HeadIndex(1, 2)) == HeadPlace(0.9, "nats", 2, 7)
    assert view.place("entropy", HeadIndex(0, 3)) is None
    assert [view.place("previous-token", HeadIndex(0, h)).rank for h in (0, 2)] == [7, 7]
    assert view.place("glow", HeadIndex(0, 0)) is None
    assert view.top("previous-token", 2) == [HeadIndex(0, 1), HeadIndex(1, 1)]


@pytest.mark.parametrize(("direction", "first"), [("more", (1, 0)), ("less", (0, 0)), ("size", (0, 0))])
def test_the_score_says_which_end_is_the_first_place(
    direction: Direction, first: tuple[int, int], toy_copy: Path
) -> None:
    """Of -0.9 and 0.8, the higher is first for a score that looks for more, the lower for less, the one further from zero for size."""
    score = toy_copy / "scores" / "previous-token.yaml"
    score.write_text(score.read_text().replace("direction: more", f"direction: {direction}"))
    table = table_path(toy_copy, "jar-small")
    heads = [f"{layer},{head}" for layer in range(2) for head in range(4)]
    values = ["-0.9", "0.1", "0.1", "0.2", "0.8", "0.1", "0.4", "0.5"]
    table.write_text(
        "layer,head,previous-token,entropy\n" + "".join(f"{h},{v},1\n" for h, v in zip(heads, values, strict=True))
    )
    found = atlas_views(load_catalog(toy_copy))["jar-small"]
    assert found.top("previous-token", 1) == [HeadIndex(*first)]
    assert found.place("previous-token", HeadIndex(*first)).rank == 1
    assert found.place("entropy", HeadIndex(0, 0)) == HeadPlace(1.0, "nats", None, 8, direction)
    assert found.top("entropy") == []


def test_an_atlas_that_cannot_be_read_does_not_stop_the_site(toy_copy: Path) -> None:
    """The rule `bad-atlas` reports it; its heads keep their pages, without numbers."""
    heads_path(toy_copy, "jar-small").write_text("{}")
    assert atlas_views(load_catalog(toy_copy)) == {}
    heads_path(toy_copy, "jar-small").unlink()
    table_path(toy_copy, "jar-small").unlink()
    context = make_context(load_catalog(toy_copy))
    assert context.atlases == {}
    assert "models/jar-small/L1H3/" in {page.path for page in all_pages(context)}
