"""Where every record's page lies, what it is called, and how one page links to another.

A page's path is its address under the site's root, with a slash at the end: `heads/induction/`, `heads/`, and `` for home.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from headkb.catalog import Catalog, Statement
from headkb.catalog.addresses import claim_path, head_path, record_path
from headkb.catalog.kinds import KINDS
from headkb.catalog.person_names import split_name
from headkb.catalog.schema import ClaimFile, Paper, Record

__all__ = ["HUBS", "Links", "claim_path", "head_path", "make_links", "record_path", "short_name", "told_apart", "twin"]


@dataclass(frozen=True)
class Links:
    """Names and paths of everything that can be linked to; keys are `kind/id`, for single claims `claims/file/claim`."""

    names: Mapping[str, str]
    paths: Mapping[str, str]

    def resolve(self, key: str) -> str | None:
        """The path of a record's page, None if there is no such record."""
        return self.paths.get(key)

    def name(self, key: str) -> str:
        """What to call a record in a link."""
        return self.names.get(key, key.split("/", 1)[-1])

    def relative(self, page: str, target: str) -> str:
        """The address of `target` as seen from `page`."""
        path, _, anchor = target.partition("#")
        if path == page and anchor:
            return f"#{anchor}"
        address = _relative(path, page)
        if path == "" or path.endswith("/"):
            address += "/"
        return address + (f"#{anchor}" if anchor else "")

    def relative_twin(self, page: str, target: str) -> str:
        """The address of the Markdown twin of `target` as seen from the twin of `page`; a twin has no filters."""
        path, _, anchor = target.partition("#")
        path = path.partition("?")[0]
        here, there = twin(page, ".md"), twin(path, ".md") if path == "" or path.endswith("/") else path
        return _relative(there, posixpath.dirname(here)) + (f"#{anchor}" if anchor else "")


def _relative(path: str, folder: str) -> str:
    """As `posixpath.relpath` for paths below one root without `.` and `..`, in half its time."""
    there, here = [part for part in path.split("/") if part], [part for part in folder.split("/") if part]
    same = 0
    for a, b in zip(there, here, strict=False):
        if a != b:
            break
        same += 1
    return "/".join([*[".."] * (len(here) - same), *there[same:]]) or "."


def twin(path: str, suffix: str) -> str:
    """The file beside a page that holds the same in another form: `heads/induction/` → `heads/induction.md`."""
    if path == "" or path in HUBS:
        return f"{path}index{suffix}"
    return path.rstrip("/") + suffix


HUBS = frozenset({*(f"{kind}/" for kind in KINDS), "rules/", "matrix/"})
"""The pages that list other pages; their twins are the index files of their folders."""


def told_apart(statement: Statement) -> str:
    """What the id of a claim says beside its model: `self repair`, heads as heads are written."""
    words = statement.claim.id.removeprefix(f"{statement.claim.model}-").replace("-", " ")
    return re.sub(r"\bl\d+h\d+\b", lambda found: found[0].upper(), words)


def short_name(record: Record) -> str:
    """What a record is called in running text: its name, and for papers the first author and the year."""
    if not isinstance(record, Paper) or not record.authors:
        return record.title_text()
    # An id holds the year of the first public version, by which people know a paper; `date` may be that of a later one.
    year = next((part for part in record.id.split("-") if part.isdigit() and len(part) == 4), record.date[:4])
    surnames = [split_name(author)[1] for author in record.authors]
    return f"{' and '.join(surnames) if len(surnames) < 3 else f'{surnames[0]} et al.'} {year}"


def source_name(catalog: Catalog, file: ClaimFile) -> str:
    """What to call a file of claims: by its paper, else by its repository."""
    paper = catalog.papers.get(file.paper or "")
    if paper:
        return short_name(paper)
    return file.repository.name.split("/")[-1] if file.repository else file.id


def make_links(catalog: Catalog) -> Links:
    """The links of a catalog."""
    names: dict[str, str] = {}
    paths: dict[str, str] = {}
    for kind, record in catalog.records():
        names[f"{kind}/{record.id}"] = (
            source_name(catalog, record) if isinstance(record, ClaimFile) else short_name(record)
        )
        paths[f"{kind}/{record.id}"] = record_path(kind, record.id)
        for former in record.replaces:
            names.setdefault(f"{kind}/{former}", short_name(record))
            paths.setdefault(f"{kind}/{former}", record_path(kind, record.id))
    for statement in catalog.statements.values():
        names[f"claims/{statement.id}"] = f"{source_name(catalog, statement.file)}, {statement.claim.id}"
        paths[f"claims/{statement.id}"] = claim_path(statement)
    for former, now in catalog.former_claims.items():
        names[f"claims/{former}"] = names[f"claims/{now}"]
        paths[f"claims/{former}"] = paths[f"claims/{now}"]
    return Links(names, paths)
