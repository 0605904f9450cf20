"""Is a loaded model the one that its name stands for? Its passport is held against the catalog's record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from headkb.errors import ModelError
from headkb.models.packages import WeightPackage
from headkb.models.passport import Passport


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
        """SHA-256 of the weights, as a passport gives it."""

    @property
    def package(self) -> WeightPackage | None:
        """The Python package that carries the weights."""

    @property
    def quantisation_of(self) -> str | None:
        """Id of the full-precision model of which it is a copy."""

    @property
    def quantisation(self) -> str | None:
        """How the weights are stored, as a passport gives it."""

    @property
    def licence(self) -> str | None:
        """Under which terms the weights may be used."""

    @property
    def architecture(self) -> str | None:
        """Class that the checkpoint was saved as."""

    @property
    def n_layers(self) -> int:
        """Blocks."""

    @property
    def n_heads(self) -> int:
        """Heads of each layer."""

    @property
    def n_key_value_heads(self) -> int | None:
        """Key-value heads of each layer."""

    @property
    def d_model(self) -> int | None:
        """Width of the residual stream."""

    @property
    def d_head(self) -> int | None:
        """Width of each head's z."""


def check_weights(name: str, source: str, sha256: str, record: CatalogModel | None) -> None:
    """Refuse weights whose hash is not the pinned one, before anything is loaded.

    Raises:
        ModelError: With both hashes.
    """
    expected = record.weights_sha256 if record is not None else None
    if expected is not None and sha256 != expected:
        raise ModelError(
            f"{name}: the weights ({source}) have SHA-256 {sha256[:12]}…, the catalog says {expected[:12]}…, "
            "so they are another model. Remove that copy, or pass its directory under another name."
        )


def check_revision(name: str, commit: str | None, pinned: str) -> None:
    """Refuse another commit of a repository than the pinned one, before anything is loaded.

    Raises:
        ModelError: With both.
    """
    commit = commit or "none"
    if not (commit.startswith(pinned) or pinned.startswith(commit)):
        raise ModelError(
            f"{name} is pinned at commit {pinned[:12]} in the catalog, and this is {commit[:12]}, which is another model. Leave --revision "
            "out, or download that commit and pass its directory under another name."
        )


def check_identity(passport: Passport, record: CatalogModel) -> None:
    """Refuse a model that contradicts the record whose name it bears.

    Raises:
        ModelError: In one sentence, with every contradiction.
    """
    wrong = [
        f"{what} {found} where the catalog says {stated}" for what, found, stated in _differences(passport, record)
    ]
    if wrong:
        raise ModelError(
            f"this is not {passport.id}: the model loaded ({passport.source}) has {'; '.join(wrong)}. "
            "Pass the right files, or give the folder a name that is no catalog id."
        )


def is_pinned(passport: Passport, record: CatalogModel) -> bool:
    """Whether the record names exactly these weights, by hash or by revision."""
    by_revision = record.revision is not None and (passport.revision or "").startswith(record.revision)
    return by_revision or record.weights_sha256 == passport.weights_sha256


def _differences(passport: Passport, record: CatalogModel) -> Iterator[tuple[str, Any, Any]]:
    """(what, as measured, as recorded) wherever the two disagree; what the record leaves open agrees with everything."""
    stack = passport.stack()
    measured = (
        ("layers", stack.n_layers, record.n_layers),
        ("heads a layer", max(stack.n_heads), record.n_heads),
        ("key-value heads a layer", max(stack.n_key_value_heads), record.n_key_value_heads),
        ("width", passport.d_model, record.d_model),
        ("head width", max(stack.d_head), record.d_head if max(stack.d_head) else None),
        ("architecture", passport.model_type, _model_type(record.architecture)),
        ("quantisation", passport.quantisation, record.quantisation),
    )
    yield from ((what, found, stated) for what, found, stated in measured if stated is not None and found != stated)
    if (
        record.revision is not None
        and passport.revision is not None
        and not passport.revision.startswith(record.revision)
    ):
        yield "revision", passport.revision[:12], record.revision[:12]


def _model_type(architecture: str | None) -> str | None:
    """Name in transformers of the architecture that a class belongs to; None if it does not know the class."""
    import transformers

    kind = getattr(transformers, architecture or "-", None)
    return getattr(getattr(kind, "config_class", None), "model_type", None)
