"""A model's passport: what it is, measured once when it is loaded, and asked by everything that needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from torch import nn

from headkb.attention import Anatomy, anatomy
from headkb.errors import ModelError
from headkb.inputs import embedding_rows, noise_input, token_embedding
from headkb.prompts import vocabulary

Origin = Literal["exact", "directory", "package", "cache", "hub", "memory"]
Unembedding = Literal["none", "own", "tied"]


@dataclass(frozen=True)
class Stack:
    """The attention calls of one part of a model, in the order of its blocks.

    Attributes:
        part: `self`; `encoder`, `decoder`, `cross` of an encoder–decoder model; `text` or `vision` of a model that holds both.
        n_layers: Blocks of the stack, those without attention included.
        layers: Numbers of the blocks that attend, from 0.
        n_heads: Heads of each of these layers.
        n_key_value_heads: Key-value heads of each.
        d_head: Width of each head's z in each.
        causal: Whether a query of that layer saw no later key.
        positions: Number of positions of an image or of a piece of sound; None where there are as many as tokens.
    """

    part: str
    n_layers: int
    layers: tuple[int, ...]
    n_heads: tuple[int, ...]
    n_key_value_heads: tuple[int, ...]
    d_head: tuple[int, ...]
    causal: tuple[bool, ...]
    positions: int | None = None

    def data(self) -> dict[str, Any]:
        """The stack as JSON-ready data; equal values of all layers stand once, and `layers` only where some blocks do not attend."""
        row = {key: _once(value) for key, value in asdict(self).items() if key != "layers" and value is not None}
        return row if self.layers == tuple(range(self.n_layers)) else {**row, "layers": list(self.layers)}


@dataclass(frozen=True)
class Passport:
    """What a model is.

    Attributes:
        id: The name that it goes by in headkb.
        source: Where its weights came from; `memory` for a model object that the caller built.
        revision: Commit on the hub; None where there is no such thing.
        architecture: The class that the checkpoint was saved as, if it says.
        loaded_as: The class that it was loaded as.
        model_type: transformers' name of the architecture.
        stacks: Its attention, part by part.
        d_model: Width of the residual stream.
        vocabulary: Rows of the embedding; 0 for a model that reads no tokens.
        tokenizer: Class of the tokenizer, if there is one.
        tokenizer_vocabulary: Ids that the tokenizer knows.
        before, after: Tokens that the tokenizer puts before and after a text.
        unembedding: Whether the model makes logits, and whether from the embedding's own matrix.
        longest: The longest prompt, in tokens, that its table of positions has a row for; None if it has none.
        quantisation: How the weights were stored, if not as floats.
        dtype, device: What it computes in, and where.
        unused: Tensors of the checkpoint that the model does not use.
        weights_sha256: Of the weight file; of several, over the lines `name hash`; of an exact model, over its tensors; empty for a model
            object of the caller's, whose weights nobody can name.
        pinned: Whether a catalog record names this revision or hash, so that everyone who reruns has the same weights.
        files: SHA-256 of every weight file.
        noise_input: What it reads where others read tokens, such as `pixel_values`, which headkb fills with noise.
        package: The Python package that carried the weights, with its version.
        licence: Under which terms the weights may be used, as the catalog's record says.
    """

    id: str
    source: Origin
    revision: str | None
    architecture: str | None
    loaded_as: str
    model_type: str
    stacks: tuple[Stack, ...]
    d_model: int
    vocabulary: int
    tokenizer: str | None
    tokenizer_vocabulary: int | None
    before: tuple[str, ...]
    after: tuple[str, ...]
    unembedding: Unembedding
    longest: int | None
    quantisation: str | None
    dtype: str
    device: str
    weights_sha256: str
    unused: tuple[str, ...] = ()
    pinned: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    noise_input: str | None = None
    package: str | None = None
    licence: str | None = None

    def stack(self, part: str | None = None) -> Stack:
        """One part; by default the only one, or the decoder of an encoder–decoder model.

        Raises:
            ModelError: If the model has no such part.
        """
        parts = {stack.part: stack for stack in self.stacks}
        if part is not None and part not in parts:
            raise ModelError(f"{self.id} has no part {part!r}. Choose --part {' or '.join(parts)}, or leave it out.")
        return parts[part or ("decoder" if "decoder" in parts else next(iter(parts)))]

    @property
    def causal(self) -> bool:
        """Whether no layer of the stack that scores read by default looks at later tokens."""
        return all(self.stack().causal)

    def data(self) -> dict[str, Any]:
        """The passport as JSON-ready data; what does not apply is left out, equal numbers of all layers stand once."""
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        plain["stacks"] = [stack.data() for stack in self.stacks]
        return {key: value for key, value in plain.items() if value not in (None, [], {}, "")}

    def first_line(self) -> str:
        """The model on one line, for messages."""
        stack = self.stack()
        return f"{self.id}: {self.loaded_as}, {stack.n_layers} layers of {max(stack.n_heads)} heads, " + (
            f"{self.source}, weights {self.weights_sha256[:12]}…"
            if self.weights_sha256
            else "an object of the caller's"
        )


def make_passport(
    model: nn.Module,
    tokenizer: Any | None,
    *,
    id_: str,
    source: Origin,
    weights_sha256: str,
    revision: str | None = None,
    files: Mapping[str, str] | None = None,
    unused: tuple[str, ...] = (),
    quantisation: str | None = None,
    tower: str | None = None,
) -> Passport:
    """Measure a loaded model; `tower` names its part if the checkpoint holds others.

    Raises:
        ModelError: If its attention cannot be observed faithfully.
    """
    body = anatomy(model)  # it refuses what is no transformers model
    config: Any = model.config
    parameter = next(model.parameters())
    return Passport(
        id=id_,
        source=source,
        revision=revision,
        architecture=(getattr(config, "architectures", None) or [None])[0],
        loaded_as=type(model).__name__,
        model_type=str(getattr(config, "model_type", "")),
        stacks=_stacks(body, noise_input(model), tower),
        d_model=body.d_model,
        vocabulary=embedding_rows(model),
        **_tokenizer_facts(tokenizer),
        unembedding=_unembedding(model, body),
        longest=_longest(model),
        quantisation=quantisation,
        dtype=str(parameter.dtype).removeprefix("torch."),
        device=parameter.device.type,
        weights_sha256=weights_sha256,
        unused=unused,
        files=dict(files or {}),
        noise_input=noise_input(model),
    )


def _stacks(body: Anatomy, noise: str | None, tower: str | None) -> tuple[Stack, ...]:
    stacks = []
    for part in dict.fromkeys(site.part for site in body.sites):
        sites = body.part(part)
        stacks.append(
            Stack(
                part=tower or part,
                n_layers=body.n_layers(part),
                layers=tuple(site.layer for site in sites),
                n_heads=tuple(site.n_heads for site in sites),
                n_key_value_heads=tuple(site.n_key_value_heads for site in sites),
                d_head=tuple(site.d_head for site in sites),
                causal=tuple(site.causal for site in sites),
                positions=sites[0].positions if noise and part in ("self", "encoder") else None,
            )
        )
    return tuple(stacks)


def of_tokenizer(passport: Passport, tokenizer: Any) -> Passport:
    """The passport of the same model with another tokenizer."""
    return replace(passport, **_tokenizer_facts(tokenizer))


def _tokenizer_facts(tokenizer: Any | None) -> dict[str, Any]:
    """What a passport says of a tokenizer."""
    if tokenizer is None:
        return {"tokenizer": None, "tokenizer_vocabulary": None, "before": (), "after": ()}
    words = vocabulary(tokenizer)
    before, after = (
        tuple(str(tokenizer.convert_ids_to_tokens(id_)) for id_ in ids) for ids in (words.prefix, words.suffix)
    )
    return {
        "tokenizer": type(tokenizer).__name__,
        "tokenizer_vocabulary": len(tokenizer),
        "before": before,
        "after": after,
    }


_LIMITS = ("max_position_embeddings", "max_target_positions", "max_decoder_position_embeddings", "max_seq_len")
"""Names that configurations give the number of positions that a model can read."""


def _longest(model: nn.Module) -> int | None:
    config: Any = model.config
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    stated = [value for name in _LIMITS if isinstance(value := getattr(text, name, None), int) and value > 0]
    if not stated or not embedding_rows(model):
        return None
    longest = min(stated)
    for name, module in model.named_modules():
        # RoBERTa and its kin count positions from behind the row that stands for padding.
        if "position" in name and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            longest = min(longest, module.num_embeddings - module.padding_idx - 1)
    return longest


def _unembedding(model: Any, body: Anatomy) -> Unembedding:
    if body.unembedding is None:
        return "none"
    own = getattr(body.unembedding, "weight", None)
    shared = own is not None and own is getattr(token_embedding(model), "weight", None)
    return "tied" if shared else "own"


def _once(value: Any) -> Any:
    """A tuple of equal values as that value."""
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else list(value)
    return value
