"""A folder of YAML files → a `Catalog` and every diagnostic of its files.

Reading is strict and total: a bad file becomes diagnostics and is refused; the others still load, so that all problems show
at once. Places are looked up only for what is wrong, by composing that one file again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headkb.catalog.catalog import Catalog
from headkb.catalog.characters import visible
from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.explain import explain, questions
from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.record_files import FileEntry, Place, Problem, SourceError, entries, read_text
from headkb.catalog.refusals import WHOLE
from headkb.catalog.schema import Record
from headkb.catalog.source import Field, parse, places
from headkb.catalog.unfilled import unanswered

Places = dict[str, dict[Field, Place]]
"""File → the place of every key and value in it."""


@dataclass(frozen=True)
class FileReading:
    """What reading one file gave: its record, or its problems; and the file's time and size when it was read."""

    record: Any
    problems: list[Diagnostic]
    state: tuple[int, int]


Known = dict[Path, FileReading]
"""What was read of each file before."""


def load(
    root: Path, parsed: dict[str, Any] | None = None, known: Known | None = None
) -> tuple[Catalog, list[Diagnostic]]:
    """Read every record under `root` (`root/heads/*.yaml` …).

    Args:
        root: The folder.
        parsed: Takes `kind/id` → the parsed file of each record that is read.
        known: Where given, a file that it has and that has the same time and size is not read again; what is read is put into it.

    Returns the catalog of all records that are well-formed on their own, and the diagnostics of the others, sorted by place.
    Checks across records are `headkb.catalog.rules.check`.
    """
    records: dict[Kind, dict[str, Any]] = {}
    refused: dict[Kind, dict[str, Diagnostic]] = {}
    strangers = list(_strangers(root))
    diagnostics = list(strangers)
    with without_garbage_collection():
        for kind in KINDS:
            records[kind], refused[kind], problems = load_kind(root, kind, parsed, known)
            diagnostics += problems
            if not records[kind] and (meant := _misnamed(kind, strangers)):
                refused[kind].setdefault(WHOLE, meant)
    return Catalog(root=root, **records, refused=refused), sorted(diagnostics)


def load_kind(
    root: Path, kind: Kind, parsed: dict[str, Any] | None = None, known: Known | None = None
) -> tuple[dict[str, Any], dict[str, Diagnostic], list[Diagnostic]]:
    """The records of one kind by id, the first problem of each file without a record, and all problems of its files."""
    records: dict[str, Any] = {}
    refused: dict[str, Diagnostic] = {}
    diagnostics: list[Diagnostic] = []
    for entry in entries(root, kind):
        if known is None:
            record, problems = _load_entry(root, kind, entry, parsed)
        else:
            record, problems = _load_again(root, kind, entry, parsed, known)
        diagnostics += problems
        if record is not None:
            records[record.id] = record
        else:
            refused.setdefault(WHOLE if entry.path == root / kind else entry.stem, min(problems))
    # A misplaced second file of a record that was read refuses nothing.
    return records, {stem: problem for stem, problem in refused.items() if stem not in records}, diagnostics


def load_file(root: Path, kind: Kind, path: Path) -> tuple[Record | None, list[Diagnostic]]:
    """One file of a kind's folder → its record, or the diagnostics that say why there is none."""
    return _load_entry(root, kind, next((e for e in entries(root, kind) if e.path == path), FileEntry(path)))


def _load_again(
    root: Path, kind: Kind, entry: FileEntry, parsed: dict[str, Any] | None, known: Known
) -> tuple[Record | None, list[Diagnostic]]:
    """The same as `_load_entry`, from what is known where the file has not changed since."""
    try:
        found = entry.path.lstat()
    except OSError:
        return _load_entry(root, kind, entry, parsed)
    state, before = (found.st_mtime_ns, found.st_size), known.get(entry.path)
    if before is None or before.state != state or entry.problem is not None:
        before = known[entry.path] = FileReading(*_load_entry(root, kind, entry, parsed), state)
    return before.record, before.problems


def _load_entry(
    root: Path, kind: Kind, entry: FileEntry, parsed: dict[str, Any] | None = None
) -> tuple[Record | None, list[Diagnostic]]:
    path = entry.path
    name = visible(path.relative_to(root).as_posix())
    try:
        if entry.problem is not None:
            raise SourceError([entry.problem])
        text = read_text(path)
        data = parse(text)[0]
    except SourceError as error:
        return None, [_of_source(name, problem) for problem in error.problems]
    if "id" in data:
        place, message = places(path).get(("", "id"), (1, 1)), "the id is the file's name and is not written in it."
        return None, [_of_source(name, Problem("id-in-file", place, message, "delete the line"), "id")]
    asked = unanswered(text, data)
    try:
        record = KINDS[kind].schema.model_validate({**data, "id": path.stem})
    except ValidationError as error:
        where = places(path)
        return None, sorted([*questions(asked, name, where), *explain(error, name, where, KINDS[kind].schema, asked)])
    if asked:
        return None, sorted(questions(asked, name, places(path)))
    if parsed is not None:
        parsed[f"{kind}/{record.id}"] = data
    return record, []


def locate(root: Path, record: Record, field: Field, known: Places) -> tuple[str, int, int]:
    """File, line and column of a field of a loaded record; of the nearest enclosing field where it is not written.

    `known` keeps the places of the files that were asked for before.
    """
    name = f"{record.kind}/{record.id}.yaml"
    if name not in known:
        known[name] = places(root / name)
    while field and field not in known[name]:
        field = field[:-1] if field[-2:-1] != ("",) else field[:-2]
    line, column = known[name].get(field, (1, 1))
    return name, line, column


def _strangers(root: Path) -> Iterator[Diagnostic]:
    """Files and folders that no kind reads, so that a misplaced record is not overlooked."""
    if not root.is_dir():
        fix = "give the folder that holds heads/, papers/ and the others"
        yield _of_source(root.name or ".", Problem("no-catalog", (1, 1), f"there is no folder {root}.", fix))
        return
    try:
        inside = sorted(root.iterdir())
    except OSError as error:
        fix = "check its permissions"
        yield _of_source(root.name or ".", Problem("unreadable", (1, 1), f"it cannot be read: {error.strerror}.", fix))
        return
    for entry in inside:
        name = visible(entry.name)
        if entry.is_dir() and entry.name not in KINDS and not entry.name.startswith("."):
            near = get_close_matches(entry.name.casefold(), KINDS, n=1, cutoff=0.7)
            fix = f"move what it holds into one of {', '.join(KINDS)}"
            if near:
                there = (root / near[0]).is_dir()
                fix = f"move what it holds into {near[0]}/" if there else f"rename it to {near[0]}/"
            message = f"no kind of record lives in {name}/."
            yield _of_source(name, Problem("unknown-folder", (1, 1), message, fix))
        elif entry.suffix in (".yaml", ".yml"):
            message, fix = "a record lies in the folder of its kind.", f"move it into one of {'/, '.join(KINDS)}/"
            yield _of_source(name, Problem("unknown-folder", (1, 1), message, fix))


def _misnamed(kind: Kind, strangers: Sequence[Diagnostic]) -> Diagnostic | None:
    """The stranger whose name is nearly that of a kind's folder: its records are there, and cannot be read."""
    near = get_close_matches(kind, {d.path.casefold() for d in strangers}, n=1, cutoff=0.7)
    return next((d for d in strangers if near and d.path.casefold() == near[0]), None)


def _of_source(name: str, problem: Problem, field: str = "") -> Diagnostic:
    """A problem of one file, with the reason that its rule gives."""
    why = FILE_RULES[problem.rule].why
    return Diagnostic(name, *problem.place, problem.rule, field, problem.message, why, problem.fix)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Thousands of small immutable objects: collecting while they are made costs more than making them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
