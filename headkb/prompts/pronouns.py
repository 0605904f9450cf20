"""Sentences with a pronoun and its antecedent: headkb's own, or a user's file of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from headkb.errors import HeadkbError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import Line, Reading, Unfit, pick, read
from headkb.prompts.lists import COREFERENCE, FUNCTION_WORDS
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

_MARK = re.compile(r"\[([^][{}<>]+)\]|\{([^][{}<>]+)\}|<([^][{}<>]+)>")
_NAMES = ("antecedent", "pronoun", "distractor")
_HOW = "Write it as: The [cat] sat on the <mat> because {it} was tired."


@generator("coreference", version=1, needs_tokenizer=True)
def coreference(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, file: str | None = None, bos: Bos = "auto"
) -> Prompts:
    """Sentences with a pronoun, its antecedent before it, and another noun or name that it does not mean.

    Args:
        n: At most the number of sentences; with `file`, all of its sentences are taken, in its order, whatever `n` and the seed say.
        file: Path of a text file with sentences of one's own: one a line, UTF-8, the antecedent in square brackets, the pronoun in braces
            and, if wanted, a distractor in angle brackets; empty lines and lines that begin with # do not count.

    Returns:
        Positions: `pronoun`, `antecedent` and, where every sentence marks one, `distractor`: the last token of each; `words`, tokens before
        the pronoun that are one alphabetic word or piece of more than one letter; `content`, those of them that belong to no function word;
        `end`. Meta: `texts`; `of_file`, the file's name, its number of sentences and the SHA-256 of `sentences_hash`.

    Raises:
        HeadkbError: If the file cannot be read, or one of its sentences cannot be marked or written; it says where.

    Source:
        Sentences, their marks and the list of function words are ours. `words` as in saigyo/tsumugi@eb444d83,
        docs/research/2026-09-03-coreference-head-spike.md, section 4; that function words are left out in `content`, section 4.1.
    """
    facts: dict[str, Any] = {}
    if file is not None:
        path = Path(file)
        sentences = read_sentences(path)
        for number, marked in sentences:
            try:
                _finish(vocabulary, marked, read(vocabulary, marked.line))
            except Unfit as unfit:
                raise HeadkbError(
                    f"{path}:{number}: {unfit}. Choose another sentence or another place to mark."
                ) from None
        chosen = [marked for _, marked in sentences]
        n = len(chosen)
        facts["of_file"] = {"name": path.name, "n": n, "sha256": sentences_hash(chosen)}
    else:
        if not 1 <= n <= len(COREFERENCE):
            most = len(COREFERENCE)
            raise HeadkbError(
                f"n is {n}; coreference has {most} sentences. Choose --prompts 1 to {most} (n= in Python)."
            )
        chosen = [marked_sentence(text) for text in pick(COREFERENCE, generator, len(COREFERENCE))]
    drafts = (Draft(marked.line, finish=partial(_finish, vocabulary, marked)) for marked in chosen)
    return collect(vocabulary, n, drafts, bos, "coreference", **facts)


@dataclass(frozen=True)
class Marked:
    """A sentence with its places, and the same as it was typed without the distractor's marks."""

    line: Line
    typed: str


def marked_sentence(typed: str) -> Marked:
    """A typed sentence with its marks read and taken out.

    Raises:
        HeadkbError: If the marks are not one antecedent before one pronoun; one sentence, without the place.

    Example:
        >>> marked_sentence("The [cat] slept because {it} was tired.").line.marks
        (('antecedent', 4, 7), ('pronoun', 22, 24))
    """
    text, marks, done = "", [], 0
    for match in _MARK.finditer(typed):
        text += typed[done : match.start()]
        name, word = next((name, word) for name, word in zip(_NAMES, match.groups(), strict=True) if word)
        if word != word.strip():
            raise HeadkbError(
                f"the mark around {word!r} holds a space at its edge. Put the marks right around the word."
            )
        marks.append((name, len(text), len(text) + len(word)))
        text, done = text + word, match.end()
    text += typed[done:]
    if left := next((sign for sign in text if sign in "[]{}<>"), None):
        raise HeadkbError(f"the sign {left} belongs to no mark. {_HOW}")
    counts = {name: sum(mark[0] == name for mark in marks) for name in _NAMES}
    for name, signs in (("antecedent", "[ ]"), ("pronoun", "{ }")):
        if counts[name] != 1:
            raise HeadkbError(f"{counts[name]} words are marked as {name} with {signs}; exactly one is needed. {_HOW}")
    if counts["distractor"] > 1:
        raise HeadkbError(f"{counts['distractor']} words are marked as distractor with < >; at most one may be. {_HOW}")
    starts = {name: start for name, start, _ in marks}
    if starts["antecedent"] > starts["pronoun"]:
        raise HeadkbError(f"the antecedent stands after the pronoun, which cannot look ahead. {_HOW}")
    return Marked(Line(text, tuple(marks)), " ".join(typed.replace("<", "").replace(">", "").split()))


def read_sentences(path: Path) -> list[tuple[int, Marked]]:
    """The sentences of a user's file with the numbers of their lines.

    Raises:
        HeadkbError: With file and line, what is wrong, and how to write it.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise HeadkbError(f"{path}: byte {error.start} is no UTF-8. Save the file as UTF-8.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise HeadkbError(
            f"{path} cannot be read: {reason}. Write --set file=PATH with the path of a text file."
        ) from None
    sentences = []
    for number, text in enumerate(lines, 1):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        try:
            sentences.append((number, marked_sentence(text.strip())))
        except HeadkbError as error:
            raise HeadkbError(f"{path}:{number}: {error}") from None
    if not sentences:
        raise HeadkbError(f"{path} holds no sentence. Write one a line. {_HOW}")
    return sentences


def sentences_hash(sentences: Sequence[Marked]) -> str:
    """SHA-256 of the sentences with their antecedents and pronouns marked, one a line, sorted: order, comments and distractors do not count."""
    return hashlib.sha256("\n".join(sorted(marked.typed for marked in sentences)).encode()).hexdigest()


def _finish(vocabulary: Vocabulary, marked: Marked, reading: Reading) -> Reading:
    """The last token of each place, and the tokens that could be an antecedent."""
    marks = {name: [tokens[-1]] for name, tokens in reading.marks.items()}
    pronoun = min(reading.marks["pronoun"])
    if marks["antecedent"][0] >= pronoun:
        raise Unfit("antecedent and pronoun share a token")
    if vocabulary.decode is None:
        raise Unfit("the tokenizer cannot spell single tokens")
    pieces = [_letters(vocabulary.decode(id_)) for id_ in reading.ids[:pronoun]]
    marks["words"] = [at for at, piece in enumerate(pieces) if len(piece) > 1 and piece.isalpha()]
    marks["content"] = [at for at in marks["words"] if pieces[at].casefold() not in FUNCTION_WORDS]
    return replace(reading, marks=marks)


def _letters(piece: str) -> str:
    """A token without the signs that tokenizers put before a word or its continuation."""
    return piece.strip().removeprefix("##").strip("▁Ġ")
