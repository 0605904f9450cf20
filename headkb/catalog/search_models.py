"""Which heads of a model there are, have a page and are well known, as a search must know."""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog.gaps import numbers


@dataclass(frozen=True)
class ModelHeads:
    """The heads of a model.

    Attributes:
        layers: How many layers it has.
        heads: How many heads a layer.
        named: How many of them something is said about.
        pages: Those with a page, as in `gaps`; `*` for all.
        known: Those that are well known.
    """

    layers: int
    heads: int
    named: int = 0
    pages: str = ""
    known: str = ""

    def holds(self, layer: int, head: int) -> bool:
        """Whether the model has such a head."""
        return layer < self.layers and head < self.heads

    def has_page(self, layer: int, head: int) -> bool:
        """Whether that head has a page."""
        return self.holds(layer, head) and (self.pages == "*" or self._among(self.pages, layer, head))

    def is_known(self, layer: int, head: int) -> bool:
        """Whether that head is well known."""
        return self.holds(layer, head) and self._among(self.known, layer, head)

    def _among(self, packed: str, layer: int, head: int) -> bool:
        return layer * self.heads + head in numbers(packed)
