"""What `headkb list`, `show`, `search` and `whois` ask of a catalog, answered from what was prepared where that is there.

An answer that was not prepared is given by the catalog itself. Then everything of its sort is worked out and kept (`prepare`), so that the
next question needs neither YAML nor schemas: all records of a kind, all heads of a model, everything that search reads.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.kinds import Kind
from headkb.catalog.prepared import Prepared, PreparedPart
from headkb.catalog.spelling import normalise
from headkb.head_index import HeadIndex

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog
    from headkb.catalog.dossier import HeadDossier
    from headkb.catalog.schema import Model, Record
    from headkb.catalog.search_texts import Hit

WhoisText = Callable[["HeadDossier", "Model", str], str]
"""What is printed of a head: of its dossier, its model, and a sentence on files that were refused."""
MOST_HEADS = 2048
"""Heads of a model whose dossiers are prepared together."""


class LookUps:
    """Questions to one catalog, as it is now."""

    def __init__(self, root: Path, on_problems: Callable[[Sequence[Diagnostic]], None]) -> None:
        """Of the catalog in a folder; `on_problems` is told once of the files that are left out, if any are."""
        self.root, self._on_problems, self._told = root, on_problems, False
        self._prepared = Prepared(root)
        self._left_out: Sequence[Diagnostic] = ()
        self.wanted: dict[str, Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}

    @cached_property
    def catalog(self) -> Catalog:
        """The records themselves."""
        from headkb.catalog.kept import load_kept

        catalog, problems = load_kept(self._prepared)
        self._problems = problems
        self._tell(problems)
        return catalog

    def records(self, kind: Kind) -> list[dict[str, Any]]:
        """All records of a kind by id, as `headkb.catalog.plain_data.plain_records`."""
        if part := self._part(f"records-{kind}", lambda: self._of_kind(kind)):
            return [part.row(name)["data"] for name in part.about["listed"]]
        from headkb.catalog.plain_data import plain_records

        return plain_records(self.catalog, kind)

    def refused(self, kind: Kind) -> int:
        """How many files of a kind cannot be read."""
        if part := self._part(f"records-{kind}", lambda: self._of_kind(kind)):
            return int(part.about["refused"])
        return len(self.catalog.refused.get(kind, {}))

    def record(self, kind: Kind, name: str) -> tuple[dict[str, Any], list[str]]:
        """One record by any of its names, as `headkb.catalog.plain_data.plain_record`, a claim also by `<file>/<claim>`; and what is disputed.

        Raises:
            CatalogError: If the file of the record that is meant was refused.
            UnknownNameError: If there is none; the message suggests near names.
        """
        part = self._part(f"records-{kind}", lambda: self._of_kind(kind))
        if part and (known := _resolve(part, kind, name)) is not None:
            row = part.row(known)
            return row["data"], row["disputes"]
        if kind == "claims" and "/" in name:
            from headkb.catalog.plain_data import claim_record

            return claim_record(self.catalog, self.catalog.statement(name)), []
        return self._plain(self.catalog.resolve(kind, name))

    def whois(
        self, model: str, head: HeadIndex, text: WhoisText, refusals: Callable[[Catalog], str]
    ) -> tuple[Mapping[str, Any], str] | None:
        """What is known about a head, as `HeadDossier.data` and as text; None if the model has no such head.

        Raises:
            CatalogError: If the file of the model, or a table of it, cannot be read.
            UnknownNameError: If there is no such model.
        """
        models = self._part("records-models", lambda: self._of_kind("models"))
        known = _resolve(models, "models", model) if models else None
        record = None if known else self.catalog.resolve("models", model)
        name = known or str(record and record.id)
        part = self._part(f"whois-{name}", lambda: self._of_heads(name, text, refusals))
        if part and str(head) in part.texts:
            row = part.row(str(head))
            return row["data"], row["text"]
        record = self.catalog.resolve("models", name)
        if not record.holds(head):
            return None
        from headkb.catalog.dossier import head_dossier

        dossier = head_dossier(self.catalog, name, head)
        return dossier.data(), text(dossier, record, refusals(self.catalog))

    def search(self, query: str, limit: int) -> tuple[str, list[Hit]]:
        """What a query leads to, as `headkb.catalog.search.search_with_note`."""
        from headkb.catalog.finder import Finder
        from headkb.catalog.search import search_in, search_with_note
        from headkb.catalog.search_texts import Documents

        if part := self._part("search", self._of_search):
            documents = Documents(part.about["words"], list(part.texts.values()), part.about["vocabulary"])
            return search_in(Finder(part.about["pages"]), documents, query, limit)
        return search_with_note(self.catalog, query, limit)

    def unread(self, query: str, found: bool) -> str:
        """What must be said of the files that are left out, as `headkb.catalog.refusals.unread_words`; after something was asked."""
        from headkb.catalog.refusals import unread_words

        return unread_words(self._left_out, query, found) if self._left_out else ""

    def closest(self, kind: Kind, name: str) -> tuple[str, str] | None:
        """The record that is meant where none is called so, as `headkb.catalog.closest`."""
        from headkb.catalog.closest import closest
        from headkb.catalog.finder import Finder
        from headkb.catalog.search_data import search_data

        part = self._part("search", self._of_search)
        return closest(Finder(part.about["pages"] if part else search_data(self.catalog)), kind, name)

    def ids(self, kind: Kind) -> list[tuple[str, str]]:
        """The ids of a kind, each with the name of the record; of claims those of single claims as well."""
        if part := self._part(f"ids-{kind}", lambda: self._of_ids(kind)):
            return [(name, text) for name, text in part.about["ids"]]
        return _ids(self.catalog, kind)

    def prepare(self) -> None:
        """Work out and keep what was asked for and was not there; whatever goes wrong, the answers have been given."""
        wanted, self.wanted = self.wanted, {}
        for part, make in wanted.items():
            with contextlib.suppress(Exception):
                about, rows = make()
                self._prepared.put(part, {"problems": [asdict(p) for p in self._problems], **about}, rows)

    # what is prepared

    def _part(self, name: str, make: Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]]) -> PreparedPart | None:
        if name in self.wanted or (part := self._prepared.get(name)) is None:
            self.wanted[name] = make
            return None
        self._tell([Diagnostic(**problem) for problem in part.about["problems"]])
        return part

    def _tell(self, problems: Sequence[Diagnostic]) -> None:
        self._left_out = problems
        if problems and not self._told:
            self._on_problems(problems)
        self._told = True

    def _plain(self, record: Record) -> tuple[dict[str, Any], list[str]]:
        from headkb.catalog.plain_data import plain_record

        disputes = self.catalog.disputes.of_type.get(record.id, ()) if record.kind == "heads" else ()
        return plain_record(self.catalog, record), [dispute.text() for dispute in disputes]

    def _of_kind(self, kind: Kind) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        from headkb.catalog.plain_data import plain_records

        catalog = self.catalog
        rows: dict[str, Any] = {}
        for record in catalog.of(kind).values():
            data, disputes = self._plain(record)
            rows[record.id] = {"data": data, "disputes": disputes}
        listed = sorted(rows)
        if kind == "claims":
            claims = plain_records(catalog, kind)
            rows |= {claim["id"]: {"data": claim, "disputes": []} for claim in claims}
            listed = [claim["id"] for claim in claims]
        former = catalog.former_claims if kind == "claims" else {}
        refused = len(catalog.refused.get(kind, {}))
        return {"listed": listed, "names": catalog.names[kind], "former": former, "refused": refused}, rows

    def _of_ids(self, kind: Kind) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        return {"ids": _ids(self.catalog, kind)}, {}

    def _of_heads(
        self, name: str, text: WhoisText, refusals: Callable[[Catalog], str]
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        from headkb.catalog.dossier import head_dossier

        model, refused = self.catalog.models[name], refusals(self.catalog)
        heads = [HeadIndex(layer, head) for layer in range(model.n_layers) for head in range(model.n_heads)]
        dossiers = [head_dossier(self.catalog, name, head) for head in heads[:MOST_HEADS]]
        rows = {str(d.head): {"data": d.data(), "text": text(d, model, refused)} for d in dossiers}
        return {}, rows

    def _of_search(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        from headkb.catalog.finder import Finder
        from headkb.catalog.search import documents_of
        from headkb.catalog.search_data import search_data

        documents = documents_of(self.catalog)
        rows = {str(number): json.loads(line) for number, line in enumerate(documents.lines)}
        pages = {**search_data(self.catalog), "split": {}}
        Finder(pages)  # splits every text into words, once for all searches
        about = {"pages": pages, "words": documents.words, "vocabulary": documents.vocabulary}
        return about, rows


def _resolve(part: PreparedPart, kind: Kind, name: str) -> str | None:
    """The row that `Catalog.resolve` or `Catalog.statement` would lead to; None where it may refuse."""
    if kind == "claims" and "/" in name:
        name = part.about["former"].get(name, name)
        return name if name in part.texts else None
    if name in part.texts:
        return name
    known: str | None = None if part.about["refused"] else part.about["names"].get(normalise(name))
    return known


def _ids(catalog: Catalog, kind: Kind) -> list[tuple[str, str]]:
    named = [(record.id, record.title_text()) for _, record in sorted(catalog.of(kind).items())]
    if kind == "claims":
        named += [(s.id, s.claim.statement.partition("\n")[0]) for _, s in sorted(catalog.statements.items())]
    return named
