"""A folder of YAML files → a `Catalog` and every diagnostic of its files.

Reading is strict and total: a bad file becomes diagnostics and is refused; the others still load, so that all problems show
at once. Places are looked up only for what is wrong, by composing that one file again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headkb.catalog.catalog import Catalog
from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.explain import explain
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema import Record
from headkb.catalog.schema.ids import is_id
from headkb.catalog.source import Field, Place, Problem, SourceError, places, read, yaml_files

WHY_SOURCE = {
    "too-large": "a huge file slows every reader and is never written by hand",
    "bad-encoding": "text in another encoding shows as wrong letters",
    "control-character": "invisible characters can hide text from reviewers",
    "syntax": "the file cannot be read until this is fixed",
    "empty": "an empty file would silently lose a record",
    "anchor": "a record must say in plain text what it holds, so that a diff shows every change",
    "tag": "tags change what a value means and can run code in other programs",
    "too-deep": "deep nesting crashes YAML parsers",
    "duplicate-key": "one of the two values would be lost silently",
}


def load(root: Path) -> tuple[Catalog, list[Diagnostic]]:
    """Read every record under `root` (`root/heads/*.yaml` …).

    Returns the catalog of all records that are well-formed on their own, and the diagnostics of the others, sorted by place.
    Checks across records are `headkb.catalog.rules.check`.
    """
    records: dict[Kind, dict[str, Any]] = {}
    refused: dict[Kind, dict[str, Diagnostic]] = {}
    diagnostics = list(_strangers(root))
    with _no_garbage_collection():
        for kind in KINDS:
            records[kind], refused[kind], problems = load_kind(root, kind)
            diagnostics += problems
    return Catalog(root=root, **records, refused=refused), sorted(diagnostics)


def load_kind(root: Path, kind: Kind) -> tuple[dict[str, Any], dict[str, Diagnostic], list[Diagnostic]]:
    """The records of one kind by id, the first problem of each file that is none, and all problems of its files."""
    records: dict[str, Any] = {}
    refused: dict[str, Diagnostic] = {}
    diagnostics: list[Diagnostic] = []
    for path in yaml_files(root / kind):
        record, problems = load_file(root, kind, path)
        diagnostics += problems
        if record is not None:
            records[record.id] = record
        else:
            refused.setdefault(path.stem, min(problems))
    # A misplaced second file of a record that was read refuses nothing.
    return records, {stem: problem for stem, problem in refused.items() if stem not in records}, diagnostics


def load_file(root: Path, kind: Kind, path: Path) -> tuple[Record | None, list[Diagnostic]]:
    """One file → its record, or the diagnostics that say why there is none."""
    name = path.relative_to(root).as_posix()
    refusal = _refuse_path(root, kind, path, name)
    if refusal:
        return None, [refusal]
    try:
        data = read(path)
    except SourceError as error:
        return None, [_from_source(name, problem) for problem in error.problems]
    except OSError as error:
        return None, [
            _diagnostic(
                name,
                rule="unreadable",
                message=f"the file cannot be read: {error.strerror}.",
                why="a record that cannot be read is lost",
                fix="check the file's permissions",
            )
        ]
    if "id" in data:
        return None, [
            _diagnostic(
                name,
                places(path).get(("", "id"), (1, 1)),
                rule="id-in-file",
                field="id",
                message="the id is the file's name and is not written in it.",
                why="one fact in two places drifts apart",
                fix="delete the line",
            )
        ]
    try:
        return KINDS[kind].schema.model_validate({**data, "id": path.stem}), []
    except ValidationError as error:
        return None, list(explain(error, name, places(path), KINDS[kind].schema))


def locate(root: Path, record: Record, field: Field) -> tuple[str, int, int]:
    """File, line and column of a field of a loaded record; of the nearest enclosing field where it is not written."""
    name = f"{record.kind}/{record.id}.yaml"
    known = places(root / name)
    while field and field not in known:
        field = field[:-1] if field[-2:-1] != ("",) else field[:-2]
    line, column = known.get(field, (1, 1))
    return name, line, column


def _strangers(root: Path) -> Iterator[Diagnostic]:
    """Files and folders that no kind reads, so that a misplaced record is not overlooked."""
    if not root.is_dir():
        yield _diagnostic(
            root.name or ".",
            rule="no-catalog",
            message=f"there is no folder {root}.",
            why="without records there is nothing to check",
            fix="give the folder that holds heads/, papers/ and the others",
        )
        return
    for entry in sorted(root.iterdir()):
        if entry.is_dir() and entry.name not in KINDS and not entry.name.startswith("."):
            yield _diagnostic(
                entry.name,
                rule="unknown-folder",
                message=f"no kind of record lives in {entry.name}/.",
                why="its files would never be read",
                fix=f"move them into one of {', '.join(KINDS)}",
            )
        elif entry.suffix in (".yaml", ".yml"):
            yield _diagnostic(
                entry.name,
                rule="unknown-folder",
                message="a record lies in the folder of its kind.",
                why="this file would never be read",
                fix=f"move it into one of {', '.join(k + '/' for k in KINDS)}",
            )


def _refuse_path(root: Path, kind: Kind, path: Path, name: str) -> Diagnostic | None:
    if path.is_symlink() or not path.resolve().is_relative_to(root.resolve()):
        return _diagnostic(
            name,
            rule="symlink",
            message="records may not be links.",
            why="a link can point outside the catalog",
            fix="copy the file to its place",
        )
    if path.suffix != ".yaml" or not is_id(path.stem):
        return _diagnostic(
            name,
            rule="bad-id",
            message=f"{path.name!r} is not a record's file name.",
            why="the file's stem is the record's permanent id and part of web addresses",
            fix="use lower-case words of a-z and 0-9 joined by hyphens, then .yaml: name-mover.yaml",
        )
    if path.parent != root / kind:
        return _diagnostic(
            name,
            rule="unknown-folder",
            message=f"records lie directly in {kind}/.",
            why="two files of one name in two folders would have one id",
            fix=f"move it to {kind}/{path.name}",
        )
    return None


def _from_source(name: str, problem: Problem) -> Diagnostic:
    why = WHY_SOURCE[problem.rule]
    return _diagnostic(name, problem.place, rule=problem.rule, message=problem.message, why=why, fix=problem.fix)


def _diagnostic(
    name: str, place: Place = (1, 1), *, rule: str, message: str, why: str, fix: str, field: str = ""
) -> Diagnostic:
    """An error at a place of a file; by default about the file as a whole."""
    line, column = place
    return Diagnostic(name, line, column, rule=rule, field=field, message=message, why=why, fix=fix)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Thousands of small immutable objects: collecting while they are made costs more than making them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
