r"""A run does not say with which weights it was made, so that nobody can repeat it on the same ones.

A model from the Hugging Face hub may change under its name: a run on one, or on a copy of one in the cache, gives the commit in
`revision`, 40 hexadecimal digits, and the one that the record of the model pins, if it pins one. Every other run on a model gives
the hash of its weights. Runs on published data need neither.

Bad:

    model_source: hub
    revision: main

Good:

    model_source: hub
    revision: 0123456789abcdef0123456789abcdef01234567
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.pinning import FROM_HUB, unrepeatable
from headkb.catalog.rules import Finding

WHY = "weights that cannot be had again make a number that cannot be checked"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per run whose weights cannot be had again; withdrawn ones are left as they are."""
    for run in catalog.runs.values():
        model = catalog.models.get(run.model)
        if model is None and catalog.refusal("models", run.model):
            continue
        fault = unrepeatable(run.model_source, run.revision, run.weights_sha256, model.revision if model else None)
        if fault is not None and run.invalidation is None:
            place = "revision" if run.revision else "model_source"
            commit = " with --revision COMMIT" if run.model_source in FROM_HUB else ""
            yield Finding(run, (place,), fault, f"run it again{commit}: headkb reproduce … --record")
