"""A head lies outside its model.

`L12H0` cannot exist in a model of 12 layers: layers and heads count from 0. This applies to claims, circuits and runs; for claims
about key-value heads, the number of key-value heads is the limit.

Bad (GPT-2 small has 12 layers):

    model: gpt2
    heads: [L12H0]

Good:

    heads: [L11H0]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Model, Record
from headkb.catalog.source import Field
from headkb.head_index import HeadIndex

WHY = "the usual cause is a source that counts from 1, which shifts every coordinate"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per coordinate that its model does not have."""
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            at: Field = ("claims", index)
            key_value = claim.heads_are == "key-value"
            model = catalog.models.get(claim.model)
            yield from _outside(file, (*at, "heads"), claim.heads, model, key_value)
            yield from _outside(file, (*at, "values"), claim.values, model, key_value)
    for circuit in catalog.circuits.values():
        model = catalog.models.get(circuit.model or "")
        for index, node in enumerate(circuit.nodes):
            yield from _outside(circuit, ("nodes", index, "heads"), node.heads, model)
        for index, other in enumerate(circuit.also_in):
            model = catalog.models.get(other.model)
            for name, heads in other.heads.items():
                yield from _outside(circuit, ("also_in", index, "heads", name), heads, model)
            if other.same_heads:
                yield from _outside(
                    circuit, ("also_in", index, "model"), [h for n in circuit.nodes for h in n.heads], model
                )
    for run in catalog.runs.values():
        model = catalog.models.get(run.model)
        yield from _outside(run, ("heads",), run.heads, model)
        yield from _outside(run, ("expected",), [e.head for e in run.expected], model)
        if model and any(len(row) != model.n_heads for row in run.values):
            message = f"each row of values needs {model.n_heads} heads, as {model.id} has."
            yield Finding(run, ("values",), message, "run it again with `headkb reproduce`")


def _outside(
    record: Record, at: Field, heads: Iterable[HeadIndex], model: Model | None, key_value: bool = False
) -> Iterator[Finding]:
    if model is None:
        return
    width = (model.n_key_value_heads or model.n_heads) if key_value else model.n_heads
    for position, head in enumerate(heads):
        if not model.holds(head, key_value):
            field = (*at, str(head)) if at[-1] == "values" else at if at[-1] == "model" else (*at, position)
            message = f"{head} does not exist in {model.id}, which has {model.n_layers} layers of {width} heads."
            fix = "layers and heads count from 0; subtract 1 if the source counts from 1"
            yield Finding(record, field, message, fix)
