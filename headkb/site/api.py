"""The files under `api/v1/`: every kind whole, citations, labels of heads, schemas, a database, and the index that holds their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from headkb.catalog.addresses import SITE
from headkb.catalog.bibliography import bibtex_file, csl_file, ris_file
from headkb.catalog.export import dumps, json_files, label_files, papers_by_id
from headkb.catalog.export_sqlite import database
from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_data import CODE_LICENCE, LICENCE, SCHEMA_VERSION
from headkb.site.openapi import openapi
from headkb.site.parts import Context

API = "api/v1/"
INDEX = f"{API}index.json"


def api_files(context: Context) -> Iterator[tuple[str, Callable[[], str | bytes]]]:
    """Path of each file but the index, and what makes it; the index is made of them, by `api_index`."""
    for name, make in {**json_files(context.catalog), **label_files(context.catalog)}.items():
        yield f"{API}{name}", make
    for kind, spec in KINDS.items():
        yield f"{API}schema/{kind}.schema.json", lambda spec=spec: dumps(spec.json_schema())  # type: ignore[misc]
    for suffix, text_of in (("bib", bibtex_file), ("ris", ris_file), ("csl.json", csl_file)):
        yield f"{API}papers.{suffix}", partial(text_of, papers_by_id(context.catalog))
    yield f"{API}openapi.json", lambda: dumps(openapi())
    yield f"{API}headkb.sqlite", partial(database, context.catalog)


def api_index(context: Context, files: Mapping[str, str | bytes]) -> dict[str, Any]:
    """What there is under `api/v1/`, with sizes and checksums; nothing in it comes from the clock, so the same records give the same bytes.

    Args:
        context: The catalog.
        files: Path → content of the files that there are; those elsewhere are left out.
    """
    c = context.catalog
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": context.date,
        "updated": context.date,
        "licence": LICENCE,
        "licences": {"data": LICENCE, "code": CODE_LICENCE},
        "counts": {kind: len(c.statements) if kind == "claims" else len(c.of(kind)) for kind in KINDS},
        "files": {path.removeprefix(API): _entry(path, files[path]) for path in sorted(files) if path.startswith(API)},
    }


def _entry(path: str, content: str | bytes) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    return {"url": f"{SITE}{path}", "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
