"""A circuit's edge ends at a node that the circuit does not have, or two nodes share an id.

Bad:

    nodes: [{id: movers, …}]
    edges: [{from: inhibition, to: movers, via: q}]

Good: add the node `inhibition`.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import partial

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding

ID = "broken-circuit"
SEVERITY = "error"
WHY = "the graph cannot be drawn"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per loose edge end and per repeated node."""
    for circuit in catalog.circuits.values():
        fault = partial(Finding, "circuits", circuit.id)
        known: set[str] = set()
        for index, node in enumerate(circuit.nodes):
            if node.id in known:
                yield fault(
                    ("nodes", index, "id"), f"the node {node.id!r} is defined twice.", "join the two, or rename one"
                )
            known.add(node.id)
        for index, edge in enumerate(circuit.edges):
            for side, name in (("from", edge.start), ("to", edge.end)):
                if name not in known:
                    near = get_close_matches(name, known, n=1)
                    yield fault(
                        ("edges", index, side),
                        f"the circuit has no node {name!r}.",
                        f"did you mean {near[0]!r}?" if near else "add the node, or correct the name",
                    )
