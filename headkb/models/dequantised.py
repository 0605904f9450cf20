"""A GGUF file → a model in floats. The floats are kept in the cache folder, because taking them out of the file is most of the time to load.

What is kept was loaded again and compared, bit for bit, before it is used; a copy that is not whole any more is made anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from headkb.cache_folder import cache_folder
from headkb.models.cache import written_whole
from headkb.models.checkpoint import LoadedModel, LoadOptions, check_missing, explained, load_class, read_tokenizer
from headkb.models.classes import class_of
from headkb.models.files import hash_files
from headkb.models.gguf import Stored, check_gguf, forget_quantisation, stored_in, without_bar
from headkb.models.passport import Origin, make_passport
from headkb.models.quiet import quietly

LARGEST = 4_000_000_000
"""Bytes of floats beyond which nothing is kept: a larger model is read from its file each time."""

_LAYOUT = 1  # to be raised when what is kept changes
_NOTE = "headkb.json"
_NOT_COMPARED = ("architectures", "_name_or_path", "transformers_version", "dtype", "quantization_config")
_TEXTS = (
    "When Mary and John went to the store,",
    " two  spaces\n\nlines\t1234567890",
    "naïve 猫 🙂 <bos><|im_start|></s>",
    "",
)


@dataclass(frozen=True)
class Floats:
    """What was taken out of a GGUF file.

    Attributes:
        model: The model.
        tokenizer: Its tokenizer.
        quantisation: How the file stores its matrices.
        unused: Tensors of the file that the model does not use.
    """

    model: Any
    tokenizer: Any
    quantisation: str
    unused: tuple[str, ...]


def read_gguf(
    id_: str,
    path: Path,
    source: Origin,
    revision: str | None,
    *,
    options: LoadOptions | None = None,
    check: Callable[[str], None] = lambda sha256: None,
) -> LoadedModel:
    """Load a GGUF file, dequantised; arguments as of `read_checkpoint`.

    Raises:
        ModelError: If the file is damaged, of an architecture that transformers cannot read, or a package is missing.
    """
    check_gguf(path)
    sha256, hashes = hash_files(path.parent, [path.name])
    check(sha256)
    options = options or LoadOptions()
    options.keywords()  # refuses a device or dtype that there is not
    found = _floats_of(id_, path, sha256, options)
    passport = make_passport(
        found.model, found.tokenizer, id_=id_, source=source, revision=revision, weights_sha256=sha256, files=hashes,
        unused=found.unused, quantisation=found.quantisation,
    )  # fmt: skip
    return LoadedModel(found.model, found.tokenizer, passport, options.batch_tokens)


def _floats_of(id_: str, path: Path, sha256: str, options: LoadOptions) -> Floats:
    folder = (
        cache_folder() / "floats" / f"{sha256}-{_LAYOUT}-transformers-{version('transformers')}-gguf-{version('gguf')}"
    )
    note = _whole(folder)
    if note is None:
        stored = stored_in(path)
        if not _has_room(folder, 4 * stored.numbers):
            return _taken_out(id_, path, stored, options)
        exact = _taken_out(id_, path, stored, LoadOptions())
        note = _keep(exact, folder)
        if note is None:
            return exact if options == LoadOptions() else _taken_out(id_, path, stored, options)
        del exact
    with explained(id_, folder, {}):
        return _kept(folder, note, options)


def _taken_out(id_: str, path: Path, stored: Stored, options: LoadOptions) -> Floats:
    """What transformers reads from the file itself."""
    with explained(id_, path, {}), without_bar():
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(path.parent, gguf_file=path.name, local_files_only=True)
        model, report = load_class(class_of(config, ()), path.parent, options, gguf_file=path.name)
    forget_quantisation(model)
    check_missing(id_, path, report)
    unused = tuple(sorted(report["unexpected_keys"]))
    return Floats(model, read_tokenizer(id_, path.parent, path.name), stored.quantisation, unused)


def _keep(exact: Floats, folder: Path) -> Mapping[str, Any] | None:
    """Keep a model and its tokenizer; the note that lies beside them, or None where they cannot be kept or do not come back the same."""
    try:
        with quietly(), written_whole(folder) as place:
            stated = exact.model.config.architectures  # `save_pretrained` sets it
            exact.model.save_pretrained(place)
            exact.model.config.architectures = stated
            exact.tokenizer.save_pretrained(place)
            names = [file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file()]
            note = {
                "class": type(exact.model).__name__,
                "architectures": stated,
                "quantisation": exact.quantisation,
                "unused": list(exact.unused),
                "files": dict(hash_files(place, names)[1]),
            }
            _check_same(exact, _kept(place, note, LoadOptions()))
            (place / _NOTE).write_text(json.dumps(note, indent=2, allow_nan=False), encoding="utf-8")
    except (
        Exception
    ):  # a full disk, a folder that is not ours, a kind of model that does not come back: it was read all the same
        return None
    return note


def _kept(folder: Path, note: Mapping[str, Any], options: LoadOptions) -> Floats:
    """What lies in a folder that `_keep` wrote."""
    import transformers

    model, _ = load_class(getattr(transformers, note["class"]), folder, options, use_safetensors=True)
    model.config.architectures = note["architectures"]
    return Floats(model, read_tokenizer(folder.name, folder), note["quantisation"], tuple(note["unused"]))


def _whole(folder: Path) -> Mapping[str, Any] | None:
    """The note of a folder whose files are those that were written; None where one is damaged or there is none."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        note: Mapping[str, Any] = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
        if (
            hash_files(folder, note["files"])[1] == note["files"]
            and {"class", "architectures", "quantisation", "unused"} <= note.keys()
        ):
            return note
    return None


def _has_room(folder: Path, size: int) -> bool:
    """Whether a model of so many bytes is kept: it is not too large, and the disk can be written and has room for two."""
    there = next(parent for parent in folder.absolute().parents if parent.exists())
    writable = there.is_dir() and os.access(there, os.W_OK)
    return writable and size <= LARGEST and shutil.disk_usage(there).free > 2 * size


def _check_same(first: Floats, second: Floats) -> None:
    """Raise ValueError unless two models have the same numbers, buffers and configuration, and their tokenizers read texts alike."""
    for part in ("state_dict", "named_buffers"):
        one, other = dict(getattr(first.model, part)()), dict(getattr(second.model, part)())
        if one.keys() != other.keys() or not all(_equal(value, other[name]) for name, value in one.items()):
            raise ValueError(f"{part} differs")
    configurations = [
        {key: value for key, value in floats.model.config.to_dict().items() if key not in _NOT_COMPARED}
        for floats in (first, second)
    ]
    if configurations[0] != configurations[1]:
        raise ValueError("configuration differs")
    words = [
        (type(t).__name__, t.get_vocab(), t.special_tokens_map, [t(text)["input_ids"] for text in _TEXTS])
        for t in (first.tokenizer, second.tokenizer)
    ]
    if words[0] != words[1]:
        raise ValueError("tokenizer differs")


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.dtype == other.dtype and torch.equal(one, other)
