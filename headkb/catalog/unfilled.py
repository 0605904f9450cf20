"""Questions in ‹› that `headkb new` left in a record, wherever they stand: nobody has answered them yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from headkb.catalog.source import Field

OPENS = "‹"
_QUESTION = re.compile(r"‹([^‹›]*)›")


def unanswered(text: str, data: dict[str, Any]) -> dict[Field, str]:
    """Field → the question that is still to be answered there, several joined; a key stands as `(…, "", key)`.

    Args:
        text: The file.
        data: What `headkb.catalog.source.parse` made of it.
    """
    return dict(_walk(data, ())) if OPENS in text else {}


def _walk(value: Any, field: Field) -> Iterator[tuple[Field, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _asked(key, (*field, "", key))
            yield from _walk(inner, (*field, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*field, index))
    else:
        yield from _asked(value, field)


def _asked(text: str, field: Field) -> Iterator[tuple[Field, str]]:
    questions = [found[1].strip() or "…" for found in _QUESTION.finditer(text)]
    if questions:
        yield field, "; ".join(questions)
