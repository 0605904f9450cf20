"""What to type in place of a value that the schema refuses in words of its own: a date, a number, a list, keys that exclude each other."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_FORMS = (
    "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y-%m-%d",
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y",
)  # fmt: skip
"""How people write days."""
_MONTHS = ("%B %Y", "%b %Y", "%m/%Y", "%m.%Y", "%Y/%m", "%Y.%m", "%Y-%m")
"""How people write months."""
_KEY = re.compile(r"`([a-z_0-9]+)`")
_MENDS = (
    ("the year must lie between", "write the year of the first public version, such as 2024"),
    ("a link starts with", "write the whole address, such as https://arxiv.org/abs/2211.00593"),
    ("a number so near to 0", "write 0"),
    ("a factor is not 0", "write another number, such as 1, or leave the key out"),
    ("a number must be finite", "write a number such as 0.5, or leave the key out"),
    ("a word or a number is needed", "write one word or one number, such as 12 or mean"),
    ("a value of a parameter has at most", "write it shorter, as one word or one number"),
    ("is listed twice", "take out one of the two"),
    ("an input is listed twice", "write each input once, such as [q, k]"),
    ("only q, k and v are inputs", "write [q, k], or one of them, or a place such as `residual` alone"),
    ("a model is named twice", "take the model out of `also_in`"),
    ("a source names exactly one", "keep one of `paper: …`, `repository: …` and `url: …`"),
    ("a repository source needs", "add `commit: …`, the 40 digits that `git rev-parse HEAD` prints in the repository"),
    ("a placement of our own", "add `reason: …`, or write `by: survey` where the survey says it"),
    ("a node names a", "add `head: …` with the id of a head type, or `component: …`, and not both"),
    ("a claim about all heads", "take out `all_heads: true`, or `head` and `about`"),
    ("a claim names the", "add `head: …` or `about: …` with the id of a head type, or `all_heads: true`"),
    ("numbers need a `measure`", "add `measure: …`, and say under `measures` of the file what it means"),
    ("two claims have the id", "give one of the two another `id`"),
    ("which `measures` does not define", "add it under `measures`, or write the name of one that is there"),
    ("say whose claims", "add `paper: …` with the id of the paper, or `repository: {name: owner/name, commit: …}`"),
    ("must not be greater than", "write the smaller number in `from`, the larger in `to`"),
    ("words together", "shorten them"),
    ("must be a multiple of", "write the numbers that the model's config.json has"),
    ("a quantised copy says", "add what is named, as `headkb model FILE` prints it"),
    ("layers that attend", "write one entry for each layer that attends"),
    ("an atlas is named after", "give the file that name"),
    ("share an id", "give one of them another `id`"),
    ("gives `values` of single heads or a `table`", "move `values` or `table` into a claim of its own"),
    ("`logit_diff` compares", "write `at: end`, or another `metric`"),
    ("which is none of the `prompts`", "write the id of one of the `prompts`, or add it there"),
    ("which is none of the `parameters`", "write the name of one of the `parameters`, or add it there"),
    ("this head type does not have", "write the id of one of its `recipes`"),
    ("only say what stays", "add a check of that recipe whose `expects` says what changes"),
    ("a path inside a repository", "write it from the top folder of the repository, such as `src/heads.py`"),
    ("must come before it", "move that check above this one, with the same recipes"),
    ("the `sender` of a composition", "write the id of one of these two in `sender`"),
)  # fmt: skip
"""Words of what the schema says → what to do about it."""


def mend_of(message: str, value: Any) -> str:
    """What to type, for a value of which the schema itself says what is wrong.

    Args:
        message: What the schema says.
        value: The value as it stands.

    Example:
        >>> mend_of("a date is written 2024-09-05, 2024-09 or 2024", "12 Dec 2023")
        'write it as 2023-12-12'
    """
    if "a date is written" in message:
        return _date(str(value))
    if known := next((mend for words, mend in _MENDS if words in message), ""):
        return known
    keys = list(dict.fromkeys(_KEY.findall(message)))
    if not keys:
        return "write a value for which this holds"
    named = ", ".join(f"`{key}`" for key in keys)
    return f"add, change or take out {'the key' if len(keys) == 1 else 'one of the keys'} {named}"


def _date(written: str) -> str:
    """How a date is to be written; both where day and month may be meant either way."""
    plain = " ".join(re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b", "", written.replace(",", " ")).split())
    found = _read(plain, _FORMS, "%Y-%m-%d") or _read(plain, _MONTHS, "%Y-%m")
    return f"write it as {' or '.join(found)}" if found else "write year, month and day as 2023-12-12, 2023-12 or 2023"


def _read(text: str, forms: tuple[str, ...], as_form: str) -> list[str]:
    """The dates that a text may mean."""
    found: list[str] = []
    for form in forms:
        try:
            day = datetime.strptime(text, form)
        except ValueError:
            continue
        if 1950 <= day.year <= 2100:
            found.append(day.strftime(as_form))
    return list(dict.fromkeys(found))
