"""Names without their spelling, and how far two words are apart in it; `docs/assets/find.js` counts alike."""

from __future__ import annotations

import re

_WORD = re.compile(r"\bheads?\b")


def normalise(name: str) -> str:
    """What is left of a name when spelling is taken out: case, accents, punctuation, spaces, the word "head".

    Two names that are equal after this are the same name: "S-Inhibition Head" and "s inhibition". Letters of every script stay, and a
    name of signs alone stays as it is, so only an empty name is empty.

    Example:
        >>> normalise("Façade-Heads"), normalise("完全不同的 头"), normalise("???")
        ('facade', '完全不同的头', '???')
    """
    import unicodedata

    text = name.casefold()
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        # Only these marks are accents; those of other scripts are vowels.
        text = unicodedata.normalize("NFC", "".join(c for c in apart if not "\u0300" <= c <= "\u036f")).casefold()
    bare = _letters(_WORD.sub("", text))
    return bare or _letters(text) or "".join(text.split())


def _letters(text: str) -> str:
    if text.isascii():
        return re.sub(r"[^a-z0-9]", "", text)
    import unicodedata

    return "".join(c for c in text if c.isalnum() or unicodedata.category(c)[0] == "M")


def same_stem(a: str, b: str) -> bool:
    """Whether two words begin alike and end in different endings: `detecting`, `detection`."""
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return same >= max(5, min(len(a), len(b)) - 3) and max(len(a), len(b)) - same < 5


def distance(a: str, b: str, limit: int) -> int:
    """Letters that must be added, left out, changed or swapped with the next one to make `b` of `a`; `limit` + 1 where it is more.

    Example:
        >>> distance("indcution", "induction", 2), distance("haed", "head", 1), distance("mover", "head", 1)
        (1, 1, 2)
    """
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        after = [i]
        for j in range(1, len(b) + 1):
            steps = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                steps = min(steps, before[j - 2] + 1)
            after.append(steps)
        if min(after) > limit:
            return limit + 1
        before, row = row, after
    return min(row[-1], limit + 1)
