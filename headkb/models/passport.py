"""A model's passport: what it is, measured once when it is loaded, and asked by everything that needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from torch import nn

from headkb.attention import Anatomy, anatomy
from headkb.errors import ModelError
from headkb.prompts import Vocabulary, vocabulary

Origin = Literal["exact", "directory", "package", "cache", "hub", "memory"]
Unembedding = Literal["none", "own", "tied"]


@dataclass(frozen=True)
class Stack:
    """The attention calls of one part of a model, in the order of its blocks.

    Attributes:
        part: `self`, or `encoder`, `decoder`, `cross` of an encoder–decoder model.
        n_layers: Blocks of the stack, those without attention included.
        layers: Numbers of the blocks that attend, from 0.
        n_heads: Heads of each of these layers.
        n_key_value_heads: Key-value heads of each.
        d_head: Width of each head's z in each.
        causal: Whether a query of that layer saw no later key.
    """

    part: str
    n_layers: int
    layers: tuple[int, ...]
    n_heads: tuple[int, ...]
    n_key_value_heads: tuple[int, ...]
    d_head: tuple[int, ...]
    causal: tuple[bool, ...]

    def data(self) -> dict[str, Any]:
        """The stack as JSON-ready data; equal values of all layers stand once, and `layers` only where some blocks do not attend."""
        row = {key: _once(value) for key, value in asdict(self).items() if key != "layers"}
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
        longest: The longest input that its table of positions allows; None if it has none.
        quantisation: How the weights were stored, if not as floats.
        dtype, device: What it computes in, and where.
        unused: Tensors of the checkpoint that the model does not use.
        weights_sha256: Of the weight file; of several, over the lines `name hash`; of an exact model, over its tensors.
        pinned: Whether a catalog record names this revision or hash, so that everyone who reruns has the same weights.
        files: SHA-256 of every weight file.
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

    def stack(self, part: str | None = None) -> Stack:
        """One part; by default the only one, or the decoder of an encoder–decoder model. Raises ModelError if there is no such part."""
        wanted = part or next((s.part for s in self.stacks if s.part == "decoder"), "self")
        for stack in self.stacks:
            if stack.part == wanted:
                return stack
        raise ModelError(
            f"{self.id} has no {wanted} attention, only {', '.join(s.part for s in self.stacks)}. Choose another model."
        )

    @property
    def causal(self) -> bool:
        """Whether no layer of the stack that scores read looks at later tokens."""
        return all(self.stack().causal)

    def data(self) -> dict[str, Any]:
        """The passport as JSON-ready data; what does not apply is left out, equal numbers of all layers stand once."""
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
        plain["stacks"] = [stack.data() for stack in self.stacks]
        return {key: value for key, value in plain.items() if value not in (None, [], {})}

    def first_line(self) -> str:
        """The model on one line, for messages."""
        stack = next((s for s in self.stacks if s.part in ("self", "decoder")), self.stacks[0])
        return (
            f"{self.id}: {self.loaded_as}, {stack.n_layers} layers of {max(stack.n_heads)} heads, "
            f"{self.source}, weights {self.weights_sha256[:12]}…"
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
) -> Passport:
    """Measure a loaded model.

    Raises:
        ModelError: If its attention cannot be observed faithfully.
    """
    config: Any = model.config
    body, words = anatomy(model), _words(model, tokenizer)
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    parameter = next(model.parameters())
    return Passport(
        id=id_,
        source=source,
        revision=revision,
        architecture=(getattr(config, "architectures", None) or [None])[0],
        loaded_as=type(model).__name__,
        model_type=str(getattr(config, "model_type", "")),
        stacks=_stacks(body),
        d_model=body.d_model,
        vocabulary=_rows(model),
        tokenizer=None if tokenizer is None else type(tokenizer).__name__,
        tokenizer_vocabulary=None if tokenizer is None else len(tokenizer),
        before=_texts(tokenizer, words.prefix if words else ()),
        after=_texts(tokenizer, words.suffix if words else ()),
        unembedding=_unembedding(model, body),
        longest=_longest(model, text),
        quantisation=quantisation,
        dtype=str(parameter.dtype).removeprefix("torch."),
        device=parameter.device.type,
        weights_sha256=weights_sha256,
        unused=unused,
        files=dict(files or {}),
    )


def _stacks(body: Anatomy) -> tuple[Stack, ...]:
    stacks = []
    for part in dict.fromkeys(site.part for site in body.sites):
        sites = body.part(part)
        stacks.append(
            Stack(
                part=part,
                n_layers=body.n_layers(part),
                layers=tuple(site.layer for site in sites),
                n_heads=tuple(site.n_heads for site in sites),
                n_key_value_heads=tuple(site.n_key_value_heads for site in sites),
                d_head=tuple(site.d_head for site in sites),
                causal=tuple(site.causal for site in sites),
            )
        )
    return tuple(stacks)


def _longest(model: nn.Module, text: Any) -> int | None:
    """The longest input that the configuration allows, or the rows of a table of positions where that has fewer to use."""
    stated = (getattr(text, name, None) for name in ("max_position_embeddings", "max_seq_len", "n_positions"))
    sizes = [size for size in stated if isinstance(size, int) and size > 0][:1]
    for name, module in model.named_modules():
        # RoBERTa's positions start behind the row that is kept for padding.
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            sizes.append(module.num_embeddings - module.padding_idx - 1)
    return min(sizes, default=None)


def _words(model: nn.Module, tokenizer: Any | None) -> Vocabulary | None:
    return None if tokenizer is None else vocabulary(tokenizer)


def _texts(tokenizer: Any, ids: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(str(tokenizer.convert_ids_to_tokens(id_)) for id_ in ids)


def _rows(model: Any) -> int:
    """Rows of the token embedding; 0 where the input is no tokens."""
    weight = getattr(model.get_input_embeddings(), "weight", None)
    return int(weight.shape[0]) if weight is not None and weight.dim() == 2 else 0


def _unembedding(model: Any, body: Anatomy) -> Unembedding:
    if body.unembedding is None:
        return "none"
    own = getattr(body.unembedding, "weight", None)
    shared = own is not None and own is getattr(model.get_input_embeddings(), "weight", None)
    return "tied" if shared else "own"


def _once(value: Any) -> Any:
    """A tuple of equal values as that value."""
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else list(value)
    return value
