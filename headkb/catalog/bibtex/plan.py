"""What an import of a `.bib` file does, worked out before anything is written: a dry run and a run read the same plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.bibtex.crossref import containers, inherit
from headkb.catalog.bibtex.decoding import decode
from headkb.catalog.bibtex.entries import BibEntry, RefusedEntry, ValueRefusedError, read_entries
from headkb.catalog.bibtex.facts import PaperFacts, facts_of
from headkb.catalog.bibtex.recognise import KnownPaper, KnownPapers
from headkb.catalog.bibtex.record import check_facts, guessed_id, paper_text, record_id
from headkb.catalog.record_files import SourceError, read_plain
from headkb.errors import HeadkbError

MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class NewPaper:
    """A record that is to be written: the entry's key and line, the record's id and YAML."""

    key: str
    line: int
    id: str
    text: str


@dataclass(frozen=True)
class Aside:
    """An entry that needs no record, and why: the paper is there as `id`, or the entry is no paper (`id` is empty)."""

    key: str
    line: int
    why: str
    id: str = ""


@dataclass(frozen=True)
class Note:
    """What a reader should look at, and no mistake; line 0 is the whole file."""

    line: int
    says: str


@dataclass
class ImportPlan:
    """Everything that an import does: every entry of the file is in exactly one of `new`, `aside` and `refused`."""

    file: str
    new: list[NewPaper] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    refused: list[RefusedEntry] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def plan_import(path: Path, catalog: Catalog) -> ImportPlan:
    """What an import of `path` does.

    Args:
        path: A BibTeX or biblatex file.
        catalog: The catalog whose papers are not to be written again.

    Raises:
        HeadkbError: If the file cannot be read, or is no BibTeX at all. A single bad entry is in `refused`.

    Example:
        >>> import headkb, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "a.bib")
        ...     _ = path.write_text("@misc{w, title={Is IOI new?}, author={Wang, Kevin}, eprint={2211.00593}}")
        ...     plan_import(path, headkb.load_catalog()).aside[0].id
        'wang-2022-ioi'
    """
    name = str(path)
    try:
        raw = read_plain(path, MAX_BYTES)
    except SourceError as error:
        raise HeadkbError(f"{name}: {error}") from None
    if len(raw) > MAX_BYTES:
        raise HeadkbError(f"{name}: it has more than {MAX_BYTES:,} bytes. Split it.")
    decoded = decode(raw, name)
    found, refused = read_entries(decoded.text, name)
    plan = ImportPlan(name, refused=refused, notes=[Note(0, decoded.note)] if decoded.note else [])
    entries, missing = inherit(found)
    volumes = containers(entries)
    plan.aside += [Aside(entry.key, entry.line, volumes[entry.line]) for entry in entries if entry.line in volumes]
    _repeated_keys(entries, plan)
    facts = _facts([entry for entry in entries if entry.line not in volumes], missing, plan)
    _sort(facts, KnownPapers.of(catalog), plan, catalog.root)
    for list_ in (plan.new, plan.aside, plan.refused, plan.notes):
        list_.sort(key=lambda item: item.line)
    return plan


def _repeated_keys(entries: list[BibEntry], plan: ImportPlan) -> None:
    first: dict[str, BibEntry] = {}
    for entry in entries:
        before = first.setdefault(entry.key.casefold(), entry)
        if before is not entry and entry.key:
            plan.notes.append(
                Note(entry.line, f"the key {entry.key} is that of line {before.line}, too; both entries were read")
            )


def _facts(entries: list[BibEntry], missing: dict[str, str], plan: ImportPlan) -> list[PaperFacts]:
    """The facts of every entry that has them; the others are refused."""
    found: list[PaperFacts] = []
    for entry in entries:
        try:
            facts = facts_of(entry, missing.get(entry.key, ""))
            check_facts(facts)
            found.append(facts)
        except ValueRefusedError as error:
            plan.refused.append(RefusedEntry(entry.key, entry.line, error.what, error.mend))
    return found


def _sort(facts: list[PaperFacts], known: KnownPapers, plan: ImportPlan, root: Path) -> None:
    """Each paper once: new, there already, the same as one before, or a contradiction that only a person can settle."""
    new: dict[str, PaperFacts] = {}
    for paper in facts:
        same = known.find(paper)
        if same is None:
            id_ = record_id(paper, known.taken)
            new[id_] = paper
            known.add(_known(id_, paper))
        elif same.against:
            there = f"the paper of {new[same.paper.id].key}" if same.paper.id in new else f"papers/{same.paper.id}"
            what = f"by {same.by} it is {there}, but {same.against}"
            mend = "correct the entry; if they are two papers, write the record with `headkb new`"
            plan.refused.append(RefusedEntry(paper.key, paper.line, what, mend))
        elif same.paper.id in new:
            first = new[same.paper.id]
            new[same.paper.id] = _joined(first, paper)
            known.add(_known(same.paper.id, new[same.paper.id]))
            plan.aside.append(Aside(paper.key, paper.line, f"the same paper as {first.key}, by {same.by}", same.paper.id))  # fmt: skip
        else:
            more = sorted(paper.ids - same.paper.ids)
            also = f"; the record lacks {', '.join(more)}" if more else ""
            plan.aside.append(Aside(paper.key, paper.line, f"by {same.by}{also}", same.paper.id))
    for id_, paper in new.items():
        plan.new.append(NewPaper(paper.key, paper.line, id_, paper_text(paper, id_, root)))
        plan.notes += [Note(paper.line, f"{paper.key}: {says}") for says in paper.notes]
        if says := guessed_id(paper):
            plan.notes.append(Note(paper.line, f"{paper.key}: {says}"))


def _known(id_: str, facts: PaperFacts) -> KnownPaper:
    author = facts.authors[0] if facts.authors else ""
    return KnownPaper(id_, facts.title, author, frozenset({facts.year, facts.date[:4]} - {""}), facts.ids)


def _joined(first: PaperFacts, second: PaperFacts) -> PaperFacts:
    """The facts of two entries on one paper: the second one's where the first is silent, and the whole list of authors."""
    names = ("kind", "venue", "arxiv", "doi", "openreview", "acl")
    more: dict[str, Any] = {name: getattr(first, name) or getattr(second, name) for name in names}
    if second.day.date.startswith(first.day.date):
        more["day"] = second.day
    if "authors" in first.questions and "authors" not in second.questions and second.authors:
        more["authors"], more["family"] = second.authors, second.family
    if more["venue"] and more["kind"] == "preprint":
        more["kind"] = ""
    links = dict.fromkeys([*first.links, *second.links])
    joined = replace(first, links=tuple(links), **more)
    known = {key for key in set(first.questions) - set(second.questions) if key == "kind" or getattr(joined, key)}
    return replace(joined, questions={key: q for key, q in first.questions.items() if key not in known})
