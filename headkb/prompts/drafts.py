"""Candidates for prompts and the choice among them: what a tokenizer can write, padded, with its corrupted versions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.prompts.lines import Line, Reading, Unfit, read
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

_PAIRED = ("labels", "groups")
OPENING = "Text: "
"""What opens a text that would begin with a place of interest, where the tokenizer puts nothing before texts. Most heads of a model that
reads no BOS rest on the first token, whatever it is: there, rest and interest could not be told apart, nor cut off one by one."""


@dataclass(frozen=True)
class Draft:
    """A candidate.

    Attributes:
        line: The prompt, as text or already in tokens.
        corrupted: Its corrupted version, if it has one.
        facts: What goes into `meta`, as lists over the prompts; `labels` and `groups` go into `paired`, as tensors.
        finish: Called with the prompt in tokens; returns it with more places, or raises `Unfit`.
        any_length: Whether the corrupted version may be longer or shorter; then scores can compare the two, patching cannot.
    """

    line: Line | Reading
    corrupted: Line | Reading | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    finish: Callable[[Reading], Reading] | None = None
    any_length: bool = False


Drafts: TypeAlias = Iterator[Draft | Unfit | Sequence[Draft]]
"""Candidates in the order that the seed decides, perhaps endless: of a list, the first that can be written counts; an `Unfit` says why one cannot."""


def collect(
    vocabulary: Vocabulary,
    n: int,
    drafts: Iterable[Draft | Unfit | Sequence[Draft]],
    bos: Bos,
    what: str,
    *,
    derived: Mapping[str, tuple[str, int]] | None = None,
    **facts: Any,
) -> Prompts:
    """The first `n` candidates that can be written with this tokenizer, padded on the right.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts.
        drafts: See `Drafts`.
        bos: What to put around a text: `none`, `first` or `auto`.
        what: Id of the generator, for messages.
        derived: New place → (place, offset): that many tokens after the last token of that place.
        **facts: Go into `meta` as they are.

    Returns:
        Positions: every mark, `[prompt]` where it is one token in every prompt, else `[prompt, k]` padded with -1; `end`, the last token
        of the text. A text that begins with a place is opened by `OPENING` where `bos` puts nothing before it. Paired: `answers` and `wrong` where something is asked; `labels` and `groups` where the prompts are sorted. `corrupted`
        where there are any. Meta: `texts`; `dropped`, why candidates were left out and how many.

    Raises:
        HeadkbError: If too few candidates are left.
    """
    if vocabulary.encode is None:
        vocabulary.text_of("")  # raises, and says what to pass
    bare = not vocabulary.around(bos)[0]
    rows: list[tuple[Reading, Reading | None, Draft]] = []
    dropped: Counter[str] = Counter()
    for tried, draft in enumerate(drafts):
        # A tokenizer that cannot write the first two hundred will not write the rest.
        if len(rows) == n or tried > 500 + 100 * n or (tried >= 200 and not rows):
            break
        reason = ""
        for version in [draft] if isinstance(draft, Draft | Unfit) else draft:
            try:
                if isinstance(version, Unfit):
                    raise version
                version_opened = opened(version) if bare else version
                rows.append((*_both(vocabulary, version_opened), version_opened))
                break
            except Unfit as unfit:
                reason = str(unfit)
        else:
            dropped[reason] += 1
    if len(rows) < n:
        why = dropped.most_common(1)[0][0] if dropped else "there are no more"
        fewer = (
            f"Choose --prompts {len(rows)} or fewer (n= in Python)" if rows else "Choose a model with another tokenizer"
        )
        raise HeadkbError(f"{what}: {len(rows)} of {n} prompts can be made with {vocabulary.name}: {why}. {fewer}.")
    prompts = assemble(vocabulary, [clean for clean, _, _ in rows], bos, derived or {})
    meta = {**prompts.meta, **facts, "dropped": dict(dropped)}
    if all(isinstance(draft.line, Line) for _, _, draft in rows):
        meta["texts"] = [draft.line.text for _, _, draft in rows if isinstance(draft.line, Line)]
    paired = dict(prompts.paired)
    for name in rows[0][2].facts:
        values = [draft.facts[name] for _, _, draft in rows]
        if name in _PAIRED:
            paired[name] = torch.tensor(values)
        else:
            meta[name] = values
    others = [other for _, other, _ in rows if other is not None]
    corrupted = None
    if len(others) == len(rows):
        corrupted = assemble(vocabulary, others, bos, derived or {}, prompts.tokens.shape[1])
    return replace(prompts, meta=meta, paired=paired, corrupted=corrupted)


def opened(draft: Draft) -> Draft:
    """The candidate with `OPENING` before it, if one of its places is the very beginning of its text."""
    lines = (draft.line, draft.corrupted)
    if draft.finish is not None or not any(
        isinstance(line, Line) and any(m[1] == 0 for m in line.marks) for line in lines
    ):
        return draft
    clean, other = (_moved(line) if isinstance(line, Line) else line for line in lines)
    assert clean is not None
    return replace(draft, line=clean, corrupted=other)


def _moved(line: Line) -> Line:
    shift = len(OPENING)
    return replace(
        line, text=OPENING + line.text, marks=tuple((name, a + shift, b + shift) for name, a, b in line.marks)
    )


def _both(vocabulary: Vocabulary, draft: Draft) -> tuple[Reading, Reading | None]:
    clean = read(vocabulary, draft.line) if isinstance(draft.line, Line) else draft.line
    if draft.finish is not None:
        clean = draft.finish(clean)
    if draft.corrupted is None:
        return clean, None
    other = read(vocabulary, draft.corrupted) if isinstance(draft.corrupted, Line) else draft.corrupted
    if len(other.ids) != len(clean.ids) and not draft.any_length:
        raise Unfit("the corrupted version is of another length")
    return clean, other


def assemble(
    vocabulary: Vocabulary,
    readings: Sequence[Reading],
    bos: Bos,
    derived: Mapping[str, tuple[str, int]] | None = None,
    width: int = 0,
) -> Prompts:
    """Readings as prompts, with the tokenizer's own tokens around them; see `collect`."""
    prefix, suffix = vocabulary.around(bos)
    rows = [[*prefix, *reading.ids, *suffix] for reading in readings]
    width = max(width, *map(len, rows))
    tokens = torch.tensor([row + [vocabulary.pad] * (width - len(row)) for row in rows])
    mask = torch.arange(width) < torch.tensor([len(row) for row in rows])[:, None]  # [prompt, pos]
    shift = len(prefix)
    positions = {}
    for name in dict.fromkeys(name for reading in readings for name in reading.marks):
        positions[name] = places([[shift + at for at in reading.marks.get(name, ())] for reading in readings])
    for name, (mark, offset) in (derived or {}).items():
        positions[name] = torch.tensor([shift + reading.marks[mark][-1] + offset for reading in readings])
    for name in dict.fromkeys(name for reading in readings for name in reading.starts):
        table = torch.full((len(rows), width), -1)
        for row, reading in zip(table, readings, strict=True):
            row[shift : shift + len(reading.ids)] = torch.tensor(
                [s if s < 0 else s + shift for s in reading.starts[name]]
            )
        positions[name] = table  # [prompt, pos]
    positions["end"] = torch.tensor([shift + len(reading.ids) - 1 for reading in readings])
    meta: dict[str, Any] = {"bos": bos, "prefix": list(prefix), "suffix": list(suffix)}
    paired = {}
    if all(reading.right is not None for reading in readings):
        paired["answers"] = torch.tensor([reading.right for reading in readings])
        paired["wrong"] = torch.tensor([reading.wrong for reading in readings])
    return Prompts(tokens, mask, positions, meta, None, paired)


def places(rows: Sequence[Sequence[int]]) -> Tensor:
    """Positions as a tensor: `[prompt]` if each prompt has exactly one, else `[prompt, k]` padded with -1."""
    if all(len(row) == 1 for row in rows):
        return torch.tensor([row[0] for row in rows])
    most = max(1, *map(len, rows))
    return torch.tensor([[*row, *[-1] * (most - len(row))] for row in rows])
