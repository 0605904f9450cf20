"""What a prompt generator may know of a tokenizer: which ids exist, which are special, what stands around a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor

from headkb.errors import HeadkbError, UnknownNameError
from headkb.inputs import embedding_rows, noise

Bos = Literal["none", "first", "auto"]
"""`none`: the bare tokens. `first`: BOS (or [CLS]) before them. `auto`: whatever the tokenizer itself puts around a text."""

# Ids that stand for no text of their own: rows kept free, sentinels, and single bytes, which SentencePiece falls back on for rare
# signs. Bytes matter: in a small vocabulary they are half of all ids, and heads behave unlike themselves on them.
_PLACEHOLDER = re.compile(
    r"^(\[unused\d+\]|<unused_?\d+>|<extra_id_\d+>|<\|reserved_special_token_\d+\|>|<\|dummy_\d+\|>|<0x[0-9A-Fa-f]{2}>)$"
)


@dataclass(frozen=True)
class Vocabulary:
    """The ids that prompts are made of.

    Attributes:
        drawable: Ids of ordinary tokens, ascending, `[n]`: neither special nor placeholders.
        special: Ids of special tokens.
        bos: Id that opens a text (BOS, else [CLS]), if there is one.
        prefix: Ids that the tokenizer puts before every text.
        suffix: Ids that it puts after every text.
        pad: Id that padding is filled with; any valid id serves, since padding is masked.
        name: Name of the tokenizer, for records; `vocabulary of n` without one.
        encode: Text → ids without special tokens; None without a tokenizer.
        decode: One id → its text; None without a tokenizer.
        table: Every token as the tokenizer spells it → its id; empty without a tokenizer.
        rows: Ids that the model has an embedding for, if it is known; 0 for a model of images or sound alone.
        noise: (n, generator) → images or sound of noise for the model, by the name of the input; None for a model of tokens alone.
        positions: Positions that the model makes of each of these.
    """

    drawable: Tensor
    special: frozenset[int] = frozenset()
    bos: int | None = None
    prefix: tuple[int, ...] = ()
    suffix: tuple[int, ...] = ()
    pad: int = 0
    name: str = ""
    encode: Callable[[str], list[int]] | None = field(default=None, compare=False)
    decode: Callable[[int], str] | None = field(default=None, compare=False)
    table: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    rows: int | None = None
    noise: Callable[[int, torch.Generator], dict[str, Tensor]] | None = field(default=None, compare=False, repr=False)
    positions: int | None = None

    def around(self, bos: Bos) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The ids before and after a prompt under a BOS policy.

        Raises:
            UnknownNameError: If there is no such policy.
            HeadkbError: If BOS is asked for and the tokenizer has none.
        """
        if bos == "none":
            return (), ()
        if bos == "auto":
            return self.prefix, self.suffix
        if bos != "first":
            raise UnknownNameError("BOS policy", bos, ("none", "first", "auto"), "Choose one of none, first, auto.")
        if self.bos is None:
            raise HeadkbError(
                f"{self.name} has no BOS token to put first. Choose --set bos=none (bos='none' in Python), or a tokenizer that has one."
            )
        return (self.bos,), ()

    def within(self, low: int | None, high: int | None) -> Tensor:
        """Ordinary ids from `low` up to, but without, `high`, `[n]`."""
        ids = self.drawable
        if low is not None:
            ids = ids[ids >= low]
        return ids if high is None else ids[ids < high]

    def text_of(self, text: str) -> list[int]:
        """Ids of a text, without special tokens.

        Raises:
            HeadkbError: If there is no tokenizer.
        """
        if self.encode is None:
            raise HeadkbError(
                f"{self.name} cannot read text. Choose --generator random-tokens, or a model with its tokenizer (in Python, pass the tokenizer)."
            )
        return self.encode(text)


VocabularySource: TypeAlias = Any
"""What prompts are made for: a `headkb.models.LoadedModel`, a Hugging Face tokenizer, a vocabulary's size, or a `Vocabulary`."""


def vocabulary(source: VocabularySource) -> Vocabulary:
    """Look at a tokenizer, or take a bare vocabulary size.

    Args:
        source: A loaded model (its tokenizer, or the rows of its embedding if it has none; ids without a row are left out), a Hugging
            Face tokenizer, an int (ids 0 … n-1, none special), or a `Vocabulary`, which is returned as it is.

    Raises:
        HeadkbError: If it is none of these, or holds no ordinary token.

    Example:
        >>> len(vocabulary(50257).drawable)
        50257
    """
    if isinstance(source, Vocabulary):
        return source
    if hasattr(source, "tokenizer") and callable(getattr(source.model, "get_input_embeddings", None)):
        rows = embedding_rows(source.model)
        if rows:
            words = vocabulary(rows if source.tokenizer is None else source.tokenizer)
        else:
            words = Vocabulary(torch.empty(0, dtype=torch.long), name=source.id)
        stack = next((stack for stack in source.passport.stacks if stack.positions is not None), None)
        return replace(
            words,
            drawable=words.drawable[words.drawable < rows],
            pad=words.pad if words.pad < rows else 0,
            rows=rows,
            noise=partial(noise, source.model) if stack is not None else None,
            positions=stack.positions if stack is not None else None,
        )
    if isinstance(source, int) and not isinstance(source, bool):
        if source < 1:
            raise HeadkbError(f"a vocabulary of {source} tokens is empty. Pass the model's vocabulary size.")
        return Vocabulary(torch.arange(source), name=f"vocabulary of {source}")
    if not callable(getattr(source, "get_vocab", None)):
        raise HeadkbError(
            f"{type(source).__name__} is neither a tokenizer nor a vocabulary size. Pass a Hugging Face tokenizer or an int."
        )
    return _from_tokenizer(source)


def _from_tokenizer(tokenizer: Any) -> Vocabulary:
    table: dict[str, int] = tokenizer.get_vocab()
    special = set(tokenizer.all_special_ids)
    added = getattr(tokenizer, "added_tokens_decoder", {})
    special |= {id_ for id_, token in added.items() if getattr(token, "special", False)}
    drawable = sorted({id_ for text, id_ in table.items() if id_ not in special and not _PLACEHOLDER.match(text)})
    # A directory's own name, not its place on this machine, goes into records.
    path = str(getattr(tokenizer, "name_or_path", ""))
    name = (Path(path).name if Path(path).is_absolute() else path) or type(tokenizer).__name__
    if not drawable:
        raise HeadkbError(f"tokenizer {name} holds special tokens only. Pass the tokenizer that belongs to the model.")

    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False))

    prefix, suffix = _surroundings(tokenizer, encode)
    bos = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.cls_token_id
    candidates = (tokenizer.pad_token_id, tokenizer.eos_token_id, bos, drawable[0])
    return Vocabulary(
        drawable=torch.tensor(drawable),
        special=frozenset(special),
        bos=bos,
        prefix=prefix,
        suffix=suffix,
        pad=next(id_ for id_ in candidates if id_ is not None),
        name=name,
        encode=encode,
        decode=lambda id_: str(tokenizer.decode([id_])),
        table=table,
    )


def _surroundings(tokenizer: Any, encode: Callable[[str], list[int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids that the tokenizer puts before and after a text, found by encoding one with and without them."""
    bare, whole = encode("a"), list(tokenizer.encode("a", add_special_tokens=True))
    for start in range(len(whole) - len(bare) + 1):
        if whole[start : start + len(bare)] == bare:
            return tuple(whole[:start]), tuple(whole[start + len(bare) :])
    return (), ()
