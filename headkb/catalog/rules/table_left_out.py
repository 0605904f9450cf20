"""A claim cites a data file of a repository, no table is imported from there, and nothing says why.

Files with numbers of every head are worth more as a table than as the ten heads that a claim picks. Where the claims of a file cite a data file (JSON,
CSV, arrays, tensors) and none has a `table`, `no_table` says why: a licence that does not allow it, a file that lists a few heads without numbers.

Bad:

    claims: [{id: top-ten, source: {repository: someone/heads, commit: 0123abc, path: scores.json}, …}]

Good:

    no_table: The repository carries no licence file; ten heads are cited.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "numbers of all heads that were within reach are missing, and nobody knows whether that was meant"

DATA = frozenset(
    {
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".npy",
        ".npz",
        ".pt",
        ".pth",
        ".pkl",
        ".pickle",
        ".parquet",
        ".xlsx",
        ".safetensors",
    }
)
"""Endings of files that hold data, and not code or prose."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per claim file, at its first claim that cites a data file."""
    for file in catalog.claims.values():
        if file.no_table is not None or any(claim.table for claim in file.claims):
            continue
        for index, claim in enumerate(file.claims):
            path = claim.source.path if claim.source.repository else None
            if path is not None and PurePosixPath(path).suffix.lower() in DATA:
                message = f"the claims cite {path} and import no table."
                fix = "import it as a table (tools/import_published_tables.py), or add `no_table: ‹why not›`"
                yield Finding(file, ("claims", index, "source"), message, fix)
                break
