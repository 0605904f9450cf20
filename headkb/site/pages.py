"""The pure generator: a catalog in, every page of the site out. It knows nothing of MkDocs and never imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.site import hubs
from headkb.site.causal_pages import causal_page
from headkb.site.claim_pages import claim_pages
from headkb.site.document import Node, Page, Prose
from headkb.site.head_pages import head_page
from headkb.site.kind_pages import benchmark_page, circuit_page, method_page, stage_page, term_page
from headkb.site.matrix import matrix_pages
from headkb.site.model_pages import model_pages
from headkb.site.overview import overview_pages
from headkb.site.paper_pages import paper_page
from headkb.site.parts import Context, make_context
from headkb.site.run_pages import run_page


@dataclass(frozen=True)
class KindPages:
    """How records of one kind are shown: the page or pages of one record, and what the list of all shows below its title."""

    record: Callable[[Context, Any], Page | list[Page]]
    hub: Callable[[Context], list[Node]]


PAGES: Mapping[Kind, KindPages] = {
    "heads": KindPages(head_page, hubs.heads_hub),
    "papers": KindPages(paper_page, hubs.papers_hub),
    "methods": KindPages(method_page, hubs.methods_hub),
    "benchmarks": KindPages(benchmark_page, hubs.benchmarks_hub),
    "stages": KindPages(stage_page, hubs.stages_hub),
    "circuits": KindPages(circuit_page, hubs.circuits_hub),
    "models": KindPages(model_pages, hubs.models_hub),
    "claims": KindPages(claim_pages, hubs.claims_hub),
    "runs": KindPages(run_page, hubs.runs_hub),
    "glossary": KindPages(term_page, hubs.glossary_hub),
}


def pages(catalog: Catalog) -> list[Page]:
    """Every generated page, sorted by path."""
    return all_pages(make_context(catalog))


def all_pages(context: Context) -> list[Page]:
    """Every generated page, sorted by path."""
    made = [*matrix_pages(context), *overview_pages(context), causal_page(context)]
    for kind in KINDS:
        made.append(hub_page(context, kind))
        for record in context.catalog.of(kind).values():
            built = PAGES[kind].record(context, record)
            made += built if isinstance(built, list) else [built]
    return sorted(made, key=lambda page: page.path)


def hub_page(context: Context, kind: Kind) -> Page:
    """The list of one kind."""
    spec, records = KINDS[kind], context.catalog.of(kind)
    # A file of claims holds many.
    count = (
        f"{len(context.catalog.statements)} claims from {len(records)} sources"
        if kind == "claims"
        else f"{len(records)} records"
    )
    body = (Prose(f"{spec.description} {count}.", lead=True), *PAGES[kind].hub(context))
    return Page(f"{kind}/", spec.title, body, description=spec.description, boost=1.5, wide=True)
