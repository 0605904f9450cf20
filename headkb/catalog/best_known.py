"""The heads for which most sources assert a head type: where a reader looks first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headkb.catalog.glance import WithGlance
from headkb.direction import strongest_first
from headkb.head_index import HeadIndex

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog
    from headkb.catalog.statement import Statement

FIRST_MODEL = "gpt2"
"""The model in which readers look first; where no claim names heads of it, that with the most sources comes first."""
OF_OTHERS = ("public", "unreleased")


@dataclass(frozen=True, repr=False)
class BestKnown(WithGlance):
    """The heads of one model for which claims assert a type, those of the most sources first.

    Attributes:
        model: The model; empty where no claim asserts the type of a head, or each that does is in dispute.
        heads: Head → number of sources that assert the type for it; of equal ones first that which stands higher in some list.
        sources: How many sources assert the type for heads of this model.
        heads_are: `query` or `key-value`.
        models: Of how many models claims assert the type.
        disputed: How many claims assert it and are left out, since they contest other claims or are contested.
    """

    model: str
    heads: dict[HeadIndex, int]
    sources: int
    heads_are: str
    models: int
    disputed: int


def best_known(catalog: Catalog, head_id: str) -> BestKnown:
    """Where a head type is best known: in GPT-2 small if claims name heads of it, else in the model of the most sources.

    Of models with as many sources, those come first whose claims are from a paper that introduces the type.
    """
    asserting = asserting_claims(catalog, head_id)
    held = [s for s in asserting if not in_dispute(catalog, s)]
    disputed = len(asserting) - len(held)
    models = {s.claim.model for s in held}
    if not models:
        return BestKnown("", {}, 0, "query", 0, disputed)
    first = {paper.id for paper, role in catalog.papers_of_head.get(head_id, ()) if role == "introduces"}

    def rank(name: str) -> tuple[bool, int, bool, int, str]:
        here = [s for s in held if s.claim.model == name]
        return (name != FIRST_MODEL, -len(_sources(here)), all(s.paper not in first for s in here), -len(here), name)

    model = min(models, key=rank)
    mine = [s for s in held if s.claim.model == model]
    # Where claims are about query heads and about key-value heads, the former have the names that people use.
    kind = "query" if any(catalog.about_query_heads(s) for s in mine) else "key-value"
    mine = [s for s in mine if kind != "query" or catalog.about_query_heads(s)]
    sources: dict[HeadIndex, set[str]] = {}
    places: dict[HeadIndex, int] = {}
    for statement in mine:
        for place, head in enumerate(ordered_heads(catalog, statement)):
            sources.setdefault(head, set()).add(statement.source_name)
            places[head] = min(place, places.get(head, place))
    order = sorted(sources, key=lambda head: (-len(sources[head]), places[head], head))
    heads = {head: len(sources[head]) for head in order}
    return BestKnown(model, heads, len(_sources(mine)), kind, len(models), disputed)


def in_dispute(catalog: Catalog, statement: Statement) -> bool:
    """Whether a claim contests others or is contested by one."""
    return bool(statement.claim.contests or catalog.statements_against.get(statement.id))


def asserting_claims(catalog: Catalog, head_id: str) -> list[Statement]:
    """The claims that assert a type of particular heads, in models that others made."""
    return [
        s
        for s in catalog.statements_of_head.get(head_id, ())
        if s.claim.head == head_id
        and s.claim.asserted_heads
        and (model := catalog.models.get(s.claim.model)) is not None
        and model.type in OF_OTHERS
    ]


def ordered_heads(catalog: Catalog, statement: Statement) -> list[HeadIndex]:
    """The heads for which a claim asserts its type: strongest first where it gives each a value, else in its own order."""
    claim = statement.claim
    heads = list(claim.asserted_heads)
    if not heads or set(heads) - claim.values.keys():
        return heads
    values = {head: claim.values[head] for head in heads}
    return [head for head, _ in strongest_first(values, catalog.direction_of(statement))]


def _sources(statements: Iterable[Statement]) -> set[str]:
    return {s.source_name for s in statements}
