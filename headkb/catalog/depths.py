"""Where in public models the heads lie that claims assert a type for."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from headkb.catalog.best_known import in_dispute
from headkb.catalog.glance import WithGlance
from headkb.catalog.schema.head import Depth
from headkb.head_index import HeadIndex

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog

AtDepth = tuple[float, float]
"""The depth of a head, layer / (n_layers - 1), and half a layer of its model on the same scale."""
PlacedHead = tuple[str, HeadIndex]
"""`query` or `key-value`, and the head."""


@dataclass(frozen=True, repr=False)
class ObservedDepth(WithGlance):
    """The depths of all heads for which claims outside any dispute assert a type, each head of a model once.

    Attributes:
        places: Depth of each head with half a layer of its model, lowest first.
        models: How many public models they are heads of; a quantised copy counts as its original.
    """

    places: tuple[AtDepth, ...]
    models: int

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """A quarter of the heads lies at or below the first depth, half at or below the second, three quarters at or below the third."""
        depths = [depth for depth, _ in self.places]
        low, middle, high = quantiles(depths, n=4, method="inclusive") if len(depths) > 1 else depths * 3
        return low, middle, high

    def within(self, depth: Depth) -> int:
        """How many heads lie in the range that a record states, half a layer more allowed at either end."""
        start, end = depth.start or 0.0, 1.0 if depth.end is None else depth.end
        return sum(start - half <= place <= end + half for place, half in self.places)

    def data(self) -> dict[str, object]:
        """What exports give."""
        return {"quartiles": [round(q, 3) for q in self.quartiles], "heads": len(self.places), "models": self.models}


def heads_at_depth(catalog: Catalog, head_id: str) -> dict[str, dict[PlacedHead, AtDepth]]:
    """Public model → each head for which a claim that is not in dispute asserts the type, with its depth."""
    found: dict[str, dict[PlacedHead, AtDepth]] = {}
    for statement in catalog.statements_of_head.get(head_id, ()):
        claim, model = statement.claim, catalog.models.get(statement.claim.model)
        if claim.head != head_id or model is None or model.type != "public" or model.n_layers < 2:
            continue
        if in_dispute(catalog, statement):
            continue
        last = model.n_layers - 1
        for head in claim.asserted_heads:
            place = (min(head.layer / last, 1.0), 0.5 / last)
            found.setdefault(model.quantisation_of or model.id, {})[claim.heads_are, head] = place
    return found


def observed_depth(catalog: Catalog, head_id: str) -> ObservedDepth | None:
    """Where the asserted heads of a type lie in public models; None if no claim asserts it of one, or each that does is in dispute."""
    found = heads_at_depth(catalog, head_id)
    if not found:
        return None
    return ObservedDepth(tuple(sorted(place for heads in found.values() for place in heads.values())), len(found))
