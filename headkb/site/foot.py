"""The frame of a record's page, and its foot: notes, errata, where to edit, report, fetch and cite it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from headkb import __version__
from headkb.catalog import escape
from headkb.catalog.addresses import SITE
from headkb.catalog.kinds import Kind
from headkb.catalog.schema import Erratum, Record
from headkb.site.compose import facts, prose, section, table_of
from headkb.site.document import Cell, Code, Element, Fold, Heading, Page
from headkb.site.feeds import has_feed
from headkb.site.forms import forms
from headkb.site.links import record_path, twin
from headkb.site.parts import REPOSITORY, Context, joined, ref, sources_cell
from headkb.site.text import words


def errata_nodes(errata: Sequence[Erratum]) -> list[Element]:
    """Where other documents are wrong about the thing, and why."""
    columns: dict[str, Callable[[Erratum], Cell]] = {
        "In": lambda e: where_cell(e.where),
        "It says": lambda e: e.says,
        "Correct is": lambda e: e.correct,
        "Source": lambda e: sources_cell(e.sources),
    }
    return section("Errata", "errata", table_of(errata, columns))


def where_cell(where: str) -> Cell:
    """The document that an erratum is about."""
    names = {"survey": ref("papers", "zheng-2024-survey", "the survey"), "list": "the list Awesome-Attention-Heads"}
    return names.get(where, ref("papers", where) if " " not in where else where)


def record_page(
    context: Context,
    record: Record,
    body: Sequence[Element],
    *,
    subtitle: str,
    boost: float,
    title: str = "",
    description: str = "",
    aliases: Sequence[str | None] = (),
    updated: str = "",
    linked_data: Mapping[str, Any] | None = None,
    wide: bool = False,
) -> Page:
    """The page of a record: what its kind has to say, and the foot that all records share.

    Args:
        context: The catalog and its links.
        record: What the page is about.
        body: Everything above the foot.
        subtitle: What kind of thing the page is about.
        boost: How much a hit on the page counts in the full-text search, 1 is ordinary.
        title: Title of the page; the record's own if empty.
        description: One sentence in the Markdown subset; the record's definition if empty.
        aliases: Words that lead to the page besides the record's id and aliases; None is left out.
        updated: Newest date in the data that the page shows.
        linked_data: schema.org description; None stands for that of a defined term, where the record has a definition.
        wide: Whether the page needs the full width.
    """
    kind = cast(Kind, record.kind)
    path = record_path(kind, record.id)
    names = [record.id, *record.names()[1:], *aliases]
    definition = getattr(record, "definition", "")
    described = words(description or definition, context.links)
    if linked_data is None and definition:
        name, code = record.title_text(), record.id
        linked_data = {"@type": "DefinedTerm", "name": name, "description": described, "termCode": code}
    return Page(
        path=path,
        title=title or record.title_text(),
        body=(*body, *record_foot(context, kind, record, path)),
        parent=f"{kind}/",
        description=described,
        aliases=tuple(dict.fromkeys(name for name in names if name)),
        edit=f"{kind}/{record.id}.yaml",
        updated=updated,
        subtitle=subtitle,
        boost=boost,
        record=f"{kind}/{record.id}",
        linked_data=linked_data or {},
        wide=wide,
    )


def record_foot(context: Context, kind: Kind, record: Record, path: str) -> list[Element]:
    """Notes, errata, and where to edit, report and fetch the record."""
    curation, checked, deprecated = record.curation, "", None
    if curation and curation.checked:
        checked = curation.checked + (f" against {curation.basis}" if curation.basis else "")
    if record.status == "deprecated":
        successor = record.replaced_by
        deprecated = ("replaced by ", ref(kind, successor)) if successor else record.no_replacement
    about = facts(
        ("Id", f"`{kind}/{record.id}`"),
        ("Last checked", checked),
        ("Deprecated", deprecated),
        ("Change", edit_links(context, kind, record, path)),
        ("Data", data_links(context, path)),
        style="hk-foot",
    )
    return [
        *section("Notes", "notes", prose(record.notes)),
        *errata_nodes(record.errata),
        Heading("This record", "record"),
        about,
        cite_fold(context, record.title_text(), path),
    ]


def page_foot(context: Context, title: str, path: str) -> list[Element]:
    """The same for a page that several records make up: where to report an error, its twins, how to cite it."""
    about = facts(
        ("Change", joined(form_links(context, path), " · ")), ("Data", data_links(context, path)), style="hk-foot"
    )
    return [Heading("This page", "record"), about, cite_fold(context, title, path)]


def cite_fold(context: Context, title: str, path: str) -> Fold:
    """BibTeX, RIS and CSL JSON for a page of the knowledge base, to copy, with release and date of the catalog."""
    key, name, url = "headkb-" + path.strip("/").replace("/", "-").lower(), f"headkb: {title}", f"{SITE}{path}"
    who, date = "The headkb contributors", context.date
    year, month, day = date.split("-")
    bibtex = (
        f"@misc{{{key},\n  author = {{{{{who}}}}},\n  title = {{{{{escape.bibtex(name)}}}}},\n  year = {{{year}}},\n"
        f"  note = {{Release {__version__}, catalog of {date}}},\n  url = {{{url}}}\n}}"
    )
    ris = (
        f"TY  - ELEC\nID  - {key}\nAU  - {who}\nTI  - {escape.one_line(name)}\nPY  - {year}\nDA  - {year}/{month}/{day}\n"
        f"ET  - {__version__}\nUR  - {url}\nER  - "
    )
    csl = json.dumps(
        {
            "id": key,
            "type": "webpage",
            "author": [{"literal": who}],
            "title": name,
            "version": __version__,
            "issued": {"date-parts": [[int(year), int(month), int(day)]]},
            "URL": url,
        },
        ensure_ascii=False,
        allow_nan=False,
    )
    texts = (
        Code(bibtex, "BibTeX", "bibtex", "cite-bibtex"),
        Code(ris, "RIS", id="cite-ris"),
        Code(csl, "CSL JSON", "json", "cite-csl"),
    )
    return Fold("Cite this page", texts, id="cite-record")


def edit_links(context: Context, kind: str, record: Record, path: str) -> Cell:
    """Edit the YAML, or open a form."""
    file = f"catalog/{kind}/{record.id}.yaml"
    return joined([f"[Edit this record]({REPOSITORY}/edit/main/{file})", *form_links(context, path)], " · ")


def form_links(context: Context, path: str) -> list[Cell]:
    """Add a paper, add a claim, report an error: forms that already say what the page is about."""
    return [f"[{name}]({address})" for name, address in forms(context.catalog, path)]


def data_links(context: Context, path: str) -> Cell:
    """The twins of a page, and its feed if it has one."""
    kind, _, name = path.strip("/").partition("/")
    feed = f" · [Atom feed](@feeds/{path.rstrip('/')}.xml)" if has_feed(context.catalog, kind, name) else ""
    return f"[JSON](@{twin(path, '.json')}) · [Markdown](@{twin(path, '.md')}){feed}"
