"""Exceptions that headkb raises on wrong calls.

    HeadkbError
    ├── CatalogError        files of a catalog cannot be used; `.diagnostics` lists every problem (`headkb.catalog.diagnostic`)
    ├── UnknownNameError    a look-up found nothing; `.suggestions` lists near names
    ├── ShapeError          a tensor has a shape that the function cannot use
    ├── ModelError          a model cannot be loaded, or cannot be observed faithfully
    └── ReproductionError   a recipe or run cannot be carried out as it is written

Wrong data in a catalog file is not an exception but a `headkb.catalog.diagnostic.Diagnostic`, so that all of them can be shown at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class HeadkbError(Exception):
    """Base of everything that headkb raises on purpose; its text says what, why and what to do."""


class UnknownNameError(HeadkbError):
    """No record, score, generator or model goes by this name."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = (), remedy: str = "") -> None:
        """Look for near names among `known` and put them into the message."""
        self.kind, self.name = kind, name
        self.suggestions = tuple(get_close_matches(name.casefold(), sorted(set(known)), n=3, cutoff=0.6))
        hint = f" Did you mean {' or '.join(repr(s) for s in self.suggestions)}?" if self.suggestions else ""
        super().__init__(f"no {kind} named {name!r}.{hint}{' ' + remedy if remedy else ''}")


class ShapeError(HeadkbError):
    """A tensor's shape does not fit; the message gives the shape found and the shape needed."""


class ModelError(HeadkbError):
    """A model cannot be fetched, loaded or observed; the message gives the reason and a remedy."""


class ReproductionError(HeadkbError):
    """A reproduction cannot be run as written (unknown score, missing model, malformed run record)."""
