"""A node of a circuit has no edge (a warning).

Every node is there because it passes something on or receives something. Where the source gives no edges at all, none are written.

Bad:

    nodes: [{id: induction, …}, {id: movers, …}, {id: backups, …}]
    edges: [{from: induction, to: movers, via: q}]

Good: add the edge of `backups`, or leave the node out.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "the drawing shows a box that stands by itself, and nobody knows what it does there"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per node without an edge, in circuits that have some."""
    for circuit in catalog.circuits.values():
        joined = {end for edge in circuit.edges for end in (edge.start, edge.end)}
        for index, node in enumerate(circuit.nodes):
            if joined and node.id not in joined:
                message = f"no edge leads to or from {node.id}."
                yield Finding(circuit, ("nodes", index), message, "add its edge, or leave the node out")
