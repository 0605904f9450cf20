"""Growing numbers as short text, for files that a browser fetches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LETTERS = 26


def gaps(numbers: Iterable[int]) -> str:
    """Numbers as text, each by its distance from the one before: a letter, after a decimal number of alphabets where it is farther.

    Example:
        >>> gaps([0, 1, 30]), gaps([])
        ('aa1c', '')
    """
    text, before = [], -1
    for number in sorted(set(numbers)):
        alphabets, letter = divmod(number - before - 1, LETTERS)
        text.append(f"{alphabets or ''}{chr(ord('a') + letter)}")
        before = number
    return "".join(text)


def numbers(text: str) -> Iterator[int]:
    """The numbers of which `gaps` made a text.

    Example:
        >>> list(numbers("aa1c"))
        [0, 1, 30]
    """
    number, alphabets = -1, 0
    for sign in text:
        if sign.isdigit():
            alphabets = 10 * alphabets + int(sign)
        else:
            number += 1 + LETTERS * alphabets + ord(sign) - ord("a")
            alphabets = 0
            yield number
