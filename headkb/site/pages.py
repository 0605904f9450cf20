"""The pure generator: a catalog in, every page of the site out. It knows nothing of MkDocs and never imports torch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.site.atlas_pages import atlas_page, atlases_hub
from headkb.site.causal_pages import causal_page
from headkb.site.circuit_pages import circuit_page, circuits_hub
from headkb.site.claim_pages import claim_pages, claims_hub
from headkb.site.compare_models import compare_page
from headkb.site.compare_types import compare_types_page
from headkb.site.contain import OnTrouble, made
from headkb.site.document import Element, Page, Prose
from headkb.site.foot import form_links
from headkb.site.head_pages import head_page, heads_hub
from headkb.site.kind_pages import benchmark_page, benchmarks_hub, glossary_hub, method_page, methods_hub, term_page
from headkb.site.matrix import matrix_pages
from headkb.site.model_pages import model_pages, models_hub
from headkb.site.overview import overview_pages
from headkb.site.paper_pages import paper_page, papers_hub
from headkb.site.parts import Context, bullets, make_context
from headkb.site.public_pages import public_page
from headkb.site.reference_pages import LIBRARY, reference_hub, reference_pages
from headkb.site.reference_read import can_read, parts
from headkb.site.run_pages import run_page, runs_hub
from headkb.site.score_pages import score_page, scores_hub
from headkb.site.split import in_parts, weight_of
from headkb.site.stage_pages import stage_page, stages_hub
from headkb.site.terms import link_terms, make_terms
from headkb.site.to_html import page_html
from headkb.site.tool_pages import tool_page, tools_hub


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
    "tools": KindPages(tool_page, tools_hub),
    "glossary": KindPages(term_page, glossary_hub),
}


def pages(catalog: Catalog) -> list[Page]:
    """Every generated page, sorted by path."""
    return all_pages(make_context(catalog))


def all_pages(context: Context, on_trouble: OnTrouble | None = None, only: tuple[str, ...] = ()) -> list[Page]:
    """Every generated page, heavy ones in parts, sorted by path; one that fails is left out and told to `on_trouble`, or raises without it.

    `only` are beginnings of the names of records and parts whose pages are wanted; none means all.
    """
    weigh = _scales(context)
    makers = (
        (page.path, partial(in_parts, page, context.links, weigh)) for page in whole_pages(context, on_trouble, only)
    )
    built = made(makers, on_trouble).values()
    return sorted((page for group in built for page in group), key=lambda page: page.path)


def _scales(context: Context) -> Callable[[Page], int]:
    """What tells the weight of a page."""
    terms = make_terms(context)
    return lambda page: weight_of(page, link_terms(page_html(page, context.links), terms, page.path), context.links)


def page_at(context: Context, path: str) -> Page | None:
    """The generated page with this path, one of `all_pages`, without making those of other records; None if there is none."""
    whole = re.sub(r"part-[0-9]+/$", "", path)
    kind, _, rest = whole.partition("/")
    record = f"{kind}/{rest.partition('/')[0]}"
    for name, maker in sorted(_makers(context), key=lambda maker: maker[0] != record):
        if name == record or (kind not in KINDS and "/" not in name):
            for page in maker():
                if page.path == whole:
                    parts = in_parts(page, context.links, _scales(context))
                    return next((part for part in parts if part.path == path), None)
    return None


def whole_pages(context: Context, on_trouble: OnTrouble | None = None, only: tuple[str, ...] = ()) -> list[Page]:
    """The same before they are cut into parts, in any order."""
    makers = ((name, maker) for name, maker in _makers(context) if not only or name.startswith(only))
    return [page for group in made(makers, on_trouble).values() for page in group]


def _makers(context: Context) -> Iterator[tuple[str, Callable[[], list[Page]]]]:
    """The name of each record or part of the site, and what makes its pages."""
    yield "the matrix", lambda: matrix_pages(context)
    yield "the overview", lambda: overview_pages(context)
    yield "the page of causal checks", lambda: [causal_page(context)]
    yield "the page of public models", lambda: [public_page(context)]
    yield "the comparison of models", lambda: [compare_page(context)]
    yield "the comparison of head types", lambda: [compare_types_page(context)]
    if can_read():
        yield "the reference", lambda: [reference_hub()]
        for path in parts():
            yield f"{LIBRARY}{path}", partial(reference_pages, path)
    for kind in KINDS:
        yield f"{kind}/", partial(_hub, context, kind)
        for record in context.catalog.of(kind).values():
            yield f"{kind}/{record.id}", partial(_of_record, context, kind, record)


def _hub(context: Context, kind: Kind) -> list[Page]:
    return [hub_page(context, kind)]


def _of_record(context: Context, kind: Kind, record: Any) -> list[Page]:
    built = PAGES[kind].record(context, record)
    return built if isinstance(built, list) else [built]


def hub_page(context: Context, kind: Kind) -> Page:
    """The list of one kind."""
    spec, records = KINDS[kind], len(context.catalog.of(kind))
    # A file of claims holds many.
    claims = f"{len(context.catalog.statements)} claims from {records} sources"
    count = claims if kind == "claims" else f"{records} records"
    lead = Prose(f"{spec.description} {count}.", lead=True)
    body = (lead, bullets(form_links(context, f"{kind}/"), "hk-do"), *PAGES[kind].hub(context))
    return Page(f"{kind}/", spec.title, body, description=spec.description, boost=1.5, wide=True)
