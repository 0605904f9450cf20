"""A value that changed, in a line for a reader: short ones as old → new, of long texts the words that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from headkb.catalog.glance import counted
from headkb.catalog.plain_text import plain_text, source_words

SHORT = 70
"""Characters of a value that is told whole."""
_AROUND, _PLACES, _WORDS = 3, 2, 12
"""Of a long text: words told before and after a change, changes told, and words told of each."""
_NAMES = ("id", "name", "label", "head", "text")
"""Keys of which the first that a piece of a record has stands for it."""
_MOST = 1500
"""Words of a text that are held against each other."""


def old_to_new(old: Any, new: Any) -> str:
    """A change of one value; None is a value that is not there.

    Example:
        >>> old_to_new(0.4, 0.5), old_to_new(None, "early")
        ('0.4 → 0.5', 'added: early')
    """
    if old is None:
        return f"added: {shortly(new)}"
    if new is None:
        return f"removed: {shortly(old)}"
    if isinstance(old, str) and isinstance(new, str):
        before, after = plain_text(old), plain_text(new)
        if before == after:
            return "the same words, written otherwise"
        if max(len(before), len(after)) > SHORT:
            return _of_long_text(before.split(), after.split())
    return f"{shortly(old)} → {shortly(new)}"


def shortly(value: Any) -> str:
    """A value in at most about `SHORT` characters."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:.6g}"
    if isinstance(value, str):
        return cut(plain_text(value))
    if isinstance(value, Mapping):
        if known := next((value[key] for key in _NAMES if value.get(key)), None):
            return cut(plain_text(str(known)))
        if any(key in value for key in ("paper", "repository", "url")):
            return cut(source_words(value))
        words = [f"{key} {shortly(inner)}" for key, inner in value.items() if not isinstance(inner, (Mapping, list))]
        return cut(", ".join(words) or counted(len(value), "key"))
    if isinstance(value, Sequence):
        return cut(", ".join(shortly(inner) for inner in value)) or "nothing"
    return "nothing"


def cut(text: str, longest: int = SHORT) -> str:
    """A text, ended by … at a blank where it is longer."""
    if len(text) <= longest:
        return text
    return (text[:longest].rsplit(" ", 1)[0] if " " in text[:longest] else text[: longest - 1]).rstrip(" ,;:.") + " …"


def _of_long_text(old: list[str], new: list[str]) -> str:
    """The words that differ, with a few around them; where most do, that it was written anew."""
    matcher = SequenceMatcher(None, old[:_MOST], new[:_MOST], autojunk=False)
    if matcher.ratio() < 0.5:
        return f"written anew, {len(old)} → {len(new)} words: {cut(' '.join(new), 2 * SHORT)}"
    places = [block for block in matcher.get_opcodes() if block[0] != "equal"]
    told = [_place(old, new, block) for block in places[:_PLACES]]
    more = f" and {counted(len(places) - len(told), 'more place')}" if len(places) > len(told) else ""
    return "; ".join(told) + more if told else f"{len(old)} → {len(new)} words, the first {_MOST} as before"


def _place(old: list[str], new: list[str], block: tuple[str, int, int, int, int]) -> str:
    """One change in a text: `… the words [old → new] around it …`."""
    _, start, end, first, last = block
    before, after = new[max(0, first - _AROUND) : first], new[last : last + _AROUND]
    gone, come = _some(old[start:end]), _some(new[first:last])
    middle = f"[{gone} → {come}]" if gone and come else f"[+ {come}]" if come else f"[- {gone}]"
    words = [
        *(["…"] if first > _AROUND else []),
        *before,
        middle,
        *after,
        *(["…"] if last + _AROUND < len(new) else []),
    ]
    return " ".join(words)


def _some(words: list[str]) -> str:
    """A few words, and how many more there are."""
    if len(words) <= _WORDS:
        return " ".join(words)
    return f"{' '.join(words[: _WORDS - 2])} … {len(words) - _WORDS + 2} more words"
