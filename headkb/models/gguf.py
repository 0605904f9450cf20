"""GGUF files: whether one can be read, how it is stored, and what transformers' reader leaves to tidy up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from headkb.errors import ModelError
from headkb.models.files import check_file

NEEDS = ("gguf", "accelerate")


def check_gguf(path: Path) -> None:
    """Refuse a file that is no GGUF file, or that cannot be read for want of a package.

    Raises:
        ModelError: With the command to type.
    """
    check_file(path)
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(f"{path} does not begin as a GGUF file does. Download it again.")
    absent = [name for name in NEEDS if find_spec(name) is None]
    if absent:
        raise ModelError(f"GGUF files are read with the package {absent[0]}. Run `pip install 'headkb[reproduce]'`.")


@dataclass(frozen=True)
class Stored:
    """What a GGUF file holds.

    Attributes:
        quantisation: How its matrices are stored, by its own tensors and not by its name: `GGUF Q4_1 79 %, Q8_0 21 %`.
        numbers: How many numbers it holds.
    """

    quantisation: str
    numbers: int


def stored_in(path: Path) -> Stored:
    """How a GGUF file is stored, and how much.

    Raises:
        ModelError: If the file is damaged or holds no tensors.
    """
    import gguf

    sizes: dict[str, int] = {}
    numbers = 0
    try:
        for tensor in gguf.GGUFReader(path).tensors:
            numbers += int(tensor.n_elements)
            if len(tensor.shape) > 1:
                kind = tensor.tensor_type.name
                sizes[kind] = sizes.get(kind, 0) + int(tensor.n_elements)
    except Exception as error:  # a damaged file fails in many ways inside the reader
        raise ModelError(f"{path} is damaged ({type(error).__name__}: {error}). Download it again.") from None
    if not sizes:
        raise ModelError(f"{path} holds no matrices. Download it again.")
    return Stored(f"GGUF {_shares(sizes)}", numbers)


def _shares(sizes: Mapping[str, int]) -> str:
    """Each kind with its share, the largest first; the kind alone where there is one."""
    if len(sizes) == 1:
        return next(iter(sizes))
    total = sum(sizes.values())
    ordered = sorted(sizes, key=lambda kind: (-sizes[kind], kind))
    return ", ".join(f"{kind} {100 * sizes[kind] / total:.0f} %" for kind in ordered)


@contextmanager
def without_bar() -> Iterator[None]:
    """Keep the reader's own progress bar off the terminal."""
    from transformers import modeling_gguf_pytorch_utils as reader

    bar = reader.tqdm
    reader.tqdm = _plain
    try:
        yield
    finally:
        reader.tqdm = bar


def _plain(tensors: Iterable[Any], **_: Any) -> Iterable[Any]:
    return tensors


def forget_quantisation(model: Any) -> None:
    """Drop the notes that the weights are quantised: in memory they no longer are, and a copy that is saved must load."""
    for holder, name in (
        (model.config, "quantization_config"),
        (model, "hf_quantizer"),
        (model, "quantization_method"),
    ):
        if hasattr(holder, name):
            delattr(holder, name)
    model.is_quantized = False
