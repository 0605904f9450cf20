"""What the model of a run was, as measured when it was loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, model_validator

from headkb.catalog.schema.common import OneLine, Piece, Sha256
from headkb.catalog.schema.lists import Distinct
from headkb.catalog.schema.numbers import Count, Layer, Size

PerLayer = TypeVar("PerLayer", int, bool)
Few = Annotated[int, Field(ge=1, le=1000)]
"""How many blocks or heads there are."""
TokenText = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=False)]
"""A token as its tokenizer spells it."""


class StackPassport(Piece):
    """The attention of one part of a model; one number where all layers share it, else one for each layer that attends."""

    part: Literal["self", "encoder", "decoder", "cross", "text", "vision"]
    n_layers: Few = Field(description="Blocks, those without attention included.")
    layers: Distinct[Layer] = Field((), description="Blocks that attend, where not all do.")
    n_heads: Few | tuple[Few, ...]
    n_key_value_heads: Few | tuple[Few, ...]
    d_head: Count | tuple[Count, ...] = Field(description="Count of z; 0 where the model shows neither v nor W_O.")
    causal: bool | tuple[bool, ...]
    positions: Size | None = Field(None, description="Positions of an image or of a piece of sound.")

    @model_validator(mode="after")
    def _one_for_each(self) -> StackPassport:
        if self.layers and max(self.layers) >= self.n_layers:
            raise ValueError(f"`layers` names block {max(self.layers)}, but there are {self.n_layers} blocks")
        for name in ("n_heads", "n_key_value_heads", "d_head", "causal"):
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != len(self.attending):
                raise ValueError(f"`{name}` has {len(value)} entries for {len(self.attending)} layers that attend")
        return self

    @property
    def attending(self) -> tuple[int, ...]:
        """Numbers of the blocks that attend."""
        return self.layers or tuple(range(self.n_layers))

    def of_layer(self, layer: int, values: PerLayer | Sequence[PerLayer]) -> PerLayer | None:
        """One layer's number; None for a block that does not attend."""
        if layer not in self.attending:
            return None
        return values[self.attending.index(layer)] if isinstance(values, Sequence) else values


class Unused(Piece):
    """Tensors of the checkpoint that the model does not use."""

    count: Size
    first: tuple[OneLine, ...] = Field(min_length=1, max_length=3, description="Names of the first of them.")


class RunPassport(Piece):
    """The model of a run. Its id, origin, revision, hash and dtype are the run's own fields."""

    architecture: OneLine | None = Field(None, description="Class that the checkpoint was saved as, if it says.")
    loaded_as: OneLine = Field(description="Class that it was loaded as.")
    model_type: OneLine | None = Field(None, description="Name of the architecture in transformers.")
    stacks: tuple[StackPassport, ...] = Field(min_length=1)
    d_model: Size
    vocabulary: Count = Field(description="Rows of the embedding; 0 where the model reads no tokens.")
    tokenizer: OneLine | None = None
    tokenizer_vocabulary: Count | None = Field(None, description="Ids that the tokenizer knows.")
    before: tuple[TokenText, ...] = Field((), description="Tokens that stood before every prompt of the run.")
    after: tuple[TokenText, ...] = Field((), description="Tokens that stood after every prompt of the run.")
    unembedding: Literal["own", "tied"] | None = Field(
        None, description="Matrix that makes the logits: its own, or the embedding's; absent where it makes none."
    )
    longest: Size | None = Field(None, description="Longest input that its table of positions allows.")
    quantisation: OneLine | None = Field(None, description="How the weights were stored, if not as floats.")
    package: OneLine | None = Field(None, description="Python package that carried the weights, with its version.")
    licence: OneLine | None = Field(None, description="Terms of the weights, as the model's record said.")
    device: OneLine = Field(description="Kind of device: cpu, cuda, mps.")
    unused: Unused | None = None
    noise_input: OneLine | None = Field(
        None, description="What it read where others read tokens, such as `pixel_values`, filled with noise."
    )
    pinned: bool = Field(
        description="Whether the model's record named exactly these weights; `false` = unverified weights."
    )
    files: dict[OneLine, Sha256] = Field(default_factory=dict, description="SHA-256 of every weight file.")

    @property
    def weights_sha256(self) -> str | None:
        """The hash of the weights that follows from those of the files; None where no file was read."""
        return hash_of_files(self.files) if self.files else None

    def stack(self, part: str | None = None) -> StackPassport:
        """One part; by default the only one, or the decoder of an encoder–decoder model."""
        wanted = part or next((s.part for s in self.stacks if s.part == "decoder"), None)
        return next((s for s in self.stacks if s.part == wanted), self.stacks[0])

    def shape(self) -> tuple[object, ...]:
        """What two runs with the same weights must agree in."""
        return self.stacks, self.d_model, self.vocabulary


def hash_of_files(hashes: Mapping[str, str]) -> str:
    """The hash of a checkpoint from those of its files: that of the one file, or SHA-256 over the lines `name hash` of several, by name."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256("".join(f"{name} {hashes[name]}\n" for name in sorted(hashes)).encode()).hexdigest()
