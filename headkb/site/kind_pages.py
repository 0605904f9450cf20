"""Pages of methods, benchmarks, stages, circuits and glossary terms."""

from __future__ import annotations

from headkb.catalog.schema import Benchmark, Circuit, Kind, Method, Paper, Record, Stage, Term
from headkb.catalog.schema.common import Placement
from headkb.site.document import Bullets, Cell, Facts, Figure, Formula, Heading, Node, Page, Prose, Row, Table
from headkb.site.evidence import badge, best
from headkb.site.foot import record_foot
from headkb.site.links import record_path
from headkb.site.parts import Context, bullets, heads_cell, joined, ref, sources_cell, with_sources
from headkb.site.svg import Box, flow
from headkb.site.svg_graph import graph
from headkb.site.text import plain, words

VIA = {
    "q": "through the queries",
    "k": "through the keys",
    "v": "through the values",
    "residual": "through the residual stream",
    "logits": "to the logits",
}
CLASSES = {
    "modeling-free/modification-based": "modelling-free, modification-based",
    "modeling-free/replacement-based": "modelling-free, replacement-based",
    "modeling-required/training-free": "modelling-required, training-free",
    "modeling-required/training-required": "modelling-required, training-required",
}


def _placed(placement: Placement) -> Cell:
    by: Cell = "placed by the survey" if placement.by == "survey" else f"placed by headkb: {placement.reason}"
    return (by, " (", sources_cell(placement.sources), ")") if placement.sources else by


def _aliases(record: Method | Benchmark | Circuit | Stage | Term) -> list[tuple[str, Cell]]:
    return [("Also called", joined([plain(a.name) for a in record.aliases]))] if record.aliases else []


def _papers(papers: list[Paper]) -> list[Node]:
    if not papers:
        return []
    ordered = sorted(papers, key=lambda p: (p.date, p.id), reverse=True)
    return [
        Heading("Papers", "papers"),
        bullets((p.date, " ", ref("papers", p.id), f": {plain(p.title)}") for p in ordered),
    ]


def _page(
    context: Context,
    kind: Kind,
    record: Record,
    body: list[Node],
    description: str,
    subtitle: str,
    boost: float,
    aliases: tuple[str, ...] = (),
) -> Page:
    path = record_path(kind, record.id)
    body = [*body, *record_foot(context, kind, record, path)]
    names = tuple(dict.fromkeys([record.id, *record.names()[1:], *aliases]))
    described = words(description, context.links)
    return Page(
        path,
        record.title_text(),
        tuple(body),
        f"{kind}/",
        described,
        names,
        f"{kind}/{record.id}.yaml",
        "",
        subtitle,
        boost,
        f"{kind}/{record.id}",
        {"@type": "DefinedTerm", "name": record.title_text(), "description": described, "termCode": record.id},
    )


def method_page(context: Context, method: Method) -> Page:
    """A discovery method."""
    facts: list[tuple[str, Cell]] = [
        *_aliases(method),
        ("Class", (CLASSES[method.method_class], " — ", _placed(method.placement))),
    ]
    if method.cost:
        facts += [("Forward passes", method.cost.forward), ("Backward passes", method.cost.backward)]
        facts += [("Cost", method.cost.note)] if method.cost.note else []
    code = f"`{method.implementation}`" if method.implementation else f"none: {method.no_implementation}"
    body: list[Node] = [Prose(method.definition, lead=True), Facts((*facts, ("In headkb", code)))]
    if method.description:
        body.append(Prose(method.description))
    if method.formula or method.plain:
        body.append(Heading("Formula", "formula"))
        body += [Formula(method.formula)] if method.formula else []
        body += [Prose(method.plain)] if method.plain else []
    if method.pitfalls:
        body += [
            Heading("Pitfalls", "pitfalls"),
            Bullets(tuple(with_sources(p.text, p.sources) for p in method.pitfalls)),
        ]
    papers = [p for p in context.catalog.papers.values() if method.id in p.methods]
    found = sorted({h.id for p in papers for h in p.heads if h.role == "introduces"})
    if found:
        body += [Heading("Head types found with it", "heads"), bullets([joined([ref("heads", h) for h in found])])]
    body += _papers(papers)
    body += [Heading("Sources", "sources"), Bullets(tuple(sources_cell([s]) for s in method.sources))]
    return _page(context, "methods", method, body, method.definition, "Discovery method", 2.0)


def benchmark_page(context: Context, benchmark: Benchmark) -> Page:
    """A data set or prompt family."""
    facts: list[tuple[str, Cell]] = [
        *_aliases(benchmark),
        ("Task", benchmark.task),
        ("Kind", "made to study mechanisms" if benchmark.type == "mechanism" else "common benchmark"),
    ]
    for label, value in (("Format", benchmark.format), ("Size", benchmark.size), ("Licence", benchmark.licence)):
        if value:
            facts.append((label, value))
    if benchmark.placement:
        facts.append(("Placement", _placed(benchmark.placement)))
    if benchmark.generator:
        facts.append(("Generator", f"`{benchmark.generator}` in `headkb.prompts`"))
    if benchmark.hub_id:
        facts.append(
            ("Hugging Face", f"[{plain(benchmark.hub_id)}](https://huggingface.co/datasets/{benchmark.hub_id})")
        )
    body: list[Node] = [Prose(benchmark.definition, lead=True), Facts(tuple(facts))]
    if benchmark.description:
        body.append(Prose(benchmark.description))
    if benchmark.cautions:
        body += [
            Heading("Cautions", "cautions"),
            Bullets(tuple(with_sources(c.text, c.sources) for c in benchmark.cautions)),
        ]
    if benchmark.heads:
        body += [
            Heading("Head types studied on it", "heads"),
            bullets([joined([ref("heads", h) for h in benchmark.heads])]),
        ]
    body += _papers([p for p in context.catalog.papers.values() if benchmark.id in p.benchmarks])
    body += [Heading("Sources", "sources"), Bullets(tuple(sources_cell([s]) for s in benchmark.sources))]
    return _page(context, "benchmarks", benchmark, body, benchmark.definition, "Benchmark", 1.5)


def stage_flow(context: Context, page: str) -> Figure:
    """The stages in order, with the transitions between them."""
    stages = sorted(context.catalog.stages.values(), key=lambda s: s.order)
    boxes = [
        Box(s.id, s.name, s.abbreviation, context.links.relative(page, record_path("stages", s.id))) for s in stages
    ]
    arrows = [(s.id, t.to) for s in stages for t in s.transitions]
    said = "\n".join(f"- {s.name} → {context.links.name(f'stages/{t.to}')}" for s in stages for t in s.transitions)
    return Figure(flow(boxes, arrows, "The stages and how they feed each other"), said)


def stage_page(context: Context, stage: Stage) -> Page:
    """A stage: categories with their head types, and what it feeds."""
    body: list[Node] = [
        Prose(stage.definition, lead=True),
        Facts((("Abbreviation", stage.abbreviation), ("Analogy", stage.analogy), *_aliases(stage))),
    ]
    if stage.description:
        body.append(Prose(stage.description))
    body += [Heading("Between the stages", "flow"), stage_flow(context, record_path("stages", stage.id))]
    body += (
        [Bullets(tuple(("To ", ref("stages", t.to), ": ", with_sources(t.note, t.sources)) for t in stage.transitions))]
        if stage.transitions
        else []
    )
    for category in stage.categories:
        heads = sorted(
            (h for h in context.catalog.heads.values() if (h.stage, h.category) == (stage.id, category.id)),
            key=lambda h: h.name.casefold(),
        )
        rows = []
        for head in heads:
            rung = best(r for (h, _), k in context.known.items() if h == head.id for r in k.rungs)
            rows.append(
                Row(
                    (
                        ref("heads", head.id),
                        head.definition,
                        badge(rung) if rung else "–",
                        "survey" if head.placement.by == "survey" else "headkb",
                    )
                )
            )
        body += [Heading(plain(category.name), category.id), Prose(category.definition)]
        body.append(
            Table(("Head type", "What it does", "Best evidence", "Placed by"), tuple(rows))
            if rows
            else Prose("No head type stands here yet.")
        )
    body += [Heading("Sources", "sources"), Bullets(tuple(sources_cell([s]) for s in stage.sources))]
    return _page(context, "stages", stage, body, stage.definition, f"Stage {stage.order}", 1.5, (stage.abbreviation,))


def circuit_page(context: Context, circuit: Circuit) -> Page:
    """A circuit: graph, list of nodes and edges, faithfulness."""
    path = record_path("circuits", circuit.id)
    facts: list[tuple[str, Cell]] = [*_aliases(circuit), ("Task", circuit.task)]
    if circuit.benchmark:
        facts.append(("Benchmark", ref("benchmarks", circuit.benchmark)))
    if circuit.model:
        facts.append(("Model", ref("models", circuit.model)))
    body: list[Node] = [Prose(circuit.definition, lead=True), Facts(tuple(facts))]
    if circuit.description:
        body.append(Prose(circuit.description))
    names = {n.id: (context.links.name(f"heads/{n.head}") if n.head else str(n.component)) for n in circuit.nodes}
    boxes = [
        Box(
            n.id,
            names[n.id],
            ", ".join(map(str, n.heads[:4])) + (" …" if len(n.heads) > 4 else ""),
            context.links.relative(path, record_path("heads", n.head)) if n.head else "",
            "hk-node" if n.head else "hk-other",
        )
        for n in circuit.nodes
    ]
    edges = [(e.start, e.end, e.via) for e in circuit.edges if e.start in names and e.end in names]
    body += [
        Heading("Graph", "graph"),
        Figure(
            graph(boxes, edges, f"Circuit: {circuit.name}"),
            "",
            "Arrows carry the input they use: Q, K or V of the next head, the residual stream, or the logits.",
        ),
    ]
    rows = tuple(
        Row(
            (
                ref("heads", n.head) if n.head else plain(n.component or ""),
                heads_cell(context, circuit.model or "", n.heads, 30) if n.heads else "–",
                " ".join(n.role.split("\n")),
            )
        )
        for n in circuit.nodes
    )
    body += [Heading("Nodes", "nodes"), Table(("Node", "Heads", "What it does"), rows)]
    if circuit.edges:
        body += [
            Heading("Edges", "edges"),
            Bullets(
                tuple(
                    f"{plain(names.get(e.start, e.start))} → {plain(names.get(e.end, e.end))}, {VIA[e.via]}"
                    + (f": {e.note}" if e.note else "")
                    for e in circuit.edges
                )
            ),
        ]
    if circuit.faithfulness:
        rows = tuple(Row((f.metric, f.value, f.note or "", sources_cell(f.sources))) for f in circuit.faithfulness)
        body += [Heading("How faithful it is", "faithfulness"), Table(("Metric", "Value", "Note", "Source"), rows)]
    body += [Heading("Sources", "sources"), Bullets(tuple(sources_cell([s]) for s in circuit.sources))]
    return _page(context, "circuits", circuit, body, circuit.definition, "Circuit", 1.5)


def term_page(context: Context, term: Term) -> Page:
    """A glossary term."""
    body: list[Node] = [Prose(term.definition, lead=True)]
    if term.aliases:
        body.append(Facts(tuple(_aliases(term))))
    if term.description:
        body.append(Prose(term.description))
    if term.symbols:
        body += [
            Heading("Symbols", "symbols"),
            Table(
                ("Symbol", "Meaning"),
                tuple(Row((f"${s.symbol}$", " ".join(s.meaning.split("\n")))) for s in term.symbols),
            ),
        ]
    if term.see_also:
        body += [Heading("See also", "see-also"), bullets([joined([_see(context, key) for key in term.see_also])])]
    sources = getattr(term, "sources", ())
    if sources:
        body += [Heading("Sources", "sources"), Bullets(tuple(sources_cell([s]) for s in sources))]
    return _page(context, "glossary", term, body, term.definition, "Glossary", 1.2)


def _see(context: Context, key: str) -> str:
    for name in (key, f"glossary/{key}", f"heads/{key}"):
        if context.links.resolve(name) is not None:
            return f"[[{name}]]"
    return plain(key)
