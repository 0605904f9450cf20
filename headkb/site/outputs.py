"""Every file of the site that is not a page: twins, API, feeds, redirects, published tables, llms.txt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from headkb.catalog import Statement
from headkb.catalog.atlas import atlas_data, heads_path, table_path
from headkb.catalog.bibliography import bibtex_file, csl_file, ris_file
from headkb.catalog.export import SCHEMA_VERSION, claim_record, dumps, papers_by_id, plain_record, plain_records
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.showing import WORDS
from headkb.catalog.standing import STANDINGS
from headkb.catalog.state import catalog_sentences
from headkb.site.document import DataTable, Page
from headkb.site.feeds import feeds, full_date
from headkb.site.links import HUBS, Links, claim_path, record_path, twin
from headkb.site.openapi import openapi
from headkb.site.parts import SITE, Context
from headkb.site.to_html import cell_words, slug
from headkb.site.to_markdown import page_markdown
from headkb.site.values import table_values

LABELS: Mapping[str, tuple[str, int]] = {
    **{kind: (spec.label, spec.weight) for kind, spec in KINDS.items() if spec.weight},
    "rules": ("Rule", 1),
}
"""First folder of a page's path → what the search box calls such pages, and how early it shows them."""


def outputs(context: Context, pages: list[Page]) -> dict[str, str]:
    """Path → content, pages left out, sorted by path."""
    made = {twin(page.path, ".md"): page_markdown(page, context.links) for page in pages}
    made |= {twin(page.path, ".json"): dumps(page_data(page, context.links)) for page in pages}
    made |= _json_twins(context)
    made |= _api(context)
    made |= feeds(context)
    made |= redirects(context, {page.path for page in pages})
    made |= _tables(context)
    made["assets/names.json"] = names_file(context, pages)
    made["llms.txt"] = _llms(context, pages)
    return dict(sorted(made.items()))


def _json_twins(context: Context) -> dict[str, str]:
    made = {
        twin(record_path(kind, record.id), ".json"): dumps(plain_record(context.catalog, record))
        for kind, record in context.catalog.records()
    }
    for model_id, dossiers in context.dossiers.items():
        for head, dossier in dossiers.items():
            made[f"models/{model_id}/{head}.json"] = dumps(dossier.data())
    for statement in context.catalog.statements.values():
        if statement.claim.table:
            made[twin(claim_path(statement), ".json")] = dumps(table_data(context, statement))
    for kind in KINDS:
        records = [record for _, record in sorted(context.catalog.of(kind).items())]
        made[f"{kind}/index.json"] = dumps([{"id": r.id, "name": r.title_text()} for r in records])
    return made


def page_data(page: Page, links: Links) -> dict[str, Any]:
    """A computed page as plain data: what it says, and its tables as rows of words. Records have twins of their own."""
    tables = [
        {
            "columns": [cell_words(column, links) for column in table.columns],
            "rows": [[cell_words(cell, links) for cell in row.cells] for row in table.rows],
        }
        for table in page.body
        if isinstance(table, DataTable)
    ]
    return {"path": page.path, "title": page.title, "description": page.description, "tables": tables}


def table_data(context: Context, statement: Statement) -> dict[str, Any]:
    """A published score table as plain data: the claim's record with its values by head."""
    values = {str(head): value for head, value in table_values(context, statement).items()}
    return {**claim_record(context.catalog, statement), "values": values}


def _api(context: Context) -> dict[str, str]:
    c = context.catalog
    made = {f"api/v1/{kind}.json": dumps(plain_records(c, kind)) for kind in KINDS}
    made |= {f"api/v1/schema/{kind}.schema.json": dumps(spec.json_schema()) for kind, spec in KINDS.items()}
    for suffix, text_of in (("bib", bibtex_file), ("ris", ris_file), ("csl.json", csl_file)):
        made[f"api/v1/papers.{suffix}"] = text_of(papers_by_id(c))
    counts = {kind: len(c.statements) if kind == "claims" else len(c.of(kind)) for kind in KINDS}
    index = {
        "schema_version": SCHEMA_VERSION,
        "updated": latest(context),
        "licence": "CC-BY-4.0",
        "counts": counts,
        "files": {kind: f"{SITE}api/v1/{kind}.json" for kind in KINDS},
    }
    made["api/v1/index.json"] = dumps(index)
    made["api/v1/openapi.json"] = dumps(openapi())
    return made


def latest(context: Context) -> str:
    """The newest date in the data: of papers, runs and checks of records."""
    dates = [p.date for p in context.catalog.papers.values()] + [r.date for r in context.catalog.runs.values()]
    dates += [r.curation.checked for _, r in context.catalog.records() if r.curation and r.curation.checked]
    return max((full_date(d) for d in dates), default="1970-01-01")


def redirects(context: Context, taken: set[str]) -> dict[str, str]:
    """A small page for every alias, full name and former id of a record, and for every former id of a claim, that leads there."""
    made: dict[str, str] = {}
    for path, there, name in (*_other_names(context), *_former_claims(context)):
        if path not in taken:
            page = redirect_html(context.links.relative(path, there), there, name)
            made.setdefault(f"{path}index.html", page)
    return made


def _other_names(context: Context) -> Iterator[tuple[str, str, str]]:
    """Path of a record's alias, full name or former id, the record's path and its name."""
    for kind, record in context.catalog.records():
        named = kind != "papers" and KINDS[kind].name_field is not None
        names = [slug(name) for name in record.names()] if named else []
        for name in dict.fromkeys([*record.replaces, *names, *_paper_ids(kind, record)]):
            if name:
                yield f"{kind}/{name}/", record_path(kind, record.id), record.title_text()


def _former_claims(context: Context) -> Iterator[tuple[str, str, str]]:
    """Path of a claim's former id, where the claim is shown, and what it is called."""
    for former in context.catalog.former_claims:
        key = f"claims/{former}"
        yield f"{key}/", context.links.paths[key], context.links.name(key)


def _paper_ids(kind: Kind, record: object) -> list[str]:
    """An arXiv id leads to the paper, too."""
    arxiv = getattr(record, "arxiv", None) if kind == "papers" else None
    return [arxiv.replace("/", "-")] if arxiv else []


def redirect_html(href: str, path: str, name: str) -> str:
    """A page that sends the reader on, with a link for browsers that do not."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(name)}</title><meta name="robots" content="noindex"><link rel="icon" href="data:,">'
        f'<link rel="canonical" href="{SITE}{escape(path)}"><meta http-equiv="refresh" content="0; url={escape(href)}"></head>'
        f'<body><p>This page is at <a href="{escape(href)}">{escape(name)}</a>.</p></body></html>\n'
    )


def _tables(context: Context) -> dict[str, str]:
    """The published score tables, the training curves and the files of atlases, as they lie in the catalog; atlases as JSON, too."""
    made = {}
    for statement in context.catalog.statements.values():
        table = statement.claim.table
        file = context.catalog.root / "claims" / table.file if table else None
        if table and file and file.is_file():
            made[f"claims/{table.file}"] = file.read_text(encoding="utf-8")
    for model in context.catalog.models.values():
        curve = context.catalog.root / "models" / model.training_curve if model.training_curve else None
        if curve and curve.is_file():
            made[f"models/{model.training_curve}"] = curve.read_text(encoding="utf-8")
    for view in context.atlases.values():
        for file in (table_path(context.catalog.root, view.atlas.id), heads_path(context.catalog.root, view.atlas.id)):
            if file.is_file():
                made[f"atlases/{file.name}"] = file.read_text(encoding="utf-8")
        made[f"atlases/{view.atlas.id}.table.json"] = dumps(atlas_data(context.catalog, view.atlas, view.table))
    return made


def _llms(context: Context, pages: list[Page]) -> str:
    """A guide for language models: what there is, and the Markdown twin of every hub."""
    lines = [
        "# headkb",
        "",
        "> The catalog of attention-head research: head types, papers, claims about particular heads, and reruns of them.",
        "",
        "Every page has a Markdown twin (`heads/induction/` → `heads/induction.md`), every record a JSON twin (`heads/induction.json`).",
        "Heads are written L9H6, counted from 0.",
        "",
        "Two questions are never mixed. Is a claim true of its own model? Its `standing` says: "
        + ", ".join(STANDINGS)
        + ".",
        "Does headkb find a head type in a model? Its `showing` there says: " + ", ".join(WORDS) + ".",
        "Public models, organisms (small models trained here) and exact models (hand-set weights) are never added up.",
        "",
        *(f"- {sentence}" for sentence in catalog_sentences(context.catalog)),
        "",
        "## Lists",
        "",
    ]
    lines += [f"- [{s.title}]({SITE}{twin(f'{kind}/', '.md')}): {s.description}" for kind, s in KINDS.items()]
    lines += ["", "## Data", ""] + [f"- [{kind}.json]({SITE}api/v1/{kind}.json)" for kind in KINDS]
    lines += ["", "## Head types", ""]
    heads = [page for page in pages if page.path.startswith("heads/") and page.path not in HUBS]
    lines += [f"- [{page.title}]({SITE}{twin(page.path, '.md')}): {page.description}" for page in heads]
    return "\n".join(lines) + "\n"


def names_file(context: Context, pages: list[Page]) -> str:
    """JSON for `headkb.js`: kinds with label and weight, pages as [kind, path, title, other names…], heads by model, named ones counted."""
    kinds = list(LABELS)
    entries = []
    for page in pages:
        kind = page.path.split("/", 1)[0]
        # The heads of a model have an entry together, below.
        of_head = kind == "models" and page.parent and not page.record
        if kind in LABELS and page.path != "rules/" and not of_head:
            others = [a for a in page.aliases if a.casefold() != page.title.casefold()]
            entries.append([kinds.index(kind), page.path, page.title, *others])
    heads = {model: " ".join(sorted(map(str, heads))) for model, heads in sorted(context.dossiers.items()) if heads}
    # Of heads with the same coordinate, those of models about which most is said come first; an atlas alone is no reason.
    named = {model: count for model in heads if (count := len(context.named(model)))}
    data = {"kinds": [*LABELS.values()], "pages": entries, "heads": heads, "named": named}
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def page_meta(page: Page) -> Mapping[str, Any]:
    """What the theme's templates need to know of a page."""
    # Heads of models and tables are found by name (see `names_file`), and would only swell the full-text index.
    found_by_name = page.parent.startswith(("models/", "claims/")) and page.parent not in HUBS
    data: dict[str, Any] = {"title": page.title, "search_weight": None if found_by_name else page.boost}
    if page.description:
        data["description"] = " ".join(page.description.split())[:300]
    if page.aliases:
        data["tags"] = list(dict.fromkeys(page.aliases))
    if page.wide:
        data["hide"] = ["navigation", "toc"]
    if page.linked_data:
        data["linked_data"] = {"@context": "https://schema.org", **page.linked_data, "url": f"{SITE}{page.path}"}
    if page.record.startswith(("heads/", "models/")):
        data["feed"] = f"feeds/{page.record}.xml"
    data["twin"] = twin(page.path, ".md")
    return data
