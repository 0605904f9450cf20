"""BibTeX entries → paper records, as far as BibTeX knows; what it does not know is left to the curator."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import bibtexparser
from bibtexparser import middlewares
from pylatexenc.latex2text import LatexNodes2Text  # bibtexparser's own LaTeX decoder

from headkb.catalog import Catalog
from headkb.catalog.characters import cleaned, visible
from headkb.catalog.house_style import dump
from headkb.catalog.record_files import read_beside
from headkb.catalog.spelling import normalise
from headkb.errors import HeadkbError

STOP = "a an the of in on for and to with via from how what is are do does"
ARXIV = re.compile(r"([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})")
MAX_BYTES = 10_000_000
LONGEST_WORD = 16
"""Letters of a word in an id: four words, the year and a number stay below 80."""


@dataclass(frozen=True)
class Imported:
    """One entry: its BibTeX key, the id and YAML of the record, or the record that the catalog already has."""

    key: str
    id: str
    text: str
    existing: str | None = None


def read_bibtex(path: Path, catalog: Catalog) -> list[Imported]:
    """Every entry of a `.bib` file.

    Raises:
        HeadkbError: If the file cannot be parsed, or two entries share a key; the text gives the lines.
    """
    names = [middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()]
    text = _read(path)
    try:
        library = bibtexparser.parse_string(text, append_middleware=names)
    except (RecursionError, IndexError, ValueError, KeyError) as error:
        raise HeadkbError(
            f"{path}: it cannot be read as BibTeX ({type(error).__name__}). Mind closing braces."
        ) from None
    if library.failed_blocks:
        where = ", ".join(f"line {block.start_line + 1}" for block in library.failed_blocks)
        raise HeadkbError(
            f"{path}: these entries cannot be read: {where}. Mind closing braces, and keys that occur twice."
        )
    titles = {normalise(paper.title): paper.id for paper in catalog.papers.values()}
    taken = {paper.id: normalise(paper.title) for paper in catalog.papers.values()}
    arxiv = {paper.arxiv: paper.id for paper in catalog.papers.values() if paper.arxiv}
    records = []
    for entry in library.entries:
        fields = {name.lower(): field.value for name, field in entry.fields_dict.items()}
        title = _decode(str(fields.get("title", "")))
        if not title:
            raise HeadkbError(f"{path}: entry {visible(entry.key)} has no title. Add `title = {{…}}`.")
        identifier = _arxiv(fields)
        existing = titles.get(normalise(title)) or arxiv.get(identifier or "")
        id_, record = _record(title, fields, identifier)
        records.append(Imported(visible(entry.key), _free(id_, title, taken), record, existing))
    return records


def _read(path: Path) -> str:
    """The file's text. Raises HeadkbError where it is no text in UTF-8, or longer than anybody's bibliography."""
    try:
        return read_beside(path, MAX_BYTES)
    except UnicodeDecodeError as error:
        raise HeadkbError(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from None
    except ValueError as error:
        raise HeadkbError(f"{path}: {error}.") from None


def _free(id_: str, title: str, taken: dict[str, str]) -> str:
    """The id, with a number behind it where a paper of another title has it: two papers are never one for their ids alone."""
    number, free = 1, id_
    while taken.setdefault(free, normalise(title)) != normalise(title):
        number += 1
        free = f"{id_}-{number}"
    return free


def _arxiv(fields: dict[str, object]) -> str | None:
    for name in ("eprint", "journal", "url", "volume", "note"):
        value = str(fields.get(name, ""))
        match = ARXIV.search(value)
        if match and (name == "eprint" or "arxiv" in value.casefold()):
            return match[1]
    return None


def _record(title: str, fields: dict[str, object], identifier: str | None) -> tuple[str, str]:
    """(id, YAML text) of a record; keys that BibTeX cannot know are left out."""
    people = [name for p in _as_list(fields.get("author")) if (name := _name(p))]
    year = re.search("[0-9]{4}", str(fields.get("year", ""))) or re.search("^[0-9]{2}", identifier or "")
    when = (year[0] if len(year[0]) == 4 else f"20{year[0]}") if year else "2000"
    surname = (_slug(people[0].split()[-1]) if people else "") or "anonymous"
    words = [w[:LONGEST_WORD] for w in _slug(title).split("-") if w and w not in STOP.split()][:3]
    doi = str(fields.get("doi", "")).removeprefix("https://doi.org/")
    url = str(fields.get("url", "")) or (f"https://arxiv.org/abs/{identifier}" if identifier else "")
    data: dict[str, object] = {
        "title": title,
        "authors": people,
        "date": when,
        "venue": _decode(str(fields.get("booktitle") or fields.get("journal") or "")),
        "arxiv": identifier or "",
        "doi": doi,
        "links": [{"label": "Paper", "url": url}] if url.startswith("http") else [],
    }
    return "-".join([surname[:LONGEST_WORD], when, *words]), dump({key: value for key, value in data.items() if value})


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _name(person: object) -> str:
    parts = [getattr(person, part, []) for part in ("first", "von", "last", "jr")]
    return _decode(" ".join(word for group in parts for word in group))


def _decode(text: str) -> str:
    """LaTeX accents and braces → plain text on one line; text that is not LaTeX stays as it is."""
    if "\\" in text:
        try:
            text = str(LatexNodes2Text().latex_to_text(text))
        except (RecursionError, IndexError, ValueError, KeyError, TypeError, AttributeError):
            text = text.replace("\\", "")  # LaTeX that nobody can read stays as its letters
    return " ".join(cleaned(text.replace("{", "").replace("}", "")).split())


def _slug(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
