"""A number lies far outside the range that its measure states.

A measure with `range: "[0, 1]"` has no value of 87: it was printed in percent, or stands in another column. Numbers that come out of training or of
rounding may lie a little outside, up to a tenth of the range.

Bad:

    measures: {copying: {name: Copying, range: "[0, 1]", …}}
    claims: [{id: movers, measure: copying, values: {L9H9: 87}, …}]

Good:

    claims: [{id: movers, measure: copying, values: {L9H9: 0.87}, …}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Claim
from headkb.catalog.source import Field

WHY = "such a number is of another measure, another unit or another column"
BOUNDS = re.compile(r"[\[(] ?(-?[0-9.]{1,12}), ?(-?[0-9.]{1,12}) ?[\])]")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per claim, at its first number that cannot be of the measure."""
    for file in catalog.claims.values():
        ranges = {name: found for name, m in file.measures.items() if (found := _bounds(m.range))}
        for index, claim in enumerate(file.claims):
            if claim.measure not in ranges:
                continue
            low, high = ranges[claim.measure]
            slack = (high - low) / 10
            for field, where, value in _numbers(catalog, claim):
                if not low - slack <= value <= high + slack:
                    message = f"{where}{value:g} is not between {low:g} and {high:g}, the range of {claim.measure}."
                    fix = "correct the number or its unit, or the `range` of the measure"
                    yield Finding(file, ("claims", index, *field), message, fix)
                    break


def _bounds(text: str | None) -> tuple[float, float] | None:
    """The two ends of a range such as `[0, 1]`; None where one is open or it is said in words."""
    match = BOUNDS.fullmatch(text or "")
    try:
        return (float(match[1]), float(match[2])) if match else None
    except ValueError:
        return None


def _numbers(catalog: Catalog, claim: Claim) -> Iterator[tuple[Field, str, float]]:
    """The numbers of a claim, of its table the least and the largest; nothing of a table that cannot be read, which `bad-table` reports."""
    for head, value in claim.values.items():
        yield ("values", str(head)), f"{head}: ", value
    if claim.value is not None:
        yield ("value",), "", claim.value
    if claim.table is not None:
        try:
            column = catalog.table(claim.table.file).get(claim.table.column, {})
        except (OSError, ValueError):
            return
        for head in [min(column, key=column.__getitem__), max(column, key=column.__getitem__)] if column else []:
            yield ("table", "column"), f"{head}: ", column[head]
