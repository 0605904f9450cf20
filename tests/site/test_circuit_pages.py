"""Circuits with several models and edges with several inputs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from headkb import Catalog
from headkb.catalog.plain_data import plain_record
from headkb.catalog.schema import Circuit, Model
from headkb.head_index import HeadIndex
from headkb.site.circuit_pages import circuit_page, circuits_hub
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html
from headkb.site.to_markdown import page_markdown

SOURCE = {"paper": "moss-1999-sparkle", "locator": "figure 4"}


def changed(catalog: Catalog, **fields: object) -> Catalog:
    """The invented catalog with a circuit that says more, and two models for it."""
    data = catalog.circuits["jar-opening"].model_dump(by_alias=True, exclude_unset=True, mode="json")
    circuit = Circuit.model_validate({**data, **fields})
    models = {
        name: Model.model_validate(
            {"id": name, "name": name, "kind": "public", "family": "jar", "n_layers": 5, "n_heads": 4}
        )
        for name in ("deep-jar", "wide-jar")
    }
    return replace(catalog, circuits={circuit.id: circuit}, models={**catalog.models, **models})


ALSO_IN: list[dict[str, object]] = [
    {"model": "deep-jar", "heads": {"look": ["L3H1"]}, "sources": [SOURCE]},
    {"model": "wide-jar", "same_heads": True, "note": "Tested by ablation.", "sources": [SOURCE]},
]


def test_the_heads_of_a_circuit_are_known_in_each_of_its_models(toy_catalog: Catalog) -> None:
    """`whois` finds a head of a further model; nodes without heads there have none."""
    catalog = changed(toy_catalog, also_in=ALSO_IN)
    circuit = catalog.circuits["jar-opening"]
    assert circuit.models == ("jar-small", "deep-jar", "wide-jar")
    assert {n.id: heads for n, heads in circuit.heads_in("deep-jar") if heads} == {"look": (HeadIndex(3, 1),)}
    assert [(c.id, n.id) for c, n in catalog.nodes_naming["deep-jar", HeadIndex(3, 1)]] == [("jar-opening", "look")]
    assert [(c.id, n.id) for c, n in catalog.nodes_naming["wide-jar", HeadIndex(1, 0)]] == [("jar-opening", "act")]
    assert ("deep-jar", HeadIndex(1, 0)) not in catalog.nodes_naming
    assert [c.id for c in catalog.circuits_of_model["wide-jar"]] == ["jar-opening"]


def test_the_page_names_every_model_with_its_heads_and_source(toy_catalog: Catalog) -> None:
    """A column for the heads in a model that has its own, a line with the source for each, and all of them in the list."""
    context = make_context(changed(toy_catalog, also_in=ALSO_IN))
    text = page_markdown(circuit_page(context, context.catalog.circuits["jar-opening"]), context.links)
    for piece in ("Also in", "In deep-jar", "L3H1", "In other models", "Tested by ablation.", "figure 4"):
        assert piece in text, piece
    assert "In wide-jar" not in text
    assert "wide-jar" in str(circuits_hub(context))


def test_an_edge_leads_into_several_inputs(toy_catalog: Catalog) -> None:
    """In words, on the drawing and in the export; a single input stays a word there."""
    edges = [
        {"from": "look", "to": "act", "via": ["q", "k", "v"], "sources": [SOURCE]},
        {"from": "act", "to": "out", "via": "logits"},
    ]
    context = make_context(changed(toy_catalog, edges=edges))
    circuit = context.catalog.circuits["jar-opening"]
    text = page_markdown(circuit_page(context, circuit), context.links)
    assert "through the queries, keys and values" in text
    assert "to the logits" in text
    assert "Q, K, V" in str(circuit_page(context, circuit))
    assert [edge["via"] for edge in plain_record(context.catalog, circuit)["edges"]] == [["q", "k", "v"], "logits"]


def test_nodes_tell_where_they_work_and_where_their_claims_stand(real_context: Context) -> None:
    """In the drawing and in the tables: the position, each head with its page, the claims that name heads of a node, and those at both ends."""
    circuit = real_context.catalog.circuits["ioi-gpt2"]
    html = page_html(circuit_page(real_context, circuit), real_context.links)
    drawn = html[html.index("<svg") : html.index("</svg>")]
    for head in (head for node in circuit.nodes for head in node.heads):
        assert f'href="../../models/gpt2/{head}/"' in drawn, head
    assert drawn.count(">at END<") == 4
    assert drawn.count(">at S2<") == 2
    assert drawn.count(">at S1+1<") == 1
    movers = html[html.index("<td>At END, attend to the indirect object") :]
    movers = movers[: movers.index("</tr>")]
    claims = [
        s
        for s in real_context.catalog.statements_of_model["gpt2"]
        if s.claim.head == "name-mover" and {"L9H6", "L9H9", "L10H0"} & set(map(str, s.claim.asserted_heads))
    ]
    assert f"<td>{len(claims)}: " in movers
    assert len(claims) > 1
    assert "Claims that name heads at its ends: " in drawn


def test_a_node_without_a_position_names_none(toy_catalog: Catalog) -> None:
    """A role that begins otherwise says no position."""
    context = make_context(toy_catalog)
    html = page_html(circuit_page(context, context.catalog.circuits["jar-opening"]), context.links)
    assert "hk-at" not in html


@pytest.mark.parametrize(
    "fields",
    [
        {"edges": [{"from": "look", "to": "act", "via": ["q", "q"]}]},
        {"edges": [{"from": "look", "to": "act", "via": []}]},
        {"edges": [{"from": "look", "to": "act", "via": ["k", "logits"]}]},
        {"edges": [{"from": "look", "to": "act", "via": "x"}]},
        {"model": None, "also_in": ALSO_IN[:1]},
        {"also_in": [ALSO_IN[0], ALSO_IN[0]]},
        {"also_in": [{**ALSO_IN[0], "same_heads": True}]},
        {"also_in": [{"model": "deep-jar"}]},
    ],
)
def test_what_cannot_be_is_refused(toy_catalog: Catalog, fields: dict[str, object]) -> None:
    """Inputs twice, none or mixed; a further model without a first, twice, with two kinds of heads, or without a source."""
    with pytest.raises(ValidationError):
        changed(toy_catalog, **fields)
