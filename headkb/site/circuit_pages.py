"""Circuits: the page of one, and the list of all."""

from __future__ import annotations

from headkb.catalog.inline import plain
from headkb.catalog.schema import Circuit
from headkb.catalog.schema.circuit import Node
from headkb.site.compose import by_name, facts, listing, one_line, prose, section, table_of
from headkb.site.document import Cell, Element, Figure, Page
from headkb.site.foot import record_page
from headkb.site.links import record_path
from headkb.site.parts import Context, also_called, bullets, heads_cell, ref, sources_cell, sources_section
from headkb.site.svg import GraphNode
from headkb.site.svg_graph import graph

VIA = {
    "q": "through the queries",
    "k": "through the keys",
    "v": "through the values",
    "residual": "through the residual stream",
    "logits": "to the logits",
}
CAPTION = "Arrows carry the input they use: Q, K or V of the next head, the residual stream, or the logits."


def circuit_page(context: Context, circuit: Circuit) -> Page:
    """A circuit: graph, list of nodes and edges, faithfulness."""
    names = {n.id: context.name("heads", n.head) if n.head else str(n.component) for n in circuit.nodes}

    def heads(node: Node) -> Cell:
        return heads_cell(context, circuit.model or "", node.heads, 30) if node.heads else "–"

    nodes = table_of(
        circuit.nodes,
        {
            "Node": lambda n: ref("heads", n.head) if n.head else plain(n.component or ""),
            "Heads": heads,
            "What it does": lambda n: one_line(n.role),
        },
    )
    edges = bullets(
        f"{plain(names.get(e.start, e.start))} → {plain(names.get(e.end, e.end))}, {VIA[e.via]}"
        + (f": {e.note}" if e.note else "")
        for e in circuit.edges
    )
    faithfulness = table_of(
        circuit.faithfulness,
        {
            "Metric": lambda f: f.metric,
            "Value": lambda f: f.value,
            "Note": lambda f: f.note or "",
            "Source": lambda f: sources_cell(f.sources),
        },
    )
    body: list[Element] = [
        *prose(circuit.definition, lead=True),
        facts(
            ("Also called", also_called(circuit)),
            ("Task", circuit.task),
            ("Benchmark", circuit.benchmark and ref("benchmarks", circuit.benchmark)),
            ("Model", circuit.model and ref("models", circuit.model)),
        ),
        *prose(circuit.description),
        *section("Graph", "graph", Figure(_graph(context, circuit, names), "", CAPTION)),
        *section("Nodes", "nodes", nodes),
        *section("Edges", "edges", edges),
        *section("How faithful it is", "faithfulness", faithfulness),
        *sources_section(circuit.sources),
    ]
    return record_page(context, circuit, body, subtitle="Circuit", boost=1.5)


def _graph(context: Context, circuit: Circuit, names: dict[str, str]) -> str:
    page = record_path("circuits", circuit.id)
    boxes = [
        GraphNode(
            n.id,
            names[n.id],
            ", ".join(map(str, n.heads[:4])) + (" …" if len(n.heads) > 4 else ""),
            context.links.relative(page, record_path("heads", n.head)) if n.head else "",
            "hk-node" if n.head else "hk-other",
        )
        for n in circuit.nodes
    ]
    edges = [(e.start, e.end, e.via) for e in circuit.edges if e.start in names and e.end in names]
    return graph(boxes, edges, f"Circuit: {circuit.name}")


def circuits_hub(context: Context) -> list[Element]:
    """Circuits by name."""
    return listing(
        by_name(context.catalog.circuits.values()),
        {
            "Circuit": lambda c: ref("circuits", c.id),
            "What it does": lambda c: c.definition,
            "Model": lambda c: ref("models", c.model) if c.model else "–",
            "Nodes": lambda c: str(len(c.nodes)),
            "Edges": lambda c: str(len(c.edges)),
        },
        lambda c: {
            "model": context.name("models", c.model) if c.model else "none",
            "head": "|".join(sorted({context.name("heads", n.head) for n in c.nodes if n.head})),
        },
        {"model": "Model", "head": "Head type"},
        name="circuits",
    )
