"""The pure generator: a catalog in, every page of the site out. It knows nothing of MkDocs and never imports torch."""

from __future__ import annotations

from headkb.catalog import Catalog
from headkb.site.causal_pages import causal_page
from headkb.site.claim_pages import claim_pages
from headkb.site.document import Page
from headkb.site.head_pages import head_page
from headkb.site.hubs import hub_pages
from headkb.site.kind_pages import benchmark_page, circuit_page, method_page, stage_page, term_page
from headkb.site.matrix import matrix_pages
from headkb.site.model_pages import model_pages
from headkb.site.overview import overview_pages
from headkb.site.paper_pages import paper_page
from headkb.site.parts import Context, make_context
from headkb.site.run_pages import run_page


def pages(catalog: Catalog) -> list[Page]:
    """Every generated page, sorted by path."""
    return all_pages(make_context(catalog))


def all_pages(context: Context) -> list[Page]:
    """Every generated page, sorted by path."""
    c = context.catalog
    made = [
        *hub_pages(context),
        *matrix_pages(context),
        *overview_pages(context),
        causal_page(context),
        *(head_page(context, head) for head in c.heads.values()),
        *(paper_page(context, paper) for paper in c.papers.values()),
        *(method_page(context, method) for method in c.methods.values()),
        *(benchmark_page(context, benchmark) for benchmark in c.benchmarks.values()),
        *(stage_page(context, stage) for stage in c.stages.values()),
        *(circuit_page(context, circuit) for circuit in c.circuits.values()),
        *(page for model in c.models.values() for page in model_pages(context, model)),
        *(page for file in c.claims.values() for page in claim_pages(context, file)),
        *(run_page(context, run) for run in c.runs.values()),
        *(term_page(context, term) for term in c.glossary.values()),
    ]
    return sorted(made, key=lambda page: page.path)
