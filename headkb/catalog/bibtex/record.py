"""The facts of a paper → the id and the YAML of a new record, with a question wherever something is still to be given."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import count, product
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from headkb.catalog.bibtex.entries import ValueRefusedError
from headkb.catalog.bibtex.facts import PaperFacts
from headkb.catalog.bibtex.latex import without_formulas
from headkb.catalog.characters import cleaned
from headkb.catalog.draft import draft
from headkb.catalog.new_ids import id_words
from headkb.catalog.schema import Paper
from headkb.catalog.schema.ids import is_id

_STOP = frozenset((
    "a", "an", "the", "of", "in", "on", "for", "and", "to", "with", "via", "from", "by", "at", "as", "is", "are",
    "do", "does", "be", "how", "what", "why", "when", "where", "which", "who",
))  # fmt: skip
_UNNAMED, _UNDATED = "anonymous", "undated"
_LONGEST_WORD = 24
_IN_DOI = "/:;()"
"""Signs that a DOI may have and an address, too."""


def record_id(facts: PaperFacts, taken: Container[str]) -> str:
    """Author, year of the first public version and first word of the title; a letter behind the year where another record has that.

    A key that begins with author and year as an id does is the id: the catalog's own keys come back as they went.

    Example:
        >>> paper = PaperFacts("k", 1, "Talking Heads", ("Jack Merullo",), "Merullo", arxiv="2406.09519")
        >>> record_id(paper, ()), record_id(paper, {"merullo-2024-talking"})
        ('merullo-2024-talking', 'merullo-2024b-talking')
    """
    surname = _cut(id_words(facts.family)) or _UNNAMED
    begins = f"{surname}-{facts.year or _UNDATED}"
    if is_id(facts.key) and facts.key.startswith(f"{begins}-") and facts.key not in taken:
        return facts.key
    words = [word for word in id_words(without_formulas(facts.title)).split("-") if word and word not in _STOP]
    word = _cut(next((w for w in words if not w.isdigit()), words[0] if words else "paper"))
    return next(id_ for letter in _letters() if (id_ := f"{begins}{letter}-{word}") not in taken)


def guessed_id(facts: PaperFacts) -> str:
    """A sentence where the id could not be made as others are; empty otherwise."""
    if not id_words(facts.family):
        who = "has no letter of a-z" if facts.family else "is not given"
        return f"the first author's name {who}, so the id begins with `{_UNNAMED}`; rename the file if you can write it"
    if not facts.year:
        return f"no year is known that a record can have, so the id says `{_UNDATED}`; rename the file with the date"
    return ""


def paper_text(facts: PaperFacts, id_: str, root: Path | None = None) -> str:
    """The YAML of the record, for the catalog in `root`."""
    values = known_values(facts)
    for key, question in facts.questions.items():
        asked = f"‹{_one_line(question)}›"
        values[key] = [*values.get(key, []), asked] if key == "authors" else asked
    return draft("papers", values, id_, ask=True, root=root)


def known_values(facts: PaperFacts) -> dict[str, Any]:
    """What is known, by the keys of the file."""
    links = [{"label": label, "url": url} for label, url in facts.links]
    if not links and facts.arxiv:
        links = [{"label": "Paper", "url": f"https://arxiv.org/abs/{facts.arxiv}"}]
    elif not links and facts.doi:
        links = [{"label": "Paper", "url": f"https://doi.org/{quote(facts.doi, safe=_IN_DOI)}"}]
    data = {
        "title": facts.title,
        "authors": list(facts.authors),
        "date": facts.date,
        "kind": facts.kind,
        "venue": facts.venue,
        "arxiv": facts.arxiv,
        "doi": facts.doi,
        "openreview": facts.openreview,
        "acl": facts.acl,
        "links": links,
    }
    return {key: value for key, value in data.items() if value}


def check_facts(facts: PaperFacts) -> None:
    """Hold the facts against the schema, so that nothing is written that could not be read.

    Raises:
        ValueRefusedError: If one does not have the form that the schema asks for.
    """
    try:
        Paper.model_validate(
            {"date": "2000", **known_values(facts), "id": "any"}
        )  # a date that is asked for is no mistake
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ValueRefusedError(
            f"`{name}` would be {str(first.get('input'))[:80]!r}: {first['msg'].removeprefix('Value error, ')}",
            "correct the field that it comes from",
        ) from None


def _one_line(text: str) -> str:
    return " ".join(cleaned(text.replace("‹", "<").replace("›", ">")).split())


def _letters() -> Iterator[str]:
    """Nothing, then b to z, then aa, ab …: what stands behind the year of the second paper, the third, and so on."""
    yield ""
    yield from ascii_lowercase[1:]
    for length in count(2):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def _cut(word: str) -> str:
    return word[:_LONGEST_WORD].strip("-")
