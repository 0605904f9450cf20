"""Two published tables of one model about one head type, held against each other: do they rank its heads alike?

**When two tables are in dispute.** The rule was written down before the first pair was computed:

1. They are held against each other if they are of one model, about one head type, over heads of one sort (query or key-value), come from
   two sources (no paper and no repository in common), and their measures name one score of headkb, with one `sign` where it takes that
   parameter. Two sources, since one that prints two tables says itself what differs between them (length, seed, checkpoint, receiver)
   and contradicts nobody. One score, since other formulas ask other questions (where a head looks, what it would write, what breaks
   without it), and different answers to different questions are no dispute. `table_pairs` has figures for the others, too.
2. Both columns are brought to the sign of that score by the `factor` of their measure, so that a reversed sign is no dispute. The top
   ten of each are those that the score looks for: highest, lowest or furthest from zero.
3. At least 20 heads have a number in both: ten drawn blindly from 20 share five with any other ten, which is all that point 4 asks.
4. They differ if fewer than five of the top ten are the same (most heads that a reader would take from one are missing from the other),
   or if Spearman's coefficient over the heads in both is below 0.5 (less than a quarter of the variance of the ranks is shared). The
   coefficient decides only between whole tables, which have a number for nine in ten heads of the model: a list of the highest heads
   has no tail, and without one the coefficient falls by itself. It is given all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import copysign
from typing import TYPE_CHECKING, Any

from headkb.catalog.comparison import TOP, rank_correlation
from headkb.catalog.directions import score_direction
from headkb.catalog.glance import WithGlance
from headkb.catalog.statement import Statement
from headkb.direction import Direction, strongest_first
from headkb.head_index import HeadIndex

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog
    from headkb.catalog.schema.claim import Measure

FEWEST_HEADS = 2 * TOP
"""With fewer heads in both, two tables are not compared."""
LEAST_CORRELATION = 0.5
"""Two whole tables with a lower rank correlation differ."""
WHOLE = 0.9
"""Share of the heads of its model from which a table counts as whole."""


@dataclass(frozen=True, repr=False)
class TablePair(WithGlance):
    """Two published tables of one model about one head type, held against each other.

    Attributes:
        model: The model.
        head: The head type.
        score: The score that both measures name; None if they name none, or two.
        first: Full id of the claim that brings one table; the smaller id.
        second: The same of the other.
        one_source: Whether both come from one paper or repository.
        whole: Whether both are whole, so that their rank correlation decides something.
        heads: How many heads have a number in both.
        rank_correlation: Spearman's coefficient over these, in [-1, 1].
        top: How many heads of each were looked for in the other.
        top_shared: How many of them are the same.
        at_odds: Heads among the first of one alone → their places in both, from 1; None where a table has no number for the head.
    """

    model: str
    head: str
    score: str | None
    first: str
    second: str
    one_source: bool
    whole: bool
    heads: int
    rank_correlation: float
    top: int
    top_shared: int
    at_odds: Mapping[HeadIndex, tuple[int | None, int | None]]

    @property
    def same_question(self) -> bool:
        """Whether two sources claim to measure the same (point 1 of the rule)."""
        return self.score is not None and not self.one_source

    @property
    def differs(self) -> bool:
        """Whether the two rank heads differently (point 4 of the rule)."""
        return 2 * self.top_shared < self.top or (self.whole and self.rank_correlation < LEAST_CORRELATION)

    def figures(self) -> str:
        """`4 of the top 10 in common, rank correlation 0.31 over 144 heads`."""
        return (
            f"{self.top_shared} of the top {self.top} in common, "
            f"rank correlation {self.rank_correlation:.2f} over {self.heads} heads"
        )

    def data(self) -> dict[str, Any]:
        """The comparison as JSON-ready data."""
        return {
            "model": self.model,
            "head": self.head,
            "score": self.score,
            "tables": [self.first, self.second],
            "one_source": self.one_source,
            "whole": self.whole,
            "heads": self.heads,
            "rank_correlation": round(self.rank_correlation, 6),
            "top": self.top,
            "top_shared": self.top_shared,
            "at_odds": {str(head): list(places) for head, places in self.at_odds.items()},
        }


def table_pairs(catalog: Catalog, *, same_question: bool = False) -> Iterator[TablePair]:
    """Figures for pairs of tables of one model about one head type, whether they agree or not; pairs without an order are left out.

    Args:
        catalog: Where the tables stand.
        same_question: Whether only pairs are wanted of which the two sources claim to measure the same. The figures of others say how
            far two questions have one answer; a table whose measure names no score is taken in the sign in which it is printed, its top
            by distance from zero.

    Raises:
        CatalogError: If a table cannot be read.
    """
    groups: dict[tuple[str, str, str], list[Statement]] = {}
    for _, statement in sorted(catalog.statements.items()):
        claim = statement.claim
        if claim.table and claim.subject:
            groups.setdefault((claim.model, claim.subject, claim.heads_are), []).append(statement)
    for _, group in sorted(groups.items()):
        for first, second in combinations(group, 2):
            if not same_question or (_one_score(first, second) and not _one_source(first, second)):
                pair = _compared(catalog, first, second)
                if pair is not None:
                    yield pair


def places_in_both(catalog: Catalog, pair: TablePair) -> list[tuple[HeadIndex, int, int]]:
    """Every head that has a number in both tables, with its places among these heads, from 1: what `rank_correlation` is about."""
    values = [_rising(catalog, catalog.statements[name]) for name in (pair.first, pair.second)]
    common = values[0].keys() & values[1].keys()
    first, second = (_places({head: each[head] for head in common}, "more") for each in values)
    return [(head, place, second[head]) for head, place in first.items()]


def _measure(statement: Statement) -> Measure:
    return statement.file.measures[statement.claim.measure or ""]


def _one_score(first: Statement, second: Statement) -> bool:
    one, other = _measure(first), _measure(second)
    signs = [measure.score_parameters.get("sign", 1) for measure in (one, other)]
    return one.score is not None and one.score == other.score and signs[0] == signs[1]


def _one_source(first: Statement, second: Statement) -> bool:
    names = [{s.file.paper, s.file.repository.name if s.file.repository else None} - {None} for s in (first, second)]
    return bool(names[0] & names[1])


def _compared(catalog: Catalog, first: Statement, second: Statement) -> TablePair | None:
    ways = [_direction(catalog, statement) for statement in (first, second)]
    rising = [_rising(catalog, statement) for statement in (first, second)]
    common = sorted(rising[0].keys() & rising[1].keys())
    if len(common) < FEWEST_HEADS:
        return None
    order = rank_correlation(*([values[head] for head in common] for values in rising))
    if order is None:
        return None
    places = [_places(values, "size" if way == "size" else "more") for values, way in zip(rising, ways, strict=True)]
    tops = [{head for head, place in each.items() if place <= TOP} for each in places]
    at_odds = sorted(tops[0] ^ tops[1], key=lambda head: min(each.get(head, TOP + 1) for each in places))
    return TablePair(
        model=first.claim.model,
        head=first.claim.subject,
        score=_measure(first).score if _one_score(first, second) else None,
        first=first.id,
        second=second.id,
        one_source=_one_source(first, second),
        whole=all(is_whole(catalog, first, len(values)) for values in rising),
        heads=len(common),
        rank_correlation=order,
        top=TOP,
        top_shared=len(tops[0] & tops[1]),
        at_odds={head: (places[0].get(head), places[1].get(head)) for head in at_odds},
    )


def _signed(catalog: Catalog, statement: Statement) -> dict[HeadIndex, float]:
    """The column in the sign of headkb's score; as printed where its measure names none."""
    sign = copysign(1, _measure(statement).factor)
    return {head: sign * value for head, value in catalog.column(statement).items()}


def _rising(catalog: Catalog, statement: Statement) -> dict[HeadIndex, float]:
    """The same, turned so that what the score looks for is high."""
    turn = -1 if _direction(catalog, statement) == "less" else 1
    return {head: turn * value for head, value in _signed(catalog, statement).items()}


def _direction(catalog: Catalog, statement: Statement) -> Direction:
    """That of the score, since the columns are brought to its sign."""
    score = _measure(statement).score
    return score_direction(catalog.scores, score) if score else "size"


def is_whole(catalog: Catalog, statement: Statement, count: int, share: float = WHOLE) -> bool:
    """Whether so many heads are at least this share of those of the claim's model."""
    model = catalog.models.get(statement.claim.model)
    if model is None:
        return False
    a_layer = model.n_heads if statement.claim.heads_are == "query" else model.n_key_value_heads or model.n_heads
    return count >= share * model.n_layers * a_layer


def _places(values: Mapping[HeadIndex, float], direction: Direction) -> dict[HeadIndex, int]:
    """Head → place, from 1, the strongest first; of equal ones the earlier in the model."""
    return {head: place for place, (head, _) in enumerate(strongest_first(values, direction), start=1)}
