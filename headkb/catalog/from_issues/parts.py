"""Pieces of the records that forms become: ids, authors, dates, the text of a record or of one entry of it."""

from __future__ import annotations

import datetime
import itertools
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.bibtex.facts import PaperFacts
from headkb.catalog.bibtex.recognise import KnownPapers
from headkb.catalog.bibtex.record import record_id
from headkb.catalog.bibtex.when import Day
from headkb.catalog.dates import full_date
from headkb.catalog.draft import draft
from headkb.catalog.from_issues.values import AnswerError, listed
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.person_names import split_name

_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:-[0-9]{2}){0,2}")


def paper_id(catalog: Catalog, record: Mapping[str, Any]) -> str:
    """`surname-year-word` of a paper, as the import of bibliographies makes it, free in the catalog."""
    authors = tuple(record["authors"])
    day, arxiv = Day(record["date"]), record.get("arxiv", "")
    facts = PaperFacts("", 0, record["title"], authors, split_name(authors[0])[1], day, arxiv=arxiv)
    return record_id(facts, KnownPapers.of(catalog).taken)


def authors_of(text: str) -> list[str]:
    """One author a line, or all on one line with commas between. Raises AnswerError where a name is written last name first."""
    lines = [line.strip(" -*,;") for line in text.split("\n") if line.strip(" -*,;")]
    names = listed(lines[0]) if len(lines) == 1 else lines
    for name in names:
        if "," in name:
            raise AnswerError(f"“{name}”: write one author a line, first name first, without a comma.")
        if not any(character.isalpha() for character in name):
            raise AnswerError(f"“{name}” is no name of an author.")
    if len(lines) == 1 and len(names) > 1 and all(" " not in name for name in names):
        raise AnswerError(f"“{lines[0]}”: write one author a line, first name first, without a comma.")
    return names


def date_of(text: str) -> str:
    """A date as records write it. Raises AnswerError for anything else."""
    try:
        datetime.date.fromisoformat(full_date(text))
    except ValueError:
        known = False
    else:
        known = _DATE.fullmatch(text) is not None
    if not known:
        raise AnswerError(f"{text!r} is no date: write 2024-09-05, or 2024-09 where the day is not known.")
    return text


def claims_file(catalog: Catalog, source: Mapping[str, Any]) -> str | None:
    """The file that holds the claims of a source; None if there is none yet."""
    if "repository" in source:
        return next(
            (f.id for f in catalog.claims.values() if f.repository and f.repository.name == source["repository"]), None
        )
    if source["paper"] in catalog.claims:
        return str(source["paper"])
    return next((file.id for file in catalog.claims.values() if file.paper == source["paper"]), None)


def item(kind: Kind, key: str, entry: Mapping[str, Any]) -> str:
    """One entry of a list of a record, as it stands there, from column 1."""
    text = draft(kind, {key: [entry]})
    lines = text.partition(f"{key}:\n")[2].split("\n")
    end = next(
        (n for n, line in enumerate(lines) if line and line.lstrip()[:1] != "-" and line[:1] not in (" ", "-")), None
    )
    body = textwrap.dedent("\n".join(lines[:end]))
    return textwrap.dedent(body.replace("-", " ", 1)).strip("\n")


def entry_of(kind: Kind, key: str, name: str, value: Mapping[str, Any]) -> str:
    """The value of one name in a mapping of a record, as it stands there, from column 1."""
    lines = draft(kind, {key: {name: value}}).partition(f"\n  {name}:\n")[2].split("\n")
    # After the entry come questions for what a record needs besides.
    inside = itertools.takewhile(lambda line: not line or line.startswith(" "), lines)
    return textwrap.dedent("\n".join(inside))


def keys_of(kind: Kind) -> list[str]:
    """The keys of a kind's records in their order."""
    fields = KINDS[kind].schema.model_fields
    return [field.alias or name for name, field in fields.items()]
