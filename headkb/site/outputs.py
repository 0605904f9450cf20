"""Every file of the site that is not a page: twins, API, feeds, redirects, published tables, llms.txt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html import escape
from typing import Any

from headkb.catalog import Statement
from headkb.catalog.addresses import SITE
from headkb.catalog.atlas import atlas_data, heads_path, table_path
from headkb.catalog.export import dumps
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.patterns import pattern_path, patterns_of
from headkb.catalog.plain_data import claim_record, plain_record
from headkb.catalog.schema import Record
from headkb.catalog.search_data import search_data
from headkb.catalog.search_parts import parts
from headkb.catalog.showing import WORDS
from headkb.catalog.standing import STANDINGS
from headkb.catalog.state import catalog_sentences
from headkb.site.api import INDEX, api_files, api_index
from headkb.site.browser_data import grid_data, grid_path, model_list, models_with_grid, packed
from headkb.site.compare_types import type_data, type_list
from headkb.site.contain import OnTrouble, made
from headkb.site.document import DataTable, Page, Row
from headkb.site.feeds import feeds
from headkb.site.links import HUBS, Links, claim_path, record_path, twin
from headkb.site.parts import Context
from headkb.site.to_html import cell_words, slug
from headkb.site.to_markdown import page_markdown
from headkb.site.values import table_values

NAMES = ("names", "names-more", "names-words")
"""Files of what can be found, in the order in which the site fetches them."""
Makers = Iterator[tuple[str, Callable[[], str]]]
"""Path of a file, and what makes its content."""


def outputs(context: Context, pages: list[Page], on_trouble: OnTrouble | None = None) -> dict[str, str]:
    """The texts among the files of `site_files`."""
    return {path: text for path, text in site_files(context, pages, on_trouble).items() if isinstance(text, str)}


def site_files(context: Context, pages: list[Page], on_trouble: OnTrouble | None = None) -> dict[str, str | bytes]:
    """Path → content, pages left out, sorted by path; a file that fails is left out and told to `on_trouble`, or raises without it."""
    singles = (_page_twins, _json_twins, _lists, _tables, _grids)
    texts = made([maker for group in singles for maker in group(context, pages)], on_trouble)
    groups = {
        "the feeds": lambda: feeds(context),
        "the search": lambda: names_files(context, pages),
        "the redirects": lambda: redirects(context, {page.path for page in pages}),
    }
    for group in made(groups.items(), on_trouble).values():
        texts |= group
    api = made(api_files(context), on_trouble)
    index = made([(INDEX, partial(_dumped, api_index, context, api))], on_trouble)
    return dict(sorted({**texts, **api, **index}.items()))


def _page_twins(context: Context, pages: list[Page]) -> Makers:
    for page in whole(pages):
        yield twin(page.path, ".md"), partial(page_markdown, page, context.links)
        yield twin(page.path, ".json"), partial(_dumped, page_data, page, context.links)


def whole(pages: list[Page]) -> list[Page]:
    """Without the continuations of pages: the first part stands for all of them, its twin holds every row."""
    return [page for page in pages if not page.part]


def _json_twins(context: Context, _: list[Page]) -> Makers:
    for kind, record in context.catalog.records():
        yield twin(record_path(kind, record.id), ".json"), partial(_dumped, plain_record, context.catalog, record)
    for model_id, dossiers in context.dossiers.items():
        for head, dossier in dossiers.items():
            yield f"models/{model_id}/{head}.json", partial(_dumped, dossier.data)
    for statement in context.catalog.statements.values():
        if statement.claim.table:
            yield twin(claim_path(statement), ".json"), partial(_dumped, table_data, context, statement)


def _lists(context: Context, pages: list[Page]) -> Makers:
    for kind in KINDS:
        records = [record for _, record in sorted(context.catalog.of(kind).items())]
        yield f"{kind}/index.json", partial(_dumped, _index, records)
    yield "llms.txt", lambda: _llms(context, pages)


def _index(records: list[Record]) -> list[dict[str, str]]:
    return [{"id": r.id, "name": r.title_text()} for r in records]


def _packed(make: Callable[..., Any], *args: Any) -> str:
    return packed(make(*args))


def _dumped(make: Callable[..., Any], *args: Any) -> str:
    return dumps(make(*args))


def page_data(page: Page, links: Links) -> dict[str, Any]:
    """A computed page as plain data: what it says, and its tables as rows of words. Records have twins of their own."""
    tables = [
        {
            "columns": [cell_words(column, links) for column in table.columns],
            "rows": [[cell_words(cell, links) for cell in row.cells] for row in table.rows],
        }
        for table in page.whole or page.body
        if isinstance(table, DataTable)
    ]
    return {"path": page.path, "title": page.title, "description": page.description, "tables": tables}


def table_data(context: Context, statement: Statement) -> dict[str, Any]:
    """A published score table as plain data: the claim's record with its values by head."""
    values = {str(head): value for head, value in table_values(context, statement).items()}
    return {**claim_record(context.catalog, statement), "values": values}


def redirects(context: Context, taken: set[str]) -> dict[str, str]:
    """A small page for every alias, full name and former id of a record, and for every former id of a claim, that leads there."""
    found: dict[str, str] = {}
    for path, there, name in (*_other_names(context), *_former_claims(context)):
        if path not in taken:
            page = redirect_html(context.links.relative(path, there), there, name)
            found.setdefault(f"{path}index.html", page)
    return found


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


def _tables(context: Context, _: list[Page]) -> Makers:
    """The published score tables, training curves, patterns and files of atlases, as they lie in the catalog; atlases as JSON, too."""
    root = context.catalog.root
    tables = [statement.claim.table for statement in context.catalog.statements.values()]
    files = {f"claims/{table.file}": root / "claims" / table.file for table in tables if table}
    curves = [model.training_curve for model in context.catalog.models.values()]
    files |= {f"models/{curve}": root / "models" / curve for curve in curves if curve}
    for path in (pattern_path(root, head) for head in patterns_of(context.catalog)):
        files[f"heads/{path.name}"] = path
    for view in context.atlases.values():
        for file in (table_path(root, view.atlas.id), heads_path(root, view.atlas.id)):
            files[f"atlases/{file.name}"] = file
        yield (
            f"atlases/{view.atlas.id}.table.json",
            partial(_dumped, atlas_data, context.catalog, view.atlas, view.table),
        )
    for name, file in files.items():
        if file.is_file():
            yield name, partial(file.read_text, encoding="utf-8")


def _grids(context: Context, _: list[Page]) -> Makers:
    """What head browsers and the pages that compare fetch."""
    for model in models_with_grid(context):
        yield grid_path(model.id), partial(_packed, grid_data, context, model)
    yield "compare/models.json", partial(_packed, model_list, context)
    for head in context.catalog.heads.values():
        yield f"compare/types/{head.id}.json", partial(_packed, type_data, context, head)
    yield "compare/types-list.json", partial(_packed, type_list, context)


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
    more = {
        "labels/index.json": "what each head of each model is said and shown to be",
        "headkb.sqlite": "everything as a database",
        "openapi.json": "every address",
    }
    lines += [f"- [{name}]({SITE}api/v1/{name}): {what}" for name, what in more.items()]
    lines += ["", "## Head types", ""]
    heads = [page for page in whole(pages) if page.path.startswith("heads/") and page.path not in HUBS]
    lines += [f"- [{page.title}]({SITE}{twin(page.path, '.md')}): {page.description}" for page in heads]
    return "\n".join(lines) + "\n"


def names_files(context: Context, pages: list[Page]) -> dict[str, str]:
    """JSON for `find.js`, in parts: what can be found, and the grammar (see `headkb.catalog.search_data`); records whose page is missing are left out."""
    here = {page.record for page in pages}
    left_out = {f"{kind}/{record.id}" for kind, record in context.catalog.records()} - here
    anchors = {
        (page.path, row.id) for page in pages for node in page.body for row in getattr(node, "rows", ()) if _row_id(row)
    }
    data = search_data(context.catalog, context.dossiers, anchors, left_out)
    return {f"assets/{name}.json": packed(part) for name, part in zip(NAMES, parts(data), strict=True)}


def _row_id(row: Any) -> str:
    return row.id if isinstance(row, Row) else ""


def page_meta(page: Page) -> Mapping[str, Any]:
    """What the theme's templates need to know of a page."""
    # Heads of models and tables are found by name (see `names_file`), and would only swell the full-text index.
    found_by_name = page.parent.startswith(("models/", "claims/")) and page.parent not in HUBS
    # What a continuation lists is found by its own page.
    found_by_name = found_by_name or page.part > 0
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
    data["twin"] = twin(page.parent if page.part else page.path, ".md")
    return data
