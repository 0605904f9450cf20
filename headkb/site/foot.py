"""The foot of a record's page: notes, errata, where to edit, report, fetch and cite it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from headkb.catalog.kinds import Kind
from headkb.catalog.schema import Erratum, Record
from headkb.site.document import Cell, Code, Facts, Fold, Heading, Node, Prose, Row, Table
from headkb.site.links import twin
from headkb.site.parts import REPOSITORY, SITE, Context, ref, sources_cell


def errata_nodes(errata: Sequence[Erratum]) -> list[Node]:
    """Where other documents are wrong about the thing, and why."""
    if not errata:
        return []
    rows = tuple(Row((where_cell(e.where), e.says, e.correct, sources_cell(e.sources))) for e in errata)
    return [Heading("Errata", "errata"), Table(("In", "It says", "Correct is", "Source"), rows)]


def where_cell(where: str) -> Cell:
    """The document that an erratum is about."""
    names = {"survey": ref("papers", "zheng-2024-survey", "the survey"), "list": "the list Awesome-Attention-Heads"}
    return names.get(where, ref("papers", where) if " " not in where else where)


def record_foot(context: Context, kind: Kind, record: Record, path: str) -> list[Node]:
    """Notes, errata, and where to edit, report and fetch the record."""
    nodes: list[Node] = []
    if record.notes:
        nodes += [Heading("Notes", "notes"), Prose(record.notes)]
    nodes += errata_nodes(record.errata)
    nodes.append(Heading("This record", "record"))
    checked: list[tuple[str, Cell]] = []
    if record.curation and record.curation.checked:
        checked.append(
            (
                "Last checked",
                f"{record.curation.checked}" + (f" against {record.curation.basis}" if record.curation.basis else ""),
            )
        )
    if record.status == "deprecated":
        successor: Cell = ref(kind, record.replaced_by) if record.replaced_by else record.no_replacement or ""
        checked.append(("Deprecated", ("replaced by ", successor) if record.replaced_by else successor))
    nodes.append(
        Facts(
            (
                ("Id", f"`{kind}/{record.id}`"),
                *checked,
                ("Change", edit_links(kind, record)),
                ("Data", data_links(context, path)),
            ),
            "hk-foot",
        )
    )
    nodes.append(cite_fold(record.title_text(), path))
    return nodes


def page_foot(context: Context, title: str, path: str) -> list[Node]:
    """The same for a page that several records make up: where to report an error, its twins, how to cite it."""
    facts = (("Change", report_link(path.strip("/"))), ("Data", data_links(context, path)))
    return [Heading("This page", "record"), Facts(facts, "hk-foot"), cite_fold(title, path)]


def cite_fold(title: str, path: str) -> Fold:
    """BibTeX, RIS and CSL JSON for a page of the knowledge base, to copy."""
    key, name, url = "headkb-" + path.strip("/").replace("/", "-").lower(), f"headkb: {title}", f"{SITE}{path}"
    who = "The headkb contributors"
    bibtex = f"@misc{{{key},\n  author = {{{{{who}}}}},\n  title = {{{{{name}}}}},\n  url = {{{url}}}\n}}"
    ris = f"TY  - ELEC\nID  - {key}\nAU  - {who}\nTI  - {name}\nUR  - {url}\nER  - "
    csl = json.dumps(
        {"id": key, "type": "webpage", "author": [{"literal": who}], "title": name, "URL": url}, ensure_ascii=False
    )
    made = (
        Code(bibtex, "BibTeX", "bibtex", "cite-bibtex"),
        Code(ris, "RIS", id="cite-ris"),
        Code(csl, "CSL JSON", "json", "cite-csl"),
    )
    return Fold("Cite this page", made, id="cite-record")


def edit_links(kind: str, record: Record) -> Cell:
    """Edit the YAML, or report an error in a prefilled form."""
    file = f"catalog/{kind}/{record.id}.yaml"
    return f"[edit this record]({REPOSITORY}/edit/main/{file}) · {report_link(f'{kind}/{record.id}')}"


def report_link(name: str) -> str:
    """A form that already says what the report is about."""
    form = {
        "title": f"{name}: ",
        "labels": "record",
        "body": f"About: {name}\nWhat is wrong:\n\nWhat is right, and which source says so (paper and section, table or figure):\n",
    }
    query = urlencode(form).replace("(", "%28").replace(")", "%29")
    return f"[report an error]({REPOSITORY}/issues/new?{query})"


def data_links(context: Context, path: str) -> Cell:
    """The twins of a page, and its feed if it has one."""
    kind, _, name = path.strip("/").partition("/")
    feed = f" · [Atom feed](@feeds/{path.rstrip('/')}.xml)" if name in context.fed.get(kind, frozenset()) else ""
    return f"[JSON](@{twin(path, '.json')}) · [Markdown](@{twin(path, '.md')}){feed}"
