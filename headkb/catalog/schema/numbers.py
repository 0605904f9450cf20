"""Numbers of records, and the values of keyword arguments for code."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from headkb.catalog.schema.asking import ON_ONE_LINE

LARGEST = 1e38
"""Largest size of a number: what float32 can hold, so that sums, products and squares of numbers stay finite."""


def _in_range(number: float) -> float:
    if not -LARGEST <= number <= LARGEST:
        raise ValueError("a number must be finite, and no larger than 1e38")
    return number


# Not `ge` and `le`: those of a field would take their place or lose to them.
Number = Annotated[float, AfterValidator(_in_range)]
"""A finite number."""
Count = Annotated[int, Field(ge=0, le=10**12)]
"""A whole number, 0 or more."""
Size = Annotated[int, Field(ge=1, le=10**12)]
"""A whole number, 1 or more."""
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Layer = Annotated[int, Field(ge=0, lt=1000)]
"""The number of a block, from 0."""

LONGEST_WORD = 400
_INT = re.compile(r"-?[0-9]{1,19}")
_FLOAT = re.compile(r"-?[0-9]*\.[0-9]+(?:e-?[0-9]+)?|-?[0-9]+e-?[0-9]+")


def scalar(value: Any) -> Any:
    """Text of a YAML scalar → the number or truth value it stands for, else the text. Raises ValueError on what can be neither."""
    if not isinstance(value, str):
        if not isinstance(value, (bool, int, float)):
            raise ValueError("a word or a number is needed here")
        return _in_range(value)
    if len(value) > LONGEST_WORD:
        raise ValueError(f"a value of a parameter has at most {LONGEST_WORD} characters")
    if value in ("true", "false"):
        return value == "true"
    if _INT.fullmatch(value):
        return _in_range(int(value))
    return _in_range(float(value)) if _FLOAT.fullmatch(value) else value


KeywordName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=60)]
Parameters = Annotated[
    dict[KeywordName, Annotated[bool | int | float | str, BeforeValidator(scalar)]],
    Field(max_length=50, json_schema_extra=ON_ONE_LINE),
]
"""Keyword arguments for code: `{length: 25, bos: first}`."""
