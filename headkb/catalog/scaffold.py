"""A new record to start from: every key that must be there, with a question where only a person knows the answer."""

from __future__ import annotations

import datetime
import re
from textwrap import dedent

from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema.ids import is_id

ASK = "‹"
"""First character of every answer that is still to be given; `headkb new` says which lines hold one."""


UNQUOTED = re.compile(r"(?<![\"/])(‹[^‹›]*›)")


def scaffold(kind: Kind, record_id: str) -> str:
    """The YAML text of a new record.

    Raises:
        ValueError: If `record_id` is not an id, or if records of this kind are not written by hand.
    """
    if not is_id(record_id):
        raise ValueError(
            f"{record_id!r} is not an id: use lower-case words of a-z and 0-9 joined by hyphens, such as name-mover"
        )
    spec, words = KINDS[kind], record_id.split("-")
    if not spec.template:
        raise ValueError(f"{kind} are not written by hand: `{spec.made_by}` writes one (instead of {record_id})")
    this_year = str(datetime.datetime.now(datetime.UTC).year)
    blanks = {
        "{id}": record_id,
        "{title}": " ".join(words).capitalize(),
        "{initials}": "".join(word[0] for word in words).upper(),
        "{year}": next((word for word in words if len(word) == 4 and word.isdigit()), this_year),
    }
    text = dedent(spec.template).lstrip("\n")
    for blank, value in blanks.items():
        text = text.replace(blank, value)
    return UNQUOTED.sub(r'"\1"', text)


def open_questions(text: str) -> list[tuple[int, str]]:
    """(line, question) for everything that is left to fill."""
    return [
        (n, line.split(ASK, 1)[1].split("›")[0]) for n, line in enumerate(text.splitlines(), start=1) if ASK in line
    ]
