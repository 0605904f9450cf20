"""The pure generator: a catalog in, every page of the site out. It knows nothing of MkDocs and never imports torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.site.atlas_pages import atlas_page, atlases_hub
from headkb.site.causal_pages import causal_page
from headkb.site.circuit_pages import circuit_page, circuits_hub
from headkb.site.claim_pages import claim_pages, claims_hub
from headkb.site.document import Element, Page, Prose
from headkb.site.head_pages import head_page, heads_hub
from headkb.site.kind_pages import benchmark_page, benchmarks_hub, glossary_hub, method_page, methods_hub, term_page
from headkb.site.matrix import matrix_pages
from headkb.site.model_pages import model_pages, models_hub
from headkb.site.overview import overview_pages
from headkb.site.paper_pages import paper_page, papers_hub
from headkb.site.parts import Context, make_context
from headkb.site.public_pages import public_page
from headkb.site.run_pages import run_page, runs_hub
from headkb.site.score_pages import score_page, scores_hub
from headkb.site.stage_pages import stage_page, stages_hub


@dataclass(frozen=True)
class KindPages:
    """How records of one kind are shown: the page or pages of one record, and what the list of all shows below its title."""

    record: Callable[[Context, Any], Page | list[Page]]
    hub: Callable[[Context], list[Element]]


PAGES: Mapping[Kind, KindPages] = {
    "heads": KindPages(head_page, heads_hub),
    "papers": KindPages(paper_page, papers_hub),
    "methods": KindPages(method_page, methods_hub),
    "scores": KindPages(score_page, scores_hub),
    "benchmarks": KindPages(benchmark_page, benchmarks_hub),
    "stages": KindPages(stage_page, stages_hub),
    "circuits": KindPages(circuit_page, circuits_hub),
    "models": KindPages(model_pages, models_hub),
    "claims": KindPages(claim_pages, claims_hub),
    "runs": KindPages(run_page, runs_hub),
    "atlases": KindPages(atlas_page, atlases_hub),
    "glossary": KindPages(term_page, glossary_hub),
}


def pages(catalog: Catalog) -> list[Page]:
    """Every generated page, sorted by path."""
    return all_pages(make_context(catalog))


def all_pages(context: Context) -> list[Page]:
    """Every generated page, sorted by path."""
    every_page = [*matrix_pages(context), *overview_pages(context), causal_page(context), public_page(context)]
    for kind in KINDS:
        every_page.append(hub_page(context, kind))
        for record in context.catalog.of(kind).values():
            built = PAGES[kind].record(context, record)
            every_page += built if isinstance(built, list) else [built]
    return sorted(every_page, key=lambda page: page.path)


def hub_page(context: Context, kind: Kind) -> Page:
    """The list of one kind."""
    spec, records = KINDS[kind], len(context.catalog.of(kind))
    # A file of claims holds many.
    claims = f"{len(context.catalog.statements)} claims from {records} sources"
    count = claims if kind == "claims" else f"{records} records"
    body = (Prose(f"{spec.description} {count}.", lead=True), *PAGES[kind].hub(context))
    return Page(f"{kind}/", spec.title, body, description=spec.description, boost=1.5, wide=True)
