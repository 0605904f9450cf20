"""The heads whose published numbers are most like those of one head: by hand, against a search of all pairs, and where there are none."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog import head_dossier
from headkb.catalog.profiles import Profiles
from headkb.head_index import HeadIndex

MODEL = "jar-row"
ROW = tuple(HeadIndex(0, head) for head in range(8))


def with_columns(root: Path, **files: Sequence[Sequence[float | None]]) -> Catalog:
    """The invented catalog with a model of one layer of eight heads, and a file of claims for each keyword with these columns."""
    model = (root / "models" / "jar-small.yaml").read_text()
    model = model.replace("n_layers: 2", "n_layers: 1").replace("n_heads: 4", "n_heads: 8")
    (root / "models" / f"{MODEL}.yaml").write_text(model.replace("Jar small", "Jar row"))
    for name, columns in files.items():
        text = f"repository: {{name: {name}/jars, commit: abcdef0}}\nmeasures:\n  glow: {{name: Glow, definition: What shines.}}\nclaims:\n"
        for number in range(len(columns)):
            text += (
                f"  - id: c{number}\n    about: sparkle\n    model: {MODEL}\n    statement: Every head.\n    measure: glow\n"
                f"    table: {{file: {name}/row.csv, column: c{number}}}\n    confidence: high\n"
                f"    source: {{repository: {name}/jars, commit: abcdef0, path: row.csv}}\n"
            )
        (root / "claims" / f"{name}.yaml").write_text(text)
        (root / "claims" / name).mkdir()
        lines = [",".join(["layer", "head", *(f"c{n}" for n in range(len(columns)))])]
        lines += [
            ",".join(["0", str(h), *("" if c[h] is None else str(c[h]) for c in columns)]) for h in range(len(ROW))
        ]
        (root / "claims" / name / "row.csv").write_text("\n".join([*lines, ""]))
    return load_catalog(root)


UP = [0.0, 0.1, 0.2, 0.3, 5.0, 6.0, 70.0, 800.0]  # places 0/7 to 7/7
DOWN = UP[::-1]
SWAPPED = [0.1, 0.0, *UP[2:]]


def test_the_nearest_heads_are_those_with_the_nearest_ranks(toy_copy: Path) -> None:
    """Three sources: two rank the heads in order, one exchanges the first two. Ranks count, not the wide gaps between the numbers."""
    catalog = with_columns(toy_copy, oak=[UP], elm=[UP], ash=[SWAPPED])
    profiles = catalog.profiles(MODEL)
    assert profiles.places[ROW[0]] == pytest.approx((1 / 7, 0, 0))  # ash, elm, oak
    first, second = profiles.nearest(ROW[7], 2)
    assert (first.head, second.head) == (ROW[6], ROW[5])
    assert (first.distance, second.distance) == pytest.approx((1 / 7, 2 / 7), abs=1e-6)
    # L0H0 to L0H1: one place apart in all three; to L0H2: 2, 2 and 1.
    first, second = profiles.nearest(ROW[0], 2)
    assert (first.head, second.head) == (ROW[1], ROW[2])
    assert (first.distance, second.distance) == pytest.approx((1 / 7, 5 / 21), abs=1e-6)


def test_the_dossier_of_a_head_holds_them(toy_copy: Path) -> None:
    """As the API serves them, five at most."""
    catalog = with_columns(toy_copy, oak=[UP], elm=[UP], ash=[UP])
    nearest = head_dossier(catalog, MODEL, ROW[0]).data()["nearest"]
    assert nearest == [{"head": f"L0H{n}", "distance": pytest.approx(n / 7, abs=1e-6)} for n in range(1, 6)]


def test_tables_of_one_source_count_together(toy_copy: Path) -> None:
    """Nine columns that run the other way weigh as much as one: half against half, all heads of a pair are alike."""
    one = with_columns(toy_copy, oak=[UP], elm=[UP], ash=[SWAPPED] * 9)
    assert one.profiles(MODEL).weights == pytest.approx([1 / 27] * 9 + [1 / 3] * 2)
    assert [n.head for n in one.profiles(MODEL).nearest(ROW[0], 2)] == [ROW[1], ROW[2]]


def test_equal_heads_come_in_the_order_of_the_model(toy_copy: Path) -> None:
    """Equal numbers share their mean rank, so their heads are at distance 0."""
    flat = [1.0] * 8
    catalog = with_columns(toy_copy, oak=[flat], elm=[flat], ash=[flat])
    assert catalog.profiles(MODEL).nearest(ROW[3]) == tuple((head, 0) for head in (*ROW[:3], *ROW[4:6]))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"oak": [UP], "elm": [UP]}, id="two sources"),
        pytest.param({"oak": [UP, DOWN, SWAPPED]}, id="three columns of one source"),
        pytest.param({"oak": [UP], "elm": [UP], "ash": [[*UP[:7], None]]}, id="one table lacks a head"),
    ],
)
def test_too_few_tables_make_no_neighbours(toy_copy: Path, files: dict[str, list[list[float | None]]]) -> None:
    """Nothing is named rather than something weak."""
    catalog = with_columns(toy_copy, **files)
    assert catalog.profiles(MODEL).nearest(ROW[0]) == ()
    assert head_dossier(catalog, MODEL, ROW[0]).nearest == ()


def test_the_search_finds_what_comparing_all_pairs_finds() -> None:
    """300 heads, ranks drawn at random with ties; and it looks at far fewer."""
    draw = random.Random(4)
    heads = [HeadIndex(n // 20, n % 20) for n in range(300)]
    weights = (0.5, 0.25, 0.25)
    places = {head: tuple(draw.randrange(0, 30) / 30 for _ in weights) for head in heads}
    profiles = Profiles((), weights, places)
    for head in heads[::7]:
        away = {
            other: round(sum(w * abs(a - b) for w, a, b in zip(weights, places[head], at, strict=True)), 9)
            for other, at in places.items()
            if other != head
        }
        expected = sorted(away.items(), key=lambda item: (item[1], item[0]))[:5]
        assert [(n.head, n.distance) for n in profiles.nearest(head)] == expected


def test_every_neighbour_of_the_catalog_exists_and_is_another_head(real_catalog: Catalog) -> None:
    """And GPT-2's two copy-suppression heads are each other's nearest, which no single table says."""
    found = [m for m in real_catalog.models.values() if real_catalog.profiles(m.id).places]
    assert len(found) >= 15
    for model in found:
        profiles = real_catalog.profiles(model.id)
        assert sum(profiles.weights) == pytest.approx(1)
        for head in list(profiles.places)[:: max(1, len(profiles.places) // 10)]:
            nearest = profiles.nearest(head)
            assert len(nearest) == 5
            assert all(model.holds(n.head) and n.head != head and 0 <= n.distance <= 1 for n in nearest)
    assert real_catalog.profiles("gpt2").nearest(HeadIndex(10, 7))[0].head == HeadIndex(11, 10)
