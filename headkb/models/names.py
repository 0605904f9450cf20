"""Which model a name means, and where it is: exact models and local copies first, the hub last."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from torch import nn

from headkb import catalog_path
from headkb.catalog.load import load_kind
from headkb.errors import ModelError, UnknownNameError
from headkb.exact import EXACT, build, build_tokenizer
from headkb.models.checkpoint import LoadedModel, LoadOptions, read_checkpoint
from headkb.models.dequantised import read_gguf
from headkb.models.hub import COMMIT, fetch, fetch_file, in_cache
from headkb.models.identity import CatalogModel, check_identity, check_revision, check_weights, is_pinned
from headkb.models.packages import WeightPackage, is_installed, say_terms, tell, weights_of
from headkb.models.passport import Origin, make_passport

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

    A model in full precision that is not on this machine is replaced by a quantised copy that an installed package carries, under the
    copy's own id; one line on stderr says so.

    Args:
        name: Id of an exact model or of one that comes with headkb; id of a catalog record; a directory or a `.gguf` file (its name in
            lower case is the id); a name on the hub, or `name:file.gguf` for one file of a hub repository.
        revision: Commit, tag or branch on the hub; by default the catalog's, else the hub's main branch.
        catalog_models: Records by id, such as `load_catalog().models`; by default those of the catalog that ships with headkb.
        options: Device and dtype; the CPU and float32 by default.

    Returns:
        The model with its tokenizer and passport.

    Raises:
        ModelError: If it cannot be loaded, or is not the model that the catalog knows by this name; with the reason and a remedy.

    Example:
        >>> load_model("exact-induction").passport.source
        'exact'
    """
    options = options or LoadOptions()
    if name in EXACT:
        if revision is not None:
            raise ModelError(f"{name} is built by headkb and has no revisions. Leave --revision (revision=) out.")
        return _exact(name, options)
    known = load_kind(catalog_path(), "models")[0] if catalog_models is None else catalog_models
    local = Path(name)
    if local.is_dir() or (local.suffix == ".gguf" and (local.exists() or ":" not in name)):
        if revision is not None:
            raise ModelError(f"{name} is on this machine and has no revisions. Leave --revision out.")
        id_ = id_of(local.resolve().stem if local.suffix == ".gguf" else local.resolve().name)
        return _read(id_, local, "directory", None, known.get(id_), options)
    record_id, record = record_of(name, known)
    if record is not None and record.type == "unreleased":
        raise ModelError(f"{name}: its weights were never released, so nothing can be run on it. Choose another model.")
    found = local_copy(record_id, record)
    if revision is not None and _is_carried(record_id, record):
        raise ModelError(f"{name} comes in a package and has no revisions. Leave --revision (revision=) out.")
    if found is not None and revision is None:
        return _read(record_id, found, "package" if found.parent == BUNDLED else "directory", None, record, options)
    if record is not None and record.package is not None and is_installed(record.package):
        say_terms(record_id, record.licence, record.package)
        with weights_of(record.package, record.weights_sha256) as path:
            return _read(record_id, path, "package", None, record, options)
    copy = None if revision is not None else installed_copy(record_id, record, known)
    if copy is not None:
        tell(f"{record_id} is not on this machine; this is {copy}, the quantised copy in the installed package.")
        return load_model(copy, catalog_models=known, options=options)
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
    package = record.package.requirement if source == "package" and record.package is not None else None
    pinned = is_pinned(loaded.passport, record)
    return replace(loaded, passport=replace(loaded.passport, pinned=pinned, package=package, licence=record.licence))


def id_of(folder: str) -> str:
    """A folder's name as an id: lower case, whatever is neither letter nor digit a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", folder.casefold()).strip("-") or "model"


def record_of(name: str, known: Mapping[str, CatalogModel]) -> tuple[str, CatalogModel | None]:
    """The record that a name means, by id or by name on the hub, and its id; the name itself where there is none."""
    if name in known:
        return name, known[name]
    for id_, record in known.items():
        if record.hub_id is not None and record.hub_id.casefold() == name.casefold():
            return id_, record
    return name, None


def local_copy(name: str, record: CatalogModel | None) -> Path | None:
    """A folder of that name that comes with headkb or lies under HEADKB_MODELS."""
    if (BUNDLED / name / "config.json").is_file():
        return BUNDLED / name
    names = {name.casefold()}
    if record is not None and record.hub_id is not None:
        names |= {record.hub_id.casefold(), record.hub_id.split("/")[-1].casefold()}
    for root in filter(None, os.environ.get(SEARCH_PATH, "").split(os.pathsep)):
        folders = sorted(Path(root).iterdir()) if Path(root).is_dir() else []
        for folder in folders:
            if folder.is_dir() and folder.name.casefold() in names:
                return folder
    return None


def _is_carried(name: str, record: CatalogModel | None) -> bool:
    """Whether the model comes with headkb or in a package of its own, so that it has no revisions."""
    return (BUNDLED / name).is_dir() or (record is not None and record.package is not None)


def _copies(record_id: str, known: Mapping[str, CatalogModel]) -> dict[str, WeightPackage]:
    """The quantised copies of a model that a package carries, by id."""
    return {
        id_: copy.package
        for id_, copy in known.items()
        if copy.quantisation_of == record_id and copy.package is not None
    }


def installed_copy(record_id: str, record: CatalogModel | None, known: Mapping[str, CatalogModel]) -> str | None:
    """The quantised copy to use of a model that is not on this machine, if one is installed."""
    copy = next((id_ for id_, package in _copies(record_id, known).items() if is_installed(package)), None)
    if copy is None or record is None or (record.hub_id is not None and in_cache(record.hub_id, record.revision)):
        return None
    return copy


def _commands(package: WeightPackage) -> str:
    """What installs a package: alone, and as an extra of headkb where there is one."""
    extra = f" or `pip install 'headkb[{package.extra}]'`" if package.extra else ""
    return f"`{package.install}`{extra}"


def _from_hub(
    name: str,
    record_id: str,
    record: CatalogModel | None,
    revision: str | None,
    known: Mapping[str, CatalogModel],
    options: LoadOptions,
) -> LoadedModel:
    repository, _, file = name.partition(":") if name.endswith(".gguf") else (name, "", "")
    hub_id = repository if record is None else record.hub_id
    remedy = f"Put its folder into a directory named by {SEARCH_PATH}, or pass the folder itself."
    if record is not None and record.package is not None:
        remedy = f"Run {_commands(record.package)} for its weights."
    elif copies := _copies(record_id, known):
        id_, package = next(iter(copies.items()))
        remedy = f"Run {_commands(package)} for its quantised copy {id_}."
    if hub_id is None:
        raise ModelError(f"{name} is not on this machine, and no hub repository is known for it. {remedy}")
    near = UnknownNameError("model", name, [*EXACT, *known]).suggestions if record is None else ()
    meant = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    if not _HUB_ID.match(hub_id):
        what = "no such directory" if os.sep in name else "no exact model, catalog id or directory"
        raise ModelError(
            f"{name!r}: {what}, and no hub repository can be called that.{meant} See `headkb list models`."
        )
    pinned = record.revision if record is not None and not file else None
    wanted = revision or pinned
    if file:
        path, commit, origin = fetch_file(hub_id, file, wanted, f"{remedy}{meant}")
        return _read(id_of(Path(file).stem), path, origin, commit, None, options)
    if revision is not None and pinned is not None and COMMIT.fullmatch(revision):
        check_revision(record_id, revision, pinned)
    folder, commit, origin = fetch(hub_id, wanted, f"{remedy}{meant}")
    if pinned is not None:
        check_revision(record_id, commit, pinned)
    return _read(record_id, folder, origin, commit, record, options)


def hash_tensors(model: nn.Module) -> str:
    """SHA-256 over the names, shapes and float32 values of all tensors, by name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().float().contiguous().numpy().astype("<f4").tobytes())
    return digest.hexdigest()
