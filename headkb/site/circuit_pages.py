"""Circuits: the page of one, and the list of all."""

from __future__ import annotations

from collections.abc import Callable

from headkb.catalog.inline import plain
from headkb.catalog.schema import Circuit
from headkb.catalog.schema.circuit import Edge, Node
from headkb.site.compose import by_name, facts, listing, one_line, prose, section, table_of
from headkb.site.document import Cell, Element, Figure, Page
from headkb.site.foot import record_page
from headkb.site.links import record_path
from headkb.site.parts import (
    Context,
    also_called,
    bullets,
    heads_cell,
    ref,
    refs,
    sources_cell,
    sources_section,
    with_sources,
)
from headkb.site.relations import through
from headkb.site.svg import GraphNode
from headkb.site.svg_graph import graph

VIA = {"residual": "through the residual stream", "logits": "to the logits"}
CAPTION = "Arrows carry the input they use: Q, K or V of the next head, the residual stream, or the logits."


def circuit_page(context: Context, circuit: Circuit) -> Page:
    """A circuit: graph, list of nodes and edges, faithfulness."""
    names = {n.id: context.name("heads", n.head) if n.head else str(n.component) for n in circuit.nodes}

    def heads(model: str) -> Callable[[Node], Cell]:
        found = {node.id: named for node, named in circuit.heads_in(model)}
        return lambda node: heads_cell(context, model, found[node.id], 30) if found[node.id] else "–"

    nodes = table_of(
        circuit.nodes,
        {
            "Node": lambda n: ref("heads", n.head) if n.head else plain(n.component or ""),
            "Heads": heads(circuit.model or ""),
            **{f"In {plain(context.name('models', o.model))}": heads(o.model) for o in circuit.also_in if o.heads},
            "What it does": lambda n: one_line(n.role),
        },
    )
    edges = bullets(
        with_sources(
            f"{plain(names.get(e.start, e.start))} → {plain(names.get(e.end, e.end))}, {_through(e)}"
            + (f": {e.note}" if e.note else ""),
            e.sources,
        )
        for e in circuit.edges
    )
    others = bullets(
        (ref("models", o.model), with_sources(f": {o.note}" if o.note else "", o.sources)) for o in circuit.also_in
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
            ("Also in", refs("models", circuit.models[1:]) if circuit.also_in else None),
        ),
        *prose(circuit.description),
        *section("Graph", "graph", Figure(_graph(context, circuit, names), "", CAPTION)),
        *section("Nodes", "nodes", nodes),
        *section("Edges", "edges", edges),
        *section("In other models", "models", others),
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
    edges = [(e.start, e.end, _word(e)) for e in circuit.edges if e.start in names and e.end in names]
    return graph(boxes, edges, f"Circuit: {circuit.name}")


def _word(edge: Edge) -> str:
    """What is written on an edge: Q, or Q and K."""
    return ", ".join(via.upper() if len(via) == 1 else via for via in edge.via)


def _through(edge: Edge) -> str:
    """The same in words: through the queries and keys."""
    return VIA.get(edge.via[0]) or through(edge.via)


def circuits_hub(context: Context) -> list[Element]:
    """Circuits by name."""
    return listing(
        by_name(context.catalog.circuits.values()),
        {
            "Circuit": lambda c: ref("circuits", c.id),
            "What it does": lambda c: c.definition,
            "Model": lambda c: refs("models", c.models) if c.models else "–",
            "Nodes": lambda c: str(len(c.nodes)),
            "Edges": lambda c: str(len(c.edges)),
        },
        lambda c: {
            "model": "|".join(context.name("models", model) for model in c.models) or "none",
            "head": "|".join(sorted({context.name("heads", n.head) for n in c.nodes if n.head})),
        },
        {"model": "Model", "head": "Head type"},
        name="circuits",
    )
