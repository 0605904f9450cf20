"""A folder that save_pretrained wrote → a model, its tokenizer and the hash of its weights."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import nn

from headkb.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Origin = Literal["exact", "directory", "package", "cache", "hub"]


@dataclass(frozen=True)
class LoadedModel:
    """A model, and where it came from.

    Attributes:
        id: The name that was asked for; for a directory its own, as an id.
        model: The transformers model: eager attention, float32, evaluation mode.
        tokenizer: Its tokenizer, or None if it has none.
        source: Where the weights came from.
        revision: Commit on the hub; None where there is no such thing.
        weights_sha256: Of the safetensors file; of several, SHA-256 over their names and hashes; of an exact model, over its tensors.
    """

    id: str
    model: PreTrainedModel
    tokenizer: Any | None
    source: Origin
    revision: str | None
    weights_sha256: str

    @property
    def causal(self) -> bool:
        """Whether a token sees only what stands at or before it."""
        stated = [
            module.is_causal for module in self.model.modules() if isinstance(getattr(module, "is_causal", None), bool)
        ]
        return all(stated) if stated else type(self.model).__name__.endswith(("ForCausalLM", "LMHeadModel"))


def read_checkpoint(id_: str, folder: Path, source: Origin, revision: str | None) -> LoadedModel:
    """Load what a folder holds, with the head that it was saved with, if that predicts tokens.

    Raises:
        ModelError: If it is no whole safetensors checkpoint of an architecture that transformers knows.
    """
    if not (folder / "config.json").is_file():
        raise ModelError(
            f"{folder} has no config.json, so it is no transformers model. Pass the folder that save_pretrained wrote."
        )
    files = weight_files(sorted(path.name for path in folder.iterdir()), str(folder))
    if not is_whole(folder):
        raise ModelError(
            f"{folder} lacks files that its model.safetensors.index.json names. Copy or download it again."
        )
    from transformers import AutoConfig, AutoTokenizer

    here: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    with quietly():
        try:
            config = AutoConfig.from_pretrained(folder, **here)
            kind = _auto_class(config)
            model, report = kind.from_pretrained(
                folder, config=config, use_safetensors=True, dtype=torch.float32,
                attn_implementation="eager", output_loading_info=True, **here,
            )  # fmt: skip
        except Exception as error:
            code = "auto_map" in (folder / "config.json").read_text()
            why = "it needs code from its repository, which headkb never runs" if code else reason(error)
            raise ModelError(
                f"{id_} cannot be loaded from {folder}: {why}. Choose another model or revision."
            ) from error
        has_tokenizer = any(
            (folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json")
        )
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, **here) if has_tokenizer else None
        except Exception as error:
            raise ModelError(
                f"{id_}: its tokenizer cannot be read ({reason(error)}). Check the tokenizer files in {folder}."
            ) from error
    missing = sorted(name for name in report["missing_keys"] if "pooler" not in name)
    if missing:
        raise ModelError(
            f"{id_}: {folder} lacks {len(missing)} of the model's tensors ({missing[0]}, …), which would be random. "
            "Pass a whole checkpoint of that architecture."
        )
    return LoadedModel(id_, model.eval(), tokenizer, source, revision, hash_files(folder, files))


def _auto_class(config: Any) -> Any:
    """The head that the checkpoint was saved with, if it predicts tokens; else the bare model."""
    import transformers

    heads = (
        (("ForCausalLM", "LMHeadModel"), transformers.AutoModelForCausalLM),
        (("ForMaskedLM",), transformers.AutoModelForMaskedLM),
        (("ForConditionalGeneration",), transformers.AutoModelForSeq2SeqLM),
    )
    saved = (config.architectures or [""])[0]
    for endings, kind in heads:
        if saved.endswith(endings) and type(config) in kind._model_mapping:
            return kind
    return transformers.AutoModel


def weight_files(files: list[str], where: str) -> list[str]:
    """Names of the safetensors files to load, index included.

    Raises:
        ModelError: If there are none.
    """
    if "model.safetensors" in files:
        return ["model.safetensors"]
    if "model.safetensors.index.json" in files:
        return [
            name
            for name in files
            if re.fullmatch(r"model-\d+-of-\d+\.safetensors|model\.safetensors\.index\.json", name)
        ]
    others = [name for name in files if name.endswith((".bin", ".pt", ".pth", ".msgpack", ".h5"))]
    has = f"only {others[0]}, which can hold code" if others else "no weights"
    raise ModelError(
        f"{where} has no model.safetensors but {has}; headkb reads safetensors only. "
        "Convert it with save_pretrained, or use a revision that has safetensors."
    )


def is_whole(folder: Path) -> bool:
    """Whether every weight file that the folder should have is there."""
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").is_file():
        return True
    return index.is_file() and all(
        (folder / name).is_file() for name in set(json.loads(index.read_text())["weight_map"].values())
    )


def hash_files(folder: Path, files: list[str]) -> str:
    """SHA-256 of the one weight file, or over the lines `name hash` of several."""
    hashes = {}
    for name in sorted(name for name in files if name.endswith(".safetensors")):
        path = (folder / name).resolve()
        # The hub's cache names a file by its SHA-256.
        named = path.parent.name == "blobs" and re.fullmatch(r"[0-9a-f]{64}", path.name)
        if named:
            hashes[name] = path.name
        else:
            with path.open("rb") as file:
                hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256("".join(f"{name} {value}\n" for name, value in hashes.items()).encode()).hexdigest()


def hash_tensors(model: nn.Module) -> str:
    """SHA-256 over the names, shapes and float32 values of all tensors, by name."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().astype("<f4").tobytes())
    return digest.hexdigest()


def reason(error: BaseException) -> str:
    """The first line of an error's text, shortened, or its name if it has none."""
    lines = str(error).strip().splitlines()
    return (lines[0][:200].rstrip(". ") if lines else "") or type(error).__name__


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Keep transformers' progress bars and notes off the terminal; what matters of them becomes a ModelError."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
