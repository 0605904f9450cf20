"""A folder that save_pretrained wrote → a model, its tokenizer and its passport; and what reading any kind of checkpoint shares."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from headkb.errors import ModelError
from headkb.models.classes import class_of
from headkb.models.files import ADAPTER, again, check_file, files_of, hash_files, read_json, tensors_of
from headkb.models.passport import Origin, Passport, make_passport
from headkb.models.quiet import quietly, reason

if TYPE_CHECKING:
    from transformers import PreTrainedModel

QUANTISERS: Mapping[str, str] = {
    "bitsandbytes": "bitsandbytes",
    "gptq": "gptqmodel",
    "awq": "gptqmodel",
    "compressed-tensors": "compressed-tensors",
    "mxfp4": "kernels",
    "fp8": "kernels",
}
"""Quantisation methods and the packages that transformers reads them with."""

MAPS = ("auto", "balanced", "balanced_low_0", "sequential")
"""Ways in which accelerate spreads a model over devices."""

_TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
)


@dataclass(frozen=True)
class LoadedModel:
    """A model, and what it is.

    Attributes:
        model: The transformers model: eager attention, evaluation mode.
        tokenizer: Its tokenizer, or None if it has none.
        passport: What was measured when it was loaded.
        batch_tokens: How many tokens go through it at once at most; None = as many as free memory allows.
    """

    model: PreTrainedModel
    tokenizer: Any | None
    passport: Passport
    batch_tokens: int | None = None

    @property
    def id(self) -> str:
        """The name that it goes by."""
        return self.passport.id


@dataclass(frozen=True)
class LoadOptions:
    """Where a model is loaded to, in which numbers, and how much it reads at once.

    Attributes:
        device: `cpu`, `cuda`, `cuda:1`, `mps` …
        dtype: Name of a torch dtype, such as `bfloat16`.
        device_map: `auto` spreads a model over all devices that there are, with the package accelerate.
        part: `text` or `vision`: which half of a model such as CLIP, which holds one of each.
        batch_tokens: How many tokens go through it at once at most, padding included; None = as many as free memory allows.
    """

    device: str = "cpu"
    dtype: str = "float32"
    device_map: str | None = None
    part: str | None = None
    batch_tokens: int | None = None

    def keywords(self) -> dict[str, Any]:
        """Keywords of `from_pretrained`.

        Raises:
            ModelError: If there is no such device or dtype.
        """
        kind = getattr(torch, self.dtype, None)
        if not isinstance(kind, torch.dtype) or not kind.is_floating_point:
            raise ModelError(f"{self.dtype!r} is no floating-point type. Choose float32, bfloat16, float16 or float64.")
        try:
            torch.empty(0, device=self.device)
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise ModelError(
                f"there is no device {self.device!r} here ({reason(error)}). Leave --device out for the CPU."
            ) from None
        if self.device_map not in (None, *MAPS):
            raise ModelError(f"there is no device map {self.device_map!r}. Choose one of {', '.join(MAPS)}.")
        return {"dtype": kind, **({"device_map": self.device_map} if self.device_map else {})}


def read_checkpoint(
    id_: str,
    folder: Path,
    source: Origin,
    revision: str | None,
    *,
    options: LoadOptions | None = None,
    check: Callable[[str], None] = lambda sha256: None,
) -> LoadedModel:
    """Load what a folder holds.

    Args:
        id_: The name that it goes by.
        folder: Where its files are.
        source: Where they came from.
        revision: Commit on the hub.
        options: Device and dtype; the CPU and float32 by default.
        check: Called with the hash of the weights before anything is loaded; raises if they are the wrong ones.

    Raises:
        ModelError: If it is no whole safetensors checkpoint of an architecture that transformers knows, or an adapter lies in it.
    """
    if (folder / ADAPTER).exists():
        base = read_json(folder / ADAPTER).get("base_model_name_or_path")
        raise ModelError(
            f"{folder} holds an adapter{f' for {base}' if base else ''} ({ADAPTER}), and headkb scores whole models only. "
            "Merge it (peft's merge_and_unload), save the result with save_pretrained, and pass that folder."
        )
    if not (folder / "config.json").is_file():
        for gguf in sorted(folder.glob("*.gguf")):
            raise ModelError(f"{folder} has no config.json but {gguf.name}. Pass that file itself: --model {gguf}.")
        raise ModelError(
            f"{folder} has no config.json, so it is no transformers model. Pass the folder that save_pretrained wrote."
        )
    stated = read_json(folder / "config.json")
    names = files_of(folder)
    sha256, hashes = hash_files(folder, names)
    check(sha256)
    tensors = tensors_of(folder, names)
    with explained(id_, folder, stated):
        from transformers import AutoConfig

        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        _check_counts(id_, config, len(tensors))
        kind = class_of(config, tensors)
        _check_size(id_, kind, config, sum(tensor.size for tensor in tensors.values()))
        model, report = load_class(kind, folder, options or LoadOptions(), config=config, use_safetensors=True)
    tower = _tower(id_, model, options or LoadOptions())
    model = model if tower is None else getattr(model, f"{tower}_model")
    tokenizer = None if tower == "vision" else read_tokenizer(id_, folder)
    check_missing(id_, folder, report)
    # A configuration may ask for a method that the file was never put through.
    stored_small = not {tensor.dtype for tensor in tensors.values()} <= {"F64", "F32", "F16", "BF16"}
    method = (stated.get("quantization_config") or {}).get("quant_method") if stored_small else None
    passport = make_passport(
        model, tokenizer, id_=id_, source=source, revision=revision, weights_sha256=sha256, files=hashes,
        unused=tuple(sorted(report["unexpected_keys"])), quantisation=method, tower=tower,
    )  # fmt: skip
    return LoadedModel(model, tokenizer, passport, (options or LoadOptions()).batch_tokens)


COUNTS = ("num_hidden_layers", "num_attention_heads", "num_key_value_heads", "hidden_size", "head_dim", "vocab_size")
"""Entries of a configuration that are numbers from 1 up, where there are any."""

PACKED = 64
"""How many numbers of a model one stored number can stand for at most, in any way of packing small ones."""


def _check_counts(id_: str, config: Any, tensors: int) -> None:
    """Refuse a configuration without layers or heads, or with more layers than tensors, before a module is made for each of them.

    Raises:
        ModelError: With the entry.
    """
    halves = (getattr(config, name, None) for name in getattr(config, "sub_configs", {}))
    for part in (config, *filter(None, halves)):
        for name in COUNTS:
            count = getattr(part, name, None)
            if isinstance(count, int) and count < 1:
                raise ModelError(f"{id_}: its config.json says {name}: {count}, where a number from 1 up is needed.")
        if isinstance(layers := getattr(part, "num_hidden_layers", None), int) and layers > tensors:
            raise ModelError(
                f"{id_}: its config.json says {layers:,} layers, but the weights hold {tensors:,} tensors in all. "
                "Use the config.json that belongs to the weights."
            )


def _check_size(id_: str, kind: Any, config: Any, stored: int) -> None:
    """Refuse a configuration with a single tensor that all weights together could not fill, before memory is asked for.

    Raises:
        ModelError: With the tensor.
    """
    try:
        with torch.device("meta"):
            made = kind._from_config(copy.deepcopy(config), attn_implementation="eager")
    except Exception:  # transformers says the same when it loads
        return
    name, size = max(((n, p.numel()) for n, p in made.named_parameters()), key=lambda pair: pair[1], default=("", 0))
    if size > PACKED * stored:
        raise ModelError(
            f"{id_}: after its config.json {name} would hold {size:,} numbers, but all weights together hold {stored:,}. "
            "Use the config.json that belongs to the weights."
        )


def load_class(kind: Any, folder: Path, options: LoadOptions, **source: Any) -> tuple[Any, dict[str, Any]]:
    """What a class reads from a folder, in evaluation mode where the options put it; and transformers' report on the tensors."""
    model, report = kind.from_pretrained(
        folder, attn_implementation="eager", output_loading_info=True, local_files_only=True, trust_remote_code=False,
        **options.keywords(), **source,
    )  # fmt: skip
    return (model if options.device_map else model.to(options.device)).eval(), report


def _tower(id_: str, model: Any, options: LoadOptions) -> str | None:
    """The half to use of a model that holds one of text and one of images, side by side; None for every other model."""
    both = all(hasattr(getattr(model, f"{half}_model", None), "get_input_embeddings") for half in ("text", "vision"))
    if both and options.part not in ("text", "vision"):
        raise ModelError(
            f"{id_} holds a model of text and one of images ({type(model).__name__}). Choose one: --part text or --part vision."
        )
    return options.part if both else None


def read_tokenizer(id_: str, folder: Path, gguf: str | None = None) -> Any | None:
    """The tokenizer of a folder, or of the GGUF file in it; None if it has none.

    Raises:
        ModelError: If it cannot be read.
    """
    if gguf is None and not any((folder / name).is_file() for name in _TOKENIZERS):
        return None
    for name in _TOKENIZERS if gguf is None else ():
        if (folder / name).is_file():
            check_file(folder / name)
    from transformers import AutoTokenizer

    options = {} if gguf is None else {"gguf_file": gguf}
    try:
        with quietly():
            return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **options)
    except Exception as error:
        raise ModelError(
            f"{id_}: its tokenizer cannot be read ({reason(error)}). "
            + again(folder, f"Check the tokenizer files in {folder}.")
        ) from error


def check_missing(id_: str, where: Path, report: Mapping[str, Any]) -> None:
    """Refuse a checkpoint that lacks tensors, or whose tensors have other shapes than its configuration says.

    Raises:
        ModelError: With the first of them.
    """
    missing = sorted(name for name in report["missing_keys"] if "pooler" not in name)
    if missing:
        raise ModelError(
            f"{id_}: {where} lacks {len(missing)} of the model's tensors ({missing[0]}, …), which would be random. "
            "Pass a whole checkpoint of that architecture."
        )
    wrong = sorted(map(str, report.get("mismatched_keys") or ()))
    if wrong:
        raise ModelError(
            f"{id_}: {len(wrong)} tensors of {where} have other shapes than its config.json says ({wrong[0]})."
        )


@contextlib.contextmanager
def explained(id_: str, where: Path, config: Mapping[str, Any]) -> Iterator[None]:
    """Turn whatever transformers raises while it loads into one sentence."""
    try:
        with quietly():
            yield
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(f"{id_} cannot be loaded from {where}: {_why(error, config)}") from error


def _why(error: Exception, config: Mapping[str, Any]) -> str:
    method = str((config.get("quantization_config") or {}).get("quant_method", ""))
    if method:
        package = QUANTISERS.get(method, "its quantiser")
        return f"its weights are quantised ({method}), which needs the package {package} and a device that it supports ({reason(error)})."
    if "auto_map" in config:
        return "it needs code from its repository, which headkb never runs. Choose another model or revision."
    if "size mismatch" in str(error) or "ignore_mismatched_sizes" in str(error):
        return (
            "its tensors have other shapes than its config.json says. Use the config.json that belongs to the weights."
        )
    return f"{reason(error)}. Choose another model or revision."
