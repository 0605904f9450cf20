"""The catalog as an SQLite database: a table of each kind of record, and tables that join them, so that questions need no JSON functions.

`docs/api.md` says what each table holds, with questions and the SQL that answers them.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from headkb.catalog.catalog import Catalog
from headkb.catalog.dates import latest
from headkb.catalog.head_labels import head_labels
from headkb.catalog.head_values import head_values
from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_data import LICENCE, SCHEMA_VERSION, plain_records, table_of

_Rows = Iterable[tuple[Any, ...]]

TABLES = """
create table about (key text primary key, value text);
create table claim_heads (claim text, model text, layer integer, head integer, head_type text, asserted integer, standing text, value real,
  heads_are text, primary key (claim, layer, head)) without rowid;
create table paper_heads (paper text, head_type text, role text);
create table paper_claims (paper text, claim text);
create table showings (head_type text, model text, model_kind text, showing text, why text, primary key (head_type, model));
create table shown_heads (head_type text, model text, layer integer, head integer, place integer);
create table run_heads (run text, layer integer, head integer, primary key (run, layer, head)) without rowid;
create table labels (model text, model_kind text, layer integer, head integer, place integer, head_type text, name text, standing text,
  showing text, shown integer, sources integer, text text, url text, primary key (model, layer, head, place)) without rowid;
create table table_values (claim_number integer, layer integer, head integer, value real, rank integer,
  key_value integer, primary key (claim_number, layer, head)) without rowid;
create view head_values as select claims.id as claim, claims.model, v.layer, v.head, v.value, v.rank,
  case v.key_value when 1 then 'key-value' else 'query' end as heads_are from table_values v join claims on claims.rowid = claim_number;
"""
"""Beside the tables of the kinds, which are made first. `head_values` is a view, because a claim's id would weigh more than its numbers."""
INDICES = """
create index claim_heads_head on claim_heads (model, layer, head);
create index paper_heads_type on paper_heads (head_type, role);
create index paper_claims_paper on paper_claims (paper);
create index shown_heads_head on shown_heads (model, layer, head);
create index labels_type on labels (head_type, model);
"""
SEARCH = "create virtual table search using fts5 (kind unindexed, id, name, text, tokenize = 'porter unicode61 remove_diacritics 2')"


def database(catalog: Catalog) -> bytes:
    """The whole catalog as the bytes of a database. The same records give the same bytes, with one version of SQLite.

    Raises:
        CatalogError: If a score table cannot be read.
    """
    # Made in memory, so that it is written like every other file.
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        with base:
            for kind in KINDS:
                columns, rows = table_of(plain_records(catalog, kind))
                names = ", ".join('"id" text primary key' if c == "id" else f'"{c}"' for c in columns or ["id"])
                base.execute(f'create table "{kind}" ({names})')
                _fill(base, kind, rows)
            base.executescript(TABLES)
            for table, found in _links(catalog):
                _fill(base, table, found)
            base.executescript(INDICES)
            # A build of SQLite may lack FTS5: then there is no table `search`.
            with contextlib.suppress(sqlite3.OperationalError):
                base.execute(SEARCH)
                _fill(base, "search", _texts(catalog))
                base.execute("insert into search (search) values ('optimize')")
            base.execute(f"pragma user_version = {SCHEMA_VERSION}")
        return base.serialize()


def _fill(base: sqlite3.Connection, table: str, rows: Iterable[Any]) -> None:
    rows = list(rows)
    if rows:
        base.executemany(f'insert into "{table}" values ({", ".join("?" * len(rows[0]))})', rows)


def _links(catalog: Catalog) -> Iterator[tuple[str, _Rows]]:
    """Name of each table beside those of the kinds, and its rows."""
    version = ("schema_version", str(SCHEMA_VERSION))
    yield "about", [version, ("generated_at", latest(catalog)), ("licence", LICENCE)]
    yield "claim_heads", _claim_heads(catalog)
    yield (
        "paper_heads",
        ((paper.id, entry.id, entry.role) for _, paper in sorted(catalog.papers.items()) for entry in paper.heads),
    )
    yield (
        "paper_claims",
        ((paper, s.id) for paper, found in sorted(catalog.statements_of_paper.items()) for s in found),
    )
    showings = sorted(catalog.evidence.showings.values(), key=lambda s: (s.head_type, s.model))
    kinds = {model.id: model.type for model in catalog.models.values()}
    yield "showings", ((s.head_type, s.model, kinds[s.model], s.word, s.why) for s in showings)
    yield (
        "shown_heads",
        ((s.head_type, s.model, *head, place) for s in showings for place, head in enumerate(s.heads, start=1)),
    )
    yield "run_heads", ((run.id, *head) for _, run in sorted(catalog.runs.items()) for head in run.heads)
    yield "labels", _labels(catalog)
    yield "table_values", _table_values(catalog)


def _claim_heads(catalog: Catalog) -> _Rows:
    """Every head that a claim names, with where the claim stands for it; tables are left out."""
    for _, s in sorted(catalog.statements.items()):
        claim, asserted = s.claim, set(s.claim.asserted_heads)
        for head in claim.named_heads():
            standing = catalog.evidence.standing(s.id, head)
            subject = claim.subject or None
            value = claim.values.get(head)
            yield s.id, claim.model, *head, subject, int(head in asserted), standing, value, claim.heads_are


def _labels(catalog: Catalog) -> _Rows:
    for model_id in sorted(catalog.models):
        labels = head_labels(catalog, model_id)
        for head, held in labels.heads.items():
            for place, one in enumerate(held, start=1):
                about = (one.type, one.name, one.standing, one.showing, int(one.shown), one.sources, one.text, one.url)
                yield model_id, labels.kind, *head, place, *about


def _table_values(catalog: Catalog) -> _Rows:
    """Every number of the published tables; a claim's number is its place among the claims by id, from 1, as in their table."""
    numbers = {name: number for number, name in enumerate(sorted(catalog.statements), start=1)}
    return ((numbers[claim], *rest, int(are == "key-value")) for claim, _, *rest, are in head_values(catalog))


def _texts(catalog: Catalog) -> _Rows:
    """What can be found by words: names and the sentence that says what a record is about; claims, whose name is their model, come after those."""
    for kind, record in catalog.records():
        if kind not in ("claims", "runs"):
            more = [text for key in ("definition", "description", "summary") if (text := getattr(record, key, None))]
            yield kind, record.id, "; ".join(record.names()), " ".join(map(_words, more))
    for _, statement in sorted(catalog.statements.items()):
        claim = statement.claim
        yield "claims", statement.id, claim.model, f"{claim.short_title()}: {claim.statement}"


def _words(text: Any) -> str:
    """A text, or the texts of a summary."""
    return text if isinstance(text, str) else " ".join(str(part) for part in text.set_fields().values())
