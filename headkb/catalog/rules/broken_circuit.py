"""A circuit's edge, or its heads in another model, name a node that the circuit does not have, or two nodes share an id.

Bad:

    nodes: [{id: movers, …}]
    edges: [{from: inhibition, to: movers, via: q}]

Good: add the node `inhibition`.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "the graph cannot be drawn"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per loose edge end and per repeated node."""
    for circuit in catalog.circuits.values():
        known: set[str] = set()
        for index, node in enumerate(circuit.nodes):
            if node.id in known:
                message, fix = f"the node {node.id!r} is defined twice.", "join the two, or rename one"
                yield Finding(circuit, ("nodes", index, "id"), message, fix)
            known.add(node.id)
        for index, edge in enumerate(circuit.edges):
            for side, name in (("from", edge.start), ("to", edge.end)):
                if name not in known:
                    near = get_close_matches(name, known, n=1)
                    fix = f"did you mean {near[0]!r}?" if near else "add the node, or correct the name"
                    yield Finding(circuit, ("edges", index, side), f"the circuit has no node {name!r}.", fix)
        for index, other in enumerate(circuit.also_in):
            for name in other.heads:
                if name not in known:
                    fix = f"use one of {', '.join(sorted(known))}"
                    yield Finding(circuit, ("also_in", index, "heads", name), f"the circuit has no node {name!r}.", fix)
