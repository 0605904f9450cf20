"""Which transformers class a checkpoint is loaded as: the one whose language head it holds, found by its tensors and not by its name alone."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from typing import Any

import torch

from headkb.models.quiet import quietly

_CAUSAL, _MASKED = "AutoModelForCausalLM", "AutoModelForMaskedLM"
_PAIRED = ("AutoModelForSeq2SeqLM", "AutoModelForSpeechSeq2Seq", "AutoModelForImageTextToText")


def class_of(config: Any, tensors: Collection[str]) -> Any:
    """The class that a checkpoint is loaded as.

    The class that it was saved as, if that has an unembedding; else one with an unembedding whose every tensor is in the checkpoint (a
    checkpoint without `architectures` may also tie it to the embedding); else the bare model, which gives no logits.

    Args:
        config: The checkpoint's configuration.
        tensors: Names of its tensors; empty = unknown, as for a GGUF file.
    """
    import transformers

    saved = _saved_class(config)
    if saved is not None and _extra_tensors(saved, config) is not None:
        return saved
    for kind in _candidates(config):
        extra = _extra_tensors(kind, config)
        if extra is not None and (not tensors or extra <= set(tensors)) and (extra or saved is None):
            return kind
    # A bare class keeps its shape: T5EncoderModel holds no decoder.
    return saved if saved is not None and saved.__name__.endswith("Model") else transformers.AutoModel


def _candidates(config: Any) -> Iterator[Any]:
    """Classes with a language head for this kind of configuration, the likeliest first."""
    import transformers

    single = (_CAUSAL, _MASKED) if getattr(config, "is_decoder", False) else (_MASKED, _CAUSAL)
    order = (*_PAIRED, *single) if getattr(config, "is_encoder_decoder", False) else (*single, *_PAIRED)
    for name in order:
        mapping = getattr(transformers, name)._model_mapping
        if type(config) in mapping:
            kind = mapping[type(config)]
            yield kind[0] if isinstance(kind, tuple) else kind


def _saved_class(config: Any) -> Any | None:
    """The class that `architectures` names, if transformers has it and it belongs to this configuration."""
    import transformers

    kind = getattr(transformers, (getattr(config, "architectures", None) or [""])[0] or "-", None)
    fits = isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel)
    return kind if fits and isinstance(config, getattr(kind, "config_class", None) or ()) else None


def _extra_tensors(kind: Any, config: Any) -> frozenset[str] | None:
    """Names of the tensors that a class has beyond the bare model; None if it makes no logits over the vocabulary.

    A head that is tied to the embedding counts for nothing, since no checkpoint need hold it.
    """
    with torch.device("meta"), quietly():
        try:
            # The attention that a configuration asks for may need a package; it changes no tensor.
            model = kind._from_config(copy.deepcopy(config), attn_implementation="eager")
            headed = model.get_output_embeddings() is not None
        except Exception:  # a class that cannot be built from this configuration is no candidate
            return None
    inside = f"{model.base_model_prefix}."
    return frozenset(name for name, _ in model.named_parameters() if not name.startswith(inside)) if headed else None
