"""What `headkb new` asks for that a type cannot say: answers to begin with, usual ones, and keys needed only beside others, or worth asking for.

It stands in the field, and every reader of the field's JSON Schema finds it there, under `ASKED`; the published schema leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ASKED = "x-asked"
"""Key of a field's JSON Schema that holds what `asked` was given."""
INLINE = "x-inline"
"""Key of a JSON Schema whose value is written on one line, `{paper: …, locator: …}`, in the house style."""
ON_ONE_LINE: dict[str, Any] = {INLINE: True}
"""For the `json_schema_extra` of pieces and fields that are written so."""
QUESTION = "‹›"
"""In a `start`: the question that the field's description makes."""


def asked(
    start: Any = None,
    *,
    usual: str = "",
    must: bool = False,
    unless: Sequence[str] = (),
    given: Sequence[str] = (),
    when: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The `json_schema_extra` of a field that a new record should have, or must have though its type does not say so.

    Args:
        start: What the answer begins as: only what follows from the id or the day. `{id}`, `{title}`, `{head}`, `{initials}` and `{today}` are filled in, `QUESTION` becomes the question.
        usual: The usual answer, which the question names; nobody has said that it is true of this record.
        must: Whether the record cannot do without it; else it is asked only where a whole new piece is begun.
        unless: Keys beside it of which one makes it unnecessary.
        given: Keys beside it of which one must be there for it to be asked.
        when: Values that keys beside it must have, or may still get, for it to be asked.
    """
    said = {
        "start": start,
        "usual": usual,
        "must": must,
        "unless": list(unless),
        "given": list(given),
        "when": dict(when or {}),
    }
    return {ASKED: {key: value for key, value in said.items() if value}}
