"""A run's values against a whole published table: every number by an independent way, and what a claim may ask of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pydantic import ValidationError

from headkb.catalog.comparison import compare, compare_with_table, rank_correlation
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.catalog.schema.claim import Table
from headkb.head_index import HeadIndex

PLAIN = Table(file="a/b.csv", column="x")


def grid(*rows: list[float | None]) -> dict[HeadIndex, float]:
    """Rows of values as head → value."""
    return {HeadIndex(i, j): v for i, row in enumerate(rows) for j, v in enumerate(row) if v is not None}


@pytest.mark.parametrize("seed", range(5))
def test_the_rank_correlation_is_spearmans(seed: int) -> None:
    """As scipy computes it, ties included."""
    stats = pytest.importorskip("scipy.stats")
    draw = random.Random(seed)
    first = [draw.randint(0, 6) / 2 for _ in range(30)]
    second = [value + draw.randint(-2, 2) for value in first]
    assert rank_correlation(first, second) == pytest.approx(stats.spearmanr(first, second).statistic, abs=1e-12)


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ([1, 2, 3], [10, 200, 3000], 1.0),
        ([1, 2, 3], [3, 2, 1], -1.0),
        ([1, 2], [1, 2], None),
        ([1, 1, 1], [1, 2, 3], None),
        ([], [], None),
    ],
)
def test_order_alone_counts_and_where_there_is_none_nothing_is_said(
    first: list[float], second: list[float], value: float | None
) -> None:
    """Any rising curve gives 1; two heads, or equal values, have no order."""
    assert rank_correlation(first, second) == (None if value is None else pytest.approx(value))


def test_only_heads_on_both_sides_are_compared() -> None:
    """One head was not measured, one is not in the table; the largest difference names its head."""
    found = compare(grid([0.1, 0.5, None], [0.9, 0.3, 0.7]), grid([0.1, 0.4, 0.2], [0.6, None, 0.7]), PLAIN, "size")
    assert found is not None
    assert (found.heads, found.of, found.whole) == (4, 5, False)
    assert (found.largest_difference, found.largest_at) == (0.3, HeadIndex(1, 0))
    assert (found.top, found.top_shared) == (4, 4)
    assert found.met() is None
    assert found.text() == (
        "4 of 5 heads, rank correlation 0.800, largest difference 0.3 at L1H0, 4 of the top 4 shared"
    )
    assert compare(grid([0.1]), {}, PLAIN, "size") is None


def test_the_top_counts_the_heads_furthest_from_zero() -> None:
    """Twenty heads; the strongest negative one counts, and one of ten is another."""
    published = {HeadIndex(0, i): float(i) for i in range(20)}
    measured = {**published, HeadIndex(0, 0): -30.0}
    found = compare(measured, published, PLAIN, "size")
    assert found is not None
    assert (found.top, found.top_shared, found.largest_difference) == (10, 9, 30.0)


@pytest.mark.parametrize(
    ("asked", "met"),
    [
        ({"tolerance": 0.3}, True),
        ({"tolerance": 0.29}, False),
        ({"rank_correlation": 0.8}, True),
        ({"rank_correlation": 0.9}, False),
        ({"tolerance": 0.3, "rank_correlation": 0.9}, False),
    ],
)
def test_a_table_is_met_only_if_all_that_is_asked_holds(asked: dict[str, float], met: bool) -> None:
    """The same comparison under different thresholds."""
    table = Table.model_validate({"file": "a/b.csv", "column": "x", "reason": "a test", **asked})
    found = compare(grid([0.1, 0.5], [0.9, 0.7]), grid([0.1, 0.4], [0.6, 0.7]), table, "size")
    assert found is not None
    assert found.met() is met


def test_no_order_does_not_meet_a_rank_correlation() -> None:
    """A score that is the same for every head says nothing of the table's order."""
    table = Table(file="a/b.csv", column="x", rank_correlation=0.1, reason="a test")
    found = compare(grid([1.0, 1.0, 1.0]), grid([1.0, 2.0, 3.0]), table, "size")
    assert found is not None
    assert (found.rank_correlation, found.met()) == (None, False)


@pytest.mark.parametrize("fields", [{"tolerance": 0.1}, {"rank_correlation": 0.9}, {"reason": "why"}])
def test_thresholds_and_their_reason_come_together(fields: dict[str, object]) -> None:
    """A threshold without an argument, or an argument for none, is refused."""
    with pytest.raises(ValidationError, match="come with the `reason`"):
        Table.model_validate({"file": "a/b.csv", "column": "x", **fields})


def test_the_factor_turns_a_score_into_the_measures_sign(toy_copy: Path) -> None:
    """A source that counts the other way round agrees after the change of sign."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    catalog, _ = load(toy_copy)
    statement = next(s for s in catalog.statements.values() if s.claim.table)
    key = statement.claim.measure
    column = catalog.column(statement)
    turned = {head: -value for head, value in column.items()}
    plain = compare_with_table(catalog, statement, turned)
    path.write_text(path.read_text().replace(f"  {key}:\n", f"  {key}:\n    factor: -1\n"))
    again, _ = load(toy_copy)
    assert again.statements[statement.id].file.measures[key].factor == -1
    same = compare_with_table(again, again.statements[statement.id], turned)
    assert plain is not None
    assert same is not None
    assert (same.largest_difference, same.rank_correlation) == (0.0, 1.0)
    assert plain.rank_correlation == -1.0


def test_every_threshold_of_a_table_in_the_catalog_can_fail(real_catalog) -> None:
    """A model whose heads all score nothing does not meet it."""
    asked = [s for s in real_catalog.statements.values() if s.claim.table and s.claim.table.reason]
    assert len(asked) == 36
    for statement in asked:
        column = real_catalog.column(statement)
        nothing = compare(dict.fromkeys(column, 0.0), column, statement.claim.table, "size")
        assert nothing is not None
        assert nothing.met() is False, statement.id


def test_a_comparison_that_the_values_do_not_give_is_a_problem(real_catalog, toy_copy: Path) -> None:
    """The rule compares again; it is tried on a run whose table says more than its values."""
    name = "jar-small-table"
    catalog, _ = load(toy_copy)
    statement = next(s for s in catalog.statements.values() if s.claim.table)
    table = compare_with_table(catalog, statement, catalog.column(statement))
    assert table is not None
    rows = [[catalog.column(statement).get(HeadIndex(i, j)) for j in range(4)] for i in range(2)]
    lines = "\n".join(f"- [{', '.join('null' if v is None else str(v) for v in row)}]" for row in rows)
    text = (
        f"head: sparkle\nclaim: {statement.id}\nscore: previous-token\nscore_version: 1\nmodel: jar-small\nmodel_source: exact\n"
        f"weights_sha256: {'0' * 64}\nprompts: {{generator: random-tokens, n: 8, seed: 0, sha256: {'0' * 64}}}\ndtype: float32\n"
        'attention: eager\nbos: none\nversions: {torch: "2"}\nhardware: one jar\nseconds: 1\ndate: 2026-01-01\n'
        f"values:\n{lines}\ntable: {{heads: {table.heads}, of: {table.of}, rank_correlation: 1.0, "
        f"largest_difference: 0.0, largest_at: {table.largest_at}, top: {table.top}, top_shared: {table.top_shared}}}\n"
    )
    (toy_copy / "runs").mkdir(exist_ok=True)
    (toy_copy / "runs" / f"{name}.yaml").write_text(text)
    honest, found = load(toy_copy)
    assert [d.text() for d in [*found, *check(honest)]] == []
    assert honest.evidence.standing(statement.id) == "not-comparable"
    (toy_copy / "runs" / f"{name}.yaml").write_text(text.replace(f"top_shared: {table.top_shared}", "top_shared: 0"))
    false, _ = load(toy_copy)
    (fault,) = check(false)
    assert (fault.rule, fault.field) == ("run-mismatch", "table")
