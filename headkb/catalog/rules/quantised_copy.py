"""A quantised copy contradicts the model that it is a copy of.

`quantisation_of` names the model in full precision. Rounding changes numbers and nothing else, so layers, heads, key-value heads,
widths and architecture must be the same wherever both records state them, and the model named must itself be no copy: otherwise
a head of the one would be compared with another head of the other.

Bad (gemma-3-270m has 18 layers of 4 heads):

    name: Gemma 3 270M (Q4_K_M)
    quantisation_of: gemma-3-270m
    n_layers: 26
    n_heads: 4

Good:

    name: Gemma 3 270M (Q4_K_M)
    quantisation_of: gemma-3-270m
    n_layers: 18
    n_heads: 4
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "a copy's numbers are read as those of the same heads of the full-precision model"
SHAPE = ("n_layers", "n_heads", "n_key_value_heads", "d_model", "d_head", "architecture")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per contradiction; a model that does not exist is a dangling reference."""
    for copy in catalog.models.values():
        full = catalog.models.get(copy.quantisation_of or "")
        if full is None:
            continue
        if full.quantisation_of is not None:
            message = f"{full.id} is a quantised copy itself, of {full.quantisation_of}."
            yield Finding(copy, ("quantisation_of",), message, f"name {full.quantisation_of}")
        for name in SHAPE:
            own, other = getattr(copy, name), getattr(full, name)
            if own is not None and other is not None and own != other:
                message = f"{name} is {own}, but {full.id}, of which it is a copy, has {other}."
                yield Finding(
                    copy, (name,), message, "correct the record that is wrong, or the id in `quantisation_of`"
                )
