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
from headkb.catalog.diagnostic import Diagnostic, Severity
from headkb.catalog.explain import explain
from headkb.catalog.schema import KINDS, SCHEMAS, Kind, Record
from headkb.catalog.schema.ids import is_id
from headkb.catalog.source import Field, Problem, SourceError, places, read, yaml_files

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
    records: dict[Kind, dict[str, Any]] = {kind: {} for kind in KINDS}
    refused: dict[Kind, dict[str, Diagnostic]] = {}
    diagnostics = list(_strangers(root))
    with _no_garbage_collection():
        for kind in KINDS:
            for path in yaml_files(root / kind):
                record, problems = load_file(root, kind, path)
                diagnostics += problems
                if record is not None:
                    records[kind][record.id] = record
                else:
                    refused.setdefault(kind, {}).setdefault(path.stem, min(problems))
    # A misplaced second file of a record that was read refuses nothing.
    refused = {kind: {s: d for s, d in files.items() if s not in records[kind]} for kind, files in refused.items()}
    return Catalog(root=root, **records, refused=refused), sorted(diagnostics)


def load_file(root: Path, kind: Kind, path: Path) -> tuple[Record | None, list[Diagnostic]]:
    """One file → its record, or the diagnostics that say why there is none."""
    name = path.relative_to(root).as_posix()
    refusal = _refuse_path(root, kind, path)
    if refusal:
        return None, [_diagnostic(name, *refusal)]
    try:
        data = read(path)
    except SourceError as error:
        return None, [_from_source(name, problem) for problem in error.problems]
    except OSError as error:
        return None, [
            _diagnostic(
                name,
                "unreadable",
                f"the file cannot be read: {error.strerror}.",
                "a record that cannot be read is lost",
                "check the file's permissions",
            )
        ]
    if "id" in data:
        line, column = places(path).get(("", "id"), (1, 1))
        return None, [
            Diagnostic(
                name,
                line,
                column,
                "id-in-file",
                "id",
                "the id is the file's name and is not written in it.",
                "one fact in two places drifts apart",
                "delete the line",
            )
        ]
    try:
        return SCHEMAS[kind].model_validate({**data, "id": path.stem}), []
    except ValidationError as error:
        return None, [
            Diagnostic(name, *place, rule, field, message, why, fix)
            for place, rule, field, message, why, fix in explain(error, places(path), SCHEMAS[kind])
        ]


def locate(root: Path, kind: Kind, record_id: str, field: Field) -> tuple[str, int, int]:
    """File, line and column of a field of a loaded record; of the nearest enclosing field where it is not written."""
    path = root / kind / f"{record_id}.yaml"
    known = places(path)
    while field and field not in known:
        field = field[:-1] if field[-2:-1] != ("",) else field[:-2]
    line, column = known.get(field, (1, 1))
    return f"{kind}/{record_id}.yaml", line, column


def _strangers(root: Path) -> Iterator[Diagnostic]:
    """Files and folders that no kind reads, so that a misplaced record is not overlooked."""
    if not root.is_dir():
        yield _diagnostic(
            root.name or ".",
            "no-catalog",
            f"there is no folder {root}.",
            "without records there is nothing to check",
            "give the folder that holds heads/, papers/ and the others",
        )
        return
    for entry in sorted(root.iterdir()):
        if entry.is_dir() and entry.name not in KINDS and not entry.name.startswith("."):
            yield _diagnostic(
                entry.name,
                "unknown-folder",
                f"no kind of record lives in {entry.name}/.",
                "its files would never be read",
                f"move them into one of {', '.join(KINDS)}",
            )
        elif entry.suffix in (".yaml", ".yml"):
            yield _diagnostic(
                entry.name,
                "unknown-folder",
                "a record lies in the folder of its kind.",
                "this file would never be read",
                f"move it into one of {', '.join(k + '/' for k in KINDS)}",
            )


def _refuse_path(root: Path, kind: Kind, path: Path) -> tuple[str, str, str, str] | None:
    if path.is_symlink() or not path.resolve().is_relative_to(root.resolve()):
        return (
            "symlink",
            "records may not be links.",
            "a link can point outside the catalog",
            "copy the file to its place",
        )
    if path.suffix != ".yaml" or not is_id(path.stem):
        return (
            "bad-id",
            f"{path.name!r} is not a record's file name.",
            "the file's stem is the record's permanent id and part of web addresses",
            "use lower-case words of a-z and 0-9 joined by hyphens, then .yaml: name-mover.yaml",
        )
    if path.parent != root / kind:
        return (
            "unknown-folder",
            f"records lie directly in {kind}/.",
            "two files of one name in two folders would have one id",
            f"move it to {kind}/{path.name}",
        )
    return None


def _diagnostic(path: str, rule: str, message: str, why: str, fix: str, severity: Severity = "error") -> Diagnostic:
    return Diagnostic(path, 1, 1, rule, "", message, why, fix, severity)


def _from_source(path: str, problem: Problem) -> Diagnostic:
    return Diagnostic(path, *problem.place, problem.rule, "", problem.message, WHY_SOURCE[problem.rule], problem.fix)


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
