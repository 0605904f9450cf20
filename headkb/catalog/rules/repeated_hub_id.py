"""Two models are the same repository of the Hugging Face hub.

Case does not count, and neither do forms of the name. Two states of one model have a `revision` each. Benchmarks may be parts of one
repository.

Bad (in two files):

    hub_id: openai-community/gpt2

Good: one file; what the other holds moves into it, and its id into `replaces`.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "what is known of one model would be on two pages, and a look-up would find half of it"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per record whose repository an earlier record has."""
    first: dict[tuple[str, str], str] = {}
    for model in catalog.models.values():
        if model.hub_id is not None:
            key = (model.hub_id.casefold(), model.revision or "")
            if key in first:
                yield Finding(model, ("hub_id",), f"models/{first[key]} is {model.hub_id} as well.", _fix(first[key]))
            first.setdefault(key, model.id)


def _fix(other: str) -> str:
    return f"keep one record and list the other id in its `replaces`, or correct the name here or in {other}"
