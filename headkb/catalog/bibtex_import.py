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
from headkb.catalog.schema.ids import normalise
from headkb.catalog.source import dump
from headkb.errors import HeadkbError

STOP = frozenset("a an the of in on for and to with via from how what is are do does".split())  # noqa: SIM905 - one word a line would take a page
ARXIV = re.compile(r"(\d{4}\.\d{4,5})")


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
    text = path.read_text(encoding="utf-8")
    names = [middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()]
    library = bibtexparser.parse_string(text, append_middleware=names)
    if library.failed_blocks:
        where = ", ".join(f"line {block.start_line + 1}" for block in library.failed_blocks)
        raise HeadkbError(
            f"{path}: these entries cannot be read: {where}. Mind closing braces, and keys that occur twice."
        )
    titles = {normalise(paper.title): paper.id for paper in catalog.papers.values()}
    arxiv = {paper.arxiv: paper.id for paper in catalog.papers.values() if paper.arxiv}
    records = []
    for entry in library.entries:
        fields = {name.lower(): field.value for name, field in entry.fields_dict.items()}
        title = _decode(str(fields.get("title", "")))
        if not title:
            raise HeadkbError(f"{path}: entry {entry.key} has no title. Add `title = {{…}}`.")
        identifier = _arxiv(fields)
        existing = titles.get(normalise(title)) or arxiv.get(identifier or "")
        records.append(Imported(entry.key, *_record(title, fields, identifier), existing))
    return records


def _arxiv(fields: dict[str, object]) -> str | None:
    for name in ("eprint", "journal", "url", "volume", "note"):
        value = str(fields.get(name, ""))
        match = ARXIV.search(value)
        if match and (name == "eprint" or "arxiv" in value.casefold()):
            return match[1]
    return None


def _record(title: str, fields: dict[str, object], identifier: str | None) -> tuple[str, str]:
    """(id, YAML text) of a record; keys that BibTeX cannot know are left out."""
    people = [_name(p) for p in _as_list(fields.get("author"))]
    year = re.search(r"\d{4}", str(fields.get("year", ""))) or re.search(r"^\d{2}", identifier or "")
    when = (year[0] if len(year[0]) == 4 else f"20{year[0]}") if year else "2000"
    surname = _slug(people[0].split()[-1]) if people else "anonymous"
    words = [w for w in _slug(title).split("-") if w not in STOP][:3]
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
    return "-".join([surname, when, *words]), dump({key: value for key, value in data.items() if value})


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _name(person: object) -> str:
    parts = [getattr(person, part, []) for part in ("first", "von", "last", "jr")]
    return _decode(" ".join(word for group in parts for word in group))


def _decode(text: str) -> str:
    """LaTeX accents and braces → plain text on one line; text that is not LaTeX stays as it is."""
    if "\\" in text:
        text = str(LatexNodes2Text().latex_to_text(text))
    return " ".join(text.replace("{", "").replace("}", "").split())


def _slug(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")
