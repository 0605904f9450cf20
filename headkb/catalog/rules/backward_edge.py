"""An edge of a circuit leads from later layers to earlier ones.

Within one pass a head reads what the layers before its own have written, at every position. So at least one head of the node that sends must lie in an
earlier layer than one head of the node that receives.

Bad:

    nodes: [{id: movers, heads: [L9H9], …}, {id: induction, heads: [L5H5], …}]
    edges: [{from: movers, to: induction, via: k}]

Good:

    edges: [{from: induction, to: movers, via: k}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "nothing can flow that way, so the edge is turned round or a head is misread"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per edge, in the first model in which it cannot be."""
    for circuit in catalog.circuits.values():
        found: set[int] = set()
        for model in circuit.models:
            layers = {node.id: [head.layer for head in heads] for node, heads in circuit.heads_in(model)}
            for index, edge in enumerate(circuit.edges):
                start, end = layers.get(edge.start), layers.get(edge.end)
                if index in found or not start or not end or min(start) < max(end):
                    continue
                found.add(index)
                message = (
                    f"in {model} {edge.start} begins in layer {min(start)}, and {edge.end} ends in layer {max(end)}."
                )
                fix = f"write `from: {edge.end}, to: {edge.start}`, or correct the heads"
                yield Finding(circuit, ("edges", index), message, fix)
