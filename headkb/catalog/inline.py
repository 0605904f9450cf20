"""The inline Markdown of records: one scanner, which the rule about unsafe texts and the site's writers share.

It knows `**bold**`, `*em*`, `` `code` ``, `$formulas$`, `[label](https://…)`, bare web addresses and `[[kind/id]]`; every other
character is text. It walks through a text once, from left to right, and looks at no character more than a fixed number of times: code and
formulas come first, as nothing inside them is Markdown, then links, whose labels hold no brackets, then emphasis.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

TokenKind = Literal["text", "code", "math", "display", "link", "ref", "strong", "em"]


@dataclass(frozen=True)
class Token:
    """A piece of inline text.

    `text` is its content; `inner` the content of bold, emphasis and links; `target` where it leads; `bare` that the word "head"
    follows, so that the name of the target need not end with it.
    """

    kind: TokenKind
    text: str = ""
    target: str = ""
    inner: tuple[Token, ...] = ()
    bare: bool = False


@dataclass(frozen=True)
class _Stars:
    """A run of stars that may open or close emphasis, as its neighbours allow."""

    count: int
    opens: bool
    closes: bool


_Piece = Token | _Stars

REF = re.compile(r"\[\[([a-z]+)/([^\[\]|\s]+)(?:\|([^\[\]]*))?\]\]")
"""`[[kind/id]]` or `[[kind/id|words]]`: kind, id, words."""
TICKS = re.compile(r"`+")
HEAD_FOLLOWS = re.compile(r"\s+heads?\b", re.IGNORECASE)
"""After a link to a head type: its name then need not end with the word."""
HEAD_ENDS = re.compile(r"(?<!\s)\s+heads?$", re.IGNORECASE)

# Each pattern is tried at one place and stops at a bracket or a blank, so that no two tries walk over the same characters.
_MARK = re.compile(r"[\\`$\[\]*]|https?://")
_TARGET = re.compile(r"\]\((https?://(?:[^\s()]|\([^\s()]*\))+|@[^\s()\[\]]*)\)")
_ADDRESS = re.compile(r"https?://[^\s<>\[\]()\"']+[^\s<>\[\]()\"'.,;:!?]")
_STARS = re.compile(r"\*+")
_ESCAPED = frozenset("\\`*_[]$<>|@{}()#!~")
_SPECIAL = re.compile(r"([\\`*\[\]$<>|])")


def plain(text: str) -> str:
    """Inline Markdown that shows `text` as it is, whatever characters it has."""
    return _SPECIAL.sub(r"\\\1", text)


def ref_words(ref: Token, name: str) -> str:
    """The words of a link to a record that is called `name`."""
    return ref.text or (HEAD_ENDS.sub("", name) if ref.bare else name)


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Token, ...]:
    """Inline text → tokens. The last few thousand texts are kept: a page is written in several forms, one after the other."""
    return _emphasis(_Scanner(text).pieces())


class _Scanner:
    """One walk through a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[_Piece] = []
        self.bracket: int | None = None  # index in `found` of the last open bracket
        self.ticks: dict[int, list[int]] = {}  # length of a run of backticks → where such runs start
        for run in TICKS.finditer(text):
            self.ticks.setdefault(run.end() - run.start(), []).append(run.start())
        self.last_display = text.rfind("$$")

    def pieces(self) -> list[_Piece]:
        """Tokens and runs of stars, in order."""
        at, end = 0, len(self.text)
        while at < end:
            mark = _MARK.search(self.text, at)
            if mark is None:
                self.add(self.text[at:])
                break
            self.add(self.text[at : mark.start()])
            at = self.step(mark.start())
        return self.found

    def add(self, text: str) -> None:
        if text:
            self.found.append(Token("text", text))

    def step(self, at: int) -> int:
        """Take what begins at `at`; where the next piece begins."""
        char = self.text[at]
        if char == "\\":
            escaped = self.text[at + 1 : at + 2]
            self.add(escaped if escaped in _ESCAPED else char)
            return at + 2 if escaped and escaped in _ESCAPED else at + 1
        taken = {"`": self.code, "$": self.math, "[": self.open, "]": self.close, "*": self.stars, "h": self.address}[
            char
        ](at)
        if taken == at:
            self.add(char)
            return at + 1
        return taken

    def code(self, at: int) -> int:
        run = TICKS.match(self.text, at)
        assert run is not None
        length = run.end() - at
        starts = self.ticks.get(length, [])
        after = bisect_right(starts, run.end())
        if after == len(starts):
            self.add(run[0])
            return run.end()
        inside = self.text[run.end() : starts[after]]
        self.found.append(Token("code", inside.strip() or inside))
        return starts[after] + length

    def math(self, at: int) -> int:
        text = self.text
        if text.startswith("$$", at) and at + 3 <= self.last_display:
            end = text.find("$$", at + 3)
            self.found.append(Token("display", text[at + 2 : end].strip()))
            return end + 2
        end = text.find("$", at + 1)
        inside = text[at + 1 : end]
        if (
            end < 0
            or not inside
            or inside[0].isspace()
            or inside[-1].isspace()
            or "\n" in inside
            or text[end + 1 : end + 2].isdigit()
        ):
            return at
        self.found.append(Token("math", inside))
        return end + 1

    def open(self, at: int) -> int:
        ref = REF.match(self.text, at)
        if ref is not None:
            bare = bool(HEAD_FOLLOWS.match(self.text, ref.end()))
            self.found.append(Token("ref", ref[3] or "", f"{ref[1]}/{ref[2]}", bare=bare))
            self.bracket = None
            return ref.end()
        self.bracket = len(self.found)
        self.add("[")
        return at + 1

    def close(self, at: int) -> int:
        bracket, self.bracket = self.bracket, None
        target = None if bracket is None else _TARGET.match(self.text, at)
        if bracket is None or target is None or bracket + 1 == len(self.found):
            return at
        label = _emphasis([_unlinked(piece) for piece in self.found[bracket + 1 :]])
        self.found[bracket:] = [Token("link", target=target[1], inner=label)]
        return target.end()

    def stars(self, at: int) -> int:
        run = _STARS.match(self.text, at)
        assert run is not None
        before, after = self.text[at - 1 : at] if at else "", self.text[run.end() : run.end() + 1]
        single = run.end() - at == 1
        opens = bool(after) and not after.isspace() and not (single and _wordlike(before))
        self.found.append(_Stars(run.end() - at, opens, not (single and _wordlike(after))))
        return run.end()

    def address(self, at: int) -> int:
        match = _ADDRESS.match(self.text, at)
        if match is None:
            return at
        self.found.append(Token("link", target=match[0], inner=(Token("text", match[0]),)))
        return match.end()


def _wordlike(char: str) -> bool:
    return char.isalnum() or char == "_"


def _unlinked(piece: _Piece) -> _Piece:
    """Inside a label, an address is text: a link holds no link."""
    return Token("text", piece.target) if isinstance(piece, Token) and piece.kind == "link" else piece


def _emphasis(pieces: Sequence[_Piece]) -> tuple[Token, ...]:
    """Pieces with their stars read: two around bold, one around emphasis, three around both; the others are text."""
    found: list[Token] = []
    strong: int | None = None  # where in `found` the open stars of bold stand
    em: int | None = None
    for piece in pieces:
        if isinstance(piece, Token):
            found.append(piece)
            continue
        counts = (piece.count,) if piece.count != 3 else (2, 1) if strong is None else (1, 2)
        for count in counts:
            if count == 2 and strong is not None and len(found) > strong + 1:
                found[strong:] = [Token("strong", inner=_joined(found[strong + 1 :]))]
                strong = em = None
            elif count == 2 and strong is None and piece.opens:
                strong, em = len(found), None
                found.append(Token("text", "**"))
            elif count == 1 and em is not None and piece.closes and len(found) > em + 1:
                found[em:] = [Token("em", inner=_joined(found[em + 1 :]))]
                em = None
            else:
                em = len(found) if count == 1 and piece.opens else None
                found.append(Token("text", "*" * count))
    return _joined(found)


def _joined(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Neighbouring texts as one."""
    found: list[Token] = []
    texts: list[str] = []
    for token in tokens:
        if token.kind == "text":
            texts.append(token.text)
            continue
        if texts:
            found.append(Token("text", "".join(texts)))
            texts = []
        found.append(token)
    if texts:
        found.append(Token("text", "".join(texts)))
    return tuple(found)
