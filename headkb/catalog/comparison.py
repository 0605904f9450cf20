"""A run's values against a whole published table: order, largest difference, the strongest heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import StatisticsError, correlation
from typing import TYPE_CHECKING

from headkb.catalog.schema.claim import Table
from headkb.catalog.schema.run import TableComparison
from headkb.catalog.statement import Statement
from headkb.direction import Direction, strongest_first
from headkb.head_index import HeadIndex

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog

TOP = 10
"""How many of the strongest heads are looked for on both sides."""
FEWEST = 3
"""Fewer heads than this have no order to speak of."""


def compare_with_table(
    catalog: Catalog, statement: Statement, measured: Mapping[HeadIndex, float]
) -> TableComparison | None:
    """Hold measured scores against the table of a claim, in the sign and unit of the claim's measure.

    Args:
        catalog: Where the table stands.
        statement: The claim.
        measured: Head → headkb's score.

    Returns:
        The comparison, with the thresholds that the claim states; None if the claim has no table or no head is on both sides.

    Raises:
        CatalogError: If the table cannot be read.
    """
    table = statement.claim.table
    if table is None:
        return None
    measure = statement.file.measures[statement.claim.measure or ""]
    in_its_unit = {head: measure.factor * value for head, value in measured.items()}
    return compare(in_its_unit, catalog.column(statement), table, catalog.direction_of(statement))


def compare(
    measured: Mapping[HeadIndex, float], published: Mapping[HeadIndex, float], table: Table, direction: Direction
) -> TableComparison | None:
    """The same for two columns in the same unit, the strongest heads by this direction; None without a head on both sides."""
    heads = sorted(measured.keys() & published.keys())
    if not heads:
        return None
    distances = {head: abs(measured[head] - published[head]) for head in heads}
    at = max(heads, key=lambda head: (distances[head], (-head.layer, -head.head)))
    top = min(TOP, len(heads))
    shared = _strongest(measured, heads, direction) & _strongest(published, heads, direction)
    order = rank_correlation([measured[head] for head in heads], [published[head] for head in heads])
    facts = {
        "heads": len(heads),
        "of": len(published),
        "rank_correlation": None if order is None else round(order, 6),
        "largest_difference": round(distances[at], 6),
        "largest_at": at,
        "top": top,
        "top_shared": len(shared),
        "tolerance": table.tolerance,
        "least_rank_correlation": table.rank_correlation,
    }
    # Records are written with what was set: what does not apply is left out.
    return TableComparison.model_validate({name: fact for name, fact in facts.items() if fact is not None})


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Spearman's coefficient, in [-1, 1]: Pearson's, of the ranks, equal values sharing their mean rank (Kendall & Gibbons 1990, ch. 3).

    None for fewer than three pairs, or if all values of one side are equal: such have no order.
    """
    if len(first) < FEWEST:
        return None
    try:
        return correlation(_mean_ranks(first), _mean_ranks(second))
    except StatisticsError:
        return None


def _mean_ranks(values: Sequence[float]) -> list[float]:
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values)):
        places.setdefault(value, []).append(place)
    return [sum(places[value]) / len(places[value]) for value in values]


def _strongest(values: Mapping[HeadIndex, float], heads: Sequence[HeadIndex], direction: Direction) -> set[HeadIndex]:
    """The first `TOP` of these heads, as the page of a table lists them."""
    return {head for head, _ in strongest_first({head: values[head] for head in heads}, direction)[:TOP]}
