"""Texts of strangers inside Markdown that a project's own account posts: they call nobody, link nowhere, and load nothing.

`harmless` keeps the Markdown of a whole text, `quoted` and `fenced` make code of it. A few words that are to be shown as they are typed, such as
the name of a record, go through `headkb.catalog.escape.markdown`.
"""

from __future__ import annotations

import re

JOINER = "\u2060"
"""A character without width that takes the meaning from the sign before it, in code and out of it."""
# What follows decides whether the sign means something to GitHub.
_SIGNS = re.compile(
    r"<(?=[A-Za-z/!?])|@(?=[A-Za-z0-9])|#(?=[0-9])|!(?=\[)|\](?=[(\[:])|:(?=//)|(?<=[Ww][Ww][Ww])\.|(?<=GH)-(?=[0-9])|&(?=[#A-Za-z])",
    re.IGNORECASE,
)


def harmless(markdown: str) -> str:
    r"""Markdown without links, images, HTML, mentions and references to issues; headings, lists, emphasis and code stay.

    Example:
        >>> harmless("**@octocat** ![x](https://example.org)").replace("\u2060", "·")
        '**@·octocat** !·[x]·(https:·//example.org)'
    """
    return _SIGNS.sub(lambda match: match[0] + JOINER, markdown)


def quoted(text: str, most: int = 300) -> str:
    """A text on one line as code in Markdown, cut where it is long.

    Example:
        >>> quoted("a `b` c")
        '`` a `b` c ``'
    """
    line = " ".join(text.split())  # in code no sign means anything
    line = line if len(line) <= most else line[: most - 1] + "…"
    ticks = "`" * (_longest_ticks(line) + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" or len(ticks) > 1 else ""
    return f"{ticks}{pad}{line.replace('|', chr(0xFF5C)) if line else ' '}{pad}{ticks}"


def fenced(text: str, language: str = "", most: int = 20_000) -> str:
    """A text as a block of code that nothing in it can end, cut where it is long."""
    cut = text if len(text) <= most else text[:most] + "\n…"
    fence = "`" * max(3, _longest_ticks(cut) + 1)
    return f"{fence}{language}\n{cut.rstrip(chr(10))}\n{fence}"


def _longest_ticks(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
