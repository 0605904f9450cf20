"""What a model is called with besides token ids: seeded noise as images or sound, and the few inputs that it is probed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from headkb.errors import ModelError
from headkb.tensors import Prompts

PROBE, PROBE_DECODER = 7, 5  # tokens of the probe; two lengths, so that cross-attention can be recognized
_FRAMES = 24  # frames of noise for an encoder of sound that takes any length


def is_paired(model: nn.Module) -> bool:
    """Whether the model is an encoder and a decoder, which are called together."""
    return bool(getattr(getattr(model, "config", None), "is_encoder_decoder", False)) and hasattr(model, "get_decoder")


def token_embedding(model: Any) -> nn.Module | None:
    """The table of token embeddings, weight `[d_vocab, d_model]`; None for a model that reads no tokens."""
    try:
        table = model.get_input_embeddings()
    except NotImplementedError:
        return None
    weight = getattr(table, "weight", None)
    return table if weight is not None and weight.dim() == 2 else None


def embedding_rows(model: nn.Module) -> int:
    """Token ids that the model has an embedding for; 0 if it reads no tokens."""
    table: Any = token_embedding(model)
    return 0 if table is None else int(table.weight.shape[0])


def noise_input(model: nn.Module) -> str | None:
    """Name of the input that is filled with noise, such as `pixel_values`; None for a model of tokens alone."""
    name = str(getattr(model, "main_input_name", "input_ids"))
    return None if name == "input_ids" else name


def noise(model: nn.Module, n: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Normal noise in the shape of the model's images or sound, `[prompt, …]`; nothing for a model of tokens alone.

    Raises:
        ModelError: If the model reads anything else.
    """
    name = noise_input(model)
    if name is None:
        return {}
    config: Any = model.config
    for inner in ("vision_config", "encoder"):
        config = getattr(config, inner, None) or config
    try:
        shape = _SHAPES[name](config)
    except (KeyError, AttributeError):
        raise ModelError(
            f"{type(model).__name__} reads {name} of a form that headkb cannot make; it scores models of text, of images and of sound. "
            "Choose another model."
        ) from None
    return {name: torch.randn(n, *shape, generator=generator)}


def few_tokens(model: nn.Module) -> Prompts:
    """One prompt of seven ordinary tokens, none of them special in the configuration; noise where the model reads images or sound."""
    rows, config = embedding_rows(model), model.config
    special = {getattr(config, f"{name}_token_id", None) for name in ("pad", "bos", "eos", "sep", "cls", "mask")}
    ids = [i for i in range(min(rows, 64)) if i not in special][-PROBE:] or [0]
    tokens, inputs = torch.tensor([(ids * PROBE)[:PROBE]]), noise(model, 1, torch.Generator().manual_seed(0))
    return Prompts(
        tokens, torch.ones_like(tokens, dtype=torch.bool), decoder=Prompts.of(tokens[:, :PROBE_DECODER]), inputs=inputs
    )


def _image(config: Any) -> tuple[int, ...]:
    size = config.image_size
    height, width = (size, size) if isinstance(size, int) else size
    return int(getattr(config, "num_channels", 3)), int(height), int(width)


def _spectrogram(config: Any) -> tuple[int, ...]:
    return int(config.num_mel_bins), 2 * int(config.max_source_positions)  # Whisper halves the frames


def _wave(config: Any) -> tuple[int, ...]:
    if hasattr(config, "max_length") and hasattr(config, "num_mel_bins"):
        return int(config.max_length), int(config.num_mel_bins)
    samples = _FRAMES
    for kernel, stride in zip(reversed(config.conv_kernel), reversed(config.conv_stride), strict=True):
        samples = (samples - 1) * stride + kernel
    return (samples,)


_SHAPES: Mapping[str, Callable[[Any], tuple[int, ...]]] = {
    "pixel_values": _image,
    "input_features": _spectrogram,
    "input_values": _wave,
}
"""Inputs that can be filled with noise → their shape without the axis of prompts."""
