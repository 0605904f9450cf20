"""Texts of records as a reader sees them on a terminal: links as names, formulas in the letters of Unicode, no marks of emphasis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from headkb.catalog.formula import unicode_formula
from headkb.catalog.inline import Token, parse, ref_words

BY_ID = frozenset({"papers", "claims", "runs"})
"""Kinds of which people write the id: it is the key of the paper, and what a command takes."""
NameOf = Callable[[str], str]
"""`kind/id` of a record → what it is called."""


def words_of_id(key: str) -> str:
    """What a record is called where no catalog is at hand: the words of its id, or the id where people use that."""
    kind, _, record_id = key.partition("/")
    return record_id if kind in BY_ID or kind == "models" else record_id.replace("-", " ")


def names_from(titles: Callable[[str], Mapping[str, str]]) -> NameOf:
    """Names of records from the titles of a kind, by id; what is known by its id keeps it."""

    def name_of(key: str) -> str:
        kind, _, record_id = key.partition("/")
        return words_of_id(key) if kind in BY_ID else titles(kind).get(record_id) or words_of_id(key)

    return name_of


def plain_text(text: str, name_of: NameOf = words_of_id) -> str:
    """Text in the Markdown subset as plain words on one line.

    Example:
        >>> plain_text("**Copies** what [[heads/previous-token]] heads wrote: $A_{t,j}$, `z`")
        'Copies what previous token heads wrote: A_{t,j}, `z`'
    """
    return " ".join("".join(_plain(token, name_of) for token in parse(text)).split())


def source_words(source: Mapping[str, Any]) -> str:
    """A source on one line: paper id or repository@commit or address, then the place inside it.

    Example:
        >>> source_words({"paper": "wang-2022-ioi", "locator": "table 1"})
        'wang-2022-ioi, table 1'
    """
    said = {name: source.get(name) or "" for name in ("paper", "repository", "commit", "path", "url", "locator")}
    path = f" {said['path']}" if said["path"] else ""
    where = said["paper"] or (
        f"{said['repository']}@{said['commit'][:12]}{path}" if said["repository"] else said["url"]
    )
    return f"{where}, {said['locator']}" if said["locator"] else where


def _plain(token: Token, name_of: NameOf) -> str:
    if token.kind in ("math", "display"):
        return unicode_formula(token.text)
    if token.kind == "code":
        return f"`{token.text}`"
    if token.kind == "ref":
        return ref_words(token, name_of(token.target))
    inner = "".join(_plain(child, name_of) for child in token.inner)
    if token.kind == "link" and inner != token.target:
        return f"{inner} ({token.target})" if not token.target.startswith("@") else inner
    return token.text or inner
