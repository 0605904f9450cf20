"""The files of a catalog folder: which hold records, what else lies there, and their text. Nothing is opened that is no plain file.

Folders are walked without following links. Only what the operating system calls a regular file is read, and never more of it than a
record may have, so a pipe, a device or a file that grows cannot hold a reader up.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from headkb.catalog.file_names import alike, is_copy, meant_id, mend
from headkb.catalog.plain_files import OPEN_FLAGS
from headkb.catalog.schema.ids import ID_FORM, RESERVED, is_id

MAX_BYTES = 256_000
Place = tuple[int, int]  # line, column, both from 1
_KINDS_OF_FILE = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISDIR, "a folder"),
)
_BESIDE = {"heads": (".pattern.json",), "claims": (".csv",), "models": (".csv",), "atlases": (".csv", ".heads.json")}
"""Kind → ends of the names of files that lie beside its records."""


@dataclass(frozen=True)
class Problem:
    """What is refused in one file: rule id, place, message and fix. `load` turns it into a Diagnostic."""

    rule: str
    place: Place
    message: str
    fix: str


class SourceError(Exception):
    """A file that cannot be read as one plain record; carries every `Problem` match in it."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems, in the order of their places."""
        self.problems = problems = sorted(problems, key=lambda problem: problem.place)
        super().__init__("; ".join(p.message for p in problems))


@dataclass(frozen=True)
class FileEntry:
    """A file or folder of a kind: its path, and why it cannot be a record; None for a file to be read."""

    path: Path
    problem: Problem | None = None

    @property
    def stem(self) -> str:
        """The id of the record that it holds, or was meant to hold."""
        return self.path.stem if self.problem is None else meant_id(self.path.name) or self.path.stem


def read_text(path: Path) -> str:
    """The file's text, decoded strictly. Raises SourceError if it is no plain file, too large, unreadable or not UTF-8."""
    raw = read_plain(path, MAX_BYTES)
    if len(raw) > MAX_BYTES:
        message = f"the file has more than {MAX_BYTES:,} bytes, the most that a record may have."
        fix = "move long tables to a CSV beside the claim, and split the record"
        raise SourceError([Problem("too-large", (1, 1), message, fix)])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        place = raw.count(b"\n", 0, error.start) + 1, error.start - raw.rfind(b"\n", 0, error.start)
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8."
        fix = "save the file as UTF-8 without a byte-order mark"
        raise SourceError([Problem("bad-encoding", place, message, fix)]) from None


def read_plain(path: Path, most: int) -> bytes:
    """The bytes of a regular file, one more than `most` at most. Raises SourceError if it is no such file or cannot be read."""
    try:
        number = os.open(path, OPEN_FLAGS)
    except OSError as error:
        raise SourceError([_unreadable(error)]) from None
    with open(number, "rb") as file:
        if (other := _other_than_file(os.fstat(number).st_mode)) is not None:
            raise SourceError([_not_a_file(other)])
        try:
            return file.read(most + 1)
        except OSError as error:
            raise SourceError([_unreadable(error)]) from None


def read_beside(path: Path, most: int) -> str:
    """The text of a file beside a record, such as a table.

    Raises:
        OSError: If there is none, or it cannot be read.
        ValueError: If it is a link or lies in a linked folder, is no plain file, has more than `most` bytes, or is not UTF-8.
    """
    if path.is_symlink() or path.parent.is_symlink():
        raise ValueError("it is a link, or lies in a linked folder")
    with open(os.open(path, OPEN_FLAGS), "rb") as file:
        if (other := _other_than_file(os.fstat(file.fileno()).st_mode)) is not None:
            raise ValueError(f"it is {other}, not a file")
        raw = file.read(most + 1)
    if len(raw) > most:
        raise ValueError(f"it has more than {most:,} bytes")
    return raw.decode("utf-8")


def entries(root: Path, kind: str) -> Iterator[FileEntry]:
    """Every record file of a kind, sorted, and everything in its folder that cannot be one."""
    yield from _walk(root / kind, kind, top=True)


def _walk(folder: Path, kind: str, *, top: bool) -> Iterator[FileEntry]:
    if folder.is_symlink():
        yield FileEntry(folder, _LINK)
        return
    try:
        with os.scandir(folder) as found:
            inside = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except NotADirectoryError:
        yield FileEntry(folder, Problem("not-a-file", (1, 1), "a folder of records is needed here.", "remove the file"))
        return
    except OSError as error:
        yield FileEntry(folder, _unreadable(error))
        return
    names = [entry.name for entry in inside]
    twins = alike(names)
    for entry in inside:
        path = folder / entry.name
        if entry.name.startswith("."):
            if entry.name.endswith((".yaml", ".yml")):
                yield FileEntry(path, _bad_name(kind, entry.name, names))
        elif entry.is_symlink():
            yield FileEntry(path, _LINK)
        elif entry.is_dir(follow_symlinks=False):
            if entry.name.endswith((".yaml", ".yml")):
                yield FileEntry(path, _not_a_file("a folder"))
            elif entry.name in twins:
                yield FileEntry(path, _twin(entry.name, twins[entry.name]))
            yield from _walk(path, kind, top=False)
        else:
            problem = _refuse_name(entry, kind, names, top=top)
            if problem is None and entry.name in twins:
                problem = _twin(entry.name, twins[entry.name])
            if problem is not None or entry.name.endswith(".yaml"):
                yield FileEntry(path, problem)


def _refuse_name(entry: os.DirEntry[str], kind: str, names: Collection[str], *, top: bool) -> Problem | None:
    """Why a file cannot be a record, by its name and kind alone; None if it may be one, or one that lies beside records."""
    name = entry.name
    if not entry.is_file(follow_symlinks=False):
        other = _other_than_file(entry.stat(follow_symlinks=False).st_mode)
        return _not_a_file(other or "no file")
    if name.endswith(_BESIDE.get(kind, ())) or name == "README.md":
        return None
    stem, dot, suffix = name.rpartition(".")
    if suffix == "yaml" and is_id(stem):
        return (
            None if top else Problem("unknown-folder", (1, 1), f"records lie directly in {kind}/.", _move(kind, name))
        )
    if dot and suffix.casefold() in ("yaml", "yml"):
        return _bad_name(kind, name, names)
    what = "a copy that an editor or a merge left" if is_copy(name) else "no record and no table of one"
    return Problem("unknown-file", (1, 1), f"{name!r} is {what}; nothing reads it.", mend(kind, name, names))


def _move(kind: str, name: str) -> str:
    return f"move it to {kind}/{name}"


def _bad_name(kind: str, name: str, names: Collection[str]) -> Problem:
    stem = name.rpartition(".")[0]
    if stem in RESERVED:
        message = f"the id {stem!r} is reserved."
        return Problem("bad-id", (1, 1), message, f"add a word that says more, such as {kind}/{stem}-head.yaml")
    message = f"{name!r} is not a record's file name: {ID_FORM}, then .yaml."
    return Problem("bad-id", (1, 1), message, mend(kind, name, names))


def _twin(name: str, other: str) -> Problem:
    message = f"{name!r} differs from {other!r} only by case, or by the form in which Unicode writes it."
    return Problem("same-name", (1, 1), message, "rename one of them, and correct what names it")


def _other_than_file(mode: int) -> str | None:
    """What a path is if it is no regular file."""
    return next((what for test, what in _KINDS_OF_FILE if test(mode)), None if stat.S_ISREG(mode) else "no file")


def _not_a_file(what: str) -> Problem:
    return Problem("not-a-file", (1, 1), f"this is {what}, not a file.", "put the record's text into a plain file")


def _unreadable(error: OSError) -> Problem:
    message = f"it cannot be read: {error.strerror}."
    return Problem("unreadable", (1, 1), message, "check its permissions and those of its folder")


_LINK = Problem("symlink", (1, 1), "records may not be links.", "copy the file or folder to its place")
