"""Nothing in the catalog is about a model.

A model is described so that head coordinates fit into it: papers, claims, circuits, runs or an atlas name it. Models that headkb brings along itself
(`kind: exact`, `kind: organism`) may stand alone.

Bad: models/jar-large.yaml exists, and no record names it.

Good, in the paper's file:

    models: [jar-large]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "its page would be empty, and a misspelt id elsewhere may be the cause"
LOOKS_FOR = frozenset({"papers", "claims", "circuits", "runs", "atlases", "models"})
OURS = frozenset({"exact", "organism"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per model that no record names."""
    for model in catalog.models.values():
        used = (
            model.type in OURS
            or model.quantisation_of is not None
            or ("models", model.id) in catalog.papers_using
            or model.id in catalog.statements_of_model
            or model.id in catalog.circuits_of_model
            or model.id in catalog.runs_of_model
            or model.id in catalog.copies_of
            or model.id in catalog.atlases
        )
        if not used and model.status == "active":
            fix = f"add {model.id} to the `models` of the paper that studies it, or write the claim that it is for"
            yield Finding(model, ("name",), "no paper, claim, circuit, run or atlas is about this model.", fix)
