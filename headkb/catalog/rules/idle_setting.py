"""A measure or claim has a setting that nothing uses.

`factor`, `score_parameters` and `no_rerun` of a measure are about its `score`, `parameters` about its `prompts`. The `tolerance` of a claim says how far
a rerun of that score may lie from its `values`, and so do `source_inputs`.

Bad:

    measures: {glow: {name: Glow, definition: …, factor: 100}}

Good:

    measures: {glow: {name: Glow, definition: …, score: previous-token, factor: 100}}
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import ClaimFile
from headkb.catalog.source import Field

WHY = "whoever wrote it expects a rerun to use it, and none will"
NEEDS = (("factor", "score"), ("score_parameters", "score"), ("no_rerun", "score"), ("parameters", "prompts"))
"""Settings of a measure, and the key without which they do nothing."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per setting without the key that it sets something of."""
    for file in catalog.claims.values():
        for field, needed in _idle(file):
            message = f"`{field[-1]}` does nothing without {needed}."
            yield Finding(file, field, message, f"add {needed}, or delete `{field[-1]}`")


def _idle(file: ClaimFile) -> Iterator[tuple[Field, str]]:
    for name, measure in file.measures.items():
        for key, needed in NEEDS:
            if key in measure.model_fields_set and getattr(measure, needed) is None:
                yield ("measures", name, key), f"`{needed}`"
    for index, claim in enumerate(file.claims):
        measure_of = file.measures.get(claim.measure or "")
        if claim.tolerance is not None and measure_of is not None and measure_of.score is None:
            yield ("claims", index, "tolerance"), f"a `score` of the measure {claim.measure}"
        for key in ("tolerance", "source_inputs"):
            if getattr(claim, key) is not None and not claim.values:
                yield ("claims", index, key), "`values`"
