"""The files of a checkpoint: which ones its index names, whether they are whole, and the hash of every one."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from headkb.catalog.schema.passport import hash_of_files
from headkb.errors import ModelError

WHOLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
_POINTER = b"version https://git-lfs"


def weight_files(files: Collection[str], index: str | None, where: str) -> tuple[str, ...]:
    """Names of the safetensors files that hold the weights, in order.

    The names come from the index, since nothing else says how shards are called; a file that lies beside them plays no part.

    Args:
        files: Names of all files of the folder or repository.
        index: Text of its `model.safetensors.index.json`, where it has one and no single file.
        where: The folder or repository, for the message.

    Raises:
        ModelError: If there are no safetensors, or the index is damaged, empty, leaves the folder, or names a file that is not there.
    """
    if WHOLE in files:
        return (WHOLE,)
    if index is None:
        raise ModelError(f"{where} has no {WHOLE} {_instead(files)}")
    names = sorted(set(_weight_map(index, where).values()))
    outside = [name for name in names if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts]
    if outside:
        raise ModelError(f"the {INDEX} of {where} names {outside[0]!r}, which lies outside it, so nothing was read.")
    absent = [name for name in names if name not in files]
    if absent:
        raise ModelError(
            f"{where} lacks {len(absent)} of the {len(names)} files that its {INDEX} names ({absent[0]}). "
            "Copy or download it again."
        )
    return tuple(names)


def files_of(folder: Path) -> tuple[str, ...]:
    """The weight files of a folder, each checked to be there and to hold weights.

    Raises:
        ModelError: As `weight_files`, or if a file is empty, a broken link, or a Git LFS pointer.
    """
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()]
    index = folder / INDEX
    try:
        text = index.read_text(encoding="utf-8") if index.is_file() and WHOLE not in there else None
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"the {INDEX} of {folder} cannot be read ({error}). {again(folder)}") from None
    names = weight_files(there, text, str(folder))
    for name in names:
        check_file(folder / name)
    return names


def check_file(path: Path) -> None:
    """Refuse a file that cannot hold what its name says.

    Raises:
        ModelError: With the command that fetches the file, for a Git LFS pointer.
    """
    if not path.is_file():
        raise ModelError(
            f"{path} is a link to a file that is not there. {again(path, 'Copy the file itself, or download it again.')}"
        )
    with path.open("rb") as file:
        head = file.read(len(_POINTER))
    if head == _POINTER:
        mend = again(path, f"Run `git lfs pull` in {path.parent}.")
        raise ModelError(f"{path} is a Git LFS pointer, not the file itself. {mend}")
    if not head:
        raise ModelError(f"{path} is empty. {again(path)}")


def hash_files(folder: Path, names: Collection[str]) -> tuple[str, Mapping[str, str]]:
    """SHA-256 of the one file, or over the lines `name hash` of several; and that of each file.

    The bytes on this machine are read, whatever a cache says of them.
    """
    hashes = {}
    for name in sorted(names):
        with (folder / name).open("rb") as file:
            hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hash_of_files(hashes), hashes


class TensorInfo(NamedTuple):
    """A tensor in a file: its type, such as `BF16`, and how many numbers it holds."""

    dtype: str
    size: int


def tensors_of(folder: Path, names: Collection[str]) -> Mapping[str, TensorInfo]:
    """All tensors in safetensors files by name; only the files' headers are read.

    Raises:
        ModelError: If a file is no safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    tensors: dict[str, TensorInfo] = {}
    for name in names:
        try:
            with safe_open(folder / name, framework="pt") as file:
                for tensor in file.keys():  # noqa: SIM118 - no mapping
                    part = file.get_slice(tensor)
                    tensors[tensor] = TensorInfo(part.get_dtype(), math.prod(part.get_shape()))
        except (SafetensorError, OSError) as error:
            raise ModelError(f"{folder / name} is damaged or no safetensors file ({error}). {again(folder)}") from None
    return tensors


def read_json(path: Path) -> Mapping[str, Any]:
    """A JSON file that must hold an object.

    Raises:
        ModelError: If it does not, with the place of the fault.
    """
    check_file(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as JSON ({error}). {again(path)}") from None
    if not isinstance(data, dict):
        raise ModelError(f"{path} holds a {type(data).__name__} where an object is needed. {again(path)}")
    return data


def again(path: Path, otherwise: str = "Copy or download it again.") -> str:
    """How to come by a whole file: what the hub's cache holds of a repository is fetched again once it is gone."""
    of_cache = [folder for folder in (path, *path.parents) if folder.name.startswith("models--")]
    if of_cache:
        return f"Delete {of_cache[0]} and run the command again, which fetches it anew."
    return otherwise


def _weight_map(index: str, where: str) -> Mapping[str, str]:
    try:
        table = json.loads(index)["weight_map"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ModelError(
            f"the {INDEX} of {where} is damaged: it holds no weight_map. Copy or download it again."
        ) from None
    if not isinstance(table, dict) or not table or not all(isinstance(name, str) for name in table.values()):
        raise ModelError(f"the weight_map in the {INDEX} of {where} names no files. Copy or download it again.")
    return table


def _instead(files: Collection[str]) -> str:
    """What the folder has in place of safetensors under the usual name, and what to do about it."""
    ggufs = sorted(name for name in files if name.endswith(".gguf"))
    others = sorted(name for name in files if name.endswith(".safetensors"))
    pickles = sorted(name for name in files if name.endswith((".bin", ".pt", ".pth", ".msgpack", ".h5")))
    if ggufs:
        return f"but {ggufs[0]}. Pass that file itself: --model …/{ggufs[0]}."
    if others:
        return f"but {others[0]}, which is not the name that transformers reads. Rename it to {WHOLE} if it is the whole model."
    if pickles:
        return f"but only {pickles[0]}, which can hold code; headkb reads safetensors and GGUF. Convert it with save_pretrained, or use a revision that has safetensors."
    return "and no other weights; headkb reads safetensors and GGUF. Copy the whole folder that save_pretrained wrote."
