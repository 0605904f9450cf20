"""Methods, benchmarks and glossary terms: the page of one, and the list of all."""

from __future__ import annotations

from headkb.catalog.inline import plain
from headkb.catalog.schema import Benchmark, Method, Term
from headkb.catalog.schema.common import Placement
from headkb.site.compose import by_name, facts, listing, one_line, prose, section, table_of
from headkb.site.document import Cell, Element, Formula, Page
from headkb.site.foot import record_page
from headkb.site.parts import (
    Context,
    also_called,
    bullets,
    implementations,
    joined,
    papers_section,
    ref,
    refs,
    remarks,
    score_ref,
    sources_cell,
    sources_section,
)

CLASSES = {
    "modeling-free/modification-based": "modelling-free, modification-based",
    "modeling-free/replacement-based": "modelling-free, replacement-based",
    "modeling-required/training-free": "modelling-required, training-free",
    "modeling-required/training-required": "modelling-required, training-required",
}


def placed_by(placement: Placement) -> Cell:
    """Who put a record into its class, and why."""
    by: Cell = "placed by the survey" if placement.by == "survey" else f"placed by headkb: {placement.reason}"
    return (by, " (", sources_cell(placement.sources), ")") if placement.sources else by


def method_page(context: Context, method: Method) -> Page:
    """A discovery method."""
    cost = method.cost
    papers = context.catalog.papers_using.get(("methods", method.id), [])
    introduced = sorted({h.id for p in papers for h in p.heads if h.role == "introduces"})
    formula: list[Element] = [Formula(method.formula)] if method.formula else []
    body: list[Element] = [
        *prose(method.definition, lead=True),
        facts(
            ("Also called", also_called(method)),
            ("Class", (CLASSES[method.method_class], " — ", placed_by(method.placement))),
            ("Forward passes", cost.forward if cost else None),
            ("Backward passes", cost.backward if cost else None),
            ("Cost", cost.note if cost else None),
            ("In headkb", _code(context, method)),
        ),
        *prose(method.description),
        *section("Formula", "formula", [*formula, *prose(method.plain)]),
        *section("Pitfalls", "pitfalls", remarks(method.pitfalls)),
        *section("Head types found with it", "heads", bullets([refs("heads", introduced)] if introduced else [])),
        *papers_section(papers),
        *sources_section(method.sources),
    ]
    return record_page(context, method, body, subtitle="Discovery method", boost=2.0)


def _code(context: Context, method: Method) -> Cell:
    """The scores and modules that implement a method, or why there are none."""
    names = implementations(method)
    links: list[Cell] = [score_ref(name) if name in context.catalog.scores else f"`{name}`" for name in names]
    return joined(links) if links else f"none: {method.no_implementation}"


def methods_hub(context: Context) -> list[Element]:
    """Methods by class."""
    methods = sorted(context.catalog.methods.values(), key=lambda m: (m.method_class, m.name.casefold()))

    def has_code(method: Method) -> str:
        return "yes" if method.implementation else "no"

    return listing(
        methods,
        {
            "Method": lambda m: ref("methods", m.id),
            "What it does": lambda m: m.definition,
            "Class": lambda m: CLASSES[m.method_class],
            "Forward passes": lambda m: m.cost.forward if m.cost else "–",
            "Papers": lambda m: str(len(context.catalog.papers_using.get(("methods", m.id), []))),
            "In headkb": has_code,
        },
        lambda m: {"class": CLASSES[m.method_class], "code": has_code(m)},
        {"class": "Class", "code": "In headkb"},
        name="methods",
    )


def benchmark_page(context: Context, benchmark: Benchmark) -> Page:
    """A data set or prompt family."""
    b, hub = benchmark, benchmark.hub_id
    body: list[Element] = [
        *prose(b.definition, lead=True),
        facts(
            ("Also called", also_called(b)),
            ("Task", b.task),
            ("Kind", "made to study mechanisms" if b.type == "mechanism" else "common benchmark"),
            ("Format", b.format),
            ("Size", b.size),
            ("Licence", b.licence),
            ("Placement", placed_by(b.placement) if b.placement else None),
            ("Generator", b.generator and f"`{b.generator}` in `headkb.prompts`"),
            ("Hugging Face", hub and f"[{plain(hub)}](https://huggingface.co/datasets/{hub})"),
        ),
        *prose(b.description),
        *section("Cautions", "cautions", remarks(b.cautions)),
        *section("Head types studied on it", "heads", bullets([refs("heads", b.heads)] if b.heads else [])),
        *papers_section(context.catalog.papers_using.get(("benchmarks", b.id), [])),
        *sources_section(b.sources),
    ]
    return record_page(context, b, body, subtitle="Benchmark", boost=1.5)


def benchmarks_hub(context: Context) -> list[Element]:
    """Benchmarks by name."""

    def has_generator(benchmark: Benchmark) -> str:
        return "yes" if benchmark.generator else "no"

    return listing(
        by_name(context.catalog.benchmarks.values()),
        {
            "Benchmark": lambda b: ref("benchmarks", b.id),
            "What it is": lambda b: b.definition,
            "Kind": lambda b: b.type,
            "Papers": lambda b: str(len(context.catalog.papers_using.get(("benchmarks", b.id), []))),
            "Generator": has_generator,
        },
        lambda b: {"kind": b.type, "generator": has_generator(b)},
        {"kind": "Kind", "generator": "Generator in headkb"},
        name="benchmarks",
    )


def term_page(context: Context, term: Term) -> Page:
    """A glossary term."""
    symbols = table_of(term.symbols, {"Symbol": lambda s: f"${s.symbol}$", "Meaning": lambda s: one_line(s.meaning)})
    see_also = [joined([_see(context, key) for key in term.see_also])] if term.see_also else []
    body: list[Element] = [
        *prose(term.definition, lead=True),
        *([facts(("Also called", also_called(term)))] if term.aliases else []),
        *prose(term.description),
        *section("Symbols", "symbols", symbols),
        *section("See also", "see-also", bullets(see_also)),
        *sources_section(term.sources),
    ]
    return record_page(context, term, body, subtitle="Glossary", boost=1.2)


def _see(context: Context, key: str) -> str:
    for name in (key, f"glossary/{key}", f"heads/{key}"):
        if context.links.resolve(name) is not None:
            return f"[[{name}]]"
    return plain(key)


def glossary_hub(context: Context) -> list[Element]:
    """Terms by name."""
    return listing(
        by_name(context.catalog.glossary.values()),
        {"Term": lambda t: ref("glossary", t.id), "Meaning": lambda t: t.definition},
        lambda t: {"q": " ".join(t.names()), "symbols": "yes" if t.symbols else "no", "letter": t.name[:1].upper()},
        {"letter": "First letter", "symbols": "With symbols"},
        name="terms",
    )
