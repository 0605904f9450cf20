r"""A formula has no source but an abstract.

Abstracts hold no formulas. Whoever writes one has read more, and names it, or has made the formula up. The formula of a score, or of a method that headkb
implements, is that of the code and is not meant.

Bad:

    criterion:
      formula: \frac{1}{n}\sum_t A_{t,t-1}
      sources: [{paper: moss-1999-sparkle, locator: abstract}]

Good:

    criterion:
      formula: \frac{1}{n}\sum_t A_{t,t-1}
      sources: [{paper: moss-1999-sparkle, locator: equation 2}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Record
from headkb.catalog.schema.common import Source
from headkb.catalog.source import Field

WHY = "no abstract holds the formula, so the reader is sent to a place where it does not stand"

ABSTRACT = re.compile(
    r"(?:the )?abstracts?(?: (?:of|and) (?!section|equation|appendix|figure|table|code).*)?", re.IGNORECASE
)
"""A locator that names abstracts and nothing else."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per formula all of whose sources are abstracts."""
    for record, field, sources in _formulas(catalog):
        if sources and all(source.path is None and ABSTRACT.fullmatch(source.locator or "") for source in sources):
            yield Finding(
                record,
                field,
                "this formula has no source but an abstract.",
                "name the equation, the section or the code, or leave the formula out",
            )


def _formulas(catalog: Catalog) -> Iterator[tuple[Record, Field, Sequence[Source]]]:
    """Every formula with the sources that it rests on; a measure's are those of the claims that use it."""
    for head in catalog.heads.values():
        if head.criterion and head.criterion.formula:
            yield head, ("criterion", "formula"), head.criterion.sources
    for method in catalog.methods.values():
        if method.formula and method.implementation is None:
            yield method, ("formula",), method.sources
    for file in catalog.claims.values():
        for name, measure in file.measures.items():
            if measure.formula:
                yield file, ("measures", name, "formula"), [c.source for c in file.claims if c.measure == name]
