"""Where the page of a record lies on the site. A path is an address under the site's root, with a slash at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headkb.catalog.statement import Statement
    from headkb.head_index import HeadIndex

SITE = "https://headkb.github.io/headkb/"


def record_path(kind: str, record_id: str) -> str:
    """The path of a record's page."""
    return f"{kind}/{record_id}/"


def head_path(model_id: str, head: HeadIndex | str) -> str:
    """The path of the page of one head of one model."""
    return f"models/{model_id}/{head}/"


def claim_path(statement: Statement) -> str:
    """Where one claim is shown: a page of its own if it brings a table, else its place on the file's page."""
    if statement.claim.table is not None:
        return f"claims/{statement.id}/"
    return f"claims/{statement.file.id}/#{statement.claim.id}"
