"""A catalog as a git revision has it, unpacked into a folder of its own; the work tree is not touched."""

from __future__ import annotations

import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from headkb.errors import HeadkbError, near_names

MAX_FILES, MAX_BYTES = 100_000, 1_000_000_000
"""Files of a revision's catalog, and bytes of all of them, that are unpacked at most."""
_AS_COMMITTED = ("-c", "core.autocrlf=false", "-c", "core.quotepath=false")


class RevisionError(HeadkbError):
    """A revision cannot be read: no git, no repository, no such revision, or no catalog in it."""


@dataclass(frozen=True)
class GitCatalog:
    """A catalog folder in a git repository.

    Attributes:
        top: The folder of the repository.
        path: The catalog's path inside it, with `/`.
    """

    top: Path
    path: str

    @classmethod
    def around(cls, folder: Path, catalog: Path | None = None) -> GitCatalog:
        """The repository around a folder.

        Args:
            folder: A folder inside the repository.
            catalog: The catalog's folder; without it `catalog/` at the top of the repository.

        Raises:
            RevisionError: If there is no git, or no repository.
        """
        found = _git(folder, "rev-parse", "--show-toplevel")
        if found is None:
            raise RevisionError(
                f"{folder} lies in no git repository, so no revision can be read. Stand in a clone, or name two folders."
            )
        top = Path(found)
        inside = "catalog" if catalog is None else Path(os.path.relpath(catalog.resolve(), top.resolve())).as_posix()
        if inside.startswith("../"):
            raise RevisionError(f"{catalog} does not lie in the repository {top}, so no revision of it can be read.")
        return cls(top, inside)

    def commit(self, revision: str) -> str | None:
        """The full name of the commit that a tag, a branch or a hash means; None if it means none."""
        return _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")

    def common(self, one: str, other: str) -> str:
        """The newest commit that two revisions have in common. Raises RevisionError."""
        found = _git(self.top, "merge-base", self.known(one), self.known(other))
        if found is None:
            said = f"{one} and {other} have no commit in common. Name both with two dots: {one}..{other}."
            raise RevisionError(said + self._if_shallow())
        return found

    def known(self, revision: str) -> str:
        """The same as `commit`. Raises RevisionError with near names of tags and branches if there is none."""
        found = self.commit(revision)
        if found is not None:
            return found
        names = (_git(self.top, "for-each-ref", "--format=%(refname:short)") or "").splitlines()
        near = near_names(revision, names)
        hint = f"Did you mean {' or '.join(near)}?" if near else "`git tag` and `git branch --all` list what there is."
        raise RevisionError(
            f"There is neither a folder nor a revision {revision!r} in {self.top}. {hint}{self._if_shallow()}"
        )

    def _if_shallow(self) -> str:
        """What brings the commits that a shallow clone lacks, as a sentence; nothing for a whole clone."""
        shallow = _git(self.top, "rev-parse", "--is-shallow-repository") == "true"
        return " The clone is shallow: `git fetch --unshallow --tags` brings the rest." if shallow else ""

    def told(self, revision: str) -> str:
        """A revision with the commit and its date: `v0.1.0 (1a2b3c4d5e, 2026-12-01)`."""
        commit = self.known(revision)
        date = _git(self.top, "show", "--no-patch", "--format=%cs", commit) or ""
        return f"{revision} ({commit[:10]}, {date})" if not commit.startswith(revision) else f"{commit[:10]} ({date})"

    def unpack(self, revision: str, target: Path) -> Path:
        """Write the catalog of a revision below `target`, and give its folder.

        Only plain files are written, below that folder alone, as many and as large as a catalog may be. A link becomes one that leads
        nowhere, so that whoever reads the folder refuses it and does not take it for absent.

        Raises:
            RevisionError: If the revision has no such folder, or too much in it.
        """
        commit = self.known(revision)
        if _git(self.top, "cat-file", "-t", f"{commit}:{'' if self.path == '.' else self.path}") != "tree":
            raise RevisionError(
                f"The revision {revision} has no folder {self.path}/, so there is no catalog to compare."
            )
        command = ["git", *_AS_COMMITTED, "-C", str(self.top), "archive", "--format=tar", commit, "--", self.path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            try:
                assert process.stdout is not None
                write_members(process.stdout, self.path, target, revision)
                while process.stdout.read(1 << 16):  # what pads the archive
                    pass
                whole = process.wait() == 0
            except tarfile.TarError:
                whole = False
            finally:
                process.kill()
        if not whole:
            # A part of a catalog would tell the rest as removed.
            raise RevisionError(
                f"The revision {revision} cannot be unpacked whole: objects of it are missing or damaged. `git fsck` says which."
            )
        return target


def write_members(stream: IO[bytes], folder: str, target: Path, revision: str) -> None:
    """Write the members of a tar archive below `folder` as files below `target`; links last, so that nothing is written through one.

    Args:
        stream: The archive.
        folder: Where in it the catalog lies.
        target: Where to write; made if need be.
        revision: What to call it in a message.

    Raises:
        RevisionError: If there is more than a catalog may have.
        tarfile.TarError: If it is no such archive.
    """
    files = size = 0
    links: list[Path] = []
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            path = _below(member.name, folder)
            if path is None or not (member.isreg() or member.issym()):
                continue
            files, size = files + 1, size + member.size
            if files > MAX_FILES or size > MAX_BYTES:
                raise RevisionError(
                    f"The revision {revision} has more than {MAX_FILES:,} files or {MAX_BYTES:,} bytes in {folder}/, more than a "
                    "catalog may have."
                )
            place = target / path
            if member.issym():
                links.append(place)
                continue
            content = archive.extractfile(member)
            assert content is not None
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content.read())
    target.mkdir(parents=True, exist_ok=True)
    for place in links:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to("nowhere")


def _below(name: str, folder: str) -> PurePosixPath | None:
    """A member's path below the folder; None if it does not lie there, or tries to leave it."""
    path, base = PurePosixPath(name), PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.is_relative_to(base) or path == base:
        return None
    return path.relative_to(base)


def _git(folder: Path, *words: str) -> str | None:
    """What git says in a folder; None if it says no. Raises RevisionError where there is no git."""
    try:
        done = subprocess.run(["git", *_AS_COMMITTED, "-C", str(folder), *words], capture_output=True, check=False)
    except OSError:
        raise RevisionError(
            "Revisions are read by git, which is not installed. Install it, or name two folders."
        ) from None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None
