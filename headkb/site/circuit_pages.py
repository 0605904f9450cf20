"""Circuits: the page of one, and the list of all."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap

from headkb.catalog import Statement
from headkb.catalog.inline import plain
from headkb.catalog.schema import Circuit
from headkb.catalog.schema.circuit import Edge, Node
from headkb.catalog.state import STANDS, count_claims
from headkb.head_index import HeadIndex
from headkb.site.compose import by_name, counted, facts, listing, one_line, prose, section, table_of
from headkb.site.document import Cell, Element, Figure, Page
from headkb.site.evidence import STANDINGS
from headkb.site.foot import record_page
from headkb.site.links import head_path, record_path
from headkb.site.parts import (
    Context,
    also_called,
    bullets,
    heads_cell,
    ref,
    refs,
    sources_cell,
    sources_section,
    standing_counts,
    with_sources,
)
from headkb.site.relations import through
from headkb.site.svg_graph import GraphArrow, GraphBox, graph
from headkb.site.text import words

VIA = {"residual": "through the residual stream", "logits": "to the logits"}
POSITION = re.compile(r"(?:At|From) ([^,]{1,24}), ")
"""How the role of a node begins that says at which position its heads work."""
CLAIMS_OF_NODE, CLAIMS_OF_ENDS = "Claims that name them", "Claims at its ends"
DRAWN_HEADS = 12
"""So many heads of a node stand in the drawing; the table has all."""
CAPTION = (
    "Boxes are the parts of the circuit, each below all that feeds it: where its heads work, its type, its heads, and where the claims stand "
    "that name one of these heads as this type in this model. Arrows carry the input they use: Q, K or V of the next head, the residual "
    "stream, or the logits. No claim of the catalog is about an arrow alone; the table below has the claims at its two ends."
)


def circuit_page(context: Context, circuit: Circuit) -> Page:
    """A circuit: graph, list of nodes and edges, faithfulness."""
    names = {n.id: context.name("heads", n.head) if n.head else str(n.component) for n in circuit.nodes}

    def heads(model: str) -> Callable[[Node], Cell]:
        found = {node.id: named for node, named in circuit.heads_in(model)}
        return lambda node: heads_cell(context, model, found[node.id], 1000) if found[node.id] else "–"

    claims = {n.id: _claims(context, circuit, n) for n in circuit.nodes}
    nodes = table_of(
        circuit.nodes,
        {
            "Node": lambda n: ref("heads", n.head) if n.head else plain(n.component or ""),
            "Heads": heads(circuit.model or ""),
            **{f"In {plain(context.name('models', o.model))}": heads(o.model) for o in circuit.also_in if o.heads},
            "What it does": lambda n: one_line(n.role),
            CLAIMS_OF_NODE: lambda n: _standings(context, claims[n.id]),
        },
    )
    edges = table_of(
        circuit.edges,
        {
            "From": lambda e: plain(names.get(e.start, e.start)),
            "To": lambda e: plain(names.get(e.end, e.end)),
            "Through": lambda e: _through(e),
            "Note": lambda e: with_sources(e.note or "", e.sources) if e.note or e.sources else "",
            CLAIMS_OF_ENDS: lambda e: _standings(context, _of_ends(claims, e)),
        },
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
        *section("Graph", "graph", Figure(_graph(context, circuit, names, claims), "", CAPTION)),
        *section("Nodes", "nodes", nodes),
        *section("Edges", "edges", edges),
        *section("In other models", "models", others),
        *section("How faithful it is", "faithfulness", faithfulness),
        *sources_section(circuit.sources),
    ]
    return record_page(context, circuit, body, subtitle="Circuit", boost=1.5)


def _graph(context: Context, circuit: Circuit, names: dict[str, str], claims: Mapping[str, list[Statement]]) -> str:
    page, model = record_path("circuits", circuit.id), circuit.model or ""

    def head(index: HeadIndex) -> tuple[str, str]:
        known = context.has_head_page(model, index)
        return str(index), context.links.relative(page, head_path(model, index)) if known else ""

    def box(node: Node) -> GraphBox:
        left = len(node.heads) - DRAWN_HEADS
        return GraphBox(
            node.id,
            names[node.id],
            context.links.relative(page, record_path("heads", node.head)) if node.head else "",
            _position(node),
            [*map(head, node.heads[:DRAWN_HEADS]), *([(f"{left} more", "#nodes")] if left > 0 else [])],
            wrap(f"claims: {_signs(context, claims[node.id])}", 30) if claims[node.id] else (),
            "hk-node" if node.head else "hk-other",
        )

    arrows = [
        GraphArrow(e.start, e.end, _word(e), _said(context, names, e, _of_ends(claims, e)))
        for e in circuit.edges
        if e.start in names and e.end in names
    ]
    return graph([box(node) for node in circuit.nodes], arrows, f"Circuit: {circuit.name}")


def _position(node: Node) -> str:
    """Where in the prompt the heads of a node work, as its role begins; empty if it does not say."""
    found = POSITION.match(node.role)
    return found[1] if found else ""


def _claims(context: Context, circuit: Circuit, node: Node) -> list[Statement]:
    """The claims that name a head of this node as of its type, in the first model of the circuit."""
    of_model = context.catalog.statements_of_model.get(circuit.model or "", [])
    return [
        s for s in of_model if node.head and s.claim.head == node.head and {*s.claim.asserted_heads} & {*node.heads}
    ]


def _of_ends(claims: Mapping[str, list[Statement]], edge: Edge) -> list[Statement]:
    """The claims about both ends of an edge, each once."""
    return [*{s.id: s for end in (edge.start, edge.end) for s in claims.get(end, [])}.values()]


def _standings(context: Context, statements: Sequence[Statement]) -> str:
    """Where claims stand, counted; empty where there is none."""
    return standing_counts(count_claims(context.catalog, statements)) if statements else ""


def _signs(context: Context, statements: Sequence[Statement]) -> str:
    """The same with signs, only standings that some have: `– 5 not rerun`."""
    by = count_claims(context.catalog, statements).by
    return ", ".join(f"{STANDINGS[word].sign}\u00a0{number} {STANDS[word]}" for word, number in by.items())


def _said(context: Context, names: Mapping[str, str], edge: Edge, statements: Sequence[Statement]) -> str:
    """What is said of an arrow where it is chosen."""
    ends = f"{names[edge.start]} → {names[edge.end]}, {_through(edge)}"
    note = f": {words(edge.note, context.links)}" if edge.note else ""
    claims = f"{counted(len(statements), 'claim')}, {_signs(context, statements)}" if statements else "none"
    return f"{ends}{note}. Claims that name heads at its ends: {claims}."


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
