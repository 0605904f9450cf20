"""The edges of a circuit form a cycle.

A forward pass has a direction, so no node receives what depends on its own output. A group of heads that feed each other is two nodes: those that send
and those that receive.

Bad:

    edges: [{from: induction, to: movers, via: q}, {from: movers, to: induction, via: k}]

Good:

    edges: [{from: induction, to: movers, via: q}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Circuit

WHY = "no forward pass can run it, and the drawing has no first column"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per circuit, at the first edge that closes a cycle."""
    for circuit in catalog.circuits.values():
        index = _closing(circuit)
        if index is not None:
            edge = circuit.edges[index]
            message = f"{edge.end} already leads to {edge.start}: a cycle."
            if edge.start == edge.end:
                message = f"{edge.start} leads to itself."
            fix = "turn the wrong edge round, or part the node into those that send and those that receive"
            yield Finding(circuit, ("edges", index), message, fix)


def _closing(circuit: Circuit) -> int | None:
    """The first edge after which there is a way from a node to itself."""
    leads_to: dict[str, set[str]] = {}
    for index, edge in enumerate(circuit.edges):
        reached, queue = {edge.end}, [edge.end]
        while queue:
            for node in leads_to.get(queue.pop(), set()) - reached:
                reached.add(node)
                queue.append(node)
        if edge.start in reached:
            return index
        leads_to.setdefault(edge.start, set()).add(edge.end)
    return None
