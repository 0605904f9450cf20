"""A GGUF file → a model in floats, through transformers' own reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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


def quantisation_of(path: Path) -> str:
    """How most of the file's numbers are stored: `GGUF Q4_1`, by its own tensors and not by its name."""
    import gguf

    sizes: dict[str, int] = {}
    try:
        for tensor in gguf.GGUFReader(path).tensors:
            kind = tensor.tensor_type.name
            sizes[kind] = sizes.get(kind, 0) + int(tensor.n_elements)
    except Exception as error:  # a damaged file fails in many ways inside the reader
        raise ModelError(f"{path} is damaged ({type(error).__name__}: {error}). Download it again.") from None
    if not sizes:
        raise ModelError(f"{path} holds no tensors. Download it again.")
    return f"GGUF {max(sizes, key=lambda kind: sizes[kind])}"


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


def forget_quantisation(config: Any) -> None:
    """Drop the note that the weights are quantised: in memory they no longer are, and a copy that is saved must load."""
    if hasattr(config, "quantization_config"):
        del config.quantization_config
