"""Finished results of a command, kept until it has ended: a command that was stopped goes on where it was, and repeats nothing."""

from __future__ import annotations

import datetime
import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import headkb
from headkb.cache_folder import cache_folder
from headkb.catalog import Catalog
from headkb.catalog.published import get_published
from headkb.catalog.schema import Run
from headkb.models import LoadedModel, hash_tensors
from headkb.reproduce.measure import hardware, versions
from headkb.reproduce.plan import Plan, copied_model, expected_values
from headkb.reproduce.published import find_files


class Before(NamedTuple):
    """A result that was finished before: its data, and when (UTC)."""

    result: Mapping[str, Any]
    finished: str


class Kept:
    """Results in one file, a JSON object a line, each under a key that holds everything which decides it.

    A line is written whole and at once when its result is there, so whatever ends the process costs at most the result at hand: a torn
    last line is ignored. Where the file cannot be written, `on_trouble` is told why, and nothing else changes.
    """

    def __init__(
        self, path: Path, files: Iterable[Path] = (), on_trouble: Callable[[str], None] = lambda _: None
    ) -> None:
        """Read what is there; `files` are further files that decide the results, such as plug-ins."""
        self.path, self._on_trouble = path, on_trouble
        self._files = {str(file): _sha256(file) for file in files}
        self._lines, self._asked = dict(_read(path)), set[str]()

    def __len__(self) -> int:
        """The number of results that were added or found again; lines of other code or another model do not count."""
        return len(self._asked & self._lines.keys())

    def get(self, key: str) -> Before | None:
        """The result under a key; None where there is none."""
        self._asked.add(key)
        return self._lines.get(key)

    def add(self, key: str, result: Mapping[str, Any]) -> None:
        """Keep a result."""
        finished = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
        line = json.dumps({"key": key, "finished": finished, "result": result}, ensure_ascii=False)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                file.seek(0, os.SEEK_END)
                torn = file.tell() > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
                file.write(("\n" * torn + line + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._on_trouble(f"{self.path} cannot be written ({error.strerror})")
            return
        self._asked.add(key)
        self._lines[key] = Before(result, finished)

    def clear(self) -> None:
        """Forget everything: the command has ended, or is to start afresh."""
        self._lines.clear()
        try:
            if self.path.exists():
                self.path.unlink()
        except OSError as error:
            self._on_trouble(f"{self.path} cannot be removed ({error.strerror})")

    def key_of_plan(self, catalog: Catalog, plan: Plan, loaded: LoadedModel) -> str:
        """The key of a plan on a model: what is run, what it is held against, the model, and the code."""
        return self.key(content_of_plan(catalog, plan, loaded.id), loaded)

    def key_of_record(self, run: Run, loaded: LoadedModel | None) -> str:
        """The key of a rerun: the record, the model or the published data, and the code. Raises ModelError if the data are missing."""
        data = find_files(get_published(run.prompts.data)) if loaded is None and run.prompts.data else []
        return self.key({"record": run.data(), "data": [_sha256(path) for path in data]}, loaded)

    def key(self, content: Mapping[str, Any], loaded: LoadedModel | None) -> str:
        """The key of some content on a model."""
        around = {"versions": versions(), "code": code_sha256(), "hardware": hardware(loaded), "files": self._files}
        model: dict[str, Any] = (
            {} if loaded is None else {"passport": loaded.passport.data(), "batch_tokens": loaded.batch_tokens}
        )
        if loaded is not None and not loaded.passport.weights_sha256:
            model["tensors"] = hash_tensors(loaded.model)  # a caller's object: nothing else tells it from another
        return digest_of(content, around, model)


def content_of_plan(catalog: Catalog, plan: Plan, model_id: str) -> dict[str, Any]:
    """What is run by a plan on a model, and what it is held against, as the catalog says it."""
    record = catalog.scores.get(plan.score)
    statement = catalog.statements[plan.claim] if plan.claim else None
    claim = statement.claim if statement else None
    measure = statement.file.measures[claim.measure] if statement and claim and claim.measure else None
    table = claim.table if claim else None
    return {
        "claim": claim and claim.model_dump(mode="json"),
        "measure": measure and measure.model_dump(mode="json"),
        "table": table and _sha256(catalog.root / "claims" / table.file),
        "copy_of": copied_model(catalog, plan, model_id),
        "plan": asdict(plan) | {"checks": [check.model_dump(mode="json") for check in plan.checks]},
        "expected": [e.model_dump(mode="json") for e in expected_values(catalog, plan, model_id)],
        "needs": list(record.needs) if record else [],
    }


def digest_of(content: Mapping[str, Any], *more: Mapping[str, Any]) -> str:
    """SHA-256 over some content, over the files that its texts name, and over whatever else decides a result."""
    texts = {value for value in _leaves(content) if isinstance(value, str)}
    files = {text: _sha256(Path(text)) for text in texts if _is_file(text)}
    text = json.dumps([content, files, *more], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def kept_file(what: str, name: str, command: Mapping[str, Any]) -> Path:
    """The file of one command, so that the same one finds it again and others leave it alone.

    Args:
        what: What it runs, such as `recipes`.
        name: The model, for people who look into the folder.
        command: Everything that was typed and decides what is run.
    """
    digest = hashlib.sha256(json.dumps(command, sort_keys=True, default=str).encode()).hexdigest()[:12]
    parts = [what, re.sub(r"[^A-Za-z0-9.-]+", "-", name)[-60:].strip("-."), digest]
    return cache_folder() / "reproduce" / f"{'-'.join(filter(None, parts))}.jsonl"


@functools.cache
def code_sha256() -> str:
    """SHA-256 over headkb's own modules and their data, the site's and the command line's left out: other code, other results."""
    package, digest = Path(headkb.__file__).parent, hashlib.sha256()
    for path in sorted(package.rglob("*")):
        relative = path.relative_to(package)
        if path.suffix in {".py", ".yaml", ".txt", ".csv", ".json"} and relative.parts[0] not in {"cli", "site"}:
            digest.update(f"\n{relative.as_posix()} {_sha256(path)}".encode())
    return digest.hexdigest()


def _read(path: Path) -> Iterable[tuple[str, Before]]:
    """The lines of a file that are whole."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            data = json.loads(line)
            yield str(data["key"]), Before(data["result"], str(data["finished"]))
        except (ValueError, KeyError, TypeError):
            continue


def _leaves(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _is_file(text: str) -> bool:
    """Whether a parameter names a file, whose content then decides the result."""
    try:
        return len(text) < 1000 and Path(text).is_file()
    except (OSError, ValueError):
        return False


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return str(error.strerror)
