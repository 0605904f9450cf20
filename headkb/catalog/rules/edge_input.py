"""An edge enters a node through an input that the node does not have.

Queries, keys and values are inputs of heads. What is no head (an MLP, the embedding, the logits) reads the residual stream, and `logits` is the way out of
the model: it ends at no head.

Bad:

    nodes: [{id: movers, head: name-mover, …}, {id: out, component: logits, …}]
    edges: [{from: movers, to: out, via: q}]

Good:

    edges: [{from: movers, to: out, via: logits}]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Node

WHY = "the drawing would show a path that no model has"
NO_HEAD = re.compile(r"\b(?:mlps?|logits?|embeddings?|unembedding|tokens?|layer norms?)\b", re.IGNORECASE)
A_HEAD = re.compile(r"\b(?:heads?|attention)\b", re.IGNORECASE)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per edge through an input that is not there."""
    for circuit in catalog.circuits.values():
        nodes = {node.id: node for node in circuit.nodes}
        for index, edge in enumerate(circuit.edges):
            end = nodes.get(edge.end)
            if end is None:
                continue
            if "logits" in edge.via and end.head is not None:
                message = f"{edge.end} is a head, and heads do not read the logits."
                fix = "write `via: q`, `k` or `v`, or `residual` where the source does not say"
            elif not {"q", "k", "v"}.isdisjoint(edge.via) and _is_no_head(end):
                message = f"{edge.end} is {end.component}, which has no queries, keys or values."
                fix = "write `via: residual`, or `via: logits` if it is the output"
            else:
                continue
            yield Finding(circuit, ("edges", index, "via"), message, fix)


def _is_no_head(node: Node) -> bool:
    """Whether a node is surely something else than a head."""
    component = node.component or ""
    return node.head is None and bool(NO_HEAD.search(component)) and not A_HEAD.search(component)
