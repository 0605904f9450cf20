"""A record as the text of its file. The first line names the JSON Schema of the kind, so that editors complete keys and mark mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headkb.catalog.addresses import SITE
from headkb.catalog.house_style import dump
from headkb.catalog.kinds import Kind
from headkb.catalog.shape import shape_of

BEGINS = "# yaml-language-server:"
"""How the line begins; the YAML extensions of editors look for it."""
FOLDER = "schemas"
"""The folder beside a catalog that holds `<kind>.schema.json`."""


def schema_line(kind: Kind, root: Path | None = None) -> str:
    """The line for files of a kind in the catalog `root`: the schema that lies beside the catalog, else the site's.

    Example:
        >>> schema_line("papers")
        '# yaml-language-server: $schema=https://headkb.github.io/headkb/api/v1/schema/papers.schema.json'
    """
    name = f"{kind}.schema.json"
    if root is not None and (root.absolute().parent / FOLDER / name).is_file():
        return f"{BEGINS} $schema=../../{FOLDER}/{name}"
    return f"{BEGINS} $schema={SITE}api/v1/schema/{name}"


def record_text(kind: Kind, data: Mapping[str, Any], root: Path | None = None) -> str:
    """The text of the file of a record, in the house style; `root` as for `schema_line`."""
    return f"{schema_line(kind, root)}\n{dump(data, shape_of(kind))}"
